from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from signlab.training.config import from_dict, load_config, override, to_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimizer:
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    steps: int = 5
    name: str = "plain"
    clip: float | None = None
    words: tuple[str, ...] = ()
    kind: Literal["causal", "open"] = "causal"
    shuffle: bool = True
    optimizer: Optimizer = field(default_factory=Optimizer)


def test_round_trip(tmp_path: Path) -> None:
    config = Config(steps=7, clip=1.5, words=("a", "b"), optimizer=Optimizer(betas=(0.5, 0.9)))
    (tmp_path / "config.json").write_text(to_json(config))
    assert load_config(tmp_path, Config) == config


def test_overrides_reach_every_kind_of_field() -> None:
    settings = [
        "steps=11",
        "name=7",
        "clip=2",
        'words=["a"]',
        "kind=open",
        "shuffle=False",
        "optimizer.learning_rate=1e-4",
    ]
    config = override(Config(), settings)
    assert config == Config(
        steps=11,
        name="7",
        clip=2.0,
        words=("a",),
        kind="open",
        shuffle=False,
        optimizer=Optimizer(learning_rate=1e-4),
    )
    assert override(Config(clip=1.0), ["clip=None"]).clip is None


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("steps", "must look like field=value"),
        ("stepz=3", "'stepz' is none; did you mean 'steps'"),
        ("steps=many", "steps must be a whole number, but got 'many'"),
        ("steps=1.5", "steps must be a whole number, but got 1.5"),
        ("shuffle=1", "shuffle must be true or false, but got 1"),
        ("optimizer.learning_rat=1", "did you mean 'learning_rate'"),
        ("steps.more=1", "goes too deep: steps is no group"),
    ],
)
def test_bad_settings_are_one_sentence(setting: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        override(Config(), [setting])


def test_unknown_and_wrong_fields_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 'stepz'; did you mean 'steps'"):
        from_dict(Config, {"stepz": 3})
    with pytest.raises(ValueError, match="steps must be a whole number, but got '3'"):
        from_dict(Config, {"steps": "3"})
    with pytest.raises(ValueError, match="kind must be 'causal' or 'open', but got 'shut'"):
        from_dict(Config, {"kind": "shut"})
    with pytest.raises(ValueError, match=r"must hold config\.json"):
        load_config(tmp_path, Config)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="damaged"):
        load_config(tmp_path, Config)
