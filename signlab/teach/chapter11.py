"""Checks of chapter 11's exercises: a bridge for gradients, the nearest code, how many codes are in use. Chapter 11."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from signlab.blocks.quantizer import nearest_code, perplexity
from signlab.shapes import Float

COUNTS = torch.tensor([12.0, 0.0, 3.0, 1.0, 0.0, 40.0, 8.0, 0.0, 5.0])  # 9 codes, 3 of them never chosen


class _Watched(Tensor):
    """A tensor that stays itself when it is handed on, so that a gradient finds the way back to it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Watched":
        return self


def straight_through(
    ask: Callable[[Float[Tensor, "vectors dim"], Float[Tensor, "vectors dim"]], Any],
) -> str:
    """Exercise 11.1: the value of the codes, the gradient to the vectors."""
    plain = _numbers(5, 3, seed=1), _numbers(5, 3, seed=2)
    encoded, chosen = (one.clone().as_subclass(_Watched).requires_grad_() for one in plain)
    got = ask(encoded, chosen)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != encoded.shape:
        return f"The result has the shape of the vectors, {tuple(encoded.shape)}, but yours has {tuple(got.shape)}."
    value = got.detach().as_subclass(Tensor)
    if torch.allclose(value, plain[0]) and got.requires_grad and not _reaches(got, encoded):
        return (
            "Value and gradient have changed places: the decoder sees `encoded`, and the gradient goes to the codes. "
            "Begin with `encoded` and add the held difference."
        )
    return _wrong_value(value, *plain) or _wrong_gradient(got, encoded, chosen)


def nearest(ask: Callable[[Float[Tensor, "vectors dim"], Float[Tensor, "codes dim"]], Any]) -> str:
    """Exercise 11.2: the number of the nearest code, for each vector."""
    vectors, codes = _numbers(211, 3, seed=3), _numbers(7, 3, seed=4) * torch.linspace(0.4, 2.2, 7)[:, None]
    got = ask(vectors, codes)
    if not isinstance(got, Tensor | list | tuple):
        return f"Return a tensor of numbers of codes; you returned {type(got).__name__}."
    got = torch.as_tensor(got).detach()
    if got.shape != (211,):
        return _wrong_shape(tuple(got.shape))
    apart = (vectors[:, None] - codes).square().sum(dim=-1)
    if torch.allclose(got.double(), apart.amin(dim=1), rtol=1e-4) or torch.allclose(
        got.double(), apart.amin(dim=1).sqrt(), rtol=1e-4
    ):
        return "This is the distance to the nearest code; which code that is, is asked for: argmin, not min."
    if got.is_floating_point() or got.dtype == torch.bool:
        return f"The number of a code is an integer; yours are {got.dtype}."
    right = nearest_code(vectors.float(), codes.float())
    if torch.equal(got.long(), right):
        return ""
    for diagnosis, mistake in _other_choices(vectors, codes, apart).items():
        if torch.equal(got.long(), mistake):
            return diagnosis
    at = int((got.long() != right).nonzero()[0])
    return f"The nearest code to vector {at} is code {int(right[at])}, but you say {int(got[at])}."


def codes_in_even_use(ask: Callable[[Float[Tensor, " codes"]], Any]) -> str:
    """Exercise 11.3: perplexity from counts."""
    got = ask(COUNTS)
    if not isinstance(got, (int, float, Tensor)):
        return f"Return a number; you returned {type(got).__name__}."
    got = torch.as_tensor(got, dtype=torch.float64).detach()
    if got.numel() != 1:
        return f"One number for the whole codebook is asked for; yours has shape {tuple(got.shape)}: add up."
    if math.isnan(got.item()):
        return (
            "It is not a number: a code that was never chosen gives 0 times the logarithm of 0. Leave out "
            "counts of zero, or use torch.special.entr."
        )
    right = perplexity(COUNTS).item()
    if not math.isclose(got.item(), right, rel_tol=1e-4):
        for diagnosis, mistake in _other_numbers().items():
            if math.isclose(got.item(), mistake, rel_tol=1e-4, abs_tol=1e-12):
                return diagnosis
        return f"For the counts of the check it is {right:.3f}, but you get {got.item():.3f}."
    even = torch.as_tensor(ask(torch.full((6,), 3.0)), dtype=torch.float64)
    if not math.isclose(even.item(), 6.0, rel_tol=1e-4):
        return f"Six codes in even use have a perplexity of 6, but you get {even.item():.3f}."
    return ""


def _numbers(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _reaches(got: Tensor, source: Tensor) -> bool:
    """Whether a gradient goes from `got` to `source`."""
    (slope,) = torch.autograd.grad(got.sum(), (source,), retain_graph=True, allow_unused=True)
    return slope is not None and bool((slope != 0).any())


def _wrong_value(got: Tensor, encoded: Tensor, chosen: Tensor) -> str:
    """What the decoder would be handed in place of the codes."""
    mistakes = {
        "The value is that of `encoded`: nothing is quantised, and the decoder sees what no code can tell. It is "
        "the value that must be `chosen`'s, and the gradient that goes to `encoded`.": encoded,
        "The difference is the wrong way round: from `encoded` to `chosen` it is chosen - encoded.": 2
        * encoded
        - chosen,
        "This is the held difference alone; add it to `encoded`.": chosen - encoded,
        "This is half-way between the two; the decoder must be handed the code itself.": (encoded + chosen)
        / 2,
        "The two are added; take away one `encoded`, held, so that the code is left.": encoded + chosen,
    }
    if torch.allclose(got, chosen, atol=1e-6):
        return ""
    for diagnosis, mistake in mistakes.items():
        if torch.allclose(got, mistake, atol=1e-6):
            return diagnosis
    return (
        f"The value must be that of `chosen`: at first {chosen[0, 0]:.3f}, but yours begins {got[0, 0]:.3f}."
    )


def _wrong_gradient(got: Tensor, encoded: Tensor, chosen: Tensor) -> str:
    """The value is right; to whom does the gradient go?"""
    if not got.requires_grad:
        return (
            "The value is right, and no gradient goes through it: `encoded` must stand in it once without "
            "being detached."
        )
    arriving = _numbers(*got.shape, seed=5)
    slopes = torch.autograd.grad(got, (encoded, chosen), arriving, allow_unused=True)
    to_encoded, to_chosen = (slope is not None and bool((slope != 0).any()) for slope in slopes)
    if to_chosen and not to_encoded:
        if slopes[0] is not None:
            return "Nothing is held, so that the two `encoded` cancel, and their gradients as well: detach the difference."
        return "The value is right, and the gradient goes to the codes only: a plain look-up, from which the encoder learns nothing."
    if to_chosen:
        return "The gradient reaches `encoded`, and `chosen` as well; hold `chosen` too: codes learn by a term of their own."
    if not to_encoded:
        return "The value is right, and the gradient that reaches `encoded` is zero: you hold it as well."
    assert slopes[0] is not None
    if not torch.allclose(slopes[0].as_subclass(Tensor), arriving, rtol=1e-4):
        return "The gradient must arrive at `encoded` as it came, times 1; yours is changed on the way."
    return ""


def _wrong_shape(shape: tuple[int, ...]) -> str:
    told = f"211 vectors choose 211 codes, shape (211,), but yours has {shape}."
    if shape == (7,):
        return f"{told} You looked for the nearest vector of each code; take the argmin over the codes' axis."
    if shape == (211, 3):
        return f"{told} These look like the codes themselves; their numbers are asked for."
    if shape == (211, 7):
        return f"{told} Distances to all codes or a one-hot choice; take the argmin over the codes."
    if shape == ():
        return f"{told} An argmin without dim runs over everything; give it the codes' axis."
    return told


def _other_choices(vectors: Tensor, codes: Tensor, apart: Tensor) -> dict[str, Tensor]:
    """Choices of a code by something else than distance."""
    products, lengths = vectors @ codes.T, codes.square().sum(dim=1)
    return {
        "This is the code that is farthest away: argmin, not argmax.": apart.argmax(dim=1),
        "You take the largest product of vector and code. That favours long codes: the codes' squared lengths "
        "are missing, |e|^2 - 2 h.e.": products.argmax(dim=1),
        "You take the smallest product of vector and code; small products are far apart.": products.argmin(
            dim=1
        ),
        "The sign of the product is wrong: |h - e|^2 has *minus* two times h.e.": (
            lengths + 2 * products
        ).argmin(dim=1),
        "The two is missing: |h - e|^2 = |h|^2 - 2 h.e + |e|^2.": (lengths - products).argmin(dim=1),
        "The codes' lengths are not squared in |e|^2.": (lengths.sqrt() - 2 * products).argmin(dim=1),
        "You compare directions (cosines); distance asks for length as well.": (
            products / lengths.sqrt()
        ).argmax(dim=1),
        "These are sums of absolute differences; square them.": (
            (vectors[:, None] - codes).abs().sum(dim=-1).argmin(dim=1)
        ),
        "The differences are summed as they are, so that they cancel; square them first.": (
            (vectors[:, None] - codes).sum(dim=-1).argmin(dim=1)
        ),
        "Codes are counted from 0; yours are one too high.": apart.argmin(dim=1) + 1,
    }


def _other_numbers() -> dict[str, float]:
    """What slips on the way to a perplexity give."""
    shares = COUNTS[COUNTS > 0].double() / COUNTS.sum().double()
    nats = -(shares * shares.log()).sum().item()
    raw = COUNTS[COUNTS > 0].double()
    return {
        "This is the entropy, in nats; the perplexity is its exponential.": nats,
        "This is the entropy, in bits; the perplexity is 2 to that power.": nats / math.log(2),
        "The bases are mixed: the entropy in bits goes with 2 to its power, that in nats with exp.": math.exp(
            nats / math.log(2)
        ),
        "The bases are mixed: an entropy in nats goes with exp, not with a power of 2.": 2**nats,
        "The minus is missing: logarithms of shares are negative, so you get one over the perplexity.": math.exp(
            -nats
        ),
        "This is minus the entropy; take its sign away, then the exponential.": -nats,
        "This counts the codes that were chosen at all; a code chosen once counts as much as a popular one.": float(
            len(raw)
        ),
        "This is the usage, the share of codes that were chosen at all.": len(raw) / len(COUNTS),
        "This is the size of the codebook, whatever is used of it.": float(len(COUNTS)),
        "This is the perplexity divided by the size of the codebook; the number of codes is asked for.": math.exp(
            nats
        )
        / len(COUNTS),
        "The counts are not shares yet: divide them by their sum first.": math.exp(
            -(raw * raw.log()).sum().item()
        ),
        "You take the mean over the codes where the sum belongs.": math.exp(nats / len(raw)),
        "You take the mean over all codes where the sum belongs.": math.exp(nats / len(COUNTS)),
        "This is one over the sum of the squared shares: related, but not the exponential of the entropy.": 1
        / shares.square().sum().item(),
    }
