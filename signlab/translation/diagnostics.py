"""Is the latent used, and does each path read what it is given? Asked of the forward path itself. Chapter 7."""

import math
from contextlib import ExitStack
from typing import NamedTuple

import torch
from einops import reduce
from torch import Tensor

from signlab.blocks.attention import Attention, watched
from signlab.blocks.gaussian import sample
from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch
from signlab.shapes import Bool, Float
from signlab.translation.latent import Sequences
from signlab.translation.losses import latent_kl_of_components
from signlab.translation.model import Paths, SignTranslator
from signlab.translation.oracle import (
    CONTEXT_ONLY,
    LATENT_ONLY,
    POSTERIOR,
    PRIOR,
    SWAPS,
    oracle_paths,
    surprise_by_sentence,
    with_sentences_of,
)

ACTIVE_NATS = 0.01  # a component with more KL than this, a step on average, is in use
VANISHED_NATS = 0.05  # a sentence with less latent KL than this does not use its latent
IGNORED_NATS = 0.05  # an input that changes a sentence's surprise by less than this is not read
MISREAD_NATS = 0.2  # a latent's mean that costs a sentence more than this, compared with a draw, is misread


class Diagnosis(NamedTuple):
    """What the failure modes of two paths and a latent show themselves by; nan where a part is not there."""

    surprise: float  # nats per sentence, prior path
    drawn_surprise: float  # the same, its latent drawn as in training, where in use it is the mean
    noise: float  # share of chance in what the prior's latent says: 0 is none, 1 is nothing else
    latent_kl: float  # nats per sentence, raw, without free bits or weights
    active_units: float  # components of the latent that are in use
    advantage: float  # nats per sentence by which the posterior path is ahead of the prior path
    by_context: float  # the same, with the prior's latent: what goes beside the latent
    by_latent: float  # the same, with the prior's context: what goes through the latent
    clip_matters: float  # nats per sentence that the prior path loses with another clip
    text_matters: float  # nats per sentence that the posterior path loses with another sentence
    step_attention: float  # entropy of the latent's look at the clip, as a share of an even look
    word_attention: float  # entropy of the latent's look at the sentence, likewise
    modality_gap: float  # distance between the mean meanings of clips and of sentences, each of length 1


@torch.no_grad()
def diagnose(model: SignTranslator, batch: Batch) -> Diagnosis:
    """All that can be measured on one batch of at least two clips with different sentences.

    Args:
        model: As it is trained; in evaluation mode while it is looked at, and as before afterwards.
        batch: With features and sentences.

    Raises:
        ValueError: If there is only one clip.
    """
    if len(batch) < 2:
        raise ValueError(f"A diagnosis needs two clips to be exchanged, but got {len(batch)}; give a batch.")
    training = model.training
    model.eval()
    try:
        looks = _looks(model, batch)
        paths = oracle_paths(model, batch)
        turned = [(index + 1) % len(batch) for index in range(len(batch))]
        mean = {
            swap: float(surprise_by_sentence(model, paths, batch, swap).mean()) for swap in SWAPS.values()
        }
        other_text = oracle_paths(model, with_sentences_of(batch, turned))
        misled = float(surprise_by_sentence(model, other_text, batch, POSTERIOR).mean())
        told_elsewhere = float(surprise_by_sentence(model, paths, with_sentences_of(batch, turned)).mean())
        return Diagnosis(
            surprise=mean[PRIOR],
            drawn_surprise=_drawn_surprise(model, paths, batch),
            noise=latent_noise(model, paths),
            latent_kl=_kl(paths, len(batch)),
            active_units=_active_units(paths),
            advantage=mean[PRIOR] - mean[POSTERIOR],
            by_context=mean[PRIOR] - mean[CONTEXT_ONLY],
            by_latent=mean[PRIOR] - mean[LATENT_ONLY],
            clip_matters=told_elsewhere - mean[PRIOR],  # over all, another sentence is another clip
            text_matters=misled - mean[POSTERIOR],
            step_attention=looks[0],
            word_attention=looks[1],
            modality_gap=modality_gap(model, paths, batch),
        )
    finally:
        model.train(training)


def alarms(found: Diagnosis, *, text_is_read: bool) -> list[str]:
    """One sentence for each failure that shows; none if all is well.

    Args:
        found: Of a model that has learnt for a while.
        text_is_read: Whether it is trained with a posterior.
    """
    told = []
    if text_is_read and found.latent_kl < VANISHED_NATS:
        told.append(
            f"The latent KL has vanished: {found.latent_kl:.3f} nats a sentence in {found.active_units:.0f} active "
            f"units, while the posterior path is ahead by {found.advantage:.2f} nats; whatever it knows of the "
            "sentence goes beside the latent. Try free bits, a smaller latent weight or the strict memory."
        )
    if found.surprise - found.drawn_surprise > MISREAD_NATS:
        told.append(
            f"The decoder misreads the mean of its latent: with a draw, as in training, a sentence takes "
            f"{found.drawn_surprise:.2f} nats, with the mean {found.surprise:.2f}; {100 * found.noise:.0f} per cent of "
            "what the latent says is chance. Take the latent out, or use the residual posterior with an attention."
        )
    if found.clip_matters < IGNORED_NATS:
        told.append(
            f"The prior path ignores its clip: another clip costs it {found.clip_matters:.2f} nats a sentence; "
            "the features may be broken or the decoder too strong."
        )
    if text_is_read and found.text_matters < IGNORED_NATS:
        told.append(
            f"The posterior path ignores its sentence: another one costs it {found.text_matters:.2f} nats; both "
            "paths are the same model now."
        )
    return told


def latent_noise(model: SignTranslator, paths: Paths) -> float:
    """The share of chance in what the prior's latent says; nan without a latent.

    Of W z, the map of the latent to the width of the context: the variance that comes from drawing z, as a
    share of that and the variance of the means from step to step. All components and steps together.
    """
    if model.latent is None or paths.prior is None:
        return math.nan
    weight = model.latent.fuse.from_latent.weight.float()
    chance = (weight.square() @ paths.prior.log_variance.exp().mean(dim=0)).sum()
    said = (paths.prior.mean @ weight.T).var(dim=0, correction=0).sum()
    return float(chance / (chance + said))


def modality_gap(model: SignTranslator, paths: Paths, batch: Batch) -> float:
    """How far the mean meaning of clips is from the mean meaning of sentences, in [0, 2].

    Each clip and each sentence goes through the encoder by itself; its meaning is the mean over its tokens,
    brought to length 1.

    Source: Liang et al. (2022), Mind the Gap, Section 2, on the encoders of another system.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    mask = batch.tokens_mask[:, 1:]
    places = torch.arange(mask.shape[1], device=mask.device).expand(mask.shape)
    layout = Ragged(mask)
    text = model.encoder.read(model.decoder.embed(batch.tokens[:, 1:]), places, layout)
    meanings = [_meanings(one) for one in (paths.clip.prior, Sequences(text, layout, mask))]
    return float((meanings[0].mean(dim=0) - meanings[1].mean(dim=0)).norm())


def entropy_share(
    weights: Float[Tensor, "rows heads queries keys"],
    asked: Bool[Tensor, "rows queries"],
    offered: Bool[Tensor, "rows keys"],
) -> float:
    """The mean entropy of looks, each as a share of an even look's: 1 looks everywhere, 0 at one key.

    Args:
        weights: Shares of attention.
        asked: Queries that count.
        offered: Keys that there are; rows with a single one are left out.
    """
    entropy = -(weights * weights.clamp(min=1e-12).log()).sum(dim=-1)
    most = offered.sum(dim=1).float().log()
    share = reduce(entropy, "rows heads queries -> rows queries", "mean") / most[:, None].clamp(min=1e-6)
    counted = asked & (most > 0)[:, None]
    return float(share[counted].mean()) if bool(counted.any()) else math.nan


def _looks(model: SignTranslator, batch: Batch) -> tuple[float, float]:
    """The entropies of both looks that the latent takes; nan without a latent or without its attention."""
    attentions = (
        [] if model.latent is None else [one for one in model.latent.modules() if isinstance(one, Attention)]
    )
    with ExitStack() as stack:
        seen = [stack.enter_context(watched(one)) for one in attentions]
        paths = oracle_paths(model, batch)
    looks = [look for one in seen for look in one]
    if len(looks) != 2 or paths.clip.text is None:
        return math.nan, math.nan
    steps, words = paths.clip.prior.real, paths.clip.text.real
    return entropy_share(looks[0], steps, steps), entropy_share(looks[1], steps, words)


def _drawn_surprise(model: SignTranslator, paths: Paths, batch: Batch) -> float:
    """Nats of a sentence with one draw of the latent, always the same one; no other chance is touched."""
    if paths.prior is None:
        return math.nan
    generator = torch.Generator(paths.prior.mean.device).manual_seed(0)
    drawn = paths._replace(prior=paths.prior._replace(mean=sample(paths.prior, generator=generator)))
    return float(surprise_by_sentence(model, drawn, batch).mean())


def _kl(paths: Paths, sentences: int) -> float:
    kl = latent_kl_of_components(paths)
    return math.nan if kl is None else float(kl.sum()) / sentences


def _active_units(paths: Paths) -> float:
    kl = latent_kl_of_components(paths)
    return math.nan if kl is None else float((kl.mean(dim=0) > ACTIVE_NATS).sum())


def _meanings(sequences: Sequences) -> Float[Tensor, "rows dim"]:
    padded = sequences.layout.unpack(sequences.tokens)
    return torch.nn.functional.normalize(padded.sum(dim=1), dim=-1)  # the length goes, so a sum will do
