"""What the recogniser and the translator are asked to get right; every term unweighted. Chapter 9."""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.blocks.gaussian import kl_of_components, residual_kl_of_components
from signlab.data.batches import Batch
from signlab.data.text import PAD
from signlab.shapes import Float, Int
from signlab.translation.model import Paths, Prediction
from signlab.translation.word_terms import Direction, WordTerms, agreement, fused_word_terms, word_terms


class WordLoss(NamedTuple):
    """Averages over the clips of a batch."""

    gloss: Float[Tensor, ""]  # nats per clip, against smoothed labels
    accuracy: Float[Tensor, ""]  # share of clips named correctly; no gradient


def word_loss(
    logits: Float[Tensor, "batch vocab"], labels: Int[Tensor, " batch"], *, label_smoothing: float = 0.0
) -> WordLoss:
    """Cross-entropy of the sign's name.

    Args:
        logits: One score for each gloss.
        labels: Positions of the right glosses.
        label_smoothing: Share of the target spread evenly over all glosses.
    """
    return WordLoss(
        gloss=F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing),
        accuracy=(logits.argmax(dim=-1) == labels).float().mean(),
    )


class TranslationLoss(NamedTuple):
    """Sums over words, steps and components, divided by the number of sentences, but for the last three.

    A term of a part that is not there is zero.
    """

    text: Float[Tensor, ""]  # nats per sentence, against smoothed targets; prior path
    second: Float[Tensor, ""]  # the same, second path
    agreement: Float[Tensor, ""]  # nats per sentence between the words of both paths
    latent_kl: Float[Tensor, ""]  # nats per sentence from prior to posterior
    gloss: Float[Tensor, ""]  # nats per sentence, of the glosses in order
    surprise: Float[Tensor, ""]  # nats per token, against the sentence itself; prior path, no gradient
    second_surprise: Float[Tensor, ""]  # the same, second path
    accuracy: Float[Tensor, ""]  # share of tokens guessed right, all before being shown; prior path


def translation_loss(
    prediction: Prediction,
    batch: Batch,
    *,
    label_smoothing: float = 0.0,
    direction: Direction = "symmetric",
) -> TranslationLoss:
    """All that CV-SLT asks of the words and of the latent.

    If filling was computed (`keep_filling`), agreement and latent KL count it, as the released code does;
    the words' own terms never do.

    Args:
        prediction: Of the model.
        batch: What it predicted.
        label_smoothing: See `smoothed_surprise`.
        direction: See `agreement`.

    Source: CV-SLT (Zhao et al., 2024); sums over a sentence, means over sentences as in its released code.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    num, nothing = len(batch), prediction.text.new_zeros((), dtype=torch.float32)
    targets = batch.tokens[:, 1:][batch.tokens_mask[:, 1:]]
    words = _words(prediction, targets, label_smoothing, direction)
    kl = latent_kl_of_components(prediction.paths)
    return TranslationLoss(
        text=words.text / num,
        second=words.second / num,
        agreement=words.agreement / num,
        latent_kl=nothing if kl is None else kl.sum() / num,
        gloss=nothing
        if prediction.glosses is None or batch.glosses is None
        else gloss_loss(prediction, batch),
        surprise=words.surprise,
        second_surprise=words.second_surprise,
        accuracy=words.accuracy,
    )


def _words(
    prediction: Prediction, targets: Int[Tensor, " tokens"], label_smoothing: float, direction: Direction
) -> WordTerms:
    """The words' terms: fused where that is faster, and with filling in the agreement if it is there."""
    prior, second, whole = prediction.text, prediction.second, bool(prediction.real.all())
    if second is not None and whole and direction == "symmetric" and prior.device.type == "cpu":
        return fused_word_terms(prior, second, targets, label_smoothing=label_smoothing)
    told, other = (
        logits if logits is None or whole else logits[prediction.real] for logits in (prior, second)
    )
    assert told is not None
    terms = word_terms(told, other, targets, label_smoothing=label_smoothing, direction=direction)
    if second is None or whole:
        return terms
    everywhere = (logits.float().log_softmax(dim=-1) for logits in (prior, second))
    return terms._replace(agreement=agreement(*everywhere, direction=direction).sum())


def latent_kl_of_components(paths: Paths) -> Float[Tensor, "steps latent"] | None:
    """KL from prior to posterior at each step, component by component; none where there is no posterior.

    In the residual form the prior's mean cancels, and no gradient reaches it.

    Source: CV-SLT, the Gaussian KL, direction KL(posterior || prior). Built by hand in chapter 5.
    """
    if paths.prior is None or paths.second is None or paths.clip.text is None:
        return None
    if paths.shift is not None:
        kl = residual_kl_of_components(paths.shift, paths.prior)
    else:
        kl = kl_of_components(paths.second, paths.prior)
    return paths.clip.prior.layout.trim(kl)


def with_free_nats(
    kl: Float[Tensor, "steps latent"], sentences: int, *, free_nats: float, floor: float
) -> Float[Tensor, ""]:
    """The KL as it is charged: what is below a limit costs nothing more when it grows.

    Args:
        kl: Of each component at each step.
        sentences: What the sum is divided by.
        free_nats: Per step, for each component by itself, averaged over the batch.
        floor: Per sentence, for all together.

    Returns:
        Nats per sentence.

    Source: Kingma et al. (2016), Section 6 and Appendix C.8, for free bits. Built by hand in chapter 7.
    """
    charged = kl.mean(dim=0).clamp(min=free_nats).sum() * len(kl) if free_nats else kl.sum()
    return (charged / sentences).clamp(min=floor) if floor else charged / sentences


def gloss_loss(prediction: Prediction, batch: Batch) -> Float[Tensor, ""]:
    """CTC: the glosses in order, wherever in the clip each of them is; nats per sentence.

    A clip with fewer steps than its glosses need counts as zero.

    Args:
        prediction: Of a model with a gloss head, whose class PAD is the blank.
        batch: With glosses.

    Source: Graves et al. (2006); joint with translation as in Camgoz et al. (2020).
    """
    assert prediction.glosses is not None
    assert batch.glosses is not None
    assert batch.glosses_mask is not None
    steps = rearrange(prediction.glosses.log_softmax(dim=-1), "batch steps vocab -> steps batch vocab")
    lengths = prediction.paths.clip.prior.layout.mask.sum(dim=1)
    signed = batch.glosses_mask.sum(dim=1)
    total = F.ctc_loss(steps, batch.glosses, lengths, signed, blank=PAD, reduction="sum", zero_infinity=True)
    return total / len(batch)
