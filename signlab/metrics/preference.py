"""What side-by-side ratings say, and how sure one can be: preference, ties, position bias, agreement. Chapter 16."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

CHOICES = ("left", "right", "neither")
CONFIDENCE = 0.95


class Rating(NamedTuple):
    """Two clips side by side, and which of them was chosen."""

    pair: str  # name of the pair; the same name again is the same two clips again
    left: str  # kind of the clip on the left, such as "real"
    right: str
    choice: str  # "left", "right" or "neither"

    @property
    def chosen(self) -> str | None:
        """Kind of the clip that was chosen; None where neither was."""
        return {"left": self.left, "right": self.right}.get(self.choice)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """So many of so many, with a 95 % interval and the test against one half."""

    times: int
    of: int
    share: float  # NaN of none
    low: float  # Wilson's interval
    high: float
    p: float  # exact binomial test against one half, two-sided


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What a set of ratings says about one kind of clips against another."""

    preferred: Share  # times the kind was chosen, of those in which one of both was
    ties: int  # times neither was chosen, which are in no share
    left: Share  # times the left one was chosen, of all choices, those between equal kinds included
    repeats: int  # pairs that were rated more than once
    agreed: int  # of these, pairs in which every answer was the same kind of clip


def preferences(ratings: Sequence[Rating], kind: str, other: str) -> Preferences:
    """How often one kind of clips was preferred to another, and what else was going on.

    The interval takes ratings for independent. Several of one person, or of one pair, are not: then it is too narrow.

    Raises:
        ValueError: If no rating compares the two kinds.
    """
    compared = [one for one in ratings if {one.left, one.right} == {kind, other}]
    if not compared or kind == other:
        kinds = sorted({name for one in ratings for name in (one.left, one.right)})
        raise ValueError(
            f"A preference needs ratings of two kinds side by side, but none compares {kind!r} with {other!r}; "
            f"the ratings have {', '.join(kinds) or 'no clips'}."
        )
    chosen = [one.chosen for one in compared if one.chosen is not None]
    sides = [one.choice for one in ratings if one.choice != "neither"]
    answers: dict[str, list[str | None]] = defaultdict(list)
    for one in compared:
        answers[one.pair].append(one.chosen)
    again = [several for several in answers.values() if len(several) > 1]
    return Preferences(
        preferred=share_of(chosen.count(kind), len(chosen)),
        ties=len(compared) - len(chosen),
        left=share_of(sides.count("left"), len(sides)),
        repeats=len(again),
        agreed=sum(len(set(several)) == 1 for several in again),
    )


def share_of(times: int, of: int) -> Share:
    """A share with Wilson's interval, which stays within 0 and 1, and the exact test against one half.

    Source: Wilson (1927).

    Raises:
        ValueError: If there are more times than occasions, or scipy is not installed.
    """
    if not 0 <= times <= of:
        raise ValueError(f"times must lie in [0, of], but got {times} of {of}.")
    if not of:
        return Share(times=0, of=0, share=math.nan, low=0.0, high=1.0, p=1.0)
    tested = _stats().binomtest(times, of)
    low, high = tested.proportion_ci(CONFIDENCE, method="wilson")
    return Share(times=times, of=of, share=times / of, low=low, high=high, p=float(tested.pvalue))


def power(num: int, share: float, *, significant: float = 0.05) -> float:
    """How probably so many ratings without a tie show, by the exact test, that a preference is not one half.

    Args:
        num: Independent ratings.
        share: The true preference.
        significant: Below which p-value it counts as shown.
    """
    binomial = _stats().binom
    # The largest number of either choice that is still too rare under one half: the test is symmetric.
    fewest = int(binomial.ppf(significant / 2, num, 0.5))
    while fewest >= 0 and 2 * binomial.cdf(fewest, num, 0.5) > significant:
        fewest -= 1
    if fewest < 0:
        return 0.0
    return float(binomial.cdf(fewest, num, share) + binomial.sf(num - fewest - 1, num, share))


def num_needed(share: float, *, wanted: float = 0.8, most: int = 100_000) -> int:
    """The fewest independent ratings without a tie from which on a preference is shown with that power.

    "From which on", for the power of an exact test goes up in teeth: one rating more can lower it.

    Raises:
        ValueError: If the share is one half, which nothing can show, or so near to it that `most` do not suffice.
    """
    if not 0 <= share <= 1 or math.isclose(share, 0.5):
        raise ValueError(f"share must lie in [0, 1] and differ from one half, but got {share}.")
    upper = 2
    while power(upper, share) < wanted:
        upper *= 2
        if upper > most:
            raise ValueError(f"A preference of {share} needs more than {most} ratings to be shown.")
    enough = range(upper + upper // 4, 0, -1)  # beyond it, no tooth reaches down to `wanted` again
    return next(num for num in enough if power(num, share) < wanted) + 1


def load_ratings(text: str) -> list[Rating]:
    """Ratings from the JSON text that the rating widget of the book gives out.

    Raises:
        ValueError: If it is no such text.
    """
    try:
        rows = json.loads(text)["ratings"]
        found = [Rating(**{name: str(row[name]) for name in Rating._fields}) for row in rows]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"Ratings must be the JSON text that the widget gives out, but: {type(error).__name__}: {error}."
        ) from None
    wrong = sorted({one.choice for one in found} - set(CHOICES))
    if wrong:
        raise ValueError(f"A choice must be one of {', '.join(CHOICES)}, but one is {wrong[0]!r}.")
    return found


def _stats() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        raise ValueError(
            "Shares with intervals need scipy, which is not installed; pip install 'signlab[metrics]'."
        ) from error
    return stats
