"""What both paths lose on the words: surprise at the right ones, and disagreement between the paths. Chapter 8."""

from typing import Any, Literal, NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.data.text import PAD
from signlab.shapes import Float, Int

Direction = Literal["symmetric", "one-way", "one-way-stopped"]
ROWS = 64  # tokens at a time: with their whole vocabulary they fit into a processor's cache


class WordTerms(NamedTuple):
    """Sums over tokens of the first three, means of the others; zero of what is not there."""

    text: Float[Tensor, ""]  # nats, against smoothed targets; prior path
    second: Float[Tensor, ""]  # the same, second path
    agreement: Float[Tensor, ""]  # nats between the words of both paths
    surprise: Float[Tensor, ""]  # nats per token, against the sentence itself; prior path, no gradient
    second_surprise: Float[Tensor, ""]  # the same, second path
    accuracy: Float[Tensor, ""]  # share of tokens guessed right; prior path


def word_terms(
    prior: Float[Tensor, "tokens vocab"],
    second: Float[Tensor, "tokens vocab"] | None,
    targets: Int[Tensor, " tokens"],
    *,
    label_smoothing: float,
    direction: Direction = "symmetric",
) -> WordTerms:
    """All terms by their formulas, every table in memory.

    Args:
        prior: Logits of the prior path.
        second: Logits of the second path, or none.
        targets: Positions of the right words.
        label_smoothing: See `smoothed_surprise`.
        direction: See `agreement`.
    """
    nothing = prior.new_zeros((), dtype=torch.float32)
    says = prior.float().log_softmax(dim=-1)
    text = smoothed_surprise(says, targets, label_smoothing=label_smoothing).sum()
    surprise = F.nll_loss(says.detach(), targets)
    accuracy = (says.argmax(dim=-1) == targets).float().mean()
    if second is None:
        return WordTerms(text, nothing, nothing, surprise, nothing, accuracy)
    other = second.float().log_softmax(dim=-1)
    return WordTerms(
        text=text,
        second=smoothed_surprise(other, targets, label_smoothing=label_smoothing).sum(),
        agreement=agreement(says, other, direction=direction).sum(),
        surprise=surprise,
        second_surprise=F.nll_loss(other.detach(), targets),
        accuracy=accuracy,
    )


def fused_word_terms(
    prior: Float[Tensor, "tokens vocab"],
    second: Float[Tensor, "tokens vocab"],
    targets: Int[Tensor, " tokens"],
    *,
    label_smoothing: float,
) -> WordTerms:
    """The same with symmetric agreement, a few rows at a time and with the gradient in closed form.

    No table of probabilities outlives its rows, and each is made twice, once for the value and once for the
    gradient: on a CPU several times as fast as what autograd strings together.

    Args:
        prior: Logits of the prior path.
        second: Logits of the second path.
        targets: Positions of the right words.
        label_smoothing: See `smoothed_surprise`.
    """
    return WordTerms(*_Fused.apply(prior, second, targets, label_smoothing))


def smoothed_surprise(
    log_probabilities: Float[Tensor, "tokens vocab"],
    targets: Int[Tensor, " tokens"],
    *,
    label_smoothing: float,
) -> Float[Tensor, " tokens"]:
    """KL from a smoothed target to the prediction, in nats: zero if the prediction is the target.

    The target gives ``1 - label_smoothing`` to the right word and the rest in equal parts to all others but
    padding. Nothing of that size is ever built: with the right word's log-probability and the sum over all
    words, the sum over the others is a subtraction.

    Source: Szegedy et al. (2016), Section 7; this form, with padding left out and the target's own entropy
    taken away (a constant), as in JoeyNMT and CV-SLT.
    """
    right = log_probabilities.gather(1, rearrange(targets, "tokens -> tokens 1"))[:, 0]
    if label_smoothing == 0:
        return -right
    share = label_smoothing / (log_probabilities.shape[1] - 2)
    others = log_probabilities.sum(dim=1) - right - log_probabilities[:, PAD]
    certain = torch.tensor([1 - label_smoothing, label_smoothing], dtype=torch.float64)
    negative_entropy = (
        (certain * torch.tensor([1 - label_smoothing, share]).double().log()).nan_to_num().sum()
    )
    return negative_entropy.item() - (1 - label_smoothing) * right - share * others


def agreement(
    prior: Float[Tensor, "tokens vocab"],
    second: Float[Tensor, "tokens vocab"],
    *,
    direction: Direction = "symmetric",
) -> Float[Tensor, " tokens"]:
    """How far apart two predictions of the same words are, in nats, given their log-probabilities.

    "symmetric" is the mean of KL(second || prior) and KL(prior || second), gradients to both; "one-way" is
    KL(second || prior) alone, the second path being the teacher; "one-way-stopped" lets it teach without
    being pulled.

    Source: CV-SLT's released code for "symmetric", which is R-Drop's form (Liang et al., 2021); the paper's
    text describes one way, from posterior to prior. Built by hand in chapter 8.
    """
    if direction == "symmetric":
        return 0.5 * ((prior.exp() - second.exp()) * (prior - second)).sum(dim=1)
    teacher = second.detach() if direction == "one-way-stopped" else second
    return (teacher.exp() * (teacher - prior)).sum(dim=1)


class _Fused(torch.autograd.Function):
    """Forwards the formulas, backwards their gradients by the logits.

    With a = log p and b = log q: of the smoothed surprise p - target; of the symmetric agreement
    (p (a - b - E_p[a - b]) + p - q) / 2, and the same with p and q exchanged.
    """

    @staticmethod
    def forward(
        ctx: Any, prior: Tensor, second: Tensor, targets: Tensor, label_smoothing: float
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(prior, second, targets)
        ctx.label_smoothing = label_smoothing
        parts = [
            word_terms(*rows, label_smoothing=label_smoothing)
            for rows in zip(prior.split(ROWS), second.split(ROWS), targets.split(ROWS), strict=True)
        ]
        sizes = prior.new_tensor([len(rows) for rows in targets.split(ROWS)], dtype=torch.float32)
        sums = torch.tensor([part[:3] for part in parts]).sum(dim=0)
        means = (sizes @ torch.tensor([part[3:] for part in parts])) / len(targets)
        ctx.mark_non_differentiable(*(found := means.unbind()))
        return *sums.unbind(), *found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        prior, second, targets = ctx.saved_tensors
        text, other, pull = (grad.item() for grad in grads[:3])
        slopes = torch.empty_like(prior), torch.empty_like(second)
        for start in range(0, len(targets), ROWS):
            rows = slice(start, start + ROWS)
            a, b = (logits[rows].float().log_softmax(dim=-1) for logits in (prior, second))
            p, q, ahead = a.exp(), b.exp(), a - b
            apart = p - q
            for slope, own, weight, sign in ((slopes[0], p, text, 0.5), (slopes[1], q, other, -0.5)):
                expected = torch.linalg.vecdot(own, ahead)
                found = (ahead - rearrange(expected, "tokens -> tokens 1")).mul_(sign * pull)
                found.add_(weight).mul_(own).add_(apart, alpha=sign * pull)
                slope[rows] = _less_target(found, targets[rows], weight, ctx.label_smoothing)
        return *slopes, None, None


def _less_target(slope: Tensor, targets: Tensor, weight: float, label_smoothing: float) -> Tensor:
    """Take the smoothed target, times a weight, from each row, in place."""
    share = label_smoothing / (slope.shape[1] - 2)
    slope.sub_(weight * share)
    slope[:, PAD] += weight * share
    slope[torch.arange(len(slope)), targets] -= weight * (1 - label_smoothing - share)
    return slope
