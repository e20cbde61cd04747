"""What the recogniser and the translator are asked to get right; every term unweighted. Chapter 9."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from signlab.data.batches import Batch
from signlab.shapes import Float, Int
from signlab.translation.model import Prediction


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
    """Averages over the real tokens of a batch, the end of the sentence included."""

    text: Float[Tensor, ""]  # nats per token, against smoothed labels; this is trained
    surprise: Float[Tensor, ""]  # nats per token, against the sentence itself; no gradient
    accuracy: Float[Tensor, ""]  # share of tokens guessed right, all before being shown; no gradient


def translation_loss(
    prediction: Prediction, batch: Batch, *, label_smoothing: float = 0.0
) -> TranslationLoss:
    """Cross-entropy of the sentence, token by token.

    The target of each token gives ``1 - label_smoothing`` to the right word, and the rest to all words
    alike.

    Source: Szegedy et al. (2016), Section 7, for the smoothing.
    Departure: CV-SLT adds up over the tokens of a sentence and divides by the number of sentences, so its
    long sentences weigh more; here every token of a batch weighs the same. Its smoothed loss also lacks
    the entropy of the target, a constant.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    mask = batch.tokens_mask[:, 1:]
    logits = prediction.text.float()[mask]
    targets = batch.tokens[:, 1:][mask]
    with torch.no_grad():
        surprise = F.cross_entropy(logits, targets)
        accuracy = (logits.argmax(dim=-1) == targets).float().mean()
    return TranslationLoss(
        text=F.cross_entropy(logits, targets, label_smoothing=label_smoothing),
        surprise=surprise,
        accuracy=accuracy,
    )
