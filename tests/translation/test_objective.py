"""The sum of the terms, with the weights of its update."""

from dataclasses import replace

import pytest
import torch

from signlab.blocks.gaussian import DiagonalGaussian, shifted
from signlab.translation.annealing import AnnealingConfig
from signlab.translation.model import Paths, Prediction
from signlab.translation.objective import ObjectiveConfig, objective

from .test_losses import batch_of, gaussians, reading

BATCH = batch_of([[1, 4, 2]])
CONFIG = ObjectiveConfig(
    second="posterior", prior_weight=2, second_weight=3, latent_weight=5, agreement_weight=7,
    annealing=AnnealingConfig(warmup_steps=10), label_smoothing=0.2,
)  # fmt: skip


def prediction(*, second: bool = True) -> Prediction:
    torch.manual_seed(0)
    prior, shift = gaussians()
    paths = (
        Paths(reading(), prior, shifted(prior, shift), shift)
        if second
        else Paths(reading(), prior, None, None)
    )
    other = torch.randn(2, 7) if second else None
    return Prediction(torch.randn(2, 7), other, torch.ones(2, dtype=torch.bool), None, paths)


@pytest.mark.parametrize(("step", "share"), [(0, 0.0), (5, 0.5), (10, 1.0), (10_000, 1.0)])
def test_the_sum_can_be_done_by_hand(step: int, share: float) -> None:
    total, loss = objective(prediction(), BATCH, CONFIG, step)
    expected = 2 * loss.text + 3 * loss.second + share * (5 * loss.latent_kl + 7 * loss.agreement)
    torch.testing.assert_close(total, expected)
    assert loss.latent_kl > 0
    assert loss.agreement > 0


def test_a_plain_translator_has_one_term() -> None:
    total, loss = objective(prediction(second=False), BATCH, CONFIG, 10)
    torch.testing.assert_close(total, 2 * loss.text)


def test_free_nats_change_the_sum_and_not_what_is_logged() -> None:
    plain, loss = objective(prediction(), BATCH, CONFIG, 10)
    free, same = objective(prediction(), BATCH, replace(CONFIG, free_nats=100.0), 10)
    floored, _ = objective(prediction(), BATCH, replace(CONFIG, kl_floor=600.0), 10)
    assert same.latent_kl == loss.latent_kl
    torch.testing.assert_close(free - plain, 5 * (3 * 2 * 100 - loss.latent_kl))
    torch.testing.assert_close(free, floored)


def test_the_defaults_are_the_published_weights() -> None:
    config = ObjectiveConfig()
    assert (config.prior_weight, config.second_weight, config.latent_weight, config.agreement_weight) == (
        1,
        1,
        1,
        3,
    )
    assert config.annealing == AnnealingConfig(kind="linear", warmup_steps=4_000)
    assert (config.free_nats, config.kl_floor, config.gloss_weight, config.count_filling) == (0, 0, 0, False)
    assert DiagonalGaussian._fields == ("mean", "log_variance")
