"""Checks of chapter 7's exercises: a weight that grows, free bits, components in use. Chapter 7."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from signlab.shapes import Float

FULL, WARMUP = 3.0, 40
UPDATES = (0, 1, 10, 20, 39, 40, 41, 100, 4_000)
FREE, LIMIT = 0.3, 0.25
KL = torch.tensor(  # 5 steps of 7 components; some are silent, some speak at one step only
    [
        [0.0, 0.1, 0.5, 1.6, 0.2, 0.0, 0.7],
        [0.0, 0.1, 0.4, 0.0, 0.3, 0.0, 0.2],
        [0.0, 0.2, 0.6, 0.0, 0.1, 0.0, 0.4],
        [0.0, 0.1, 0.5, 0.0, 0.3, 1.2, 0.1],
        [0.0, 0.0, 0.5, 0.0, 0.2, 0.0, 0.8],
    ]
)


def weight_at(ask: Callable[..., Any]) -> str:
    """Exercise 7.1: the weight at an update."""
    got = [ask(update, FULL, WARMUP) for update in UPDATES]
    for update, weight in zip(UPDATES, got, strict=True):
        if not isinstance(weight, (int, float)):
            return f"Return a number; at update {update} you returned {type(weight).__name__}."
    if not _alike(got, [_line(update) for update in UPDATES]):
        return _mistaken_weight(got)
    try:
        at_once = [ask(update, FULL, 0) for update in (0, 5)]
    except Exception as error:  # the answer's own words, with what led there
        raise type(error)(
            f"{error} (asked for a warm-up of 0, which means the full weight at once)"
        ) from None
    if not _alike(at_once, [FULL, FULL]):
        return f"A warm-up of 0 means the full weight, {FULL:g}, from update 0 on; yours is {at_once[0]} at update 0."
    return ""


def charged(ask: Callable[[Float[Tensor, "steps latent"], float], Any]) -> str:
    """Exercise 7.2: the KL of a clip as free bits charge it."""
    got = ask(KL, FREE)
    if not isinstance(got, (int, float, Tensor)):
        return f"Return a number or a tensor with one; you returned {type(got).__name__}."
    got = torch.as_tensor(got, dtype=torch.float32).detach()
    if got.numel() != 1:
        return f"One charge for the whole clip is asked for; yours has shape {tuple(got.shape)}: add it up."
    right = KL.mean(dim=0).clamp(min=FREE).sum() * len(KL)
    if not math.isclose(got.item(), right.item(), rel_tol=1e-4):
        return _mistaken_charge(got.item()) or (
            f"At the KL of the check {right:.2f} nats are charged, but you charge {got.item():.2f}."
        )
    plain = torch.as_tensor(ask(KL, 0.0), dtype=torch.float32)
    if not math.isclose(plain.item(), KL.sum().item(), rel_tol=1e-4):
        return "With no free nats the charge is the KL itself, its sum; yours is not."
    return ""


def active_units(ask: Callable[[Float[Tensor, "steps latent"], float], Any]) -> str:
    """Exercise 7.3: how many components are in use."""
    got = ask(KL, LIMIT)
    if not isinstance(got, (int, float, Tensor)):
        return f"Return a number; you returned {type(got).__name__}."
    got = torch.as_tensor(got).detach()
    if got.numel() != 1:
        return f"One number is asked for, the count; yours has shape {tuple(got.shape)}: sum what is true."
    mean = KL.mean(dim=0)
    right = int((mean > LIMIT).sum())
    mistakes = {
        "You average over the components and count steps; average over the steps, dim=0, and count components.": int(
            (KL.mean(dim=1) > LIMIT).sum()
        ),
        "You count components that are above the limit at some step; their average over steps counts.": int(
            (KL.amax(dim=0) > LIMIT).sum()
        ),
        "You count places, steps times components; average over the steps first.": int((KL > LIMIT).sum()),
        "You compare the sum over the steps; with more steps anything would be active. Take the mean.": int(
            (KL.sum(dim=0) > LIMIT).sum()
        ),
        "This is the share of components in use; their number is asked for.": right / KL.shape[1],
        "You count the components that are not in use.": int((mean <= LIMIT).sum()),
        "You count components that are above the limit at every step; their average over steps counts.": int(
            (KL.amin(dim=0) > LIMIT).sum()
        ),
    }
    if math.isclose(float(got), right):
        return ""
    for said, mistake in mistakes.items():
        if math.isclose(float(got), mistake, rel_tol=1e-4):
            return said
    return f"{right} of the {KL.shape[1]} components are in use, but you count {float(got):g}."


def _line(update: int) -> float:
    return FULL * min(1.0, update / WARMUP)


def _alike(got: list[Any], wanted: list[float]) -> bool:
    return all(math.isclose(one, other, abs_tol=1e-6) for one, other in zip(got, wanted, strict=True))


def _mistaken_weight(got: list[Any]) -> str:
    """The mistake that gives these weights."""
    mistakes = {
        "It goes on growing after the warm-up; from then on it must stay at the full weight.": [
            FULL * update / WARMUP for update in UPDATES
        ],
        "It is the full weight from the start; the warm-up does nothing.": [FULL for _ in UPDATES],
        "It falls where it should rise: 0 at the first update, full at the end of the warm-up.": [
            FULL - _line(update) for update in UPDATES
        ],
        "This is the share of the weight, from 0 to 1; multiply it by `full`.": [
            _line(update) / FULL for update in UPDATES
        ],
        "It is 0 until the warm-up is over and jumps then. A straight line is asked for; with `//` its fraction is lost.": [
            FULL * (update >= WARMUP) for update in UPDATES
        ],
        "It falls back to 0 when the warm-up is over: that is a cycle without an end. After the warm-up it stays full.": [
            FULL * (update % WARMUP) / WARMUP for update in UPDATES
        ],
        "It is one update ahead: updates are counted from 0, where the weight is 0.": [
            _line(update + 1) for update in UPDATES
        ],
        "The cap is 1 and not `full`: the line must be full at the end of the warm-up, whatever the full weight.": [
            min(1.0, FULL * update / WARMUP) for update in UPDATES
        ],
        "It rises by one a warm-up and is cut off at `full`: it reaches it too late. Multiply the share by `full`.": [
            min(FULL, update / WARMUP) for update in UPDATES
        ],
    }
    for said, weights in mistakes.items():
        if _alike(got, weights):
            return said
    at = next(
        at for at, update in enumerate(UPDATES) if not math.isclose(got[at], _line(update), abs_tol=1e-6)
    )
    told = f"With a full weight of {FULL:g} and a warm-up of {WARMUP}, the weight at update {UPDATES[at]} is "
    return f"{told}{_line(UPDATES[at]):g}, but yours is {got[at]:g}."


def _mistaken_charge(got: float) -> str:
    """The mistake that gives this charge; empty if none that we know does."""
    mean = KL.mean(dim=0)
    total, right = KL.sum(), mean.clamp(min=FREE).sum() * len(KL)
    mistakes = {
        "This is the KL itself: nothing is free in it.": total,
        "You take the larger of limit and KL at each step. A component is free by its average over the steps, so take "
        "the mean first.": KL.clamp(min=FREE).sum(),
        "You cut off what is above the limit; what is *below* it costs the limit: clamp(min=free).": mean.clamp(
            max=FREE
        ).sum()
        * len(KL),
        "You take the free nats away. The gradient is the same, but what is asked for is the larger of the two.": (
            mean - FREE
        )
        .clamp(min=0)
        .sum()
        * len(KL),
        "You compare the limit with the KL of a step, all components together, or their mean; each component has its own.": KL.sum(
            dim=1
        )
        .clamp(min=FREE * KL.shape[1])
        .sum(),
        "This is the charge of one step on average; multiply it by the number of steps.": right / len(KL),
        "You sum over the steps before you compare; the limit is for each step, so take the mean.": KL.sum(
            dim=0
        )
        .clamp(min=FREE)
        .sum(),
        "You average over the components. They add up; it is the steps that are averaged, dim=0.": KL.mean(
            dim=1
        )
        .clamp(min=FREE)
        .sum(),
        "Components below the limit are left out; they cost the limit, and only their gradient is zero.": mean[
            mean > FREE
        ].sum()
        * len(KL),
    }
    return next(
        (said for said, value in mistakes.items() if math.isclose(got, value.item(), rel_tol=1e-4)), ""
    )
