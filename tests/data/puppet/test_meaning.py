from collections import Counter

import numpy as np

from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.meaning import Meaning, sample_meaning

GRAMMAR = load_grammar()


def sample(count: int, seed: int = 0) -> list[Meaning]:
    generator = np.random.default_rng(seed)
    return [sample_meaning(GRAMMAR.rules, generator) for _ in range(count)]


def test_the_same_generator_means_the_same() -> None:
    assert sample(50) == sample(50)
    assert sample(50) != sample(50, seed=1)


def test_meanings_hardly_ever_repeat() -> None:
    """With 50,000 equally frequent meanings, 3,000 draws would repeat about 90 times."""
    keys = {meaning.key for meaning in sample(3000)}
    assert len(keys) > 2850


def test_a_key_stands_for_one_meaning() -> None:
    found: dict[str, Meaning] = {}
    for meaning in sample(2000):
        assert found.setdefault(meaning.key, meaning) == meaning


def test_everything_that_can_be_meant_is_meant() -> None:
    meanings = sample(3000)
    clauses = [clause for meaning in meanings for clause in meaning.clauses]
    assert {clause.kind for clause in clauses} == set(GRAMMAR.rules.kinds)
    assert {clause.grade for clause in clauses} == {"light", "normal", "heavy"}
    assert {clause.negated for clause in clauses} == {"", "plain", "emphatic"}
    assert {clause.certainty for clause in clauses} == {"", "maybe", "sure"}
    assert {meaning.question for meaning in meanings} == {"", "whether", "when", "where"}
    assert {meaning.link for meaning in meanings} == {"", "and", "but", "because"}
    assert {meaning.formula for meaning in meanings} == {"", *GRAMMAR.rules.tables["formulas"].keys}


def test_what_cannot_be_said_together_is_not_meant() -> None:
    for meaning in sample(3000):
        if meaning.question == "when":
            assert not meaning.day
        if meaning.question == "where":
            assert not meaning.clauses[0].region
        if meaning.link in ("and", "but"):
            first, second = meaning.clauses
            assert first.region
            assert second.region
            assert first.region != second.region
        for clause in meaning.clauses:
            assert not (meaning.question and (clause.negated or clause.certainty))
            assert not (clause.negated and (clause.certainty or clause.grade != "normal"))
            assert list(clause.numbers) == sorted(clause.numbers)
            assert not clause.silent or "compass" in GRAMMAR.rules.region(clause.region).flags


def test_frequencies_are_skewed() -> None:
    days = Counter(meaning.day for meaning in sample(3000) if meaning.day)
    assert days["tomorrow"] > 3 * days["summer"]
