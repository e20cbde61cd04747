"""The checkpoints that come with the book: each is what the command beside it makes."""

import json
import re
import shlex
from itertools import pairwise
from typing import Any

import pytest

from signlab.data.files import shipped
from signlab.production import presets as production
from signlab.training import override
from signlab.training.config import to_json
from signlab.translation import presets as translation

ROWS = {
    line.split("`")[1]: shlex.split(re.findall(r"`(signlab train [^`]*)`", line)[-1])
    for line in shipped("checkpoints", "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
}
HOW_OFTEN = {"log_every", "save_every", "evaluate_every"}  # nothing that is learnt depends on them
FROM_DATA = {"num_codes", "max_tokens"}  # filled in from corpus or codes, in place of a default


def fields_of(config: dict[str, Any], before: str = "") -> dict[str, Any]:
    """All fields by their dotted names."""
    found = {}
    for name, value in config.items():
        found |= fields_of(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return found


def told(fields: dict[str, Any], field: str) -> Any:
    """What a field comes to: a kind of dropout that is left open is as all dropout is."""
    value = fields[field]
    return fields[f"{field.rpartition('.')[0]}.dropout"] if value is None and "_dropout" in field else value


def test_every_checkpoint_has_a_row() -> None:
    assert set(ROWS) == {path.parent.name for path in shipped("checkpoints").glob("*/config.json")}


@pytest.mark.parametrize("name", ROWS)
def test_a_checkpoint_is_what_its_command_makes(name: str) -> None:
    command = ROWS[name]
    kind, preset = command[2], command[command.index("--preset") + 1]
    settings = [after for word, after in pairwise(command) if word == "--set"]
    chosen = {setting.partition("=")[0] for setting in settings}
    make = getattr(production, kind, None) or getattr(translation, kind)
    made = fields_of(json.loads(to_json(override(make(preset), settings))))
    kept = fields_of(json.loads((shipped("checkpoints", name) / "config.json").read_text(encoding="utf-8")))
    empty = {field for field, value in made.items() if value in ("", [], 0)}  # until training fills it in
    for field in kept.keys() - (empty - chosen):
        last = field.rpartition(".")[2]
        if field in chosen or last not in HOW_OFTEN | FROM_DATA:
            assert told(made, field) == told(kept, field), field
