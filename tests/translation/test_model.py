"""The whole path: itinerary, padding, messages."""

from dataclasses import replace

import pytest
import torch

from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.model import SignTranslator, TranslatorConfig

# Sizes of their own: batch 2, steps 5, features 3, dim 14, heads 7, words 11.
CONFIG = TranslatorConfig(
    dim=14, num_heads=7, num_encoder_layers=1, num_decoder_layers=1, features_dim=3,
    words=tuple("abcdefghijk"),
)  # fmt: skip


def batch() -> Batch:
    tokens = torch.tensor([[BOS, 4, 5, 6, EOS], [BOS, 7, EOS, PAD, PAD]])
    steps_mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    return Batch(
        names=("one", "two"),
        features=torch.randn(2, 5, 3),
        steps_mask=steps_mask,
        tokens=tokens,
        tokens_mask=tokens != PAD,
    )


def test_one_logit_for_each_word_after_the_first() -> None:
    assert SignTranslator(CONFIG)(batch()).text.shape == (2, 4, 15)


def test_padding_has_no_influence() -> None:
    model, one = SignTranslator(CONFIG).eval(), batch()
    assert one.features is not None
    assert one.tokens is not None
    assert one.tokens_mask is not None
    features, tokens = one.features.clone(), one.tokens.clone()
    features[1, 3:], tokens[1, 3:] = 1e6, 9
    other = replace(one, features=features, tokens=tokens)
    real = one.tokens_mask[:, 1:]
    torch.testing.assert_close(model(other).text[real], model(one).text[real])


def test_permuting_the_batch_permutes_the_prediction() -> None:
    model, one = SignTranslator(CONFIG).eval(), batch()
    swapped = replace(
        one,
        **{name: getattr(one, name).flip(0) for name in ("features", "steps_mask", "tokens", "tokens_mask")},
    )
    torch.testing.assert_close(model(swapped).text, model(one).text.flip(0))


def test_features_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"trained on, 3, but got 7"):
        SignTranslator(CONFIG).read(replace(batch(), features=torch.randn(2, 5, 7)))
    with pytest.raises(ValueError, match=r"trained on, 3, but got None"):
        SignTranslator(CONFIG).read(replace(batch(), features=None))


def test_a_translator_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="features_dim=3 and 0 words"):
        SignTranslator(replace(CONFIG, words=()))
