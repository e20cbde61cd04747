"""How sure a word error rate is, from the sentences it was measured on. Chapter 9."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signlab.metrics.text import check_pairs, edit_distance
from signlab.shapes import Float, Int

DRAWS = 2_000  # resampled test sets


class Interval(NamedTuple):
    """Where 95 of 100 resampled values lie."""

    low: float
    high: float


def word_errors(sentences: Sequence[str], references: Sequence[str]) -> Int[np.ndarray, " sentences"]:
    """Insertions, deletions and substitutions of each sentence."""
    check_pairs(sentences, [(one,) for one in references])
    pairs = zip(sentences, references, strict=True)
    return np.array([edit_distance(one.split(), right.split()) for one, right in pairs])


def error_rate_interval(sentences: Sequence[str], references: Sequence[str], *, seed: int = 0) -> Interval:
    """A 95 % interval of the word error rate, in per cent: sentences are drawn again, with replacement."""
    return _middle(_resampled_rates(word_errors(sentences, references), references, seed))


def error_rate_difference(
    sentences: Sequence[str], others: Sequence[str], references: Sequence[str], *, seed: int = 0
) -> Interval:
    """A 95 % interval of one system's word error rate minus another's, in percentage points.

    Both are measured on the same draws (a paired bootstrap), so what makes a sentence hard for both cancels.
    An interval without zero says that the two differ on such sentences, not that they would on others.

    Source: Koehn (2004), Statistical Significance Tests for Machine Translation Evaluation.
    """
    errors = word_errors(sentences, references) - word_errors(others, references)
    return _middle(_resampled_rates(errors, references, seed))


def _resampled_rates(
    errors: Int[np.ndarray, " sentences"], references: Sequence[str], seed: int
) -> Float[np.ndarray, " draws"]:
    words = np.array([len(reference.split()) for reference in references])
    drawn = np.random.default_rng(seed).integers(len(words), size=(DRAWS, len(words)))
    return 100 * errors[drawn].sum(axis=1) / words[drawn].sum(axis=1)


def _middle(values: Float[np.ndarray, " draws"]) -> Interval:
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(low), float(high))
