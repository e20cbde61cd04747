"""Words to ids and back, and what a vocabulary refuses."""

import pickle

import pytest

from signlab.data.text import BOS, EOS, PAD, SPECIALS, UNK, Vocabulary

FIRST = len(SPECIALS)


def test_ids_by_hand() -> None:
    vocabulary = Vocabulary(("rain", "snow", "."))
    assert (PAD, BOS, EOS, UNK, FIRST) == (0, 1, 2, 3, 4)
    assert len(vocabulary) == 7
    assert vocabulary.encode("snow rain .") == [5, 4, 6]
    assert vocabulary.encode("snow hail .") == [5, UNK, 6]
    assert vocabulary.encode("") == []
    assert "rain" in vocabulary
    assert "hail" not in vocabulary


def test_decoding_stops_at_the_end_and_shows_the_unknown() -> None:
    vocabulary = Vocabulary(("rain", "snow"))
    assert vocabulary.decode([BOS, 5, UNK, PAD, 4, EOS, 5, 5]) == "snow <unk> rain"
    assert vocabulary.decode([]) == ""
    assert vocabulary.decode_words([4, EOS]) == ("rain",)


def test_a_known_sentence_comes_back() -> None:
    sentence = "am abend regen , und morgen schnee ."
    vocabulary = Vocabulary.from_sentences([sentence])
    assert vocabulary.decode(vocabulary.encode(sentence)) == sentence


def test_glosses_may_have_spaces() -> None:
    glosses = ("A LOT", "RAIN")
    vocabulary = Vocabulary(glosses)
    assert vocabulary.encode(glosses) == [FIRST, FIRST + 1]
    assert vocabulary.decode_words(vocabulary.encode(glosses)) == glosses


def test_frequent_words_first_then_by_alphabet() -> None:
    sentences = ["b a b", "c a b", ["d", "c"]]
    assert Vocabulary.from_sentences(sentences).words == ("b", "a", "c", "d")
    assert Vocabulary.from_sentences(reversed(sentences)).words == ("b", "a", "c", "d")
    assert Vocabulary.from_sentences(sentences, min_count=3).words == ("b",)


def test_marks_in_a_sentence_do_not_become_words() -> None:
    vocabulary = Vocabulary.from_sentences(["a <unk> b"])
    assert vocabulary.words == ("a", "b")
    assert vocabulary.encode("a <eos> b") == [4, UNK, 5]  # a text cannot end itself early


def test_equal_words_are_equal_vocabularies() -> None:
    vocabulary = Vocabulary(("a", "b"))
    assert Vocabulary(vocabulary.words) == vocabulary == pickle.loads(pickle.dumps(vocabulary))
    assert vocabulary != Vocabulary(("b", "a"))


@pytest.mark.parametrize("words", [("a", "b", "a"), ("a", ""), ("<pad>",)])
def test_wrong_words_are_refused(words) -> None:
    with pytest.raises(ValueError, match=f"but got '{words[-1]}' twice or out of place"):
        Vocabulary(words)


@pytest.mark.parametrize("token", [-1, 6])
def test_a_foreign_id_is_refused(token) -> None:
    with pytest.raises(ValueError, match=rf"must lie in \[0, 6\), but got {token}; .*another vocabulary"):
        Vocabulary(("a", "b")).decode([4, token])
