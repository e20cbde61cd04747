"""Checks of chapter 17's exercises: a budget of errors, how far a reader may be trusted, whether two readers err together. Chapter 17."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from signlab.teach.answers import alike, number, slip

SCORES = {"posted": 90.0, "weighed": 84.0, "sorted": 70.5, "delivered": 73.0}
WAY = ("posted", "weighed", "sorted", "delivered")
SURE = (0.95, 0.91, 0.88, 0.93, 0.55, 0.52, 0.31, 0.35, 0.38, 0.99)
HITS = (1, 1, 0, 1, 1, 1, 0, 1, 0, 1)
BINS = 5
ONE_WRONG = (1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
OTHER_WRONG = (1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)


def error_budget(ask: Callable[[Mapping[str, float], Sequence[str]], Any]) -> str:
    """Exercise 17.1: what each arrow of a way loses."""
    told = _budget(ask(dict(SCORES), WAY), WAY)
    if told:
        return told
    back = WAY[::-1]
    if _budget(ask(dict(SCORES), back), back):
        return "The order of the way decides, not the order of the scores: it is wrong when the way is turned round."
    return ""


def calibration_error(ask: Callable[[Sequence[float], Sequence[int], int], Any]) -> str:
    """Exercise 17.2: how far what a reader says of itself is from how often it is right."""
    got = number(ask(SURE, HITS, BINS))
    if got is None:
        return "One number is asked for."
    if math.isnan(got):
        return "It is not a number: a bin without answers has no mean. Leave such bins out."
    bins = _bins(SURE, HITS, BINS)
    gaps = [(sum(sure) - sum(hits)) / len(hits) for sure, hits in bins]
    sizes = [len(hits) for _, hits in bins]
    right = sum(size * abs(gap) for size, gap in zip(sizes, gaps, strict=True)) / len(HITS)
    told = slip(
        got,
        right,
        {
            "Over and under cancel in it: this is the distance of the two overall means. Take each bin's distance as "
            "positive before they are added.": abs(sum(SURE) - sum(HITS)) / len(HITS),
            "Over and under cancel in it, and it can be negative: take each bin's distance as positive.": (
                sum(SURE) - sum(HITS)
            )
            / len(HITS),
            "Each bin counts the same, whether it holds one answer or a hundred; weigh it by its answers.": sum(
                map(abs, gaps)
            )
            / len(gaps),
            "Empty bins count as bins here: weigh by answers, and they drop out.": sum(map(abs, gaps)) / BINS,
            "This is the largest distance of a bin, which is another measure.": max(map(abs, gaps)),
            "The distances are squared.": sum(size * gap**2 for size, gap in zip(sizes, gaps, strict=True))
            / len(HITS),
            "Each answer is compared with its own 0 or 1. An answer is right or wrong; only how often many are right "
            "can be compared with how sure they were.": sum(
                abs(sure - hit) for sure, hit in zip(SURE, HITS, strict=True)
            )
            / len(HITS),
        },
        "The calibration error",
    )
    if told:
        return told
    got = number(ask((1.0, 1.0), (1, 0), BINS))
    return (
        ""
        if got is not None and alike(got, 0.5)
        else "An answer that is sure to the last, 1, must be in a bin too."
    )


def erring_together(ask: Callable[[Sequence[int], Sequence[int]], Any]) -> str:
    """Exercise 17.3: how much oftener two readers are wrong together than if they had nothing in common."""
    got = number(ask(ONE_WRONG, OTHER_WRONG))
    if got is None:
        return "One number is asked for."
    num, one, other = len(ONE_WRONG), sum(ONE_WRONG), sum(OTHER_WRONG)
    both = sum(a and b for a, b in zip(ONE_WRONG, OTHER_WRONG, strict=True))
    neither = sum(not a and not b for a, b in zip(ONE_WRONG, OTHER_WRONG, strict=True))
    told = slip(
        got,
        both * num / (one * other),
        {
            "This is how often both are wrong. It says little before it is compared with how often they would be if "
            "they had nothing in common.": both / num,
            "This is how often both are wrong, as a number of clips; take shares.": both,
            "This is how often both would be wrong if they had nothing in common; how often they are stands over it.": (
                one * other / num**2
            ),
            "This is the difference of the two shares; their ratio is asked for.": both / num
            - one * other / num**2,
            "It is upside down: what is seen stands above, what independence would give below.": one
            * other
            / (both * num),
            "This is how often one is wrong where the other is. Compare it with how often it is wrong anyway.": both
            / other,
            "This is how often they agree, right answers included.": (both + neither) / num,
            "You counted where either is wrong; both are asked for.": (one + other - both)
            * num
            / (one * other),
            "Independent chances are multiplied, not added.": both / (one + other),
        },
        "The ratio",
    )
    if told:
        return told
    apart = number(ask((1, 0, 0, 1), (0, 1, 1, 0)))
    return "" if apart == 0 else "Two readers that are never wrong together have 0."


def _budget(got: Any, way: Sequence[str]) -> str:
    if not isinstance(got, Mapping):
        return "A dictionary is asked for: each arrow's name, and what it loses."
    arrows = [f"{one} -> {other}" for one, other in pairwise(way)]
    if set(got) != set(arrows):
        return f"The arrows are {', '.join(arrows)}, but yours are {', '.join(map(str, got))}."
    values = [number(got[arrow]) for arrow in arrows]
    if None in values:
        return "What an arrow loses is a number."
    found = [float(value) for value in values if value is not None]
    steps = [SCORES[one] - SCORES[other] for one, other in pairwise(way)]
    first = SCORES[way[0]]
    mistakes = {
        "These are gains: what is lost counts as positive, and an arrow that gains has a negative loss.": [
            -step for step in steps
        ],
        "You compared each with the beginning of the way: that is everything lost so far, not what this arrow loses.": [
            first - SCORES[other] for other in way[1:]
        ],
        "These are shares of what was there before. They do not add up to what the whole way loses.": [
            step / SCORES[one] for step, one in zip(steps, way, strict=False)
        ],
        "An arrow that gains must stay negative: then the losses add up to what the whole way loses.": [
            max(step, 0) for step in steps
        ],
        "The signs are gone: an arrow can gain, too.": [abs(step) for step in steps],
    }
    if all(map(alike, found, steps)):
        return ""
    for told, wrong in mistakes.items():
        if all(map(alike, found, wrong)):
            return told
    at = next(at for at, (one, other) in enumerate(zip(found, steps, strict=True)) if not alike(one, other))
    return slip(found[at], steps[at], {}, f"The loss of {arrows[at]}")


def _bins(sure: Sequence[float], hits: Sequence[int], num: int) -> list[tuple[list[float], list[int]]]:
    """Answers by how sure they were, bins of equal width; empty ones left out."""
    found: list[tuple[list[float], list[int]]] = [([], []) for _ in range(num)]
    for one, hit in zip(sure, hits, strict=True):
        place = found[min(int(one * num), num - 1)]
        place[0].append(one)
        place[1].append(hit)
    return [one for one in found if one[0]]
