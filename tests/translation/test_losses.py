"""Losses against logarithms done by hand."""

import math

import pytest
import torch

from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.losses import translation_loss, word_loss
from signlab.translation.model import Prediction


def batch_of(tokens: list[list[int]]) -> Batch:
    padded = torch.tensor(tokens)
    return Batch(names=tuple(map(str, tokens)), tokens=padded, tokens_mask=padded != PAD)


def test_even_logits_cost_the_logarithm_of_the_choice() -> None:
    loss = word_loss(torch.zeros(2, 5), torch.tensor([3, 1]))
    assert loss.gloss.item() == pytest.approx(math.log(5))
    batch = batch_of([[BOS, 4, 5, EOS]])
    assert translation_loss(Prediction(torch.zeros(1, 3, 7)), batch).text.item() == pytest.approx(math.log(7))


def test_every_token_weighs_the_same_and_padding_nothing() -> None:
    """Three tokens at probabilities 1/2, 1/4 and 1/8; the two after the end do not count."""
    probabilities = [[1 / 2, 1 / 4], [1 / 8, 1 / 3]]
    batch = batch_of([[BOS, 4, EOS], [BOS, EOS, PAD]])
    logits = torch.zeros(2, 2, 7)
    for row, (first, second) in enumerate(probabilities):
        for place, p in enumerate((first, second)):
            target = batch.tokens[row, place + 1]  # type: ignore[index]
            logits[row, place] = math.log((1 - p) / 6)
            logits[row, place, target] = math.log(p)
    loss = translation_loss(Prediction(logits), batch)
    assert loss.text.item() == pytest.approx((1 + 2 + 3) * math.log(2) / 3, rel=1e-5)
    assert loss.surprise.item() == pytest.approx(loss.text.item())
    assert loss.accuracy.item() == pytest.approx(2 / 3)


def test_smoothing_by_hand() -> None:
    """Target 0.9 + 0.1/2 and 0.1/2 against probabilities 3/4 and 1/4; surprise knows no smoothing."""
    logits = torch.tensor([[math.log(3), 0.0]])
    loss = word_loss(logits, torch.tensor([0]), label_smoothing=0.1)
    assert loss.gloss.item() == pytest.approx(-0.95 * math.log(3 / 4) - 0.05 * math.log(1 / 4), rel=1e-5)
    batch, prediction = batch_of([[BOS, EOS]]), Prediction(torch.randn(1, 1, 7))
    smooth = translation_loss(prediction, batch, label_smoothing=0.2)
    assert smooth.surprise == translation_loss(prediction, batch).surprise
    assert smooth.text != translation_loss(prediction, batch).text


def test_only_the_trained_term_has_a_gradient() -> None:
    logits = torch.randn(1, 1, 7, requires_grad=True)
    loss = translation_loss(Prediction(logits), batch_of([[BOS, EOS]]))
    assert loss.text.requires_grad
    assert not loss.surprise.requires_grad
    assert not loss.accuracy.requires_grad
