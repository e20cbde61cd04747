"""What the program fills in of a rubric, and what it leaves to the instructor. Chapter 10."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from signlab.assignment.checks import Checked
from signlab.assignment.design import Assignment
from signlab.assignment.doubts import Doubt
from signlab.assignment.submission import VERDICTS, Submission
from signlab.study.design import Study
from signlab.study.report import Report


class Mark(NamedTuple):
    """A line of the rubric for one student."""

    criterion: str
    points: float  # that can be had
    given: float | None  # proposed by the program; None = for the instructor to fill in
    why: str  # one sentence


def marks_of(
    assignment: Assignment,
    study: Study,
    submission: Submission,
    *,
    made: int,
    doubts: Sequence[Doubt],
    checked: Sequence[Checked],
    reports: Sequence[Report],
) -> list[Mark]:
    """The whole rubric.

    Args:
        assignment: What was asked.
        study: On this student's corpus.
        submission: What was handed in.
        made: Runs of the design that count.
        doubts: About the ledger.
        checked: Runs that were made again.
        reports: From the runs that count, with and without the student's own level, which changes how many comparisons
            are corrected for; none if no run counts.
    """
    wanted = len(assignment.study.levels) * len(study.seeds)
    ways = {
        "runs": lambda: (made / wanted, f"{made} of {wanted} runs count."),
        "honesty": lambda: _honesty(doubts, checked, made),
        "verdicts": lambda: _verdicts(assignment.study, submission.verdicts, reports),
    }
    marks = []
    for name, points, words, by in assignment.rubric:
        if by == "grade" and name in ways:
            share, why = ways[name]()
            marks.append(Mark(name, points, round(points * share, 2), why))
        elif name in ("prediction", "conclusion", "mechanism", "limits") and name not in submission.texts:
            marks.append(Mark(name, points, 0.0, "Nothing was written."))
        else:
            marks.append(Mark(name, points, None, words))
    return marks


def _honesty(doubts: Sequence[Doubt], checked: Sequence[Checked], made: int) -> tuple[float, str]:
    """Nothing where the ledger cannot be, half where it is only strange; always to be looked at by a person."""
    grave = [doubt.words for doubt in doubts if doubt.grave]
    grave += [one.words for one in checked if one.outcome == "other"]
    if grave:
        return 0.0, f"{_things(grave, 'cannot be')} Talk to the student before you decide."
    strange = [doubt.words for doubt in doubts] + [one.words for one in checked if one.outcome == "failed"]
    if strange:
        return 0.5, _things(strange, "is strange" if len(strange) == 1 else "are strange")
    if not made:
        return 0.0, "There is no run to look at."
    again = f"{len(checked)} made again came out the same" if checked else "none was made again"
    return 1.0, f"Nothing contradicts the ledger; {again}."


def _verdicts(study: Study, said: Mapping[str, str], reports: Sequence[Report]) -> tuple[float, str]:
    if not reports:
        return 0.0, "There is no run that a verdict could rest on."
    others = [name for name in study.names if name != study.reference]
    right = {name: dict.fromkeys(_kinds(name, reports) or ["too few"]) for name in others}
    hits = [name for name in others if VERDICTS.get(said.get(name, "")) in right[name]]
    words = {kind: word for word, kind in VERDICTS.items()} | {"too few": "too few seeds"}
    wrong = [
        f"{name}: {said.get(name, 'nothing')} was said, {' or '.join(words[kind] for kind in right[name])} is what the "
        "ledger supports"
        for name in others
        if name not in hits
    ]
    told = "; ".join(wrong) if wrong else "All are what the ledger supports"
    return len(hits) / len(others), f"{told}."


def _kinds(level: str, reports: Sequence[Report]) -> list[str]:
    """What the reports say of a level."""
    return [
        row.verdict.kind
        for report in reports
        for row in report.part().rows
        if row.level == level and row.verdict
    ]


def _things(sentences: Sequence[str], what: str) -> str:
    """How many sentences there are, and the first."""
    lead = f"One thing {what}" if len(sentences) == 1 else f"{len(sentences)} things {what}, the first"
    return f"{lead}: {sentences[0]}"
