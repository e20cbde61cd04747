"""What training minimises: the terms, their weights, and how these grow. Chapter 9."""

from dataclasses import dataclass, field

from torch import Tensor

from signlab.data.batches import Batch
from signlab.shapes import Float
from signlab.translation.annealing import AnnealingConfig, share_at
from signlab.translation.losses import (
    TranslationLoss,
    latent_kl_of_components,
    translation_loss,
    with_free_nats,
)
from signlab.translation.model import Prediction, SecondPath
from signlab.translation.word_terms import Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectiveConfig:
    """Which paths are trained, and what each term weighs; all terms are in nats per sentence."""

    second: SecondPath = "none"  # path beside the prior: none (plain), prior (R-Drop), posterior (CV-SLT)
    prior_weight: float = 1.0  # of the prior path's words
    second_weight: float = 1.0  # of the second path's words
    latent_weight: float = 1.0  # of KL(posterior || prior), once fully annealed; beta
    agreement_weight: float = 3.0  # of the KL between both paths' words, once fully annealed; lambda
    direction: Direction = "symmetric"  # of that KL: symmetric, one-way, one-way-stopped
    annealing: AnnealingConfig = field(default_factory=AnnealingConfig)  # of both KLs
    free_nats: float = 0.0  # of latent KL that each component may have at each step for nothing
    kl_floor: float = 0.0  # nats of latent KL a sentence below which there is no pressure
    count_filling: bool = False  # both KLs sum over padding too, as in CV-SLT's released code
    gloss_weight: float = 0.0  # of CTC on the glosses
    label_smoothing: float = 0.1  # share of each target spread over the other words


def objective(
    prediction: Prediction, batch: Batch, config: ObjectiveConfig, step: int
) -> tuple[Float[Tensor, ""], TranslationLoss]:
    """The weighted sum, and the terms it is made of.

    With "posterior", the default weights and the published annealing, this is CV-SLT's objective; with
    "prior", R-Drop's; with "none", a plain translator's.

    Args:
        prediction: With the paths that the config asks for.
        batch: What it predicted.
        config: Weights and schedule.
        step: The update, counted from 0.

    Source: CV-SLT (Zhao et al., 2024): L = L_posterior + L_prior + beta(t) L_gaussian + lambda(t) L_logits.
    """
    loss = translation_loss(
        prediction, batch, label_smoothing=config.label_smoothing, direction=config.direction
    )
    share = share_at(step, config.annealing)
    total = config.prior_weight * loss.text
    if prediction.second is not None:
        total = total + config.second_weight * loss.second + share * config.agreement_weight * loss.agreement
        total = total + share * config.latent_weight * _charged(prediction, batch, config, loss.latent_kl)
    if config.gloss_weight:
        total = total + config.gloss_weight * loss.gloss
    return total, loss


def _charged(
    prediction: Prediction, batch: Batch, config: ObjectiveConfig, raw: Float[Tensor, ""]
) -> Float[Tensor, ""]:
    """The latent KL as it enters the sum; the raw one is what is logged."""
    kl = latent_kl_of_components(prediction.paths)
    if kl is None or not (config.free_nats or config.kl_floor):
        return raw
    return with_free_nats(kl, len(batch), free_nats=config.free_nats, floor=config.kl_floor)
