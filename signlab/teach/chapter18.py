"""Checks of chapter 18's exercises: what a training costs, whom an interval is about, what a withdrawal takes along. Chapter 18."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from signlab.teach.answers import number, slip

DAY = 86_400
WEIGHTS, TOKENS, UPDATES, PEAK, SHARE = 1_200_000_000, 4_096, 300, 2e12, 0.2
RATINGS = {"A": (1, 1, 1, 1, 1, 1, 1, 1), "B": (0, 1), "C": (1, 0, 0, 0), "D": (1, 1, 0), "E": (0,)}
T_975 = {4: 2.776445, 5: 2.570582, 17: 2.109816}  # quantiles of Student's t, by degrees of freedom
T_950_4 = 2.131847
WANDERING = {  # what was made of what
    "clip-1": (),
    "clip-2": (),
    "clip-3": (),
    "mirrored-1": ("clip-1",),
    "features-1": ("mirrored-1",),
    "average": ("clip-2", "clip-3"),
    "codebook": ("features-1", "average"),
    "translator": ("codebook",),
    "poster": ("clip-3",),
}


def training_days(ask: Callable[[float, float, float, float, float], Any]) -> str:
    """Exercise 18.1: days of a training, from weights, tokens, updates, and what the machine can do."""
    got = number(ask(WEIGHTS, TOKENS, UPDATES, PEAK, SHARE))
    if got is None:
        return "One number is asked for: days."
    right = 6 * WEIGHTS * TOKENS * UPDATES / (PEAK * SHARE) / DAY
    return slip(
        got,
        right,
        {
            "These are seconds; a day has 86,400.": right * DAY,
            "These are hours; days are asked for.": right * 24,
            "You counted 2 operations for each weight and token: that is the forward pass alone. The backward pass "
            "costs twice as much again.": right / 3,
            "You counted 3 operations for each weight and token. A weight that is used is a product and a sum, so "
            "each of the three passes counts 2.": right / 2,
            "You counted the backward pass alone: 4 operations for each weight and token. The forward pass has 2 more.": (
                right * 2 / 3
            ),
            "You counted 1 operation for each weight and token; a training has 6.": right / 6,
            "The peak is what the maker prints; a training reaches a share of it, which is left out.": right
            * SHARE,
            "The share makes the machine slower, so the training becomes longer, not shorter.": right
            * SHARE**2,
            "The tokens of an update are left out: a weight is used once for each of them.": right / TOKENS,
            "The updates are left out: this is one of them.": right / UPDATES,
        },
        "The training",
    )


def interval_of_raters(ask: Callable[[Mapping[str, Sequence[int]]], Any]) -> str:
    """Exercise 18.2: a 95 % interval that is about people who rate, not about ratings."""
    said = ask(RATINGS)
    if not isinstance(said, (tuple, list)) or len(said) != 2:
        return "Two numbers are asked for: the interval's lower and its upper end."
    ends = [number(end) for end in said]
    if None in ends:
        return "Two numbers are asked for: the interval's lower and its upper end."
    low, high = (float(end) for end in ends if end is not None)
    if low > high:
        return "The lower end comes first."
    people = [sum(given) / len(given) for given in RATINGS.values()]
    middle, half = _interval(people)
    pooled = [float(one) for given in RATINGS.values() for one in given]
    mistakes = {
        "You pooled all ratings, as if each came from another person: whoever rates most decides, and the interval "
        "is too narrow. Take each person's mean first.": _interval(pooled),
        "This is 1.96 standard errors to each side: right for very many people. With so few, take Student's t with "
        "one degree of freedom less than there are people.": (middle, half * 1.96 / T_975[len(people) - 1]),
        "These are standard deviations of people; the mean of n people varies less, by the root of n.": (
            middle,
            half * math.sqrt(len(people)),
        ),
        "The variance was divided by n; with the mean estimated from the same people, divide by n - 1.": (
            middle,
            half * math.sqrt((len(people) - 1) / len(people)),
        ),
        "Student's t has one degree of freedom less than there are people.": (
            middle,
            half * T_975[len(people)] / T_975[len(people) - 1],
        ),
        "This leaves out 5 % at each end: it is a 90 % interval.": (
            middle,
            half * T_950_4 / T_975[len(people) - 1],
        ),
        "The middle is the mean of all ratings, so whoever rates most counts most. Let each person count once.": (
            sum(pooled) / len(pooled),
            half,
        ),
    }
    for told, (wrong_middle, wrong_half) in mistakes.items():
        if math.isclose(low, wrong_middle - wrong_half, abs_tol=1e-3) and math.isclose(
            high, wrong_middle + wrong_half, abs_tol=1e-3
        ):
            return told
    if math.isclose(low, max(middle - half, 0), abs_tol=1e-4) and math.isclose(
        high, middle + half, abs_tol=1e-4
    ):
        return ""  # a share cannot be negative
    return slip(low, middle - half, {}, "The lower end") or slip(high, middle + half, {}, "The upper end")


def goes_with(ask: Callable[[Mapping[str, Sequence[str]], Collection[str]], Any]) -> str:
    """Exercise 18.3: everything that has to go when somebody withdraws their clips."""
    said = ask(WANDERING, {"clip-1"})
    if not isinstance(said, (set, frozenset, list, tuple)):
        return "A set of names is asked for."
    got = set(said)
    if not got <= set(WANDERING):
        return f"Only names that are there can go, but yours has {min(got - set(WANDERING), key=str)!r}."
    right = {"clip-1", "mirrored-1", "features-1", "codebook", "translator"}
    told = {
        "The clips themselves go, and what was made of them goes too.": {"clip-1"},
        "This is what was made of the clips; the clips themselves must go as well.": right - {"clip-1"},
        "This is one step. What was made of what was made of them goes too, all the way: ask again until nothing "
        "is added.": {"clip-1", "mirrored-1"},
        "The codebook has other sources too, but it has seen the clip: one withdrawn source is enough.": {
            "clip-1",
            "mirrored-1",
            "features-1",
        },
    }
    for words, names in told.items():
        if got == names:
            return words
    if right < got:
        return f"{min(got - right)!r} was not made of the withdrawn clip, and may stay."
    if got != right:
        return f"{min(right - got)!r} was made of the withdrawn clip, and is missing."
    both = ask(WANDERING, {"clip-2", "clip-3"})
    if set(both) != {"clip-2", "clip-3", "average", "codebook", "translator", "poster"}:
        return "It is right for one withdrawn clip, but not for two at once."
    return "" if not set(ask(WANDERING, set())) else "Where nothing is withdrawn, nothing goes."


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half of its 95 % interval."""
    middle = sum(values) / len(values)
    variance = sum((value - middle) ** 2 for value in values) / (len(values) - 1)
    return middle, T_975[len(values) - 1] * math.sqrt(variance / len(values))
