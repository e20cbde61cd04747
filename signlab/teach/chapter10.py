"""Checks of chapter 10's exercises: a difference paired by seed, Holm's correction, a verdict. Chapter 10."""

from collections.abc import Callable, Sequence
from math import isclose, sqrt
from numbers import Real
from statistics import mean, pstdev, stdev, variance
from typing import Any

Values = dict[int, float]  # of one level, by seed

# exercise 10.1: two levels with the same luck, seeds in another order, and seeds that the other lacks
VALUES = {3: 14.31, 0: 13.90, 6: 16.20, 4: 14.95, 1: 15.42, 2: 14.48, 7: 15.83}
REFERENCE = {0: 14.36, 1: 15.71, 2: 14.70, 3: 14.99, 4: 15.13, 5: 12.70}
FEWER = {seed: VALUES[seed] for seed in (3, 0, 2)}
TWO_SIDED = {2: 4.30265, 3: 3.18245, 4: 2.77645, 5: 2.57058, 8: 2.30600}  # Student's factor for 95 %
ONE_SIDED = {2: 2.91999, 4: 2.13185}  # the same for 90 %
NORMAL = 1.95996

# exercise 10.2
P_VALUES = (0.04, 0.012, 0.011, 0.6, 0.013)
KINDS = ("larger", "smaller", "excluded", "open")


def paired(ask: Callable[[Values, Values], Any]) -> str:
    """Exercise 10.1: mean of the paired differences and the ends of its interval."""
    told = _wrongly_paired(ask(VALUES, REFERENCE), VALUES)
    if told:
        return told
    told = _wrongly_paired(ask(FEWER, REFERENCE), FEWER)
    if told:
        return f"With 5 common seeds it is right, with 3 it is not. {told}"
    return ""


def _wrongly_paired(got: Any, values: Values) -> str:
    if not isinstance(got, Sequence) or len(got) != 3 or not all(map(_is_number, got)):
        return f"Return three numbers, (mean, low, high); you returned {got!r}."
    middle, low, high = map(float, got)
    seeds = [seed for seed in values if seed in REFERENCE]
    differences = [values[seed] - REFERENCE[seed] for seed in seeds]
    right = mean(differences)
    if not _near(middle, right):
        return _wrong_mean(middle, values, right)
    half = TWO_SIDED[len(seeds) - 1] * stdev(differences) / sqrt(len(seeds))
    if _near(low, right - half) and _near(high, right + half):
        return ""
    told = f"The mean is right; the interval goes from {right - half:.3f} to {right + half:.3f}, but yours from {low:.3f} to {high:.3f}."
    if _near(low, min(differences)) and _near(high, max(differences)):
        return f"{told} These are the smallest and the largest difference: where single runs lie, not where their mean may lie."
    if _near(low, half) or _near(low, -half):
        return f"{told} You returned half the interval's width; its ends are the mean minus and plus it."
    for hint, slip in _slips(values, seeds, differences).items():
        if _near(high - low, 2 * slip):
            return f"{told} {hint}"
    return told


def _wrong_mean(middle: float, values: Values, right: float) -> str:
    told = f"The mean of the paired differences is {right:.3f}, but yours is {middle:.3f}."
    in_order = [one - other for one, other in zip(values.values(), REFERENCE.values(), strict=False)]
    hints = {
        "The sign is the other way round: the level minus the reference.": -right,
        "You paired first with first, in the order of the dictionaries; look each seed up in both.": mean(
            in_order
        ),
        "Seeds that only one side has are in it; a pair needs both.": mean(values.values())
        - mean(REFERENCE.values()),
    }
    return " ".join([told, *(hint for hint, value in hints.items() if _near(middle, value))][:2])


def _slips(values: Values, seeds: Sequence[int], differences: Sequence[float]) -> dict[str, float]:
    """Half the width that an interval gets by a slip."""
    n, spread = len(seeds), stdev(differences)
    error, factor = spread / sqrt(n), TWO_SIDED[n - 1]
    sides = [variance([side[seed] for seed in seeds]) for side in (values, REFERENCE)]
    unpaired = sqrt(sum(sides) / n)
    apart = (
        "It is unpaired: you took the spread of each side by itself. Subtract seed by seed first; what a seed "
        "does to both then cancels."
    )
    return {
        apart: unpaired * factor,
        f"{apart} (And with the degrees of freedom of two groups.)": unpaired * TWO_SIDED[2 * n - 2],
        f"Your factor is that of {n} degrees of freedom; {n} differences have {n - 1}, for their mean is estimated too.": (
            error * TWO_SIDED[n]
        ),
        f"Your factor is that of {2 * n - 2} degrees of freedom, as for two groups; there are {n} differences, hence {n - 1}.": (
            error * TWO_SIDED[2 * n - 2]
        ),
        "1.96 belongs to a known spread. Yours is estimated from a few differences; take Student's factor.": (
            error * NORMAL
        ),
        "Your factor leaves 5 % on each side; a 95 % interval leaves 2.5 %.": error * ONE_SIDED[n - 1],
        "The spread is divided by n; an estimate divides by n - 1 (stdev, or std with ddof=1).": (
            factor * pstdev(differences) / sqrt(n)
        ),
        "The square root of n is missing: this is where another run may lie, not the mean.": factor * spread,
        "You divided by n; the error of a mean falls with the square root of n.": factor * spread / n,
        "This is one standard error to each side; Student's factor is missing.": error,
        "This is one standard deviation to each side; it lacks Student's factor and the square root of n.": spread,
        "Your factor is still that of 5 seeds; it depends on how many there are.": error * TWO_SIDED[4],
    }


def corrected(ask: Callable[[list[float]], Any]) -> str:
    """Exercise 10.2: p-values after Holm's correction, in the order given."""
    for p_values in (P_VALUES, (0.9, 0.8), (0.03,), (0.02, 0.5, 0.02)):
        got = ask(list(p_values))
        told = _wrongly_corrected(got, p_values)
        if told:
            return told
    return ""


def _wrongly_corrected(got: Any, p_values: Sequence[float]) -> str:
    try:
        found = list(got)
    except TypeError:
        return f"Return a list of {len(p_values)} corrected p-values; you returned {got!r}."
    if len(found) != len(p_values):
        return f"There are {len(p_values)} p-values, but you returned {len(found)}."
    if all(isinstance(one, bool) or type(one).__name__.startswith("bool") for one in found):
        return "Return the corrected p-values themselves, not whether they are small enough."
    if not all(map(_is_number, found)):
        return f"Return numbers; one of yours is {next(one for one in found if not _is_number(one))!r}."
    right = _holm(p_values)
    if _all_near(found, right):
        return ""
    told = f"Of {list(p_values)} Holm makes {_written(right)}, but you get {_written(found)}."
    for hint, slip in _miscorrected(p_values).items():
        if _all_near(found, slip):
            return f"{told} {hint}"
    return told


def _holm(p_values: Sequence[float]) -> list[float]:
    return _stepped(p_values, lambda rank, n: n - rank)


def _stepped(
    p_values: Sequence[float], factor: Callable[[int, int], float], *, highest: bool = True, cut: bool = True
) -> list[float]:
    """Each p-value times a factor that depends on its rank; none below one before it, none above 1."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    found, before = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        value = factor(rank, len(p_values)) * p_values[at]
        before = max(before, value) if highest else value
        found[at] = min(1.0, before) if cut else before
    return found


def _miscorrected(p_values: Sequence[float]) -> dict[str, list[float]]:
    n = len(p_values)
    order = sorted(range(n), key=lambda at: p_values[at])
    benjamini = [0.0] * n
    lowest = 1.0
    for rank in reversed(range(n)):
        lowest = min(lowest, p_values[order[rank]] * n / (rank + 1))
        benjamini[order[rank]] = lowest
    return {
        "These are the p-values as they came: nothing is corrected.": list(p_values),
        "No value may be above 1: cut there.": _stepped(p_values, lambda rank, n: n - rank, cut=False),
        "This is Bonferroni: every p-value times their number. Only the smallest is; the next counts one less.": (
            [min(1.0, n * p) for p in p_values]
        ),
        "The same without the cut at 1, and it is Bonferroni: only the smallest is multiplied by their number.": (
            [n * p for p in p_values]
        ),
        "A larger p-value got a smaller correction and overtook a smaller one: carry the largest so far along.": (
            _stepped(p_values, lambda rank, n: n - rank, highest=False)
        ),
        "They are in the order of size; give them back in the order in which they came.": sorted(
            _holm(p_values)
        ),
        "You multiplied in the wrong direction: the smallest p-value has the largest factor.": (
            _stepped(p_values, lambda rank, _: rank + 1)
        ),
        "Your factors are one too small: the smallest p-value is multiplied by the full number.": (
            _stepped(p_values, lambda rank, n: n - rank - 1)
        ),
        "This is the procedure of Benjamini and Hochberg. It bounds the share of false alarms among all alarms; Holm "
        "bounds the chance of even one.": benjamini,
    }


def verdict(ask: Callable[[float, float, float, float, float], Any]) -> str:
    """Exercise 10.3: one word for a comparison."""
    for case, (right, hint) in _CASES.items():
        got = ask(*case)
        if got not in KINDS:
            return f"Return one of {', '.join(KINDS)}; you returned {got!r}."
        if got != right:
            middle, low, high, p, smallest = case
            return (
                f"Difference {middle:g}, interval {low:g} to {high:g}, corrected p {p:g}, smallest that matters "
                f"{smallest:g}: the verdict is {right!r}, but yours is {got!r}. {hint}"
            )
    return ""


_CASES: dict[tuple[float, float, float, float, float], tuple[str, str]] = {
    (0.5, 0.3, 0.7, 0.004, 0.2): ("larger", "It is detectable (p below .05) and matters."),
    (-0.5, -0.7, -0.3, 0.004, 0.2): ("larger", "Differences below zero are as large as those above: take abs()."),
    (0.1, 0.02, 0.18, 0.03, 0.2): ("smaller", "It is detectable, but smaller than one that would matter."),
    (0.01, -0.1, 0.12, 0.8, 0.2): ("excluded", "The whole interval lies closer to zero than what matters."),
    (0.15, -0.2, 0.5, 0.4, 0.2): (
        "open",
        "No difference was detected, but the interval holds some that would matter: that is no proof of none.",
    ),
    (0.3, 0.05, 0.55, 0.09, 0.2): (
        "open",
        "The interval excludes zero, but it is not corrected; what is detectable is decided by the corrected p-value.",
    ),
    (-0.05, -0.35, 0.1, 0.5, 0.2): ("open", "Look at both ends of the interval: the lower one lies further out."),
    (0.3, 0.1, 0.5, 0.01, 0.2): (
        "larger",
        "The rule asks whether the mean is large enough, not whether the whole interval is; the sentence says the rest.",
    ),
}  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _near(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-3, abs_tol=2e-4)


def _all_near(some: Sequence[Any], others: Sequence[float]) -> bool:
    return all(
        isclose(float(one), other, rel_tol=1e-6, abs_tol=1e-9)
        for one, other in zip(some, others, strict=True)
    )


def _written(values: Sequence[Any]) -> str:
    return f"[{', '.join(f'{float(value):.3g}' for value in values)}]"
