"""Checks of chapter 12's exercises: axial attention, trajectory points, receptive fields. Chapter 12."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from einops import einsum, rearrange
from torch import Tensor

Along = Callable[[Tensor], Tensor]  # stands for an attention within lines: `batch tokens dim`, both ways


def axial_sum(ask: Callable[[Tensor, Along, Along, Along], Any]) -> str:
    """Exercise 12.1: attention along rows, columns and time, added up."""
    grid = _drawn(2, 3, 5, 7, 4, seed=31)
    functions = tuple(_along(seed) for seed in (37, 41, 43))
    got = ask(grid, *functions)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != grid.shape:
        return (
            f"The output has the shape of the grid, {tuple(grid.shape)}, but yours has {tuple(got.shape)}. "
            "After each function, rearrange back to `batch frames height width dim`."
        )
    in_row, in_column, in_time = functions
    row, column, time = _in_row(grid, in_row), _in_column(grid, in_column), _in_time(grid, in_time)
    mistakes = {
        "The functions of row and column are exchanged: tokens of one row differ in their column, so the line "
        "that `in_row` gets is as long as the grid is wide.": (
            _in_column(grid, in_row) + _in_row(grid, in_column) + time
        ),
        "You chained them, each working on the result of the one before. Here all three read the grid itself, "
        "and the results are added.": _in_time(_in_column(row, in_column), in_time),
        "This is the mean of the three; axial attention adds them.": (row + column + time) / 3,
        "The look along time is missing.": row + column,
        "The look along the row is missing.": column + time,
        "The look along the column is missing.": row + time,
        "The grid itself is in the sum; the attention gives only what was read, a layer adds it to the stream.": (
            grid + row + column + time
        ),
        "Axes changed places on the way into a line: rearranging from (b t h) w to h as tokens needs the width "
        "among the batch, `(b t w) h dim`; a reshape alone does not move it.": (
            row + _reshaped(grid, in_column, 5) + time
        ),
        "A reshape cut the grid into lines of the right length, but of the wrong tokens: frames must be moved "
        "next to `dim` first, `(b h w) t dim`.": row + column + _reshaped(grid, in_time, 3),
        "Rows, columns and frames were all cut by a reshape; only the rows lie one after another in memory.": (
            row + _reshaped(grid, in_column, 5) + _reshaped(grid, in_time, 3)
        ),
    }
    told = "The first number should be {:.3f}, but yours is {:.3f}. Which tokens does each function get together?"
    return _judged(got, row + column + time, mistakes, told)


def trajectory_points(ask: Callable[[Tensor, Tensor, Tensor], Any]) -> str:
    """Exercise 12.2: what each token finds in each frame."""
    q, k, v = (_drawn(3, 5, 7, seed=seed) for seed in (47, 53, 59))
    got = ask(q, k, v)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape == (3, 5, 7):
        return (
            "One vector for each token came out, but a trajectory has one for each token *and* each frame that is "
            "looked into: keep the axis of that frame, do not sum or average over it."
        )
    if got.shape != (3, 5, 3, 7):
        return (
            f"3 frames of 5 places with 7 numbers give points of shape (3, 5, 3, 7), but yours have "
            f"{tuple(got.shape)}: asking frame, asking place, frame looked into, dim."
        )
    scores = einsum(q, k, "t s d, u p d -> t s u p") / 7**0.5
    right = _points(scores.softmax(dim=-1), v)
    at_once = rearrange(scores, "t s u p -> t s (u p)").softmax(dim=-1)
    mistakes = {
        "The softmax goes over all places of all frames, as in joint attention. Each frame must answer on its "
        "own: take it over the places of one frame only.": _points(at_once.reshape(scores.shape), v),
        "The softmax goes over the frames; here it goes over the places of one frame, the last axis.": (
            _points(scores.softmax(dim=2), v)
        ),
        "The softmax goes over the queries; it must go over the places that are looked at.": (
            _points(scores.softmax(dim=1), v)
        ),
        "The scores are not divided by the root of the width of a query.": (
            _points((scores * 7**0.5).softmax(dim=-1), v)
        ),
        "The scores are divided by the width itself; take its root.": (
            _points((scores / 7**0.5).softmax(dim=-1), v)
        ),
        "The scores are multiplied by the root of the width; divide by it.": _points(
            (scores * 7).softmax(dim=-1), v
        ),
        "There is no softmax: shares must be positive and sum to one over the places of a frame.": (
            _points(scores, v)
        ),
        "The frame that is looked into stands where the asking frame belongs: the asking frame comes first.": (
            rearrange(right, "t s u d -> u s t d")
        ),
        "Keys and values are exchanged: scores come from the keys, what is read from the values.": _points(
            (einsum(q, v, "t s d, u p d -> t s u p") / 7**0.5).softmax(dim=-1), k
        ),
        "You read the keys; the shares weigh the values.": _points(scores.softmax(dim=-1), k),
    }
    told = "The first number should be {:.3f}, but yours is {:.3f}. Over which axis does the softmax go?"
    return _judged(got, right, mistakes, told)


def receptive_field(ask: Callable[[Sequence[tuple[int, int]]], Any]) -> str:
    """Exercise 12.3: how many inputs one output sees."""
    cases = (
        [(3, 1)],
        [(3, 1), (3, 1)],
        [(4, 4), (3, 1)],
        [(3, 2), (5, 3), (3, 1)],
        [(2, 2), (2, 2), (2, 2)],
    )
    got = [ask(layers) for layers in cases]
    for value in got:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float | Tensor)
            or float(value) != int(value)
        ):
            return f"Return a whole number of inputs; you returned {value!r}."
    answers = [int(value) for value in got]
    right = [_field(layers) for layers in cases]
    if answers == right:
        return ""
    wrong = {
        "The kernels are multiplied. Each layer adds (kernel - 1) times the jump.": [
            _product(c) for c in cases
        ],
        "The kernels are added. Neighbouring windows overlap: each layer adds (kernel - 1) times the jump.": [
            sum(kernel for kernel, _ in c) for c in cases
        ],
        "The strides are ignored: behind a layer of stride 4, neighbours are 4 inputs apart, and a kernel reaches "
        "4 times as far.": [1 + sum(kernel - 1 for kernel, _ in c) for c in cases],
        "The jump is multiplied too early: a layer's own stride counts for the layers behind it, not for itself.": [
            _field(c, early=True) for c in cases
        ],
        "You are one short everywhere: without any layer, an output is its own input, so the field starts at 1.": [
            _field(c) - 1 for c in cases
        ],
        "Each layer adds kernel times jump; an output's own place is in the field already, so add kernel - 1.": [
            _field(c, whole=True) for c in cases
        ],
        "Strides are added up; two layers of stride 2 leave neighbours 4 inputs apart, so multiply them.": [
            _field(c, added=True) for c in cases
        ],
        "You went through the layers from the last to the first with the rule for the other direction; begin with "
        "the layer next to the input.": [_field(c[::-1]) for c in cases],
        "This is the jump, how far neighbours of the last layer are apart, not what one of them sees.": [
            _jump(c) for c in cases
        ],
    }
    for diagnosis, values in wrong.items():
        if answers == values:
            return diagnosis
    at = next(i for i in range(len(cases)) if answers[i] != right[i])
    return f"For the layers {cases[at]} one output sees {right[at]} inputs, but your answer is {answers[at]}."


def _drawn(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _along(seed: int) -> Along:
    """Something that mixes the tokens of a line, and for which their order matters."""

    def mix(tokens: Tensor) -> Tensor:
        steps = torch.arange(1, tokens.shape[1] + 1, dtype=tokens.dtype) * (seed / 40)
        return (seed / 20) * tokens + (tokens * steps[:, None]).cumsum(dim=1)

    return mix


def _in_row(grid: Tensor, function: Along) -> Tensor:
    b, t = grid.shape[:2]
    read = function(rearrange(grid, "b t h w d -> (b t h) w d"))
    return rearrange(read, "(b t h) w d -> b t h w d", b=b, t=t)


def _in_column(grid: Tensor, function: Along) -> Tensor:
    b, t = grid.shape[:2]
    read = function(rearrange(grid, "b t h w d -> (b t w) h d"))
    return rearrange(read, "(b t w) h d -> b t h w d", b=b, t=t)


def _in_time(grid: Tensor, function: Along) -> Tensor:
    b, _, h = grid.shape[:3]
    read = function(rearrange(grid, "b t h w d -> (b h w) t d"))
    return rearrange(read, "(b h w) t d -> b t h w d", b=b, h=h)


def _reshaped(grid: Tensor, function: Along, length: int) -> Tensor:
    """What comes of `reshape` where axes should have been moved."""
    return function(grid.reshape(-1, length, grid.shape[-1])).reshape(grid.shape)


def _points(shares: Tensor, v: Tensor) -> Tensor:
    return einsum(shares, v, "t s u p, u p d -> t s u d")


def _field(
    layers: Sequence[tuple[int, int]], *, early: bool = False, whole: bool = False, added: bool = False
) -> int:
    """The receptive field, or what a slip makes of it."""
    field, jump = 1, 1
    for kernel, stride in layers:
        before = jump
        jump = jump + stride - 1 if added else jump * stride
        field += (kernel if whole else kernel - 1) * (jump if early else before)
    return field


def _product(layers: Sequence[tuple[int, int]]) -> int:
    total = 1
    for kernel, _ in layers:
        total *= kernel
    return total


def _jump(layers: Sequence[tuple[int, int]]) -> int:
    total = 1
    for _, stride in layers:
        total *= stride
    return total


def _judged(got: Tensor, right: Tensor, mistakes: dict[str, Tensor], otherwise: str) -> str:
    if _close(got, right):
        return ""
    for diagnosis, mistake in mistakes.items():
        if _close(got, mistake):
            return diagnosis
    return otherwise.format(right.flatten()[0].item(), got.flatten()[0].item())


def _close(got: Tensor, want: Tensor) -> bool:
    return torch.allclose(got.to(torch.float64), want, rtol=1e-4, atol=1e-6)
