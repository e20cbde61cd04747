from collections import Counter

import numpy as np

from signlab.data.puppet.forks import Forks, Piece, joined, paraphrases


def write(forks: Forks) -> list[Piece]:
    """big|huge cat, or a dog that is here|there|gone."""
    animal = forks.pick(("cat", "dog"))
    extra = forks.pick(("big", "huge")) if animal == "cat" else forks.pick(("here", "there", "gone"))
    return [Piece("a", animal), Piece("", ""), Piece("b", extra), Piece("", forks.pick((".",)))]


def test_every_way_is_found_once_and_the_usual_one_first() -> None:
    found = [joined(pieces) for pieces in paraphrases(write, limit=11)]
    assert found[0] == "cat big ."
    assert sorted(found) == ["cat big .", "cat huge .", "dog gone .", "dog here .", "dog there ."]


def test_fewest_unusual_choices_come_first() -> None:
    found = [joined(pieces) for pieces in paraphrases(write, limit=3)]
    assert found == ["cat big .", "dog here .", "cat huge ."]


def test_equal_sentences_count_once() -> None:
    found = paraphrases(lambda forks: [Piece("", forks.pick(("same", "same", "other")))], limit=5)
    assert [joined(pieces) for pieces in found] == ["same", "other"]


def test_a_generator_takes_the_usual_way_as_often_as_asked() -> None:
    generator = np.random.default_rng(2)
    options = ("usual", "b", "c")
    drawn = Counter(Forks(generator=generator, usual=0.7).pick(options) for _ in range(3000))
    assert 0.66 < drawn["usual"] / 3000 < 0.74
    assert 0.12 < drawn["b"] / 3000 < 0.18


def test_a_single_option_is_no_choice() -> None:
    forks = Forks((1,))
    assert forks.pick(("only",)) == "only"
    assert forks.taken == []
    assert forks.pick(("a", "b")) == "b"
