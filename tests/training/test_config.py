from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from signlab.training.config import Difference, first_difference, from_dict, load_config, override, to_json


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
    kind: Literal["causal", "open", 3] = "causal"
    shuffle: bool = True
    top: int | str | None = None
    optimizer: Optimizer = field(default_factory=Optimizer)
    second: Optimizer | None = None
    stages: tuple[Optimizer, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Bare:
    size: int


def test_round_trip(tmp_path: Path) -> None:
    config = Config(
        steps=7,
        clip=0.1 + 0.2,
        words=("a", "ö"),
        kind=3,
        top="7",
        optimizer=Optimizer(betas=(0.5, 1e-30)),
        second=Optimizer(learning_rate=3.0),
        stages=(Optimizer(), Optimizer(learning_rate=2.0)),
    )
    (tmp_path / "config.json").write_text(to_json(config))
    assert load_config(tmp_path, Config) == config


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("steps=11", "steps", 11),
        ("name=7", "name", "7"),
        ("name=a=b", "name", "a=b"),
        ("clip=2", "clip", 2.0),
        ("clip=.5", "clip", 0.5),
        ("clip=none", "clip", None),
        ('words=["a", "b"]', "words", ("a", "b")),
        ("words=a,b", "words", ("a", "b")),
        ("words=", "words", ()),
        ("kind=open", "kind", "open"),
        ("kind=3", "kind", 3),
        ("shuffle=False", "shuffle", False),
        ("top=5", "top", 5),
        ("top=all", "top", "all"),
        ("top=None", "top", None),
        ("optimizer.learning_rate=1e-4", "optimizer.learning_rate", 1e-4),
        ("optimizer.betas=0.5,0.7", "optimizer.betas", (0.5, 0.7)),
        ('second={"learning_rate": 7}', "second", Optimizer(learning_rate=7.0)),
    ],
)
def test_a_setting_reaches_its_field_and_no_other(setting: str, path: str, value: object) -> None:
    before = Config(clip=1.0, top=1, words=("x",))
    changed = override(before, [setting])
    inside: object = changed
    for name in path.split("."):
        inside = getattr(inside, name)
    assert (inside, type(inside)) == (value, type(value))
    others = [name for name in Config.__slots__ if getattr(changed, name) != getattr(before, name)]
    assert others == [path.split(".")[0]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordered:
    first: int = 5
    last: int = 7
    optimizer: Optimizer = Optimizer()

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"first must not be after last, but got {self.first} and {self.last}.")


@pytest.mark.parametrize("settings", [["last=3", "first=2"], ["first=2", "last=3"], ["first=11", "last=13"]])
def test_fields_that_must_fit_each_other_are_set_in_either_order(settings: list[str]) -> None:
    changed = override(Ordered(), [*settings, "optimizer.learning_rate=2", "optimizer.betas=0,1"])
    assert changed.first < changed.last
    assert changed.optimizer == Optimizer(learning_rate=2.0, betas=(0.0, 1.0))
    with pytest.raises(ValueError, match="got 5 and 3"):
        override(Ordered(), ["last=3"])


def test_an_absent_group_is_there_once_one_of_its_fields_is_set() -> None:
    assert Config().second is None
    changed = override(Config(), ["second.learning_rate=2", "optimizer.learning_rate=3"])
    assert changed.second == Optimizer(learning_rate=2.0)
    assert changed.optimizer == Optimizer(learning_rate=3.0)
    there = Config(second=Optimizer(betas=(0.1, 0.2)))
    assert override(there, ["second.learning_rate=2"]).second == Optimizer(
        learning_rate=2.0, betas=(0.1, 0.2)
    )
    assert override(there, ["second=none"]).second is None


def test_a_group_is_not_set_in_two_ways() -> None:
    whole, field = 'optimizer={"learning_rate": 2}', "optimizer.betas=0,1"
    assert override(Ordered(), [whole]).optimizer == Optimizer(learning_rate=2.0)
    with pytest.raises(ValueError, match="optimizer is set in both ways"):
        override(Ordered(), [whole, field])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("betas=0,1", "'betas' is none; did you mean 'optimizer.betas'"),
        ("steps", "must look like field=value, but got 'steps'; try steps=1"),
        ("stepz=3", "must name a field of Config, but 'stepz' is none; did you mean 'steps'"),
        ("steps=many", "steps must be a whole number, but got 'many'"),
        ("steps=1.5", "steps must be a whole number, but got 1.5"),
        ("steps=true", "steps must be a whole number, but got True"),
        ("clip=wide", "clip must be a number or none, but got 'wide'"),
        ("shuffle=1", "shuffle must be true or false, but got 1"),
        ("kind=shut", "kind must be 'causal' or 'open' or 3, but got 'shut'"),
        ("optimizer.learning_rat=1", "did you mean 'learning_rate'"),
        ("optimizer.betas=1", r"betas must be a list of 2 \(a number, a number\), but got 1"),
        ("optimizer=adam", "optimizer is a group; try optimizer.learning_rate="),
        ("steps.more=1", "goes too deep: steps is no group"),
    ],
)
def test_bad_settings_are_one_sentence(setting: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        override(Config(), [setting])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stepz": 3}, "must hold fields of Config only, but has 'stepz'; did you mean 'steps'"),
        ({"qqq": 3}, "has 'qqq'; known are: clip, "),
        ({"steps": "3"}, "steps must be a whole number, but got '3'"),
        ({"steps": True}, "steps must be a whole number, but got True"),
        ({"kind": "shut"}, "kind must be 'causal' or 'open' or 3, but got 'shut'"),
        ({"words": "ab"}, "words must be a list, each item text, but got 'ab'"),
        ({"words": ["a", 3]}, "words must be text, but got 3"),
        ({"optimizer": {"betas": [1, 2, 3]}}, r"optimizer: betas must be a list of 2 .* but got \[1, 2, 3\]"),
        ({"second": {"betas": [1, 2, 3]}}, "second: betas must be a list of 2"),
        ({"optimizer": 3}, "optimizer must be the fields of Optimizer, but got 3"),
    ],
)
def test_unknown_and_wrong_fields_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_dict(Config, values)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="must hold size, a field of Bare, but has none"):
        from_dict(Bare, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"must hold config\.json"),
        (b"{", "damaged"),
        (b"\xff\xff", "damaged"),
        (b"[3]", "must hold fields and their values, but got \\[3\\]"),
    ],
)
def test_a_missing_or_damaged_file_is_one_sentence(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_config(tmp_path, Config)


def test_differences_are_found_inside_and_in_absence() -> None:
    old = {"a": 1, "inner": {"width": 7, "gone": None}}
    assert first_difference(old, {"a": 1, "inner": {"width": 7, "gone": None}}) is None
    changed = {"a": 1, "inner": {"width": 13, "gone": None}}
    assert first_difference(old, changed) == Difference("inner.width", "7", "13")
    lacking = {"a": 1, "inner": {"width": 7}}
    assert first_difference(old, lacking) == Difference("inner.gone", "None", "absent")
