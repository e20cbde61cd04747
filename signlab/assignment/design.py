"""An ablation assignment: a study that each student runs on a corpus of their own, and what is asked of it. Chapter 10."""

import hashlib
from dataclasses import dataclass, replace
from typing import NamedTuple

from signlab.assignment.kinds import Kind, find_kind
from signlab.assignment.settings import CORPUS, LARGEST, corpus_seed
from signlab.study.design import Study


class Criterion(NamedTuple):
    """A line of the rubric."""

    name: str
    points: float
    words: str  # what earns them
    by: str = "instructor"  # "grade" = filled in by the program, to be looked at


RUBRIC = (
    Criterion(
        "runs", 3, "Every run that the design names is in the ledger, made by this student's corpus.", "grade"
    ),
    Criterion(
        "honesty",
        2,
        "What was run again came out the same, and nothing in the ledger contradicts it.",
        "grade",
    ),
    Criterion("verdicts", 2, "Each verdict is the one that the ledger supports.", "grade"),
    Criterion(
        "prediction", 1, "A prediction was written down before the first run, with a reason.", "instructor"
    ),
    Criterion(
        "conclusion", 4, "The conclusion names size and interval of each difference, and claims no more."
    ),
    Criterion("mechanism", 3, "A mechanism is offered, and what would be measured to refute it."),
    Criterion("limits", 1, "Says what this cannot show: invented signs, few seeds, little training."),
)  # of every assignment that brings none of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What a class is asked to find out.

    Raises:
        ValueError: If a level cannot be run, a metric is not measured, or the budget is no time.
    """

    study: Study  # without a corpus; `study_of` gives each student theirs
    kind: str  # of run, one of `KINDS`
    claim: str = ""  # what somebody claims, and where
    minutes: float = 15.0  # for all runs on two CPU cores
    rubric: tuple[Criterion, ...] = RUBRIC

    def __post_init__(self) -> None:
        kind = find_kind(self.kind)
        if not 0 < self.minutes < 24 * 60:
            raise ValueError(
                f"The budget must be above 0 and below 1,440 minutes, but {self.study.name} has {self.minutes}."
            )
        for metric in self.study.metrics:
            kind.metric(metric.name)
        for level in self.study.levels:
            try:
                kind.config_of(self.study.settings_of(level.name))
            except ValueError as error:
                raise ValueError(
                    f"Level {level.name!r} of {self.study.name} cannot be run: {error}"
                ) from error

    @property
    def name(self) -> str:
        """Of the study, and of files."""
        return self.study.name

    @property
    def points(self) -> float:
        """That the whole rubric is worth."""
        return sum(criterion.points for criterion in self.rubric)

    def of_kind(self) -> Kind:
        """What its runs are."""
        return find_kind(self.kind)

    def study_of(self, corpus: int) -> Study:
        """The study on one student's corpus; its digests are those of no other student's."""
        corpus_seed((f"{CORPUS}={corpus}",))
        return replace(self.study, common=(*self.study.common, f"{CORPUS}={corpus}"))


def corpus_of_student(secret: str, student: str) -> int:
    """The seed of a student's corpus, which only those who know the class's secret can foretell."""
    digest = hashlib.sha256(f"{secret}\n{student}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % LARGEST
