"""Losses against logarithms done by hand, and against what torch makes of the same."""

import math

import pytest
import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence
from torch.nn import functional as F

from signlab.blocks.gaussian import DiagonalGaussian, shifted
from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.latent import Sequences
from signlab.translation.losses import (
    gloss_loss,
    latent_kl_of_components,
    translation_loss,
    with_free_nats,
    word_loss,
)
from signlab.translation.model import Paths, Prediction
from signlab.translation.reading import Reading
from signlab.translation.word_terms import agreement, smoothed_surprise


def batch_of(tokens: list[list[int]]) -> Batch:
    padded = torch.tensor(tokens)
    return Batch(names=tuple(map(str, tokens)), tokens=padded, tokens_mask=padded != PAD)


def reading(steps: int = 3) -> Reading:
    mask = torch.ones(1, steps, dtype=torch.bool)
    sequences = Sequences(torch.zeros(steps, 2), Ragged(mask), mask)
    return Reading(sequences, sequences, sequences)


def says(text: torch.Tensor, second: torch.Tensor | None = None, **others) -> Prediction:
    paths = others.pop("paths", Paths(reading(), None, None, None))
    real = others.pop("real", torch.ones(len(text), dtype=torch.bool))
    return Prediction(text, second, real, None, paths)


def test_even_logits_cost_the_logarithm_of_the_choice_for_each_token() -> None:
    loss = word_loss(torch.zeros(2, 5), torch.tensor([3, 1]))
    assert loss.gloss.item() == pytest.approx(math.log(5))
    found = translation_loss(says(torch.zeros(3, 7)), batch_of([[BOS, 4, 5, EOS]]))
    assert found.text.item() == pytest.approx(3 * math.log(7))
    assert found.surprise.item() == pytest.approx(math.log(7))


def test_words_add_up_and_sentences_are_averaged() -> None:
    """Three tokens at probabilities 1/2, 1/4 and 1/8 in two sentences."""
    batch = batch_of([[BOS, 4, EOS], [BOS, EOS, PAD]])
    logits = torch.zeros(3, 7)
    for row, (p, target) in enumerate(zip((1 / 2, 1 / 4, 1 / 8), (4, EOS, EOS), strict=True)):
        logits[row] = math.log((1 - p) / 6)
        logits[row, target] = math.log(p)
    loss = translation_loss(says(logits), batch)
    assert loss.text.item() == pytest.approx((1 + 2 + 3) * math.log(2) / 2, rel=1e-5)
    assert loss.surprise.item() == pytest.approx((1 + 2 + 3) * math.log(2) / 3, rel=1e-5)
    assert loss.accuracy.item() == pytest.approx(2 / 3)
    assert loss.second == loss.agreement == loss.latent_kl == loss.gloss == 0


def test_smoothing_against_a_table_worked_by_hand() -> None:
    """Five words, padding one of them: .8 on the right word and .2/3 on each of the three others.

    Predicted are 1/2 for the right word, 1/4, 1/8 and 1/16 for the others, 1/16 for padding.
    """
    predicted = torch.tensor([[1 / 16, 1 / 4, 1 / 2, 1 / 8, 1 / 16]])
    third = 0.2 / 3
    by_hand = 0.8 * math.log(0.8 / (1 / 2)) + sum(third * math.log(third / p) for p in (1 / 4, 1 / 8, 1 / 16))
    found = smoothed_surprise(predicted.log(), torch.tensor([2]), label_smoothing=0.2)
    assert found.item() == pytest.approx(by_hand, rel=1e-5)


def test_smoothing_is_a_divergence_from_a_table_that_is_never_built() -> None:
    log_probabilities, targets = torch.randn(5, 11).log_softmax(dim=-1), torch.tensor([4, 7, 1, 10, 4])
    table = torch.full((5, 11), 0.2 / 9)
    table[:, PAD] = 0
    table[torch.arange(5), targets] = 0.8
    expected = F.kl_div(log_probabilities, table, reduction="none").sum(dim=1)
    torch.testing.assert_close(smoothed_surprise(log_probabilities, targets, label_smoothing=0.2), expected)
    nothing = smoothed_surprise(log_probabilities, targets, label_smoothing=0.0)
    torch.testing.assert_close(nothing, F.nll_loss(log_probabilities, targets, reduction="none"))


def test_a_prediction_equal_to_its_smoothed_target_costs_nothing_and_one_of_certainty_costs_all() -> None:
    table = torch.full((1, 11), 0.2 / 9)
    table[0, PAD], table[0, 4] = 1e-30, 0.8
    cost = smoothed_surprise(table.log(), torch.tensor([4]), label_smoothing=0.2)
    torch.testing.assert_close(cost, torch.zeros(1), atol=1e-5, rtol=0)
    certain = smoothed_surprise(torch.zeros(1, 11).log_softmax(-1), torch.tensor([4]), label_smoothing=1.0)
    assert certain.isfinite().all()


def test_agreement_is_the_divergence_of_torch_both_ways() -> None:
    prior, second = (torch.randn(5, 11).log_softmax(dim=-1) for _ in range(2))
    p, q = Categorical(logits=prior), Categorical(logits=second)
    both = 0.5 * (kl_divergence(q, p) + kl_divergence(p, q))
    torch.testing.assert_close(agreement(prior, second), both)
    torch.testing.assert_close(agreement(second, prior), both)
    torch.testing.assert_close(agreement(prior, second, direction="one-way"), kl_divergence(q, p))
    torch.testing.assert_close(agreement(prior, second, direction="one-way-stopped"), kl_divergence(q, p))


@pytest.mark.parametrize(
    ("direction", "pulls"), [("symmetric", True), ("one-way", True), ("one-way-stopped", False)]
)
def test_only_a_stopped_teacher_is_not_pulled(direction, pulls: bool) -> None:
    prior, second = (torch.randn(5, 11, requires_grad=True) for _ in range(2))
    agreement(prior.log_softmax(-1), second.log_softmax(-1), direction=direction).sum().backward()
    assert prior.grad is not None
    assert prior.grad.any()
    assert (second.grad is not None and bool(second.grad.any())) is pulls


def gaussians(steps: int = 3) -> tuple[DiagonalGaussian, DiagonalGaussian]:
    return tuple(DiagonalGaussian(torch.randn(steps, 2), torch.randn(steps, 2)) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("residual", [True, False])
def test_the_latent_kl_is_that_of_torch(residual: bool) -> None:
    prior, other = gaussians()
    posterior = shifted(prior, other) if residual else other
    found = latent_kl_of_components(Paths(reading(), prior, posterior, other if residual else None))
    q, p = (Independent(Normal(g.mean, (0.5 * g.log_variance).exp()), 1) for g in (posterior, prior))
    assert found is not None
    torch.testing.assert_close(found.sum(dim=1), kl_divergence(q, p))


def test_filling_counts_in_the_divergences_if_it_was_computed_and_never_in_the_words() -> None:
    prior, shift = gaussians()
    paths = Paths(reading(), prior, shifted(prior, shift), shift)
    text, second = torch.randn(3, 7), torch.randn(3, 7)
    batch = batch_of([[BOS, 4, EOS, PAD]])
    filled = translation_loss(says(text, second, real=torch.tensor([True, True, False]), paths=paths), batch)
    without = translation_loss(says(text[:2], second[:2], paths=paths), batch)
    assert filled.text == without.text
    assert filled.second == without.second
    assert filled.agreement > without.agreement


def test_free_nats_cost_the_same_whatever_is_below_them() -> None:
    """Two components with means .1 and .4 nat over three steps, .3 free: 3 x (.3 + .4) over two sentences."""
    kl = torch.tensor([[0.1, 0.3], [0.05, 0.5], [0.15, 0.4]], requires_grad=True)
    charged = with_free_nats(kl, 2, free_nats=0.3, floor=0.0)
    assert charged.item() == pytest.approx(3 * 0.7 / 2)
    charged.backward()
    assert kl.grad is not None
    assert (kl.grad[:, 0] == 0).all()
    assert (kl.grad[:, 1] == 0.5).all()


def test_below_the_floor_nothing_pulls() -> None:
    kl = torch.tensor([[0.1, 0.3], [0.2, 0.4]], requires_grad=True)
    low, high = (with_free_nats(kl, 2, free_nats=0.0, floor=floor) for floor in (0.4, 0.6))
    assert (low.item(), high.item()) == (pytest.approx(0.5), pytest.approx(0.6))
    high.backward()
    assert kl.grad is not None
    assert not kl.grad.any()


def test_glosses_in_order_wherever_they_are() -> None:
    """Two steps, one gloss, three classes at even odds: it may come first, last or twice; 3 ways of 9."""
    batch = Batch(names=("one",), glosses=torch.tensor([[4]]), glosses_mask=torch.tensor([[True]]))
    prediction = Prediction(
        torch.zeros(1, 7), None, torch.ones(1, dtype=torch.bool), torch.zeros(1, 2, 5),
        Paths(reading(2), None, None, None),
    )  # fmt: skip
    assert gloss_loss(prediction, batch).item() == pytest.approx(-math.log(3 / 25), rel=1e-5)


def test_word_smoothing_by_hand() -> None:
    """Target 0.9 + 0.1/2 and 0.1/2 against probabilities 3/4 and 1/4."""
    logits = torch.tensor([[math.log(3), 0.0]])
    loss = word_loss(logits, torch.tensor([0]), label_smoothing=0.1)
    assert loss.gloss.item() == pytest.approx(-0.95 * math.log(3 / 4) - 0.05 * math.log(1 / 4), rel=1e-5)


def test_what_is_only_measured_has_no_gradient() -> None:
    text, second = (torch.randn(1, 7, requires_grad=True) for _ in range(2))
    loss = translation_loss(says(text, second), batch_of([[BOS, EOS]]), label_smoothing=0.2)
    assert loss.text.requires_grad
    assert loss.second.requires_grad
    assert not any(one.requires_grad for one in (loss.surprise, loss.second_surprise, loss.accuracy))
