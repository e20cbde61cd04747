"""Checks of chapter 15's exercises: drawing by Gumbel noise, straight-through, a temperature that falls. Chapter 15."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from signlab.production.gumbel import PixelLossConfig, temperature_at
from signlab.shapes import Float, Int

Logits = Float[Tensor, "places codes"]


def drawn_code(ask: Callable[[Logits, Logits], Any]) -> str:
    """Exercise 15.1: the code that Gumbel noise draws at each place."""
    generator = torch.Generator().manual_seed(15)
    logits = torch.randn(500, 7, generator=generator) + torch.tensor([2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    uniform = torch.rand(500, 7, generator=generator).clamp(1e-6, 1 - 1e-6)
    got, right = ask(logits, uniform), (logits - (-uniform.log()).log()).argmax(dim=-1)
    if not isinstance(got, Tensor):
        return f"Return a tensor with one index for each place; you returned {type(got).__name__}."
    if got.shape != right.shape:
        return _misshapen(got)
    if got.is_floating_point() and not torch.equal(got, got.round()):
        return "These are largest values; asked is *which* code has the largest, so take argmax, not max."
    for diagnosis, mistake in _draws_gone_wrong(logits, uniform).items():
        if torch.equal(got.long(), mistake) and not torch.equal(mistake, right):
            return diagnosis
    wrong = (got.long() != right).sum().item()
    return (
        f"At {wrong} of 500 places another code is drawn than by argmax(logits - log(-log u))."
        if wrong
        else ""
    )


def _misshapen(got: Tensor) -> str:
    shape = tuple(got.shape)
    told = f"500 places have 500 codes, shape (500,), but yours has {shape}."
    if shape == (500, 7):
        return f"{told} One index for each place is asked for, not a number for each code: end with argmax(dim=-1)."
    if shape == (7,):
        return f"{told} You took the largest over the places; the codes are the last axis, dim=-1."
    if shape == ():
        return f"{told} Without dim=-1, argmax looks through all places at once."
    return told


def _draws_gone_wrong(logits: Logits, uniform: Logits) -> dict[str, Int[Tensor, " places"]]:
    """Slips, each with the codes that it draws."""
    noise = -(-uniform.log()).log()
    probabilities = logits.softmax(dim=-1)
    found = {
        "This is the likeliest code each time: no noise has reached the choice, or the same for all codes of a "
        "place, which leaves the largest where it is. Each code has its own.": logits,
        "The noise has the wrong sign: -log(-log u) is added, so log(-log u) is subtracted.": logits - noise,
        "One logarithm is missing: -log u is exponential, a waiting time; Gumbel noise is -log of it.": logits
        - uniform.log(),
        "log u is added; that is minus a waiting time. Gumbel noise is -log(-log u).": logits + uniform.log(),
        "The uniform numbers are added as they are; make Gumbel noise of them first, -log(-log u).": logits
        + uniform,
        "The noise is added to the probabilities; it belongs to the logits.": probabilities + noise,
        "The noise is multiplied by the logits; it is added.": logits * noise,
        "The noise alone decides: the logits are missing.": noise,
        "log(1 - u) where log u belongs? It draws from the right distribution, but not with these numbers.": logits
        - (-(1 - uniform).log()).log(),
    }
    return {diagnosis: scores.argmax(dim=-1) for diagnosis, scores in found.items()}


def straight_through(ask: Callable[[Logits], Any]) -> str:
    """Exercise 15.2: the choice in value, the shares in slope."""
    generator = torch.Generator().manual_seed(16)
    plain = (2 * torch.randn(11, 7, generator=generator)).softmax(dim=-1)
    wanted = torch.randn(11, 7, generator=generator)
    shares = plain.as_subclass(_Watched).requires_grad_()
    got, choice = ask(shares), F.one_hot(plain.argmax(dim=-1), 7).to(plain)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != plain.shape:
        told = f"The answer has the shape of the shares, (11, 7), but yours has {tuple(got.shape)}."
        return f"{told} Make one_hot of the index." if tuple(got.shape) == (11,) else told
    value = got.detach().as_subclass(Tensor).to(plain)
    diagnosis = _value(value, plain, choice)
    if diagnosis:
        return diagnosis
    if not got.requires_grad:
        return "The values are right and no gradient goes through them: the choice alone is a jump; add shares - shares.detach()."
    (slope,) = torch.autograd.grad((got * wanted).sum(), shares, materialize_grads=True, allow_unused=True)
    slope = slope.as_subclass(Tensor)
    if torch.allclose(slope, wanted, atol=1e-5):
        return ""
    if torch.allclose(slope, -wanted, atol=1e-5):
        return "The values are right and the gradient has the wrong sign: add the shares and take away the detached ones."
    if not slope.any():
        return "The values are right and the gradient is zero: of the two shares that cancel, one only may be detached."
    factor = (slope * wanted).sum() / wanted.square().sum()
    if torch.allclose(slope, factor * wanted, atol=1e-4):
        return f"The values are right and the gradient is {factor:.2g} times that of the shares; it should be the same."
    return "The values are right, but the gradient is not that of the shares: it should pass as if the shares themselves had been returned."


def _value(value: Tensor, plain: Tensor, choice: Tensor) -> str:
    """What is wrong with the values; empty if nothing is."""
    mistakes = {
        "These are the shares themselves: the value must be the choice, ones and zeros.": plain,
        "Choice and shares are added up; take the shares away again, detached.": choice + plain,
        "The value is twice the shares minus the choice: choice and shares are exchanged.": 2 * plain
        - choice,
        "The value is the choice minus the shares; add the shares once more, one of the two detached.": choice
        - plain,
        "The value is twice the choice minus the shares: what is added and what is taken away are not the same shares.": 2
        * choice
        - plain,
        "The choice is made over the places; the codes are the last axis, dim=-1.": F.one_hot(
            plain.argmax(dim=0), len(plain)
        )
        .T[: len(plain)]
        .to(plain),
        "The smallest share is chosen; take argmax.": F.one_hot(plain.argmin(dim=-1), 7).to(plain),
        "Shares above a half became ones; the largest share wins even if it is below a half.": (
            plain > 0.5
        ).to(plain),
        "The chosen share keeps its size; the value of the choice is one.": choice * plain,
    }
    if torch.allclose(value, choice, atol=1e-5):
        return ""
    for diagnosis, mistake in mistakes.items():
        if mistake.shape == value.shape and torch.allclose(value, mistake, atol=1e-5):
            return diagnosis
    return f"The first place should be {_row(choice)}, but yours is {_row(value)}."


def temperature_of(ask: Callable[[int, float, float, int], Any]) -> str:
    """Exercise 15.3: a temperature that falls by the same factor at each update."""
    first, last, num_updates = 2.0, 0.5, 21
    config = PixelLossConfig(temperature=first, last_temperature=last)
    asked = (0, 5, 10, 20, 50)
    got = [ask(update, first, last, num_updates) for update in asked]
    if not all(isinstance(one, int | float) or (isinstance(one, Tensor) and one.numel() == 1) for one in got):
        return f"Return one number; you returned {type(got[0]).__name__}."
    values = [float(one) for one in got]
    right = [temperature_at(update, config, steps=num_updates) for update in asked]
    if _near(values, right):
        return ""
    for diagnosis, mistake in _slopes_gone_wrong(first, last, num_updates).items():
        if _near(values, [mistake(update) for update in asked]):
            return diagnosis
    at = next(n for n, (one, want) in enumerate(zip(values, right, strict=True)) if not _near([one], [want]))
    return (
        f"From {first:g} to {last:g} in {num_updates} updates, update {asked[at]} should have {right[at]:.3f}, "
        f"but yours has {values[at]:.3f}."
    )


def _slopes_gone_wrong(first: float, last: float, num: int) -> dict[str, Callable[[int], float]]:
    """Slips, each with the temperature that it gives at an update."""
    ratio = last / first

    def done(update: int) -> float:
        return min(update, num - 1) / (num - 1)

    return {
        "It falls in a straight line; by the same *factor* means a power: first * (last / first) ** share.": (
            lambda update: first + (last - first) * done(update)
        ),
        "After the last update it goes on falling; hold it there, with min.": (
            lambda update: first * ratio ** (update / (num - 1))
        ),
        "The last update does not reach the last temperature: counted from 0 it is number num_updates - 1.": (
            lambda update: first * ratio ** (min(update, num) / num)
        ),
        "The same, and the last temperature is reached after the end only: divide by num_updates - 1.": (
            lambda update: first * ratio ** (min(update, num - 1) / num)
        ),
        "It rises from the last to the first: the two are exchanged.": (
            lambda update: last * (first / last) ** done(update)
        ),
        "The factor is taken at each update once too much: its power must go from 0 to 1, not to num_updates.": (
            lambda update: first * ratio ** min(update, num - 1)
        ),
        "It forgets where it starts: `first` times the power.": (lambda update: ratio ** done(update)),
        "It decays towards zero instead of towards `last`: exp(-share) knows nothing of it.": (
            lambda update: first * math.exp(-done(update))
        ),
        "It falls along half a cosine; asked is the same factor at each update.": (
            lambda update: last + 0.5 * (first - last) * (1 + math.cos(math.pi * done(update)))
        ),
    }


def _near(values: list[float], others: list[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-9) for a, b in zip(values, others, strict=True))


def _row(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.2g}" for value in values[0].tolist()) + "]"


class _Watched(Tensor):
    """A tensor that stays itself when it is copied, so that a gradient finds the way back to it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Watched":
        return self
