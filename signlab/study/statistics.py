"""From numbers to what may be said: intervals, paired differences, corrected p-values, a verdict. Chapter 10."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from einops import rearrange

from signlab.shapes import Float
from signlab.study.design import LEAST_SEEDS, Metric

CONFIDENCE = 0.95
SIGNIFICANT = 0.05  # a corrected p-value below it is called detectable
DRAWS = 2_000  # resampled test sets
MOST_FLIPPED = 20  # differences whose signs are all tried; 2^19 sums
AT_ONCE = 4_000_000  # counts held in memory by the bootstrap


class Estimate(NamedTuple):
    """A mean and where it may lie."""

    mean: float
    low: float  # nan if there is one value only
    high: float
    n: int


class PairedDifference(NamedTuple):
    """How much more one level has than another, seed by seed."""

    mean: float
    low: float
    high: float
    p: float  # of the paired t test, two-sided, uncorrected
    sign_flip_p: float  # exact; with n seeds never below 2 / 2^n
    n: int  # seeds that both have


class Resampled(NamedTuple):
    """A difference on one test set, and on test sets drawn again from its sentences."""

    difference: float
    low: float
    high: float
    turned: float  # share of the draws in which the difference is zero or has the other sign


class Verdict(NamedTuple):
    """What a comparison says, in one word and in one sentence."""

    kind: str  # "larger", "smaller", "excluded", "open" or "too few"
    sentence: str


def mean_interval(values: Sequence[float]) -> Estimate:
    """The mean with its 95 % interval by Student's t: the spread over seeds is estimated from as few as they are.

    Raises:
        ValueError: If there are no values, one is not finite, or scipy is not installed.

    Source: Student (1908), The Probable Error of a Mean.
    """
    numbers = _checked(values)
    mean, n = float(numbers.mean()), len(numbers)
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    width = float(_t().ppf((1 + CONFIDENCE) / 2, n - 1)) * float(numbers.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - width, mean + width, n)


def paired_difference(values: Sequence[float], reference: Sequence[float]) -> PairedDifference:
    """A level minus the reference, paired by seed: what a seed does to both cancels.

    Args:
        values: One for each seed.
        reference: For the same seeds in the same order.

    Raises:
        ValueError: As `mean_interval`, or if the numbers of values differ.
    """
    if len(values) != len(reference):
        raise ValueError(
            "A paired difference needs the same seeds on both sides, "
            f"but got {len(values)} and {len(reference)} values; leave out the seeds that one side lacks."
        )
    differences = _checked(values) - _checked(reference)
    mean, low, high, n = mean_interval(differences.tolist())
    spread = float(differences.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    if n == 1:
        p = math.nan
    elif spread > 0:
        p = float(2 * _t().sf(abs(mean) / spread, n - 1))
    else:  # all seeds agree to the last digit: what the t test tends to
        p = 0.0 if mean else 1.0
    return PairedDifference(mean, low, high, p, sign_flip_p(differences), n)


def sign_flip_p(differences: Float[np.ndarray, " seeds"]) -> float:
    """How often the mean would be as far from zero if each difference had its sign by the toss of a coin.

    Needs no normal distribution, but many seeds: 5 cannot give less than 2 / 32. All signs are tried for up to
    20 differences; for more, 100,000 random ones.

    Source: Fisher (1935), The Design of Experiments, Section 21.
    """
    sizes = np.abs(differences)
    least = abs(float(differences.sum())) - 1e-9 * float(sizes.sum())  # sums that are equal but for rounding
    if len(sizes) > MOST_FLIPPED:
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(100_000, len(sizes)))
        return float((1 + (np.abs(signs @ sizes) >= least).sum()) / (1 + len(signs)))
    sums = sizes[:1]  # the first one's sign is free: the other half mirrors this one
    for size in sizes[1:]:
        sums = np.concatenate([sums + size, sums - size])
    return float((np.abs(sums) >= least).mean())


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for being several: the chance of even one false alarm stays below the level.

    The smallest is multiplied by their number, the next by one less, and so on; none becomes smaller than one
    before it. What is nan is no comparison and stays nan.

    Source: Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.
    """
    order = sorted((p, at) for at, p in enumerate(p_values) if not math.isnan(p))
    adjusted, highest = [math.nan] * len(p_values), 0.0
    for rank, (p, at) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p))
        adjusted[at] = highest
    return adjusted


def paired_bootstrap(
    one: Float[np.ndarray, "sentences *row"],
    other: Float[np.ndarray, "others *other_row"],
    *,
    score: Callable[[Float[np.ndarray, " row"]], float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Resampled:
    """The difference of two systems on test sets whose sentences are drawn again, the same for both.

    It says how far the difference hangs on which sentences were in the test set, not on the training's seed.

    Args:
        one: A value for each sentence, or a row of sufficient statistics, such as counts of matching n-grams.
        other: The same for the system it is compared with.
        score: From the sum of the drawn rows to the metric, such as corpus BLEU; None = the mean of the values.
        draws: Resampled test sets.
        seed: Of the draws.

    Returns:
        `one` minus `other`, with the 95 % interval between percentiles.

    Raises:
        ValueError: If the two are not of one shape, there are no sentences, or rows come without a `score`.

    Source: Koehn (2004), Statistical Significance Tests for Machine Translation Evaluation.
    """
    if one.shape != other.shape or not len(one) or (score is None and one.ndim != 1):
        raise ValueError(
            "A paired bootstrap needs the same sentences twice, one value each or rows and a score, "
            f"but got {one.shape} and {other.shape}{'' if score else ' without a score'}."
        )
    rows = [rearrange(side, "sentences ... -> sentences (...)") for side in (one, other)]
    value = score or (lambda total: float(total[0]) / len(one))
    generator, found = np.random.default_rng(seed), []
    shares = np.full(len(one), 1 / len(one))
    block = max(1, AT_ONCE // len(one))
    for start in range(0, draws, block):
        counts = generator.multinomial(len(one), shares, size=min(block, draws - start))
        drawn = [counts @ side for side in rows]
        found += [value(first) - value(second) for first, second in zip(*drawn, strict=True)]
    difference = value(rows[0].sum(axis=0)) - value(rows[1].sum(axis=0))
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    turned = float((np.sign(found) * np.sign(difference) <= 0).mean())
    return Resampled(float(difference), float(low), float(high), turned)


def verdict(
    difference: PairedDifference,
    *,
    p: float,
    comparisons: int,
    level: str,
    reference: str,
    metric: Metric,
    smallest: float,
) -> Verdict:
    """What a comparison says, in one sentence; it may be that no difference can be told.

    Args:
        difference: Level minus reference.
        p: Of that difference, corrected.
        comparisons: How many it was corrected for.
        level: Name of the level.
        reference: Name of what it is compared with.
        metric: What was measured.
        smallest: Smallest difference that would matter, in the metric's `difference_unit`.
    """
    if difference.n < LEAST_SEEDS:
        told = f"{level} against {reference}: no verdict, for it takes {LEAST_SEEDS} seeds that both have, and there"
        return Verdict("too few", f"{told} {'is' if difference.n == 1 else 'are'} {difference.n}.")
    corrected = f" corrected for {comparisons} comparisons" if comparisons > 1 else ""
    lead = (
        f"{level} against {reference}: {metric.title} is {_way(difference.mean, metric)} "
        f"(95 % interval from {_signed(difference.low, metric)} to {_signed(difference.high, metric)}, "
        f"{difference.n} seeds, {p_words(p)}{corrected})"
    )
    matters = with_unit(smallest, metric.difference_unit)
    kind = _kind(difference, p, smallest)
    sizes = sorted((abs(difference.low), abs(difference.high)))
    near, far = sizes if difference.low * difference.high > 0 else (0.0, sizes[1])
    ends = {
        "larger": f"a detectable difference, large enough to matter ({matters} or more)"
        + ("" if near >= smallest else ", though the interval also holds smaller ones"),
        "smaller": f"a detectable difference, but smaller than one that would matter ({matters} or more)"
        + ("" if far < smallest else ", though the interval also holds such ones"),
        "excluded": f"no detectable difference, and the interval excludes any that would matter ({matters} or more)",
        "open": f"no detectable difference, though one that would matter ({matters} or more) is not excluded",
    }
    return Verdict(kind, f"{lead}: {ends[kind]}.")


def p_words(p: float) -> str:
    """A p-value as it is written in a sentence."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def with_unit(value: float, unit: str) -> str:
    """A number of three digits with its unit."""
    size = abs(value)
    number = (
        f"{value:,.0f}" if size >= 1000 else f"{value:.3g}" if size >= 1e-4 or not size else f"{value:.2e}"
    )
    unit = "point" if (number, unit) == ("1", "points") else unit
    return f"{number} {unit}".rstrip()


def _kind(difference: PairedDifference, p: float, smallest: float) -> str:
    if p < SIGNIFICANT:
        return "larger" if abs(difference.mean) >= smallest else "smaller"
    return "excluded" if -smallest < difference.low and difference.high < smallest else "open"


def _way(value: float, metric: Metric) -> str:
    if value == 0:
        return "the same on average"
    better = metric.higher_is_better
    judged = "" if better is None else ", thus better," if better == (value > 0) else ", thus worse,"
    return f"{_signed(value, metric)}{judged} on average"


def _signed(value: float, metric: Metric) -> str:
    side = "higher" if value > 0 else "lower"
    return f"{with_unit(abs(value), metric.difference_unit)} {side}" if value else "no difference"


def _checked(values: Sequence[float]) -> Float[np.ndarray, " seeds"]:
    numbers = np.asarray(values, dtype=float)
    if not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"An interval needs finite numbers, one or more, but got {numbers.tolist()}.")
    return numbers


def _t() -> Any:
    """Student's distribution."""
    try:
        from scipy import stats
    except ImportError as error:
        raise ValueError(
            "Intervals of studies need scipy, which is not installed; pip install 'signlab[metrics]'."
        ) from error
    return stats.t
