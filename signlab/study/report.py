"""From a ledger to a report: means, differences paired by seed, verdicts, and what is missing. Chapter 10."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from einops import rearrange

from signlab.study.design import Metric, Study
from signlab.study.ledger import Run, read_ledger
from signlab.study.statistics import (
    Estimate,
    PairedDifference,
    Resampled,
    Verdict,
    holm,
    mean_interval,
    paired_bootstrap,
    paired_difference,
    verdict,
)

NOTHING = Estimate(math.nan, math.nan, math.nan, 0)


class Row(NamedTuple):
    """One level: its runs, and how they compare with the reference's."""

    level: str
    values: dict[int, float]  # by seed; what was no number is left out, and named in the report
    estimate: Estimate
    difference: PairedDifference | None  # to the reference; none for itself, and without a common seed
    p: float  # of the difference, corrected for all comparisons of this metric; nan without one
    sentences: Resampled | None  # the difference on sentences drawn again, if the ledger has them
    verdict: Verdict | None  # of the study's first metric


class Part(NamedTuple):
    """All levels by one metric."""

    metric: Metric
    rows: tuple[Row, ...]


class Report(NamedTuple):
    """What a study has shown so far."""

    study: Study
    parts: tuple[Part, ...]  # one a metric; only the first decides
    missing: tuple[str, ...]  # sentences about runs and numbers that are not there
    notes: tuple[str, ...]  # sentences about what the runs were made with

    def part(self, metric: str | None = None) -> Part:
        """The levels by one metric; None = the first.

        Raises:
            ValueError: If there is no such metric.
        """
        wanted = self.study.primary if metric is None else self.study.metric(metric)
        return next(part for part in self.parts if part.metric == wanted)


def report_of(study: Study, ledger: str | Path) -> Report:
    """All that a ledger says about a study.

    Only runs whose level is still as described count, and only the seeds that the study names.

    Raises:
        ValueError: If the ledger is damaged, or has no run of this study.
    """
    everything, torn = read_ledger(ledger)
    try:
        return report_of_runs(study, everything, torn=torn)
    except ValueError as error:
        raise ValueError(
            f"A report on {study.name} needs runs, but {ledger} has none of it as it is described now; "
            f"make them with: signlab study run {study.name}."
        ) from error


def report_of_runs(study: Study, everything: Sequence[Run], *, torn: str = "") -> Report:
    """All that runs say about a study, wherever they come from.

    Args:
        study: As in `report_of`.
        everything: Runs, of other studies too.
        torn: A sentence about a line that was cut short.

    Raises:
        ValueError: If none is of this study.
    """
    runs, left_out = _runs_of(study, everything)
    if not runs:
        raise ValueError(f"A report on {study.name} needs runs of it, but got none as it is described now.")
    missing = [*_missing_runs(study, runs), *_missing_numbers(study, runs)]
    parts, odd = [], []
    for metric in study.metrics:
        part, wrong = _part(study, metric, runs)
        parts.append(part)
        odd += wrong
    notes = [*([torn] if torn else []), *left_out, *odd, *_notes(runs)]
    return Report(study, tuple(parts), tuple(missing), tuple(notes))


def _runs_of(study: Study, everything: Sequence[Run]) -> tuple[dict[tuple[str, int], Run], list[str]]:
    """The runs that count, by level and seed, and sentences about those that do not."""
    digests = {study.digest_of(name): name for name in study.names}
    runs: dict[tuple[str, int], Run] = {}
    why: Counter[str] = Counter()
    for run in everything:
        if run.study != study.ledger_name:
            why["belong to other studies"] += 1
        elif run.digest not in digests and study.pool:
            continue  # of another study of the pool
        elif run.digest not in digests:
            why["are of levels that have been changed or dropped since"] += 1
        elif run.seed not in study.seeds:
            why["have seeds that the study does not name"] += 1
        elif (digests[run.digest], run.seed) in runs:
            why["were made before; the first one counts"] += 1
        else:
            runs[digests[run.digest], run.seed] = run
    return runs, [f"Of the ledger's {len(everything)} runs, {count} {words}." for words, count in why.items()]


def _missing_runs(study: Study, runs: dict[tuple[str, int], Run]) -> list[str]:
    told = []
    for name in study.names:
        lacking = [str(seed) for seed in study.seeds if (name, seed) not in runs]
        if lacking:
            there = len(study.seeds) - len(lacking)
            told.append(
                f"{there} of {len(study.seeds)} seeds of {name} are there; missing: {', '.join(lacking)}."
            )
    return told


def _missing_numbers(study: Study, runs: dict[tuple[str, int], Run]) -> list[str]:
    """What single runs lack; and once, what no run of a level has: a model without posterior has no score of one."""
    told: list[str] = []
    never: dict[tuple[str, ...], list[str]] = {}  # levels, and the metrics that none of them has
    for metric in study.metrics:
        without = []
        for name in study.names:
            made = {seed: run.numbers for (level, seed), run in runs.items() if level == name}
            lacking = [seed for seed in made if math.isnan(made[seed].get(metric.name, math.nan))]
            if lacking and len(lacking) == len(made):
                without.append(name)
            else:
                told += [f"{name}, seed {seed}, has no number for {metric.name}." for seed in lacking]
        if without:
            never.setdefault(tuple(without), []).append(metric.name)
    whole = [
        f"No run of {', '.join(names)} has a number for {', '.join(metrics)}."
        for names, metrics in never.items()
    ]
    return [*told, *whole]


def _part(study: Study, metric: Metric, runs: dict[tuple[str, int], Run]) -> tuple[Part, list[str]]:
    values: dict[str, dict[int, float]] = {}
    for name in study.names:
        found = {
            seed: runs[name, seed].numbers.get(metric.name, math.nan)
            for seed in study.seeds
            if (name, seed) in runs
        }
        values[name] = {seed: value for seed, value in found.items() if not math.isnan(value)}
    differences, resampled, odd = [], [], []
    for name in study.names:
        seeds = [seed for seed in values[name] if seed in values[study.reference] and name != study.reference]
        both = [[values[side][seed] for seed in seeds] for side in (name, study.reference)]
        differences.append(paired_difference(*both) if seeds else None)
        pairs = [(runs[name, seed], runs[study.reference, seed]) for seed in seeds]
        found, wrong = _over_sentences(metric, pairs)
        resampled.append(found)
        odd += [f"{name} against {study.reference}, by sentence: {wrong}."] if wrong else []
    corrected, rows = _corrected(study, differences), []
    for at, name in enumerate(study.names):
        said, difference = None, differences[at]
        if metric is study.primary and difference is not None:
            said = verdict(
                difference,
                p=corrected[at],
                comparisons=len(study.levels) - 1,
                level=name,
                reference=study.reference,
                metric=metric,
                smallest=study.smallest,
            )
        estimate = mean_interval(list(values[name].values())) if values[name] else NOTHING
        rows.append(Row(name, values[name], estimate, difference, corrected[at], resampled[at], said))
    return Part(metric, tuple(rows)), odd


def _corrected(study: Study, differences: Sequence[PairedDifference | None]) -> list[float]:
    """P-values corrected for all comparisons that the study describes, those without runs too."""
    p_values = [math.nan if one is None else one.p for one in differences]
    others = [at for at, name in enumerate(study.names) if name != study.reference]
    corrected = holm([1.0 if math.isnan(p_values[at]) else p_values[at] for at in others])
    found = dict(zip(others, corrected, strict=True))
    return [math.nan if math.isnan(p) else found[at] for at, p in enumerate(p_values)]


def _over_sentences(metric: Metric, pairs: Sequence[tuple[Run, Run]]) -> tuple[Resampled | None, str]:
    """The bootstrap over sentences, averaged over seeds in each draw; or why there is none."""
    name = metric.name
    if not pairs or not any(name in run.per_sentence for pair in pairs for run in pair):
        return None, ""
    sides = [[pair[at].per_sentence.get(name, []) for pair in pairs] for at in (0, 1)]
    try:
        one, other = (np.array(side, dtype=float) for side in sides)
    except ValueError:  # lists of several lengths make no array
        return None, "not all runs have the same sentences"
    if one.shape != other.shape or not one.size:
        return None, "not all runs have the same sentences"
    if np.isnan(one).any() or np.isnan(other).any():
        return None, "some have no number"
    score = metric.score
    if one.ndim == 2:
        return paired_bootstrap(one.mean(axis=0), other.mean(axis=0)), ""
    if score is None:
        return None, "several numbers each, and the metric has no score that is made of their sums"
    seeds = len(one)
    rows = [rearrange(side, "seeds sentences row -> sentences (seeds row)") for side in (one, other)]

    def mean_score(total: np.ndarray) -> float:
        return float(
            np.mean([score(row) for row in rearrange(total, "(seeds row) -> seeds row", seeds=seeds)])
        )

    return paired_bootstrap(*rows, score=mean_score), ""


def _notes(runs: dict[tuple[str, int], Run]) -> list[str]:
    """What the runs were made with, and whether it was the same for all."""
    made = list(runs.values())
    told = []
    several = sorted({run.code for run in made})
    if len(several) > 1:
        told.append(f"The runs were made with {len(several)} versions of the code: {', '.join(several)}.")
    for package in sorted({name for run in made for name in run.versions}):
        several = sorted({run.versions.get(package, "unknown") for run in made})
        if len(several) > 1:
            told.append(
                f"The runs were made with {len(several)} versions of {package}: {', '.join(several)}."
            )
    machines = sorted({run.hardware.gpu or run.hardware.cpu for run in made})
    seconds, cpu = (sum(getattr(run, name) for run in made) for name in ("seconds", "cpu_seconds"))
    told.append(
        f"{len(made)} runs took {duration(seconds)} one after the other, {duration(cpu)} of CPU time, "
        f"on {' and '.join(machines)}."
    )
    return told


def duration(seconds: float) -> str:
    """A time in words, to two digits or so."""
    for size, unit in ((3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"
