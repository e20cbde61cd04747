"""Checks of chapter 16's exercises: a distance of two Gaussians, what it cannot see, time aligned. Chapter 16."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from signlab.shapes import Float, UInt8
from signlab.teach.answers import number, slip

DIM = 3
GLOSSES = ("RAIN", "SUN", "RAIN", "WIND", "SUN", "RAIN", "FOG", "WIND", "RAIN", "ICE", "SUN")
HALVES = ("SUN", "SUN", "RAIN", "SUN", "RAIN", "RAIN")
TALL = ((7, 4, 1, 2), (6, 8, 1, 5), (1, 8, 8, 6), (7, 4, 5, 7), (6, 7, 5, 6))
WIDE = ((3, 2, 2, 1, 2, 7), (1, 7, 8, 9, 9, 5), (5, 4, 6, 9, 5, 3), (1, 1, 4, 6, 4, 2))


def gaussians_apart(ask: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> str:
    """Exercise 16.1: the Frechet distance of two Gaussians from means and covariances."""
    one_mean, one = _gaussian(seed=61)
    other_mean, other = _gaussian(seed=67)
    said = ask(one_mean, one, other_mean, other)
    if isinstance(said, complex) or (isinstance(said, Tensor) and said.is_complex()):
        return "A real number is asked for; what is complex was rooted too early."
    got = number(said)
    if got is None:
        return "One number is asked for; a trace adds up the diagonal."
    apart = (one_mean - other_mean).square().sum().item()
    traces = (one.trace() + other.trace()).item()
    crossed = _root(_root(one) @ other @ _root(one)).trace().item()
    each = (one.diagonal() * other.diagonal()).sqrt().sum().item()
    entries = (one @ other).clamp(min=0).sqrt().trace().item()
    product = math.sqrt((one @ other).trace().item())
    right = apart + traces - 2 * crossed
    told = slip(
        got,
        right,
        {
            "This is the root of it: the distance that FVD reports is the squared one.": math.sqrt(right),
            "The means count by their squared distance, not by their distance.": (
                math.sqrt(apart) + traces - 2 * crossed
            ),
            "The means are left out.": traces - 2 * crossed,
            "The covariances are left out.": apart,
            "The crossed term comes twice: it lacks its factor of 2.": apart + traces - crossed,
            "The crossed term is missing: of a Gaussian and itself this would not be zero.": apart + traces,
            "You took variances only. Features that go together (the covariances off the diagonal) count too.": (
                apart + traces - 2 * each
            ),
            "sqrt() of a matrix takes the root of each entry. The matrix whose square it is is asked for: take the "
            "roots of the eigenvalues.": apart + traces - 2 * entries,
            "You took the root of the trace; the trace of the root is asked for.": apart
            + traces
            - 2 * product,
            "The crossed term has the trace of the product in place of that of its root.": (
                apart + traces - 2 * (one @ other).trace().item()
            ),
            "You averaged over features; the distance adds them up.": right / DIM,
        },
        "The distance",
    )
    if told:
        return told
    few = torch.tensor([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    same = number(ask(one_mean, few, one_mean, few))
    if same is None or not abs(same) < 1e-5:
        return (
            "Of a Gaussian and itself it must be 0, also if there are fewer clips than features: some eigenvalues are "
            "then 0, or below it by rounding. Clamp them before the root."
        )
    return ""


def unnoticed(ask: Callable[[UInt8[Tensor, "clips frames height width 3"], Sequence[str]], Any]) -> str:
    """Exercise 16.2: clips exchanged so that every label is wrong and no distance of sets changes."""
    for glosses, seed in ((GLOSSES, 71), (HALVES, 73)):
        drawn = torch.Generator().manual_seed(seed)
        clips = torch.randint(256, (len(glosses), 4, 5, 5, 3), generator=drawn, dtype=torch.uint8)
        told = _exchanged(ask(clips, list(glosses)), clips, glosses)
        if told:
            return told
    return ""


def aligned_cost(ask: Callable[[Float[Tensor, "frames others"]], Any]) -> str:
    """Exercise 16.3: the smallest sum of costs along any alignment in time."""
    for rows in (TALL, WIDE):
        costs = torch.tensor(rows, dtype=torch.float64)
        got = number(ask(costs))
        if got is None:
            return "One number is asked for: the smallest sum."
        best = _path(costs, ((1, 1), (1, 0), (0, 1)))
        steps = sum(costs.shape) - 1
        told = slip(
            got,
            best,
            {
                "You stay in step, frame 1 with 1, 2 with 2: that is what the alignment should improve on.": (
                    costs.diagonal().sum().item()
                ),
                "You take the cheapest step each time. A step that is dear now may save more later: keep the "
                "smallest sum of every pair of frames.": _greedy(costs),
                "Each frame takes its cheapest partner, so that time may run backwards; a path only goes on.": (
                    costs.min(dim=1).values.sum().item()
                ),
                "The same from the other clip's side: each frame takes its cheapest partner.": (
                    costs.min(dim=0).values.sum().item()
                ),
                "Your path cannot step forward in both clips at once.": _path(costs, ((1, 0), (0, 1))),
                "Your path cannot wait in the first clip while the other goes on.": _path(
                    costs, ((1, 1), (1, 0))
                ),
                "Your path cannot wait in the other clip while the first goes on.": _path(
                    costs, ((1, 1), (0, 1))
                ),
                "The first pair of frames costs something too.": best - costs[0, 0].item(),
                "The last pair of frames costs something too.": best - costs[-1, -1].item(),
                "This is a mean; the sum is asked for.": best / max(costs.shape),
                "This is a mean over the longest path there could be; the sum is asked for.": best / steps,
                "Your path may begin anywhere in the other clip; it must begin with both first frames.": (
                    _path(torch.cat([torch.zeros(1, costs.shape[1]), costs]), ((1, 1), (1, 0), (0, 1)))
                ),
            },
            "The smallest sum",
        )
        if told:
            return told
    return ""


def _exchanged(got: Any, clips: Tensor, glosses: Sequence[str]) -> str:
    """What is wrong with clips that should be the same ones at other places."""
    got = torch.as_tensor(got) if hasattr(got, "shape") or isinstance(got, list) else got
    if not isinstance(got, Tensor):
        return f"Return the clips in their new order; you returned {type(got).__name__}."
    if got.shape != clips.shape:
        return f"There are {len(clips)} clips of shape {tuple(clips.shape[1:])}; you returned {tuple(got.shape)}."
    if torch.equal(got, clips):
        return "Every clip still stands where it stood."
    where = [_place(one, clips) for one in got]
    if None in where:
        wrong = where.index(None)
        if any(_frames(got[wrong]) == _frames(one) for one in clips):
            return (
                "The frames of a clip have another order. That makes new clips, which a network over time sees; "
                "only the set of clips must stay."
            )
        return (
            "Some of these clips were not among the given ones; the set must stay the same to the last pixel."
        )
    twice = [place for place, times in Counter(where).items() if times > 1]
    if twice:
        return (
            f"{len(twice)} of the clips come twice, and others not at all. That is another set: mean and covariance "
            "change. Each clip once."
        )
    right = [at for at, place in enumerate(where) if glosses[place or 0] == glosses[at]]
    stayed = sum(where[at] == at for at in right)
    if stayed:
        return f"{stayed} of {len(clips)} clips have stayed at their place; a shuffle does that now and then."
    if right:
        return (
            f"Every clip has moved, but {len(right)} of {len(clips)} stand where another clip of the same gloss stood, "
            "so their label is still right. Put clips of one gloss next to each other first."
        )
    return ""


def _place(one: Tensor, clips: Tensor) -> int | None:
    return next((at for at, clip in enumerate(clips) if torch.equal(clip, one)), None)


def _frames(clip: Tensor) -> list[list[int]]:
    return sorted(rearrange(clip, "frames height width rgb -> frames (height width rgb)").tolist())


def _gaussian(*, seed: int) -> tuple[Tensor, Tensor]:
    drawn = torch.Generator().manual_seed(seed)
    mixed = torch.randn(DIM, DIM, generator=drawn, dtype=torch.float64)
    mean = torch.randn(DIM, generator=drawn, dtype=torch.float64)
    return mean, mixed @ mixed.T + 0.2 * torch.eye(DIM, dtype=torch.float64)


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def _path(costs: Tensor, steps: Sequence[tuple[int, int]]) -> float:
    """The smallest sum from the first pair to the last with these steps; infinite where they do not lead there."""
    frames, others = costs.shape
    sums = torch.full((frames, others), math.inf, dtype=torch.float64)
    for i in range(frames):
        for j in range(others):
            before = [
                sums[i - down, j - on].item() for down, on in steps if i >= down and j >= on and (i or j)
            ]
            sums[i, j] = costs[i, j] + (0 if (i, j) == (0, 0) else min(before, default=math.inf))
    return sums[-1, -1].item()


def _greedy(costs: Tensor) -> float:
    frames, others = costs.shape
    path = [(0, 0)]
    while path[-1] != (frames - 1, others - 1):
        i, j = path[-1]
        steps = [(i + 1, j + 1), (i + 1, j), (i, j + 1)]
        path.append(min((s for s in steps if s[0] < frames and s[1] < others), key=lambda s: costs[s].item()))
    assert all(later != earlier for earlier, later in pairwise(path))
    return sum(costs[place].item() for place in path)
