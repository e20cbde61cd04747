"""Checks of chapter 5's exercises: the KL between Gaussians, shifting one, the KL of a shift. Chapter 5."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from signlab.blocks.gaussian import DiagonalGaussian, kl_divergence, residual_kl, shifted

_Parts = tuple[Tensor, Tensor, Tensor, Tensor]  # what a KL is made of, see `_candidates`


def divergence(ask: Callable[[DiagonalGaussian, DiagonalGaussian], Any]) -> str:
    """Exercise 5.1: KL(q || p) at each step."""
    q, p = _gaussian(11), _gaussian(13)
    right = kl_divergence(q, p)
    difference = q.log_variance - p.log_variance
    gap = (q.mean - p.mean).square()
    parts = (difference.exp(), -difference, gap * (-p.log_variance).exp(), torch.ones(()))
    mistakes = {
        **_slips(parts),
        "Your arguments are exchanged: this is KL(p || q). Distances are measured in variances of p, the second one.": (
            kl_divergence(p, q)
        ),
        "The distance of the means is divided by the variance of q; it is p, the second one, that expects its own mean.": (
            _sum((difference.exp(), -difference, gap * (-q.log_variance).exp(), parts[3]))
        ),
        "The distance of the means is not squared.": _sum(
            (parts[0], parts[1], (q.mean - p.mean) * (-p.log_variance).exp(), parts[3])
        ),
        "The distance of the means is not divided by anything; it counts in variances of p.": _sum(
            (parts[0], parts[1], gap, parts[3])
        ),
        "The ratio of the variances is upside down: exp(log-variance of q minus that of p).": _sum(
            ((-difference).exp(), *parts[1:])
        ),
        "A log-variance went in where a variance belongs: take exp() of it first.": _sum(
            (q.log_variance / p.log_variance, parts[1], gap / p.log_variance, parts[3])
        ),
        "You took the log-variance for the logarithm of a standard deviation: its exp() is the variance, with no square.": _sum(
            ((2 * difference).exp(), 2 * parts[1], gap * (-2 * p.log_variance).exp(), parts[3])
        ),
        "Half a log-variance is the logarithm of a standard deviation; this formula needs variances, so take exp() of the whole.": _sum(
            ((0.5 * difference).exp(), parts[1], gap * (-0.5 * p.log_variance).exp(), parts[3])
        ),
    }
    return _judged(ask(q, p), right, mistakes)


def shift_of(ask: Callable[[DiagonalGaussian, DiagonalGaussian], Any]) -> str:
    """Exercise 5.2: the Gaussian p after a shift, as mean and log-variance."""
    p, shift = _gaussian(17), _gaussian(19)
    got, right = ask(p, shift), shifted(p, shift)
    if not isinstance(got, tuple | list) or len(got) != 2 or not all(isinstance(g, Tensor) for g in got):
        return f"Return a mean and a log-variance, DiagonalGaussian(mean, log_variance); you returned {_kind(got)}."
    shapes = [tuple(part.shape) for part in got]
    if shapes != [(2, 3, 5)] * 2:
        return f"Mean and log-variance of 2 clips of 3 steps with 5 numbers have shape (2, 3, 5), but yours have {shapes}."
    for name, part, other in zip(("mean", "log-variance"), got, reversed(right), strict=True):
        if _close(part, other):
            return f"The {name} is where the other belongs: the mean comes first."
    for diagnosis, (at, mistake) in _shift_slips(p, shift).items():
        if _close(got[at], mistake):
            return diagnosis
    for name, part, want in zip(("mean", "log-variance"), got, right, strict=True):
        if not _close(part, want):
            return f"The {name} of the first number should be {want[0, 0, 0]:.3f}, but yours is {part[0, 0, 0]:.3f}."
    return ""


def residual_divergence(ask: Callable[[DiagonalGaussian, DiagonalGaussian], Any]) -> str:
    """Exercise 5.3: KL(p shifted || p) at each step."""
    shift, p = _gaussian(23), _gaussian(29)
    right = residual_kl(shift, p)
    change, gap = shift.log_variance, shift.mean.square()
    parts = (change.exp(), -change, gap * (-p.log_variance).exp(), torch.ones(()))
    mistakes = {
        **_slips(parts),
        "The prior's mean is in it. It cancels: only the shift of the mean counts.": _sum(
            (parts[0], parts[1], (p.mean + shift.mean).square() * (-p.log_variance).exp(), parts[3])
        ),
        "The prior's mean is in it as the distance shift minus mean; the shift is the distance already.": _sum(
            (parts[0], parts[1], (shift.mean - p.mean).square() * (-p.log_variance).exp(), parts[3])
        ),
        "The shift of the mean is not divided by the prior's variance: it counts in the prior's deviations.": _sum(
            (parts[0], parts[1], gap, parts[3])
        ),
        "The shift of the mean is multiplied by the prior's variance; divide, exp of *minus* the log-variance.": _sum(
            (parts[0], parts[1], gap * p.log_variance.exp(), parts[3])
        ),
        "The shift of the mean is divided by the variance of the shift or of the posterior; it counts in the prior's.": _sum(
            (parts[0], parts[1], gap * (-change).exp(), parts[3])
        ),
        "The shift of the mean counts squared.": _sum(
            (parts[0], parts[1], shift.mean * (-p.log_variance).exp(), parts[3])
        ),
        "The posterior's log-variance stands where its shift belongs; that of the prior cancels here.": _sum(
            (
                (change + p.log_variance).exp(),
                -(change + p.log_variance),
                gap * (-p.log_variance).exp(),
                parts[3],
            )
        ),
        "This is KL(p || p shifted); the shifted one comes first.": kl_divergence(p, shifted(p, shift)),
    }
    return _judged(ask(shift, p), right, mistakes)


def _gaussian(seed: int) -> DiagonalGaussian:
    """Gaussians at 3 steps of 2 clips, 5 numbers each, none of them special."""
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance = torch.randn(2, 2, 3, 5, generator=generator, dtype=torch.float64)
    return DiagonalGaussian(mean, log_variance)


def _sum(parts: _Parts) -> Tensor:
    """The KL of its parts: ratio of variances, minus its logarithm, distance, and the one that is taken away."""
    ratio, minus_log, distance, one = parts
    return 0.5 * (ratio + minus_log + distance - one).sum(dim=-1)


def _slips(parts: _Parts) -> dict[str, Tensor]:
    """Slips that happen in either form of the KL, each with what it gives."""
    ratio, minus_log, distance, one = parts
    terms = 0.5 * (ratio + minus_log + distance - one)
    return {
        "The sign of the log-variance term is the wrong way round: a KL must be zero for equal Gaussians and positive for "
        "all others, and yours can fall below zero.": _sum((ratio, -minus_log, distance, one)),
        "This is twice the KL: the half in front is missing.": 2 * terms.sum(dim=-1),
        "This is the mean over the components; independent components add up, so take their sum.": terms.mean(
            dim=-1
        ),
        "This is minus the KL: a KL is never negative.": -terms.sum(dim=-1),
        "The 1 is not taken away: your KL of a Gaussian from itself is half a nat for each component, not zero.": _sum(
            (ratio, minus_log, distance, torch.zeros(()))
        ),
        "The log-variance term is missing.": _sum((ratio, torch.zeros(()), distance, one)),
        "The ratio of the variances is missing.": _sum((torch.zeros(()), minus_log, distance, one)),
        "The term with the means is missing.": _sum((ratio, minus_log, torch.zeros(()), one)),
    }


def _shift_slips(p: DiagonalGaussian, shift: DiagonalGaussian) -> dict[str, tuple[int, Tensor]]:
    """Slips in shifting a Gaussian: which part, 0 the mean or 1 the log-variance, and what it then is."""
    return {
        "Means add; you multiplied them.": (0, p.mean * shift.mean),
        "The mean is unshifted.": (0, p.mean),
        "This is the shift of the mean itself, without the mean that is shifted.": (0, shift.mean),
        "The prior's mean is subtracted; a shift is added to it.": (0, shift.mean - p.mean),
        "The shift of the mean is multiplied by a standard deviation; here it counts in the units of z.": (
            0,
            p.mean + shift.mean * (0.5 * p.log_variance).exp(),
        ),
        "The log-variances are multiplied. Variances multiply; their logarithms add.": (
            1,
            p.log_variance * shift.log_variance,
        ),
        "This is the variance; its logarithm is asked for.": (1, (p.log_variance + shift.log_variance).exp()),
        "The variances are added; they multiply, so their logarithms add.": (
            1,
            (p.log_variance.exp() + shift.log_variance.exp()).log(),
        ),
        "The log-variance is unshifted: the sentence makes the posterior narrower too.": (1, p.log_variance),
        "This is the shift of the log-variance itself, without the one that is shifted.": (
            1,
            shift.log_variance,
        ),
    }


def _judged(got: Any, right: Tensor, mistakes: dict[str, Tensor]) -> str:
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {_kind(got)}."
    if got.shape != right.shape:
        told = f"2 clips of 3 steps have a KL of shape (2, 3), one number a step, but yours has {tuple(got.shape)}."
        if got.shape == (2, 3, 5):
            return f"{told} Sum over the components, the last axis."
        if got.shape == ():
            return f"{told} You summed over clips and steps as well; sum over the last axis only, dim=-1."
        if got.shape in ((3, 5), (2, 5)):
            return f"{told} You summed over the wrong axis; the components are the last one."
        return told
    if _close(got, right):
        return ""
    for diagnosis, mistake in mistakes.items():
        if _close(got, mistake):
            return diagnosis
    return f"At the first step the KL is {right[0, 0]:.3f} nats, but yours is {got[0, 0]:.3f}."


def _close(got: Tensor, want: Tensor) -> bool:
    return torch.allclose(got.to(torch.float64), want, rtol=1e-4, atol=1e-6)


def _kind(got: Any) -> str:
    return f"{type(got).__name__} of {len(got)}" if isinstance(got, tuple | list) else type(got).__name__
