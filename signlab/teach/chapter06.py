"""Checks of chapter 6's exercises: sharing by counting, places of words, a detector of leaks. Chapter 6."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from signlab.shapes import Bool, Float

_Path = Callable[[Float[Tensor, "words dim"]], Tensor]

WORDS, DIM = 5, 7
BLIND = 1e-9  # slopes below this are rounding: the check asks in double precision


def num_weights(ask: Callable[[int, int, str], Any]) -> str:
    """Exercise 6.1: how many weights a Gaussian network has, by the kind of its attention."""
    for dim, latent in ((12, 5), (128, 64)):
        for attention in ("shared", "separate", "none"):
            got, right = ask(dim, latent, attention), _count(dim, latent, attention)
            if isinstance(got, bool) or not isinstance(got, int | float):
                return f"Return a number; you returned {type(got).__name__}."
            if got == right:
                continue
            for diagnosis, mistaken in _miscounts(dim, latent, attention).items():
                if got == mistaken:
                    return diagnosis
            return f"With dim={dim}, latent={latent} and {attention} attention there are {right:,} weights, but you count {got:,}."
    return ""


def _count(
    dim: int,
    latent: int,
    attention: str,
    *,
    maps: int = 4,
    bias: int = 1,
    each: int = 2,
    norm: int = 2,
    back: int = 1,
    copies: int | None = None,
) -> int:
    """All weights, with as many of each part as one says; the defaults are right."""
    copies = {"shared": 1, "separate": 2, "none": 0}[attention] if copies is None else copies
    one = maps * (dim * dim + bias * dim)
    heads = 2 * (dim * each * latent + bias * each * latent)
    return copies * one + heads + back * (latent * dim + bias * dim) + norm * dim


def _miscounts(dim: int, latent: int, attention: str) -> dict[str, int]:
    def but(**parts: int) -> int:
        return _count(dim, latent, attention, **parts)

    return {
        "The biases are missing: a linear map from a to b components has a * b + b weights.": but(bias=0),
        "An attention has four maps, not three: what was read is mapped once more (to_out).": but(maps=3),
        "Each head gives a mean and a log-variance, so it has twice as many outputs as z has components.": but(
            each=1
        ),
        "The norm is missing: a LayerNorm has a scale and an offset for each component.": but(norm=0),
        "The norm has two vectors, a scale and an offset.": but(norm=1),
        "The way back is missing: W maps z to the width of the context.": but(back=0),
        "Two attentions are counted where one is used twice: what is shared is there once.": _count(
            dim, latent, "separate"
        )
        if attention == "shared"
        else -1,
        "Separate attentions are two modules; you counted one.": but(copies=1)
        if attention == "separate"
        else -1,
        "Without attention there is none to count; both heads and the way back stay.": but(copies=1)
        if attention == "none"
        else -1,
    }


def places_of_words(ask: Callable[[Bool[Tensor, "batch steps"], int], Any]) -> str:
    """Exercise 6.2: places of words that do not depend on the batch."""
    lengths = torch.tensor([3, 5, 2])
    mask, num = torch.arange(7) < lengths[:, None], 4
    right = lengths[:, None] + torch.arange(num)
    got = ask(mask, num)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != right.shape:
        told = f"3 clips with 4 words each have places of shape (3, 4), but yours is {tuple(got.shape)}."
        if got.shape == (4, 3):
            return f"{told} Clips come first: add the words along the second axis."
        if got.shape == (4,):
            return f"{told} Each clip has places of its own, for each ends elsewhere."
        if got.shape == (3, 11):
            return f"{told} Give the words' places alone; those of the steps are 0, 1, 2 and so on anyway."
        return told
    mistakes = {
        "The words are counted after the padded clip, 7 steps long for all: that is the leak.": right
        - lengths[:, None]
        + 7,
        "The words start again at 0, where the clip's own steps stand: two tokens at one place.": right
        - lengths[:, None],
        "The first word stands on the clip's last step: a clip of 3 has the places 0, 1, 2, so the next is 3.": right
        - 1,
        "There is a gap of one: a clip of 3 has the places 0, 1, 2, so the first word has place 3.": right
        + 1,
        "All are counted after the longest clip of the batch, 5 steps: that depends on who else is there.": right
        - lengths[:, None]
        + 5,
        "You counted the filling of each clip, not its steps: True means real.": right
        - 2 * lengths[:, None]
        + 7,
    }
    if torch.equal(got.to(torch.float64), right.to(torch.float64)):
        return ""
    for diagnosis, mistake in mistakes.items():
        if torch.equal(got.to(torch.float64), mistake.to(torch.float64)):
            return diagnosis
    return f"A clip of 3 steps has its words at {right[0].tolist()}, but yours are at {got[0].tolist()}."


def leak(ask: Callable[[_Path, Float[Tensor, "words dim"]], Any]) -> str:
    """Exercise 6.3: which words reach what comes out of a path."""
    generator = torch.Generator().manual_seed(6)
    text = torch.randn(WORDS, DIM, generator=generator, dtype=torch.float64)
    for name, (path, leaking) in _paths(generator).items():
        got = ask(path, text)
        if not isinstance(got, Tensor):
            return f"Return a tensor with a number for each word; you returned {type(got).__name__}."
        if got.shape != (WORDS,):
            return _wrong_shape(tuple(got.shape))
        if not bool(got.isfinite().all()):
            return "Some of your numbers are not finite; a gradient that is not there is zero."
        found = got.detach().abs() > BLIND
        wrong = _wrong_words(name, found, torch.tensor(leaking))
        if wrong:
            return wrong
        if bool((got < -BLIND).any()):
            return "A word's number is negative, so slopes of both signs were added and may cancel; take their length, norm(dim=-1)."
    return ""


def _paths(generator: torch.Generator) -> dict[str, tuple[_Path, list[bool]]]:
    """What a detector is tried on, and which words arrive there."""
    mix = torch.randn(3, WORDS, generator=generator, dtype=torch.float64)
    part = mix.clone()
    part[:, [0, 2, 4]] = 0
    late = torch.zeros_like(mix)
    late[2, 3] = 1
    width = torch.randn(DIM, 11, generator=generator, dtype=torch.float64)
    weight = torch.randn(3, 11, generator=generator, dtype=torch.float64).requires_grad_()
    return {
        "plain": (lambda text: part @ text @ width, [False, True, False, True, False]),
        "late": (lambda text: late @ text @ width, [False, False, False, True, False]),
        "unused": (lambda text: weight * 2 + 0 * len(text), [False] * WORDS),
        "constant": (lambda text: torch.ones(3, 11, dtype=text.dtype), [False] * WORDS),
        "normed": (lambda text: F.layer_norm(mix @ text @ width, (11,)), [True] * WORDS),
    }


def _wrong_shape(shape: tuple[int, ...]) -> str:
    told = f"A sentence of {WORDS} words has {WORDS} numbers, but your shape is {shape}."
    if shape == (WORDS, DIM):
        return f"{told} That is the gradient itself; take its length over the components of each word."
    if shape == ():
        return (
            f"{told} One number says that there is a leak, not from which word; keep the axis of the words."
        )
    if shape == (DIM,):
        return f"{told} You took the length over the words; take it over the components, dim=-1."
    return told


def _wrong_words(name: str, found: Tensor, leaking: Tensor) -> str:
    if torch.equal(found, leaking):
        return ""
    if name == "normed" and not found.any():
        return (
            "Your detector is blind to a path that ends in a norm: its outputs always add up to the same, and so do "
            "their squares, so their sum has no gradient. Weigh each output with a random number first."
        )
    if name == "late" and not found.any():
        return "A leak into the last step alone is missed: ask all of what comes out, not its first row."
    if name in ("constant", "unused"):
        return "A path that does not use the text must get zeros; yours does not. Measure what comes out, not the text itself."
    if bool((found & ~leaking).any()):
        return f"In a path that words 1 and 3 enter, your detector blames {_numbers(found)}, counted from 0; a word that does not arrive must be exactly zero."
    return f"In a path that words {_numbers(leaking)} enter, counted from 0, your detector finds {_numbers(found)}."


def _numbers(found: Tensor) -> str:
    return ", ".join(map(str, found.nonzero().flatten().tolist())) or "none"
