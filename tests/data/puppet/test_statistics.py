import math

import numpy as np
import pytest

from signlab.data.example import SignExample
from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.statistics import (
    PUBLISHED,
    Counted,
    ReorderedPairs,
    comparison_rows,
    corpus_statistics,
    reordered_pairs,
    vocabulary_growth,
)

BY_HAND = (
    Counted(("A", "B", "A"), "it rains .", 12, (1, 0, -1)),
    Counted(("B", "C"), "it will rain .", 8, (0, 2)),
)


def test_a_corpus_counted_by_hand() -> None:
    counted = corpus_statistics(BY_HAND)
    assert counted.sentences == 2
    assert counted.distinct_sentences == 2
    assert counted.words_per_sentence == 3.5
    assert counted.longest_sentence == 4
    assert counted.glosses_per_sentence == 2.5
    assert counted.frames_per_sentence == 10
    assert counted.frames_per_gloss == 4
    assert (counted.word_types, counted.gloss_types) == (5, 3)
    assert counted.word_singletons == pytest.approx(3 / 5)
    assert counted.gloss_singletons == pytest.approx(1 / 3)
    assert counted.reordered == pytest.approx(1 / 2)


def test_an_example_is_counted_as_it_is() -> None:
    video = np.zeros((7, 5, 3, 3), dtype=np.uint8)
    filmed = SignExample(name="x", video=video, glosses=("A", "B"), sentences=("a b .", "b a ."))
    silent = SignExample(name="y", glosses=("A",))
    counted = corpus_statistics([filmed, silent])
    assert counted.frames_per_sentence == 7
    assert counted.frames_per_gloss == 3.5
    assert counted.words_per_sentence == 1.5
    assert math.isnan(counted.reordered)


@pytest.mark.parametrize(
    ("alignment", "inverted", "compared"),
    [
        ((0, 1, 2), 0, 3),
        ((2, 1, 0), 3, 3),
        ((0, 0, 1), 0, 2),
        ((3, -1, 1, 2), 2, 3),
        ((), 0, 0),
    ],
)
def test_reordered_pairs_by_hand(alignment: tuple[int, ...], inverted: int, compared: int) -> None:
    assert reordered_pairs(alignment) == ReorderedPairs(inverted, compared)


def test_growth_by_hand() -> None:
    assert vocabulary_growth([["a", "b"], ["a", "c", "c"]]).tolist() == [1, 2, 2, 3, 3]


def test_an_empty_corpus_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        corpus_statistics([])


def test_the_table_has_a_column_for_each_corpus() -> None:
    rows = comparison_rows({"Puppet": corpus_statistics(BY_HAND)})
    assert rows[0] == ("", "Puppet", *PUBLISHED)
    assert {len(row) for row in rows} == {4}
    assert rows[1] == ("sentences", "2", "7,096", "18,401")
    assert rows[-1] == ("gloss pairs reordered, share", "0.50", "–", "–")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_puppet_has_a_long_tail_and_another_order(language: str) -> None:
    grammar, generator = load_grammar(), np.random.default_rng(3)
    counted = []
    for _ in range(300):
        aligned = grammar.align(grammar.meaning(generator), language, generator)
        utterance = aligned.utterance
        counted.append(Counted(utterance.glosses, utterance.sentences[0], None, aligned.alignment))
    numbers = corpus_statistics(counted)
    assert numbers.word_singletons > 0.1
    assert numbers.reordered > 0.05
    assert numbers.distinct_sentences > 285
