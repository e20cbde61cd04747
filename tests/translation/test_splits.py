"""Splits: words without videos, what they have to contain, and fingerprints."""

from dataclasses import replace

import numpy as np
import pytest

from signlab.data.puppet.corpus import PuppetConfig, PuppetWords
from signlab.translation.splits import at_hand, fingerprint, glosses_of, texts, vocabulary_of


def test_generated_splits_are_kept_and_others_left_alone(tmp_path, words) -> None:
    split = PuppetWords(PuppetConfig(train=2, valid=1, test=1, size=32)).split("train")
    kept = at_hand(split, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert np.array_equal(kept[1].video, split[1].video)
    assert at_hand(words.split("train"), tmp_path) is words.split("train")


def test_texts_of_generated_splits_come_without_videos(words) -> None:
    split = PuppetWords(PuppetConfig(train=3, valid=1, test=1)).split("train")
    found = list(texts(split))
    assert [one.video for one in found] == [None] * 3
    assert [one.glosses for one in found] == [split.text(i).glosses for i in range(3)]
    assert next(iter(texts(words.split("train")))).video is not None


def test_glosses_and_words_are_found(words, sentences) -> None:
    assert glosses_of(words) == ("DOWN", "LEFT", "RIGHT", "UP")
    assert set(vocabulary_of(sentences).words) == set("first then down to the left right up , .".split(" "))


def test_the_wrong_kind_of_corpus_is_refused(words, sentences) -> None:
    with pytest.raises(ValueError, match=r"train/0 of tiny sentences has 2; train it on puppet-words"):
        glosses_of(sentences)
    with pytest.raises(ValueError, match=r"train/0 of tiny words has none; train it on puppet-weather"):
        vocabulary_of(words)


def test_glosses_that_are_tried_but_never_learnt_are_refused(words) -> None:
    strange = replace(words.split("valid")[0], glosses=("SIDEWAYS",))
    with pytest.raises(
        ValueError, match=r"valid/0 of tiny words shows SIDEWAYS, which the split train does not"
    ):
        glosses_of(replace(words, parts={**words.parts, "valid": [strange]}))


def test_a_fingerprint_knows_every_pixel(words) -> None:
    split = words.split("test")
    changed = split[0].video.copy()
    changed[3, 5, 7, 1] ^= 1
    assert fingerprint(split) == fingerprint(list(split))
    assert fingerprint([replace(split[0], video=changed), *split[1:]]) != fingerprint(split)
    one, other = (PuppetWords(PuppetConfig(seed=seed)).split("train") for seed in (0, 1))
    assert fingerprint(one) == one.fingerprint() != fingerprint(other)
