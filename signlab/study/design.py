"""A study before it runs: question, levels, seeds, metrics, and what would count as an answer. Chapter 10."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

LEAST_SEEDS = 5  # with fewer a report gives numbers, but no verdict
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]*")  # of studies and levels: names of files and folders too


class Outcome(NamedTuple):
    """What one run gives: numbers, and if it can, what they were made of."""

    metrics: Mapping[str, float]
    per_sentence: Mapping[str, Any] | None = None  # lists or arrays: for each sentence, a number or a few


Runner = Callable[[tuple[str, ...], int], Outcome]  # settings and seed in, what was measured out


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One way to do it: the settings by which it differs from the other levels."""

    name: str
    settings: tuple[str, ...] = ()  # "field=value", as the runner's configuration takes them
    note: str = ""  # what this level is, in a few words
    value: float | None = None  # where it stands along the factor, if the factor is a quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A number that every run measures."""

    name: str  # as the runner calls it, or "cpu_seconds" or "seconds", which every run has
    unit: str = ""  # written behind values: "min", "%"
    higher_is_better: bool | None = None  # None = neither way
    words: str = ""  # what it measures; the name if left out
    score: Callable[[Any], float] | None = None  # from the sum of the sentences' rows; no lambda, it travels

    @property
    def title(self) -> str:
        """What it measures, in words."""
        return self.words or self.name

    @property
    def difference_unit(self) -> str:
        """Written behind differences: those of percentages are points, lest they be read as shares."""
        return "points" if self.unit == "%" else self.unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """A frozen description: what is asked, what is run, and what would count as an answer.

    It is written down before the first run and not changed by what comes out. Seeds pair the levels: a seed
    stands for the same data order, initial weights and draws at every level, as far as the runner can.

    Raises:
        ValueError: If names, settings, seeds or metrics are twice there or missing, the reference is no
            level, or the numbers make no sense.
    """

    name: str  # of the ledger and the folders
    question: str  # one sentence
    factor: str  # what differs between the levels
    levels: tuple[Level, ...]
    reference: str  # name of the level that the others are compared with
    seeds: tuple[int, ...]
    metrics: tuple[Metric, ...]  # the first one decides
    answer: str  # what would count as an answer, in words
    smallest: float  # smallest difference of the first metric that would matter, in its difference_unit
    common: tuple[str, ...] = ()  # settings of all levels; a level's own come after them and win
    pool: str = ""  # studies of one pool have one ledger, and the same settings are one run; "" = no pool

    def __post_init__(self) -> None:
        for what, text in (("question", self.question), ("factor", self.factor), ("answer", self.answer)):
            if not text.strip():
                raise ValueError(
                    f"A study must state its {what}, but study {self.name!r} has none; write it down."
                )
        _check_names("study", [self.name, *([self.pool] if self.pool and self.pool != self.name else [])])
        _check_names("level", [level.name for level in self.levels])
        _check_numbers(self)
        _check_settings(self)
        if self.reference not in self.names:
            raise ValueError(
                f"The reference must be one of the levels {', '.join(self.names)}, but got {self.reference!r}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The levels' names, in order."""
        return tuple(level.name for level in self.levels)

    @property
    def ledger_name(self) -> str:
        """What the ledger is called, and its runs: as the pool, or as the study itself."""
        return self.pool or self.name

    @property
    def primary(self) -> Metric:
        """The metric that the verdict is about."""
        return self.metrics[0]

    def level(self, name: str) -> Level:
        """One level.

        Raises:
            ValueError: If there is none of this name.
        """
        for level in self.levels:
            if level.name == name:
                return level
        raise ValueError(f"A level of {self.name} must be one of {', '.join(self.names)}, but got {name!r}.")

    def metric(self, name: str) -> Metric:
        """One metric.

        Raises:
            ValueError: If there is none of this name.
        """
        for metric in self.metrics:
            if metric.name == name:
                return metric
        known = ", ".join(metric.name for metric in self.metrics)
        raise ValueError(f"A metric of {self.name} must be one of {known}, but got {name!r}.")

    def settings_of(self, name: str) -> tuple[str, ...]:
        """All settings of a level: the common ones, then its own."""
        return (*self.common, *self.level(name).settings)

    def digest_of(self, name: str) -> str:
        """A digest of what determines a level's results: the names of study and level, and all its settings.

        Each level has its own, so that a level added later leaves the runs of the others as they are. In a
        pool names do not matter, and settings that are overruled do not either.
        """
        if self.pool:
            text = json.dumps([self.pool, *sorted(_effective(self.settings_of(name)))])
        else:
            text = json.dumps([self.name, name, *self.settings_of(name)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check_names(kind: str, names: Sequence[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name) or name != name.strip(" ."):
            raise ValueError(
                f"The name of a {kind} must be letters, digits, spaces and . _ + -, since files are called so, "
                f"but got {name!r}."
            )
    _check_once(f"name of a {kind}", [name.lower() for name in names])


def _check_once(what: str, items: Sequence[object]) -> None:
    twice = [item for item in items if items.count(item) > 1]
    if twice:
        raise ValueError(
            f"Each {what} must be there once, but {twice[0]!r} is there twice; drop or rename one."
        )


def _check_numbers(study: Study) -> None:
    if len(study.levels) < 2:
        raise ValueError(f"A study must compare 2 levels or more, but {study.name} has {len(study.levels)}.")
    if not study.seeds or any(seed < 0 for seed in study.seeds):
        raise ValueError(f"A study needs seeds, each 0 or more, but {study.name} has {study.seeds}.")
    _check_once("seed", study.seeds)
    if not study.metrics:
        raise ValueError(f"A study must name a metric, the deciding one first, but {study.name} has none.")
    _check_once("metric", [metric.name for metric in study.metrics])
    if not 0 < study.smallest < float("inf"):
        raise ValueError(
            "The smallest difference that matters must be above 0 and finite, in the unit of the first metric, "
            f"but got {study.smallest}."
        )
    if 0 < sum(level.value is not None for level in study.levels) < len(study.levels):
        bare = next(level.name for level in study.levels if level.value is None)
        raise ValueError(f"Either every level has a value or none has, but {bare!r} has none; add it.")
    values = [level.value for level in study.levels if level.value is not None]
    _check_once("value of a level", values)


def _check_settings(study: Study) -> None:
    for where, settings in (("common", study.common), *((one.name, one.settings) for one in study.levels)):
        if isinstance(settings, str):
            raise ValueError(
                f"Settings must be a tuple such as ('steps=100',), but {where!r} has the text {settings!r}; "
                "add a comma."
            )
        for setting in settings:
            if not setting.partition("=")[0].strip() or "=" not in setting:
                raise ValueError(
                    f"A setting must look like field=value, but {where!r} has {setting!r}; try steps=100."
                )
        _check_once(f"field of {where!r}", [setting.partition("=")[0].strip() for setting in settings])
    seen: dict[tuple[str, ...], str] = {}
    for level in study.levels:
        fields = tuple(sorted(_effective(study.settings_of(level.name))))
        if fields in seen:
            raise ValueError(
                f"Two levels must differ in their settings, but {seen[fields]!r} and {level.name!r} are alike."
            )
        seen[fields] = level.name


def _effective(settings: Sequence[str]) -> list[str]:
    """Settings of which the last one of each field counts."""
    last = {setting.partition("=")[0].strip(): setting for setting in settings}
    return list(last.values())
