"""Preferences: counted by hand, against scipy's own functions, and in many simulated studies."""

import json
import math
import sys

import numpy as np
import pytest
from scipy import stats

from signlab.metrics.preference import Rating, load_ratings, num_needed, power, preferences, share_of


def made(*rows: tuple[str, str, str, str]) -> list[Rating]:
    return [Rating(*row) for row in rows]


RATINGS = made(
    ("a", "real", "made", "left"),
    ("b", "made", "real", "right"),
    ("c", "made", "real", "left"),
    ("d", "real", "made", "left"),
    ("d", "made", "real", "right"),  # again, sides exchanged: the same answer
    ("c", "real", "made", "left"),  # again: another answer
    ("e", "made", "real", "neither"),
    ("f", "real", "real", "left"),  # a catch trial
    ("g", "real", "blurred", "right"),
)


def test_counted_by_hand() -> None:
    found = preferences(RATINGS, "real", "made")
    assert (found.preferred.times, found.preferred.of, found.ties) == (5, 6, 1)
    assert (found.left.times, found.left.of) == (5, 8)  # catch trials and other kinds have sides too
    assert (found.repeats, found.agreed) == (2, 1)
    turned = preferences(RATINGS, "made", "real")
    assert turned.preferred.times == 1
    assert turned.preferred.p == pytest.approx(found.preferred.p)
    assert turned.left == found.left


def test_the_interval_and_the_test_by_hand() -> None:
    """Five of six: p = 2 (1 + 6) / 64; Wilson's interval is where (share - p)^2 = z^2 p (1 - p) / n."""
    found = share_of(5, 6)
    assert found.p == pytest.approx(14 / 64)
    z = 1.959964
    for end in (found.low, found.high):
        assert (5 / 6 - end) ** 2 == pytest.approx(z**2 * end * (1 - end) / 6, rel=1e-4)
    assert found.low < 5 / 6 < found.high < 1


def test_nothing_was_chosen() -> None:
    found = preferences(made(("a", "x", "y", "neither")), "x", "y")
    assert found.preferred.of == 0
    assert math.isnan(found.preferred.share)
    assert (found.preferred.low, found.preferred.high, found.ties) == (0, 1, 1)
    with pytest.raises(ValueError, match="got 3 of 2"):
        share_of(3, 2)


def test_power_is_the_probability_of_a_small_p_value() -> None:
    for num, share in ((5, 0.9), (6, 0.9), (37, 0.7), (101, 0.6)):
        shown = [k for k in range(num + 1) if stats.binomtest(k, num).pvalue <= 0.05]
        assert power(num, share) == pytest.approx(sum(stats.binom.pmf(k, num, share) for k in shown))
    assert power(5, 1.0) == 0  # five of five has a p-value of 1/16
    assert power(6, 1.0) == 1


def test_enough_ratings_are_enough_from_there_on() -> None:
    for share in (0.6, 0.7, 0.25):
        num = num_needed(share)
        assert power(num - 1, share) < 0.8
        assert min(power(more, share) for more in range(num, num + 200)) >= 0.8
    assert num_needed(0.4) == num_needed(0.6)
    with pytest.raises(ValueError, match=r"got 0\.5"):
        num_needed(0.5)
    with pytest.raises(ValueError, match="more than 100 ratings"):
        num_needed(0.51, most=100)


def test_simulated_studies_find_what_the_power_promises() -> None:
    num, share = 60, 0.7
    chosen = np.random.default_rng(0).binomial(num, share, size=2_000)
    shown = np.mean([share_of(int(k), num).p <= 0.05 for k in chosen])
    assert abs(shown - power(num, share)) < 0.03


def test_ratings_travel_as_json() -> None:
    text = json.dumps({"about": "x", "ratings": [one._asdict() for one in RATINGS]})
    assert load_ratings(text) == RATINGS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "JSONDecodeError"),
        ('{"rating": []}', "KeyError: 'ratings'"),
        ('{"ratings": [{"pair": "a"}]}', "KeyError: 'left'"),
        ("[1]", "TypeError"),
        ('{"ratings": [{"pair": "a", "left": "x", "right": "y", "choice": "up"}]}', "one is 'up'"),
    ],
)
def test_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_ratings(text)


def test_kinds_that_never_met_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"compares 'real' with 'nice'; the ratings have blurred, made, real"
    ):
        preferences(RATINGS, "real", "nice")


def test_without_scipy_there_is_advice(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ValueError, match="need scipy"):
        share_of(1, 2)
