"""Checks of chapter 8's exercises: the KL between two predictions, in three forms. Chapter 8."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from signlab.shapes import Float
from signlab.translation.word_terms import Direction, agreement

TOKENS, VOCAB = 5, 11
Logits = Float[Tensor, "tokens vocab"]


def taught(ask: Callable[[Logits, Logits], Any]) -> str:
    """Exercise 8.1: KL(second || prior) of each token, gradients to both."""
    return _judged(ask, "one-way")


def taught_by_held(ask: Callable[[Logits, Logits], Any]) -> str:
    """Exercise 8.2: the same, without a gradient to the second path."""
    return _judged(ask, "one-way-stopped")


def agreed(ask: Callable[[Logits, Logits], Any]) -> str:
    """Exercise 8.3: the mean of both directions, gradients to both."""
    return _judged(ask, "symmetric")


def _judged(ask: Callable[[Logits, Logits], Any], direction: Direction) -> str:
    """First the values, then, of values that are right, who is pulled."""
    prior, second = _logits()
    got = ask(prior.as_subclass(_Watched).requires_grad_(), second.as_subclass(_Watched).requires_grad_())
    right = _right(prior, second, direction)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != right.shape:
        return _misshapen(tuple(got.shape))
    values = got.detach().as_subclass(Tensor)
    if not _close(values, right):
        for diagnosis, mistake in _mistakes(prior, second, direction).items():
            if _close(values, mistake):
                return diagnosis
        return f"Of the first token the divergence is {right[0]:.3f} nats, but yours is {values[0]:.3f}."
    return _wrongly_pulled(ask, direction)


def _right(prior: Logits, second: Logits, direction: Direction) -> Float[Tensor, " tokens"]:
    return agreement(prior.log_softmax(dim=-1), second.log_softmax(dim=-1), direction=direction)


def _logits() -> tuple[Logits, Logits]:
    """Of both paths, none of them normalised."""
    generator = torch.Generator().manual_seed(31)
    prior, second = torch.randn(2, TOKENS, VOCAB, generator=generator, dtype=torch.float64)
    return 1.5 * prior + 0.3, 2.0 * second - 0.7


def _misshapen(shape: tuple[int, ...]) -> str:
    told = f"{TOKENS} tokens have {TOKENS} divergences, one each, but yours has shape {shape}."
    if shape == (TOKENS, VOCAB):
        return f"{told} Sum over the words, the last axis."
    if shape == ():
        return f"{told} You summed over the tokens as well; F.kl_div does so unless reduction='none'."
    if shape == (VOCAB,):
        return f"{told} You summed over the tokens; the words are the last axis, dim=-1."
    return told


def _mistakes(prior: Logits, second: Logits, direction: Direction) -> dict[str, Tensor]:
    """Slips, each with what it gives."""
    a, b = prior.log_softmax(dim=-1), second.log_softmax(dim=-1)
    p, q = a.exp(), b.exp()
    taught, back = _sum(q * (b - a)), _sum(p * (a - b))
    middle = 0.5 * (p + q)
    shannon = 0.5 * (_sum(p * (a - middle.log())) + _sum(q * (b - middle.log())))
    right = 0.5 * (taught + back) if direction == "symmetric" else taught
    own = {
        "This is the sum of both directions; their mean is asked for, half of it.": taught + back,
        "This is KL(second || prior) alone; the other direction is missing.": taught,
        "This is KL(prior || second) alone; the other direction is missing.": back,
        "This is the divergence of both from their mixture (Jensen and Shannon's); here each is compared with the other.": shannon,
    }
    if direction != "symmetric":
        own = {
            "This is KL(prior || second). The teacher comes first: average over the second path's words. F.kl_div takes "
            "them in the opposite order.": back,
            "This is the mean of both directions; one is asked for.": 0.5 * (taught + back),
            "This is the cross-entropy: the second path's own log-probability has to be taken away.": -_sum(
                q * a
            ),
        }
    return {
        **own,
        "The sign is the wrong way round: a divergence is never negative.": -right,
        "This is the mean over the words; the sum is asked for.": right / VOCAB,
        "Arguments are logits; take their log_softmax first.": agreement(prior, second, direction=direction),
        "The softmax runs over the tokens; the words are the last axis, dim=-1.": agreement(
            prior.log_softmax(dim=0), second.log_softmax(dim=0), direction=direction
        ),
        "A probability stands where its logarithm belongs: compare log p with log q.": _sum(
            (0.5 * (p - q) if direction == "symmetric" else -q) * (p - q)
        ),
        "This counts in bits; take the natural logarithm.": right / math.log(2),
    }


def _sum(terms: Logits) -> Float[Tensor, " tokens"]:
    return terms.sum(dim=-1)


def _wrongly_pulled(ask: Callable[[Logits, Logits], Any], direction: Direction) -> str:
    got = _slopes(ask)
    right = _slopes(lambda prior, second: _right(prior, second, direction))
    names = ("prior", "second path")
    for name, slope, want in zip(names, got, right, strict=True):
        if want.any() and not slope.any():
            return f"The value is right, but no gradient reaches the {name}; is there a detach() too many?"
        if slope.any() and not want.any():
            return f"The value is right, but the {name} is pulled; hold it with detach()."
    for name, slope, want in zip(names, got, right, strict=True):
        if not _close(slope, want):
            return f"The value is right, but a part of the gradient on the {name} is stopped by a detach()."
    return ""


def _slopes(form: Callable[[Logits, Logits], Any]) -> tuple[Logits, Logits]:
    """The gradients of a form by the logits of both paths; zero where none arrives."""
    prior, second = (one.as_subclass(_Watched).requires_grad_() for one in _logits())
    value = form(prior, second).sum()
    if not value.requires_grad:
        return torch.zeros_like(prior), torch.zeros_like(second)
    one, other = torch.autograd.grad(value, (prior, second), allow_unused=True, materialize_grads=True)
    return one, other


def _close(got: Tensor, want: Tensor) -> bool:
    return torch.allclose(got.to(torch.float64), want.to(torch.float64), rtol=1e-4, atol=1e-6)


class _Watched(Tensor):
    """A tensor that stays itself when it is copied, so that a gradient finds the way back to it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Watched":
        return self
