"""Intervals of word error rates: what must hold whatever is drawn."""

import numpy as np
import pytest

from signlab.metrics.bootstrap import error_rate_difference, error_rate_interval, word_errors
from signlab.metrics.text import word_error_rate


def test_errors_by_hand() -> None:
    """One insertion, nothing, a substitution and a deletion."""
    found = word_errors(["a b c", "a", "x"], ["a c", "a", "a b"])
    assert found.tolist() == [1, 0, 2]


def test_errors_add_up_to_the_word_error_rate() -> None:
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(list("abc"), int(generator.integers(1, 8)))) for _ in range(26)]
    sentences, references = texts[:13], texts[13:]
    num_words = sum(len(one.split()) for one in references)
    rate = 100 * word_errors(sentences, references).sum() / num_words
    assert rate == pytest.approx(word_error_rate(sentences, references))


def test_an_interval_holds_the_rate_and_is_narrower_with_more_sentences() -> None:
    sentences, references = ["a", "b", "c", "d", "e"], ["a", "b", "c", "x", "x"]
    low, high = error_rate_interval(sentences, references)
    assert 0 <= low < 40 < high <= 100
    narrow = error_rate_interval(sentences * 20, references * 20)
    assert low < narrow.low < 40 < narrow.high < high
    assert error_rate_interval(sentences, references) == (low, high)


def test_what_never_varies_has_no_width() -> None:
    assert error_rate_interval(["a"] * 3, ["a"] * 3) == (0, 0)
    assert error_rate_interval(["b c"] * 3, ["a"] * 3) == (200, 200)


def test_a_difference_is_paired() -> None:
    """Both fail on the same hard sentences; one fails on every second besides."""
    references = ["a b"] * 12
    one = ["a b", "x y"] * 6
    other = ["a x", "x y"] * 6
    low, high = error_rate_difference(one, other, references)
    assert low < -25 < high < 0
    assert error_rate_difference(one, one, references) == (0, 0)
    assert error_rate_difference(other, one, references) == (pytest.approx(-high), pytest.approx(-low))


def test_unequal_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 sentences and 1 sets"):
        word_errors(["a", "b"], ["a"])
