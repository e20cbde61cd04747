from collections import Counter

import numpy as np
import pytest

from signlab.data.puppet.grammar import load_grammar

RULES = load_grammar().rules


def test_draws_follow_the_weights_of_the_file() -> None:
    generator = np.random.default_rng(1)
    drawn = Counter(RULES.draw("links", generator) for _ in range(5000))
    assert drawn["and"] / 5000 == pytest.approx(0.5, abs=0.03)
    assert drawn["but"] / 5000 == pytest.approx(0.2, abs=0.03)


def test_regions_and_places_are_found_by_one_name() -> None:
    assert RULES.region("north").glosses == ("NORTH",)
    assert RULES.region("snowmount").glosses == ("SNOW", "MOUNTAIN")
    assert not set(RULES.tables["regions"].entries) & set(RULES.tables["places"].entries)


def test_the_day_decides_on_the_tense() -> None:
    assert [RULES.tense(day) for day in ("yesterday", "now", "tomorrow", "")] == [
        "past", "present", "future", "future",
    ]  # fmt: skip


def test_what_a_formula_leaves_open() -> None:
    assert RULES.formula_slots("greeting") == ("person", "place")
    assert RULES.formula_slots("good-night") == ()


def test_opposite_directions_point_opposite_ways() -> None:
    for direction in RULES.compass.values():
        difference = direction.angle - RULES.compass[direction.opposite].angle
        assert np.cos(difference) == pytest.approx(-1, abs=1e-4)
