"""Checks of chapter 4's exercises: a bound, a draw with a gradient, what a graph promises. Chapter 4."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from signlab.shapes import Float

GRID = torch.linspace(-8, 8, 1601, dtype=torch.float64)
STEP = 0.01
Densities = tuple[Float[Tensor, " grid"], Float[Tensor, " grid"], Float[Tensor, " grid"]]


def conditional_elbo(ask: Callable[..., Any]) -> str:
    """Exercise 4.1: the conditional ELBO of one video and one sentence, densities given on a grid."""
    densities = _densities()
    right = _bound(*densities)
    got = ask(*densities, STEP)
    if not isinstance(got, (float, Tensor)):
        return f"Return a number or a tensor with one; you returned {type(got).__name__}."
    got = torch.as_tensor(got, dtype=torch.float64).detach()
    if got.numel() != 1:
        return (
            f"One bound is asked for, a single number; yours has shape {tuple(got.shape)}: sum over the grid."
        )
    if not math.isclose(got.item(), right.item(), rel_tol=1e-4):
        return _mistaken_bound(got.item(), densities) or (
            f"At the densities of the check the bound is {right:.3f}, but you get {got.item():.3f}."
        )
    log_likelihood, log_prior, _ = densities
    exact = log_likelihood + log_prior
    evidence = exact.logsumexp(dim=0) + math.log(STEP)
    tight = torch.as_tensor(ask(log_likelihood, log_prior, exact - evidence, STEP))
    if not math.isclose(tight.item(), evidence.item(), rel_tol=1e-4):
        return "With the exact posterior as q the bound is log p(y|x) itself, but yours is not."
    return ""


def _densities() -> Densities:
    """log p(y|x,z), log p(z|x) and log q(z|x,y) on the grid."""
    log_likelihood = _log_normal(0.4, GRID.sin() + 0.2 * GRID, 0.7)
    return log_likelihood, _log_normal(GRID, -0.9, 1.3), _log_normal(GRID, 0.5, 0.6)


def _log_normal(value: Any, mean: Any, deviation: float) -> Float[Tensor, " grid"]:
    return -0.5 * ((value - mean) / deviation) ** 2 - math.log(deviation * math.sqrt(2 * math.pi))


def _bound(
    log_likelihood: Float[Tensor, " grid"],
    log_prior: Float[Tensor, " grid"],
    log_posterior: Float[Tensor, " grid"],
) -> Float[Tensor, ""]:
    return (log_posterior.exp() * (log_likelihood + log_prior - log_posterior)).sum() * STEP


def _mistaken_bound(got: float, densities: Densities) -> str:
    """The mistake that gives this number; empty if none that we know does."""
    log_likelihood, log_prior, log_posterior = densities
    q, p = log_posterior.exp() * STEP, log_prior.exp() * STEP
    right, explained = _bound(*densities), (q * log_likelihood).sum()
    kl, turned = (q * (log_posterior - log_prior)).sum(), (p * (log_prior - log_posterior)).sum()
    gained = log_likelihood + log_prior - log_posterior
    mistakes = {
        "This is the bound with the sign turned: a loss, which one goes down. The ELBO is asked for.": -right,
        "This is log p(y|x) itself, summed over the grid. Right for a grid, but the bound is asked for: "
        "average over q.": (log_likelihood + log_prior).logsumexp(dim=0) + math.log(STEP),
        "You add the KL; what q says beyond the prior is a price, so it is taken away.": explained + kl,
        "The KL is the wrong way round: KL(q || p) averages over q, yours averages over the prior.": explained
        - turned,
        "You average over the prior. The draws come from q(z|x,y): weigh by log_posterior.exp().": (
            p * gained
        ).sum(),
        "This is how well q explains y, and nothing more: the KL to the prior is missing.": explained,
        "This is minus the KL alone: log p(y|x,z) is missing.": -kl,
        "The prior is missing: the KL compares q with p(z|x), not with a flat density.": (
            q * (log_likelihood - log_posterior)
        ).sum(),
        "The -log q is missing: the KL needs log q(z|x,y) as well as log p(z|x).": (
            q * (log_likelihood + log_prior)
        ).sum(),
        f"The sum over the grid stands for an integral: each point stands for {STEP} of z, so times `step`.": right
        / STEP,
        "Each point of the grid counts the same in your sum; weigh it by q, log_posterior.exp().": gained.sum()
        * STEP,
        "You weigh by log q; the weight of a point is q, log_posterior.exp().": (log_posterior * gained).sum()
        * STEP,
        "A mean over the grid divides by the number of its points; sum, and multiply by `step`.": (
            log_posterior.exp() * gained
        ).mean(),
    }
    return next((said for said, value in mistakes.items() if math.isclose(got, value, rel_tol=1e-4)), "")


class _Watched(Tensor):
    """A tensor that stays itself when it is handed on, so that a gradient finds the way back to it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Watched":
        return self


def draw(ask: Callable[[Float[Tensor, "place latent"], Float[Tensor, "place latent"]], Any]) -> str:
    """Exercise 4.2: one draw at each place, with a gradient to mean and log-variance."""
    mean = torch.tensor([-4.0, 3.0, 0.5]).expand(4096, 3).clone().as_subclass(_Watched).requires_grad_()
    log_variance = torch.tensor([-3.0, 2.0, 1.0]).expand(4096, 3).clone()
    log_variance = log_variance.as_subclass(_Watched).requires_grad_()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        got, again = ask(mean, log_variance), ask(mean, log_variance)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != mean.shape:
        return f"A draw has the shape of the mean, {tuple(mean.shape)}, but yours has {tuple(got.shape)}."
    plain, centre, spread = (x.detach().as_subclass(Tensor) for x in (got, mean, log_variance))
    return (
        _wrong_noise(plain, again.detach().as_subclass(Tensor), centre, spread)
        or _wrong_spread(plain, centre, spread)
        or _wrong_gradient(got, mean, log_variance)
    )


def _wrong_noise(
    got: Float[Tensor, "place latent"],
    again: Float[Tensor, "place latent"],
    mean: Float[Tensor, "place latent"],
    log_variance: Float[Tensor, "place latent"],
) -> str:
    """Noise that is none, or shared between places, components or calls."""
    noise, numbers = got - mean, "draw as many numbers as the mean has, torch.randn_like(mean)."
    lots = noise / (0.5 * log_variance).exp()  # what was drawn, if the rest is right
    if torch.equal(got, mean):
        return f"This is the mean itself. At test that may be wanted, but a draw has noise: {numbers}"
    if torch.allclose(lots, torch.ones_like(lots), atol=1e-4):
        return f"This is the mean plus the deviation; noise has to multiply the deviation: {numbers}"
    if torch.allclose(got, again):
        return "Two calls give the same draw: the noise must be drawn anew each time."
    if torch.allclose(lots, lots[0, 0].expand_as(lots), atol=1e-4):
        return f"One single number decides all: {numbers}"
    if bool((noise.std(dim=0) < 1e-5 * mean.abs().amax()).all()):
        return f"All places get the same noise: {numbers}"
    scaled = (noise - noise.mean(dim=0)) / noise.std(dim=0).clamp_min(1e-6)
    alike = (scaled.T @ scaled / len(scaled)).fill_diagonal_(0).abs().amax()
    if alike > 0.5:
        return (
            "The components of a place share their noise: one number a component is needed, "
            "torch.randn_like(mean)."
        )
    return ""


def _wrong_spread(
    got: Float[Tensor, "place latent"],
    mean: Float[Tensor, "place latent"],
    log_variance: Float[Tensor, "place latent"],
) -> str:
    """A draw whose mean or deviation is not the one asked for."""
    noise, wanted = got - mean, (0.5 * log_variance[0]).exp()
    deviation, shift = noise.std(dim=0), noise.mean(dim=0)
    known = {
        "Its deviation is log_variance.exp(), which is the variance: the deviation is its root, "
        "(0.5 * log_variance).exp().": log_variance[0].exp(),
        "Its deviation is the log-variance itself: take (0.5 * log_variance).exp().": log_variance[0].abs(),
        "Its deviation is one everywhere: the noise is not multiplied by the deviation.": torch.ones(3),
        "Its deviation is 1/sqrt(12) of the right one: torch.rand draws evenly from 0 to 1, torch.randn from "
        "a Gaussian.": wanted / math.sqrt(12),
        "Its deviation is the right one turned round, 1/sigma: (0.5 * log_variance).exp(), without a "
        "minus.": 1 / wanted,
        "Its deviation is exp(2 log_variance): multiply the log-variance by a half, not by two.": (
            2 * log_variance[0]
        ).exp(),
    }
    for said, mistake in known.items():
        if torch.allclose(deviation, mistake, rtol=0.1):
            return said
    if not torch.allclose(deviation, wanted, rtol=0.1):
        return f"At a log-variance of 2 the deviation is {math.exp(1):.2f}, but yours is {deviation[1]:.2f}."
    if bool((shift.abs() > 0.2 * wanted).any()):
        moved = ", ".join(f"{one:.1f}" for one in shift)
        told = f"Around the mean your draws lie {moved} too high."
        if torch.allclose(shift, -mean[0], atol=0.2):
            return f"{told} The mean is not added."
        return f"{told} Nothing but noise times deviation is added to the mean."
    return ""


def _wrong_gradient(got: Tensor, mean: Tensor, log_variance: Tensor) -> str:
    """A draw through which no gradient goes, or to one side only."""
    advice = "compute z = mean + deviation * noise from noise that nobody trains."
    if not got.requires_grad:
        return (
            f"The draws are right and no gradient goes through them: {advice} (torch.normal, .sample() and "
            "torch.no_grad cut it off.)"
        )
    slopes = torch.autograd.grad(got.sum(), (mean, log_variance), allow_unused=True)
    reached = [slope is not None and bool((slope != 0).any()) for slope in slopes]
    if not any(reached):
        return f"The draws are right and the gradient through them is zero, as with torch.normal: {advice}"
    if not reached[0]:
        return f"The gradient reaches the log-variance and not the mean: {advice}"
    if not reached[1]:
        return "The gradient reaches the mean and not the log-variance: let nothing detach the deviation."
    return ""


INDEPENDENCES: dict[str, tuple[bool, str]] = {
    "a": (False, "the arrow from x to y stays: the decoder reads the video as well as z."),
    "b": (True, "every way from x to y goes through z now, and z is known."),
    "c": (False, "z and y are joined by an arrow; if they were independent, z would say nothing of y."),
    "d": (
        True,
        "x is known and no arrow joins them. The posterior is the prior then, and the KL zero: that is what "
        "chapter 7 calls a vanished KL.",
    ),
    "e": (True, "y is a common effect that is not known, so the way through it is closed."),
    "f": (False, "y is their common effect: once it is known, what one explains the other need not."),
}


def independences(ask: Callable[[], Any]) -> str:
    """Exercise 4.3: which independences the graphs promise."""
    got = ask()
    if not isinstance(got, dict):
        return f'Return a dictionary such as {{"a": True, ...}}; you returned {type(got).__name__}.'
    missing = [name for name in INDEPENDENCES if got.get(name) not in (True, False)]
    if missing:
        return f"Answer each of a to f with True or False; {', '.join(missing)} is not answered."
    wrong = [name for name, (right, _) in INDEPENDENCES.items() if got[name] is not right]
    if not wrong:
        return ""
    if len(wrong) == len(INDEPENDENCES):
        return "All six are turned round: True means independent, that is, knowing one tells nothing about the other."
    if not any(got.values()):
        return f"You call nothing independent, but three of the six are. For one, {wrong[0]}: {INDEPENDENCES[wrong[0]][1]}"
    if all(got.values()):
        return f"You call everything independent, but three of the six are not. For one, {wrong[0]}: {INDEPENDENCES[wrong[0]][1]}"
    return f"Look at {wrong[0]} again: {INDEPENDENCES[wrong[0]][1]}"
