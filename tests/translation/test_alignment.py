"""Attention that is made to look at the right place, and at all places alike."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from signlab.data.example import SignExample
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather
from signlab.translation.alignment import alignment, signs_of_steps, words_of_glosses
from signlab.translation.model import SignTranslator

from .test_model import CONFIG, STILL, batch


def said(glosses: str, sentence: str) -> SignExample:
    return SignExample(name=sentence, glosses=tuple(glosses.split()), sentences=(sentence,))


def test_words_belong_to_the_gloss_they_never_stand_without() -> None:
    pairs = [said("RAIN NORTH", "rain in the north"), said("SUN NORTH", "sun in the north")]
    pairs += [said("RAIN SOUTH", "rain in the south"), said("RAIN", "it rains"), said("RAIN", "rain")]
    found = words_of_glosses(pairs * 30)
    assert found["rain"] == found["rains"] == "RAIN"
    assert found["sun"] == "SUN"
    assert found["north"] == "NORTH"
    assert words_of_glosses(pairs) == {}  # too few


def test_function_words_of_the_puppet_belong_to_no_gloss_and_days_to_theirs() -> None:
    split = PuppetWeather(PuppetConfig(train=1_500)).split("train")
    found = words_of_glosses(split.text(index) for index in range(len(split)))
    assert not {"the", "in", ".", "will", "be"} & set(found)
    assert found["friday"] == "FRIDAY"
    assert len(set(found.values())) > 40


def test_the_signs_of_steps_are_those_of_the_drawn_clip() -> None:
    split = PuppetWeather(PuppetConfig(size=32)).split("valid")
    truth = split[3].truth
    assert truth is not None
    every = signs_of_steps(split, 3, len(truth.sign))
    assert np.array_equal(every, truth.sign)
    few = signs_of_steps(split, 3, 5)
    assert few.shape == (5,)
    assert set(few) <= set(truth.sign)


@pytest.mark.parametrize("latent", ["shared", "separate", "none"])
def test_an_even_look_is_as_good_as_chance(latent) -> None:
    torch.manual_seed(0)
    config = replace(CONFIG, latent=replace(STILL, attention=latent), ends_marked=False)
    model = SignTranslator(config).eval()
    attentions = [model.decoder.layers[-1].memory_attention]
    attentions += (
        [] if latent == "none" else [one for one in model.latent.reading.children() if hasattr(one, "to_q")]
    )
    for one in attentions:
        torch.nn.init.zeros_(one.to_q.weight)
        torch.nn.init.zeros_(one.to_q.bias)
    examples = [said("A B", "a b c"), said("B", "d")]
    found = alignment(
        model,
        batch(),
        examples,
        [np.array([0, 0, -1, 1, 1]), np.array([0, 0, 0])],
        {"a": "A", "b": "B", "d": "B"},
    )
    assert found.words_on_signs == pytest.approx(found.words_even) == pytest.approx((2 / 5 + 2 / 5 + 1) / 3)
    if latent == "none":
        assert np.isnan(found.signs_on_words)
    else:
        assert found.signs_on_words == pytest.approx(found.signs_even)
        assert found.signs_even == pytest.approx((4 * (1 / 4) + 3 * (1 / 2)) / 7)
