"""Checks of chapter 13's exercises: the hinge of both sides, how loud a critic may be, when it may start. Chapter 13."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from signlab.shapes import Float
from signlab.teach.answers import alike, number, slip

REAL = torch.tensor([[2.7, 0.4, 1.6], [0.9, 3.5, -1.3]])  # scores, on both sides of the hinge
MADE = torch.tensor([[-1.9, 0.3, -0.2, 1.4], [-0.7, -2.2, 0.8, -1.1], [0.6, -0.4, -3.0, 0.1]])
LEAST, MOST = 1e-4, 1e4
UPDATES = (0, 50, 100, 150, 200, 250, 300, 350, 400, 450)
CURVE = (8.0, 12.0, 12.1, 15.0, 17.7, 18.3, 18.6, 18.4, 18.7, 18.1)  # a rest at 50, and noise at the end
GAIN, START = 0.5, 250


def hinge_losses(ask: Callable[[Tensor, Tensor], Any]) -> str:
    """Exercise 13.1: the critic's loss and the decoder's, from scores of real and of made patches."""
    got = ask(REAL, MADE)
    if not isinstance(got, tuple | list) or len(got) != 2:
        return f"Return a pair, the critic's loss and the decoder's; you returned {type(got).__name__}."
    values = []
    for whose, one in zip(("critic's", "decoder's"), got, strict=True):
        one = number(one)
        if one is None:
            return f"The {whose} loss must be one number; average over all patches."
        values.append(one)
    critic, decoder = _critic(1 - REAL, 1 + MADE), -MADE.mean().item()
    if alike(values[0], decoder) and alike(values[1], critic):
        return "The two are exchanged: the critic's loss comes first."
    return slip(
        values[0],
        critic,
        {
            "The critic's loss lacks its factor of one half.": 2 * critic,
            "In the critic's loss the signs are exchanged: real ones should score above 1, so what they lack is 1 - real.": (
                _critic(1 + REAL, 1 - MADE)
            ),
            "The critic's loss has no hinge: what is below 0 costs nothing, so take max(0, ...).": 0.5
            * ((1 - REAL).mean() + (1 + MADE).mean()).item(),
            "In the critic's loss the hinge is applied to the mean; each patch has its own.": 0.5
            * ((1 - REAL).mean().clamp(min=0) + (1 + MADE).mean().clamp(min=0)).item(),
            "The critic's loss adds up over patches; average, or more patches would count as more loss.": 0.5
            * ((1 - REAL).clamp(min=0).sum() + (1 + MADE).clamp(min=0).sum()).item(),
            "The hinge of the critic stands at 0; real ones should score above 1, made ones below -1.": _critic(
                -REAL, MADE
            ),
            "The critic's loss leaves the real patches out.": _critic(REAL.new_zeros(1), 1 + MADE),
            "The critic's loss averages over real and made patches together, so that there being more of one side "
            "counts; average each side first.": torch.cat([(1 - REAL).flatten(), (1 + MADE).flatten()])
            .clamp(min=0)
            .mean()
            .item(),
        },
        "The critic's loss",
    ) or slip(
        values[1],
        decoder,
        {
            "The decoder's loss has the wrong sign: it wants a higher score, and a loss is made smaller.": -decoder,
            "The decoder's loss has a hinge. Only the critic's has one; here the score itself counts.": (
                (1 - MADE).clamp(min=0).mean().item()
            ),
            "The decoder's loss is that of the critic with another sign; only the made patches reach the decoder.": -critic,
            "The decoder's loss is taken from the real patches; it can change the made ones only.": -REAL.mean().item(),
            "The decoder's loss adds up over patches; average.": -MADE.sum().item(),
        },
        "The decoder's loss",
    )


def loudness(
    ask: Callable[[Float[Tensor, "rows columns"], Float[Tensor, "rows columns"]], Any],
) -> str:
    """Exercise 13.2: the adaptive weight from the gradients at the last layer."""
    generator = torch.Generator().manual_seed(13)
    faithful = 0.3 * torch.randn(5, 7, generator=generator)
    adversarial = 2.0 * torch.randn(5, 7, generator=generator)
    one, other = faithful.norm().item(), adversarial.norm().item()
    got = number(ask(faithful, adversarial))
    if got is None:
        return "One number is asked for; the length of a gradient is taken over all of its entries."
    told = slip(
        got,
        one / (other + LEAST),
        {
            "It is upside down: a critic that pulls harder must get the smaller weight.": other
            / (one + LEAST),
            "You compare squared lengths; take the root.": one**2 / (other**2 + LEAST),
            "You compare sums of absolute values; a length is the root of the sum of squares.": (
                faithful.abs().sum() / (adversarial.abs().sum() + LEAST)
            ).item(),
            "You compare the largest entries; the length of the whole gradient is asked for.": (
                faithful.abs().max() / (adversarial.abs().max() + LEAST)
            ).item(),
            "You compare sums of entries, in which opposite signs cancel; take lengths, norm().": (
                faithful.sum() / (adversarial.sum() + LEAST)
            ).item(),
            "The factor 0.8 belongs to the objective, not to the adaptive weight.": 0.8
            * one
            / (other + LEAST),
        },
        "The weight",
    )
    if told:
        return told
    small = adversarial * 1e-4 / other  # as long as the term that is added
    got = number(ask(faithful, small))
    if got is None or not math.isclose(got, one / 2e-4, rel_tol=1e-3):
        return "Add 1e-4 to the length of the critic's gradient: with a gradient of that length the weight halves."
    got = number(ask(10 * faithful, torch.zeros(5, 7)))
    if got is None or not math.isclose(got, MOST, rel_tol=1e-3):
        return f"A critic without a gradient must not get more than {MOST:g}; cap the weight."
    return ""


def start_from(ask: Callable[[Sequence[int], Sequence[float], float], Any]) -> str:
    """Exercise 13.3: the first update from which on PSNR never gets so much better again."""
    got = ask(UPDATES, CURVE, GAIN)
    if isinstance(got, Tensor) and got.numel() == 1:
        got = got.item()
    if not isinstance(got, (int, float)):
        return f"Return one of the updates; you returned {type(got).__name__}."
    if got == UPDATES.index(START):
        return "This is the position in the list; return the update that stands there."
    mistakes = {
        UPDATES[-1]: "You wait until the end; from the right update on nothing more is gained by waiting.",
        400: "This is where PSNR is best. It was within reach of that before; a critic need not wait for the last tenth.",
        50: "You stop at the first small step. The curve rests there and rises again; look at all that is still to come.",
        100: "You stop at a rest of the curve; after it, PSNR rises again. Look at all that is still to come.",
        300: "This is one update too late: compare with what is still to come from this update on.",
        200: "You compare with the last value. It is a noisy one; the best that is still to come counts.",
        0: "At the first update nearly everything is still to come.",
    }
    if got != START:
        return mistakes.get(
            int(got), f"In the curve of the check it is update {START}, but you return {got:g}."
        )
    low = ask((3, 6, 9), (10.0, 10.2, 10.4), GAIN)
    if low != 3:
        return "A curve that never gains so much at all may have its critic from its first update on; yours may not."
    return ""


def _critic(lacking: Tensor, beyond: Tensor) -> float:
    """Half of what real patches lack and made ones have too much, each averaged."""
    return 0.5 * (lacking.clamp(min=0).mean() + beyond.clamp(min=0).mean()).item()
