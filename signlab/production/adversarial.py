"""Training stage 1 against critics: when they begin, what they learn with, and the two steps of an update. Chapter 13."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.discriminator import (
    DiscriminatorConfig,
    Discriminators,
    adaptive_weight,
    adversarial_loss,
    discriminator_loss,
    halves,
    held,
)
from signlab.shapes import Float, Int
from signlab.training.checkpoint import Opponent
from signlab.training.device import asking_for_gradients
from signlab.training.update import update


@dataclass(frozen=True, kw_only=True, slots=True)
class AdversarialConfig:
    """Who criticises, from when on, and how much it counts."""

    critics: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    weight: float = 0.8  # of the critics' opinion; times the adaptive weight, if that is wanted
    adaptive: bool = True  # both sides pull equally hard at the decoder's last layer, before `weight`
    matching_weight: float = 1.0  # of the difference of their features
    start: int = 2_000  # the update from which on the critics learn
    alone: int = 500  # updates that they learn before the autoencoder hears of them
    learning_rate: float = 2e-4  # of the critics, at its peak
    warmup_steps: int = 100  # updates of the critics until the peak
    max_grad_norm: float = 1.0  # a longer gradient of theirs is scaled down to this length

    def heard_at(self, step: int) -> bool:
        """Whether the autoencoder hears of the critics at this update."""
        return step >= self.start + self.alone


class CriticsSchedule(NamedTuple):
    """What `update` wants to know of the critics' training."""

    learning_rate: float
    warmup_steps: int
    steps: int
    max_grad_norm: float


class Told(NamedTuple):
    """The critics' part of the autoencoder's objective, weighted, and what is logged of it."""

    objective: Float[Tensor, ""]
    terms: dict[str, Tensor]


def opponent_of(config: AdversarialConfig, fabric: Any) -> Opponent:
    """New critics and their optimizer, ready for training."""
    critics = Discriminators(config.critics)
    optimizer = torch.optim.AdamW(critics.parameters(), betas=(0.5, 0.9), weight_decay=0.0)
    return Opponent(*fabric.setup(critics, optimizer))


def told_by_critics(
    config: AdversarialConfig,
    critics: Any,
    autoencoder: VideoAutoencoder,
    made: Float[Tensor, "batch 3 frames height width"],
    videos: Float[Tensor, "batch 3 frames height width"],
    *,
    frames: Int[Tensor, "batch pictures"],
    faithful: Float[Tensor, ""],
) -> Told:
    """The first of two steps: what the autoencoder learns from the critics, who do not learn from it.

    Args:
        config: Weights.
        critics: As Fabric has set them up.
        autoencoder: Whose last layer both sides pull at.
        made: What it made of `videos`; with its gradient.
        videos: The clips.
        frames: Which of them the critic of pictures sees.
        faithful: All other terms of the objective that reach the last layer, weighted.
    """
    with held(critics):
        loss = adversarial_loss(critics(videos, frames), critics(made, frames))
    share = torch.ones((), device=made.device)
    if config.adaptive:
        with asking_for_gradients():
            share = adaptive_weight(faithful, loss.adversarial, autoencoder.last_weights)
    objective = config.weight * share * loss.adversarial + config.matching_weight * loss.matching
    return Told(objective, {**loss._asdict(), "adaptive_weight": share})


def discriminator_step(
    fabric: Any,
    opponent: Opponent,
    config: AdversarialConfig,
    made: Float[Tensor, "batch 3 frames height width"],
    videos: Float[Tensor, "batch 3 frames height width"],
    *,
    frames: Int[Tensor, "batch pictures"],
    step: int,
    steps: int,
) -> dict[str, float]:
    """The second step: the critics learn to tell, the autoencoder learns nothing.

    Args:
        fabric: As `launch` gave it.
        opponent: The critics.
        config: Of their training.
        made: What the autoencoder made of `videos`.
        videos: The clips.
        frames: Which of them the critic of pictures sees.
        step: The update of the autoencoder, counted from 0.
        steps: Updates of the autoencoder in all.
    """
    critics: Any = opponent.model
    real, false = halves(critics(torch.cat([videos, made.detach()]), frames.repeat(2, 1)))
    loss = discriminator_loss(real, false)
    terms = {"discriminator": loss}
    for name, opinions in (("real", real), ("made", false)):
        right = [
            ((one.scores > 0) if name == "real" else (one.scores < 0)).float().mean() for one in opinions
        ]
        terms[f"{name}_seen_through"] = torch.stack(right).mean()
    schedule = CriticsSchedule(
        config.learning_rate, config.warmup_steps, steps - config.start, config.max_grad_norm
    )
    told = update(fabric, critics, opponent.optimizer, loss, terms, schedule, step - config.start)
    renamed = {"grad_norm": "discriminator_grad_norm", "learning_rate": "discriminator_learning_rate"}
    return {renamed.get(name, name): value for name, value in told.items()}
