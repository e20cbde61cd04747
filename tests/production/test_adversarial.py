"""Critics begin when they should, are heard later, learn on their own side only, and go on where they stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from signlab.production import presets
from signlab.production.adversarial import (
    AdversarialConfig,
    discriminator_step,
    opponent_of,
    told_by_critics,
)
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.discriminator import DiscriminatorConfig, Discriminators, halves
from signlab.production.train_autoencoder import train_autoencoder
from signlab.training.device import launch
from signlab.training.log import read_metrics

CRITICS = DiscriminatorConfig(picture_width=5, video_width=3)
AGAINST = AdversarialConfig(critics=CRITICS, start=2, alone=2, warmup_steps=1)
SMOKE = presets.autoencoder("smoke")
SHORT = replace(
    SMOKE, steps=6, save_every=3, evaluate_every=6, log_every=1, perceptual_weight=0.1, adversarial=AGAINST
)


def test_opinions_of_two_sets_are_taken_apart() -> None:
    critics, videos = Discriminators(CRITICS), torch.rand(4, 3, 8, 16, 16)
    frames = torch.tensor([[1], [5], [1], [5]])
    first, second = halves(critics(videos, frames))
    for found, clips in ((first, videos[:2]), (second, videos[2:])):
        expected = critics(clips, frames[:2])
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one.scores, other.scores)
            assert len(one.features) == len(other.features)
            for layer, same in zip(one.features, other.features, strict=True):
                torch.testing.assert_close(layer, same)


def test_each_step_moves_its_own_side_only() -> None:
    fabric = launch(accelerator="cpu")
    opponent, autoencoder = opponent_of(AGAINST, fabric), VideoAutoencoder(SMOKE.model)
    videos, frames = torch.rand(2, 3, 8, 32, 32), torch.zeros(2, 1, dtype=torch.long)
    made = autoencoder(videos).videos
    faithful = (made - videos).square().mean()
    told = told_by_critics(
        AGAINST, opponent.model, autoencoder, made, videos, frames=frames, faithful=faithful
    )
    told.objective.backward()
    assert all(parameter.grad is None for parameter in opponent.model.parameters())
    assert autoencoder.last_weights.grad is not None
    autoencoder.zero_grad()
    before = {name: parameter.clone() for name, parameter in opponent.model.named_parameters()}
    terms = discriminator_step(
        fabric, opponent, AGAINST, autoencoder(videos).videos, videos, frames=frames, step=5, steps=9
    )
    assert all(parameter.grad is None for parameter in autoencoder.parameters())
    for name, parameter in opponent.model.named_parameters():
        if not name.endswith("to_scores.bias"):  # at which real and made clips pull equally, at first
            assert not torch.equal(parameter, before[name]), name
    assert set(terms) >= {
        "discriminator",
        "real_seen_through",
        "made_seen_through",
        "discriminator_grad_norm",
    }


def test_both_sides_pull_equally_hard_at_the_last_layer() -> None:
    fabric = launch(accelerator="cpu")
    config = replace(AGAINST, weight=1.0, matching_weight=0.0)
    opponent, autoencoder = opponent_of(config, fabric), VideoAutoencoder(SMOKE.model)
    videos, frames = torch.rand(2, 3, 8, 32, 32), torch.zeros(2, 1, dtype=torch.long)
    made = autoencoder(videos).videos
    faithful = (made - videos).square().mean()
    told = told_by_critics(
        config, opponent.model, autoencoder, made, videos, frames=frames, faithful=faithful
    )
    pulls = [
        torch.autograd.grad(term, autoencoder.last_weights, retain_graph=True)[0].norm()
        for term in (faithful, told.objective)
    ]
    torch.testing.assert_close(pulls[1], pulls[0], atol=0, rtol=0.02)


def test_critics_begin_and_are_heard_when_they_should(squares, tmp_path: Path) -> None:
    train_autoencoder(SHORT, corpus=squares, run=tmp_path / "run")
    rows = [row for row in read_metrics(tmp_path / "run") if "train/objective" in row]
    assert ["train/discriminator" in row for row in rows] == [False, False, True, True, True, True]
    assert ["train/adversarial" in row for row in rows] == [False, False, False, False, True, True]
    assert all(row["train/perceptual"] > 0 for row in rows)


def test_critics_are_heard_in_mixed_precision_too(squares, tmp_path: Path) -> None:
    frames = replace(SHORT.model, frames=16)  # of codes then four: two would be refused
    train_autoencoder(
        replace(SHORT, model=frames, precision="bf16-mixed"), corpus=squares, run=tmp_path / "run"
    )
    rows = [row for row in read_metrics(tmp_path / "run") if "train/adversarial" in row]
    assert [row["step"] for row in rows] == [5, 6]
    assert all(row["train/adaptive_weight"] > 0 for row in rows)


def test_a_resumed_training_against_critics_ends_in_the_same_weights(squares, tmp_path: Path) -> None:
    whole = train_autoencoder(SHORT, corpus=squares, run=tmp_path / "whole")

    class KilledError(Exception):
        """Stands for a kill after the critics have begun, and after a save."""

    def killed(step: int) -> None:
        if step == 5:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signlab.training.log.MetricsLog.write", lambda self, step, values: killed(step))
        with pytest.raises(KilledError):
            train_autoencoder(SHORT, corpus=squares, run=tmp_path / "resumed")
    torch.rand(5)
    resumed = train_autoencoder(SHORT, corpus=squares, run=tmp_path / "resumed", resume=True)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


def test_critics_that_would_never_be_heard_are_refused() -> None:
    with pytest.raises(ValueError, match="start=2000 and alone=500 with steps=40"):
        replace(SMOKE, adversarial=AdversarialConfig())
