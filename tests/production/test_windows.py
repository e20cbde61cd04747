"""Signs cut out of sentences: where, with what, and that nothing is lost between them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, PuppetWords
from signlab.production.clips import load_clips
from signlab.production.windows import SignsInContext, as_signs, borders, windows_of

SMALL = PuppetWeather(PuppetConfig(size=32, train=2, valid=1, test=1))


def test_borders_lie_in_the_middle_of_the_ways() -> None:
    sign = np.array([-1, 0, 0, -1, -1, -1, -1, 1, 1, 2, -1])
    assert borders(sign, 3) == [(0, 5), (4, 9), (8, 11)]
    assert borders(np.array([-1, 0, -1]), 1) == [(0, 3)]
    with pytest.raises(ValueError, match="sign 1 has none"):
        borders(np.array([-1, 0, -1]), 2)


def test_windows_share_one_frame_and_lose_none() -> None:
    sentence = SMALL.split("train")[0]
    windows = windows_of(sentence)
    assert [window.glosses for window in windows] == [(gloss,) for gloss in sentence.glosses]
    videos = [window.video for window in windows if window.video is not None]
    for one, other in pairwise(videos):
        assert np.array_equal(one[-1], other[0])
    whole = np.concatenate([videos[0], *(video[1:] for video in videos[1:])])
    assert sentence.video is not None
    assert np.array_equal(whole, sentence.video)


def test_each_window_has_the_truth_about_its_own_frames() -> None:
    for place, window in enumerate(windows_of(SMALL.split("train")[1])):
        assert window.truth is not None
        assert window.video is not None
        assert len(window.truth.joints) == len(window.truth.parameters) == len(window.video)
        assert (window.truth.sign == place).any()
        assert set(window.truth.sign.tolist()) <= {-1, place - 1, place, place + 1}


def test_a_corpus_of_sentences_becomes_one_of_signs() -> None:
    signs = SignsInContext(SMALL, limits=(("train", 1),))
    assert signs.name == "puppet-weather-signs"
    train = signs.split("train")
    assert len(train) == len(SMALL.split("train")[0].glosses)
    assert len(load_clips(train, frames=4, size=16).videos) == len(train)
    assert train[:2][1].name == train[1].name
    assert isinstance(as_signs(SMALL), SignsInContext)
    words = PuppetWords()
    assert as_signs(words) is words


def test_what_cannot_be_cut_is_refused() -> None:
    sentence = SMALL.split("train")[0]
    with pytest.raises(ValueError, match="has no truth"):
        windows_of(replace(sentence, truth=None))
    with pytest.raises(ValueError, match="has no video"):
        windows_of(replace(sentence, video=None))
