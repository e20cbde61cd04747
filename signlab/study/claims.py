"""What becomes of a claim: looked up in a ledger, so that nothing is typed where runs decide. Chapter 10."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from signlab.study.design import LEAST_SEEDS, Metric, Study
from signlab.study.ledger import read_ledger
from signlab.study.report import Report, report_of
from signlab.study.statistics import SIGNIFICANT, PairedDifference, p_words, paired_difference

SHOWN = "shown here"
NOT_SHOWN = "not shown here"
CONTRADICTED = "contradicted here"
RELEASED = "differs in the released code"
UNTESTABLE = "cannot be tested here"
STATES = (SHOWN, NOT_SHOWN, CONTRADICTED, RELEASED, UNTESTABLE)
Way = Literal["higher", "lower"]


class Comparison(NamedTuple):
    """What has to come out if a claim holds: a number of one level is higher, or lower, than of another.

    With `over`, two numbers are compared that the same runs have measured, say with and without a swap; level
    and reference may then be one and the same.
    """

    study: Study
    level: str
    reference: str
    way: Way
    metric: str = ""  # whose number; "" = the one that decides the study
    over: str = ""  # the reference's number, if it is another one


class Decision(NamedTuple):
    """The state of a claim, and the sentences it rests on, one for each comparison."""

    state: str  # one of `STATES`, or "not decided yet: n of m runs"
    because: tuple[str, ...] = ()


def decide(comparisons: Sequence[Comparison], ledger: str | Path) -> Decision:
    """What a ledger says about a claim.

    Nothing is decided before all runs of all studies that are asked are there. Then the claim is shown if
    every comparison comes out as it must, detectably; contradicted if one comes out detectably the other way;
    and else not shown. A difference that cannot be detected is no proof that there is none.

    P-values are those of the report, corrected for all comparisons of the study with that reference; between
    two numbers of the same runs there is one comparison, and nothing to correct for.

    Raises:
        ValueError: If there is nothing to compare, a level or metric is none of its study's, the two sides
            are the same, or the ledger is damaged.
    """
    if not comparisons:
        raise ValueError(
            "A claim that a study decides needs a comparison, but got none; a claim that no study "
            f"decides gets its state by hand, one of: {', '.join(STATES)}."
        )
    for one in comparisons:
        _check(one)
    there, wanted = runs_there((one.study for one in comparisons), ledger)
    if there < wanted:
        return Decision(f"not decided yet: {there} of {wanted} runs")
    found = [_compared(one, ledger) for one in comparisons]
    states = [one.state for one in found]
    state = SHOWN if states == [SHOWN] * len(states) else NOT_SHOWN
    state = CONTRADICTED if CONTRADICTED in states else state
    return Decision(state, tuple(sentence for one in found for sentence in one.because))


def runs_there(studies: Iterable[Study], ledger: str | Path) -> tuple[int, int]:
    """How many runs of these studies a ledger has, and how many there are to be; shared ones count once."""
    asked = {
        (study.digest_of(level), seed) for study in studies for level in study.names for seed in study.seeds
    }
    return len(asked & {run.key for run in read_ledger(ledger).runs}), len(asked)


def _check(one: Comparison) -> None:
    for level in (one.level, one.reference):
        one.study.level(level)
    for metric in filter(None, (one.metric, one.over)):
        one.study.metric(metric)
    if one.level == one.reference and one.over in ("", one.metric or one.study.primary.name):
        raise ValueError(
            f"A comparison needs two sides, but {one.level!r} of {one.study.name} is compared with itself; "
            "name another reference, or another number as over."
        )


def _compared(one: Comparison, ledger: str | Path) -> Decision:
    """One comparison, all of whose runs are there."""
    report = report_of(replace(one.study, reference=one.reference), ledger)
    part = report.part(one.metric or None)
    row = next(row for row in part.rows if row.level == one.level)
    difference = _between_numbers(one, report) if one.over else row.difference
    if difference is None or difference.n < LEAST_SEEDS:
        there = difference.n if difference else 0
        told = f"{_sides(one, part.metric)}: no verdict, for {there} seeds have both numbers; it takes {LEAST_SEEDS}."
        return Decision(NOT_SHOWN, (told,))
    p = difference.p if one.over else row.p
    detectable = p < SIGNIFICANT
    as_said = (difference.mean > 0) == (one.way == "higher")
    state = NOT_SHOWN if not detectable else SHOWN if as_said else CONTRADICTED
    if row.verdict and not one.over:
        return Decision(state, (row.verdict.sentence,))
    return Decision(state, (_sentence(one, part.metric, difference, p),))


def _between_numbers(one: Comparison, report: Report) -> PairedDifference | None:
    """One number of a level minus another number of the reference, by seed."""
    sides = [
        next(row.values for row in report.part(metric or None).rows if row.level == level)
        for level, metric in ((one.level, one.metric), (one.reference, one.over))
    ]
    seeds = [seed for seed in sides[0] if seed in sides[1]]
    return paired_difference(*([side[seed] for seed in seeds] for side in sides)) if seeds else None


def _sides(one: Comparison, metric: Metric) -> str:
    if not one.over:
        return f"{one.level} against {one.reference}, {metric.title}"
    return f"{metric.title} of {one.level} against {one.study.metric(one.over).title} of {one.reference}"


def _sentence(one: Comparison, metric: Metric, difference: PairedDifference, p: float) -> str:
    unit = f" {metric.difference_unit}" if metric.difference_unit else ""
    mean, low, high = (f"{value:+.3g}{unit}" if value else f"0{unit}" for value in difference[:3])
    found = "a detectable difference" if p < SIGNIFICANT else "no detectable difference"
    interval = f"95 % interval from {low} to {high}, {difference.n} seeds, {p_words(p)}"
    return f"{_sides(one, metric)}: {mean} on average ({interval}): {found}."
