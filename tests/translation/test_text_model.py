"""Noise by hand, and a text model whose weights fit a translator."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from signlab.data.text import PAD
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.text_model import MASK, NoiseConfig, TextModel, noised, source_of, stretched

from .test_model import batch

CONFIG = TranslatorConfig(
    dim=14, num_heads=7, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0, ends_marked=True, tied=True,
    words=tuple("abcdefghijk"), glosses=tuple("ABCDE"),
)  # fmt: skip
NONE = NoiseConfig(masked=0.0, deleted=0.0, moved=0, repeated=1)


def test_no_noise_changes_nothing() -> None:
    assert noised([4, 5, 6], NONE, np.random.default_rng(0)) == [4, 5, 6]
    assert stretched([4, 5, 6], NONE, np.random.default_rng(0)) == [4, 5, 6]


def test_each_kind_of_noise_does_what_it_says() -> None:
    words = list(range(4, 2_004))
    chance = np.random.default_rng(0)
    assert noised(words, replace(NONE, masked=1.0), chance) == [MASK]
    assert noised(words, replace(NONE, deleted=1.0), chance) == [MASK]  # at least one token is left
    kept = noised(words, replace(NONE, deleted=0.25), chance)
    assert kept == sorted(kept)
    assert 1_400 < len(kept) < 1_600
    masked = noised(words, replace(NONE, masked=0.25), chance)
    assert 1_400 < sum(one != MASK for one in masked) < 1_600
    assert all(one != other for one, other in pairwise(masked) if one == MASK)
    moved = noised(words, replace(NONE, moved=3), chance)
    assert sorted(moved) == words
    assert 0 < max(abs(one - place - 4) for place, one in enumerate(moved)) <= 3


def test_glosses_are_repeated_in_place() -> None:
    times = stretched([4, 5] * 500, replace(NONE, repeated=3), np.random.default_rng(0))
    assert times[0] == 4
    assert 1_800 < len(times) < 2_200


def test_padding_has_no_influence() -> None:
    torch.manual_seed(0)
    model, targets = TextModel(CONFIG).eval(), batch()
    source = source_of([[4, 5, 6, 7, 8], [9, 10]], is_gloss=[False, True])
    dirty = source._replace(tokens=torch.where(source.mask, source.tokens, 13))
    assert source.tokens[1, 2:].tolist() == [PAD] * 3
    torch.testing.assert_close(model(dirty, targets).text, model(source, targets).text)


def test_words_and_glosses_have_tables_of_their_own() -> None:
    model, targets = TextModel(CONFIG).eval(), batch()
    read = [
        model(source_of([[4, 5], [4, 5]], is_gloss=kinds), targets).text
        for kinds in ([True] * 2, [False] * 2)
    ]
    assert not torch.allclose(*read)


def test_its_weights_are_those_of_a_translator_by_name_and_shape() -> None:
    text = TextModel(CONFIG).state_dict()
    translator = SignTranslator(replace(CONFIG, features_dim=3)).state_dict()
    shared = {name for name in text if name in translator}
    assert set(text) - shared == {"glosses.weight"}
    assert all(text[name].shape == translator[name].shape for name in shared)
    new = {
        "encoder.features_mean",
        "encoder.features_deviation",
        "encoder.to_stream.weight",
        "encoder.to_stream.bias",
    }
    assert new | {"to_gloss.weight", "to_gloss.bias"} == set(translator) - shared
