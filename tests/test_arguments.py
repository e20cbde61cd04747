"""Arguments that are right, and those that are refused before anything is begun."""

import json
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from signlab.arguments import MARKS, configured, corpus_of, kind_of, new_run, run_of, to_train_on
from signlab.translation.presets import visual


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    dim: int = 3
    dropout: float = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    steps: int = 5
    seed: int = 7
    weight: float = 2.0
    shuffle: bool = True
    model: Model = field(default_factory=Model)


def test_smoke_draws_a_small_corpus_unless_told_otherwise() -> None:
    args = Namespace(preset="smoke", corpus=["valid=5"], data=None)
    corpus = corpus_of(args, "translation")
    assert corpus.name == "puppet-weather"
    assert [len(corpus.split(name)) for name in ("train", "valid", "test")] == [160, 5, 24]
    for kind, name in (("latent", "puppet-words"), ("text", "puppet-weather")):
        assert corpus_of(Namespace(preset="quick", corpus=[], data=None), kind).name == name


def test_a_training_needs_its_splits(tmp_path: Path) -> None:
    track = {"video": 1, "split": "train", "speaker": "a", "glosses": ["A"], "xy": [[1, 2, 3, 4, 5, 6]]}
    (tmp_path / "boston104.json").write_text(json.dumps([track]))
    args = Namespace(model="translation", data=str(tmp_path), corpus=[])
    assert len(to_train_on(args).split("train")) == 1
    with pytest.raises(ValueError, match=r"Training visual needs a split valid, but .* has only train;"):
        to_train_on(Namespace(**{**vars(args), "model": "visual"}))


def test_settings_change_a_configuration() -> None:
    changed = configured(Training(), ["seed=0", "shuffle=false", "model.dim=11"])
    assert changed == Training(seed=0, shuffle=False, model=Model(dim=11))


def test_no_clip_loses_more_detail_than_it_has() -> None:
    assert configured(visual("smoke"), ["augmentation.softness=1"]).augmentation.softness == 1
    with pytest.raises(ValueError, match=r"^augmentation\.softness must lie in \[0, 1\], but got 1.5"):
        configured(visual("smoke"), ["augmentation.softness=1.5"])


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("steps=0", r"^steps must be 1 or more, but got 0"),
        ("seed=-1", r"^seed must be 0 or more, but got -1"),
        ("weight=-0.5", "^weight must be 0 or more, but got -0.5"),
        ("weight=nan", "^weight must be 0 or more, but got nan"),
        ("model.dropout=2", r"^model\.dropout must lie in \[0, 1\], but got 2.0"),
        ("model.dim=-11", r"^model\.dim must be 1 or more, but got -11"),
    ],
)
def test_numbers_of_things_are_some(setting: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        configured(Training(), [setting])


def test_a_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    run = tmp_path / "a" / "run"
    new_run(run, resume=False)
    new_run(run, resume=False)
    (run / "config.json").write_text("{}")
    new_run(run, resume=True)
    with pytest.raises(ValueError, match="run holds one; add --resume"):
        new_run(run, resume=False)
    with pytest.raises(ValueError, match=r"config\.json.*: (File exists|Not a directory)"):
        new_run(run / "config.json", resume=False)


@pytest.mark.parametrize("fields", ["[]", "{}", "{", '{"steps": 3}', "7"])
def test_a_run_of_no_known_kind_is_refused(tmp_path: Path, fields: str) -> None:
    (tmp_path / "config.json").write_text(fields)
    with pytest.raises(ValueError, match=r"config\.json"):
        kind_of(tmp_path)


@pytest.mark.parametrize("kind", MARKS)
def test_a_run_is_known_by_its_configuration(tmp_path: Path, kind: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({MARKS[kind]: 1, "steps": 3}))
    assert kind_of(tmp_path) == kind
    assert run_of(kind, tmp_path) == tmp_path
    other = next(one for one in MARKS if one != kind)
    with pytest.raises(ValueError, match=f"A run of {other} is needed here, but .* is one of {kind}"):
        run_of(other, tmp_path)
