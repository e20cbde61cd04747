"""Answers to chapter 12's exercises, right and wrong."""

import math

import torch
from einops import einsum, rearrange

from signlab.teach.checks import check

ROOT = math.sqrt(7)  # of the width of a query


def lines(grid, function, into, back):
    b, t, h, w, _ = grid.shape
    return rearrange(function(rearrange(grid, into)), back, b=b, t=t, h=h, w=w)


def rows(grid, function):
    return lines(grid, function, "b t h w d -> (b t h) w d", "(b t h) w d -> b t h w d")


def columns(grid, function):
    return lines(grid, function, "b t h w d -> (b t w) h d", "(b t w) h d -> b t h w d")


def times(grid, function):
    return lines(grid, function, "b t h w d -> (b h w) t d", "(b h w) t d -> b t h w d")


def axial_sum(grid, in_row, in_column, in_time):
    return rows(grid, in_row) + columns(grid, in_column) + times(grid, in_time)


def line_by_line(grid, in_row, in_column, in_time):
    out = torch.zeros_like(grid)
    b, t, h, w, _ = grid.shape
    for at in range(b):
        for frame in range(t):
            for row in range(h):
                out[at, frame, row] += in_row(grid[at, frame, row][None])[0]
            for column in range(w):
                out[at, frame, :, column] += in_column(grid[at, frame, :, column][None])[0]
        for row in range(h):
            for column in range(w):
                out[at, :, row, column] += in_time(grid[at, :, row, column][None])[0]
    return out


def cut(grid, function, length):
    return function(grid.reshape(-1, length, grid.shape[-1])).reshape(grid.shape)


def points(softmax=lambda s: s.softmax(-1), scale=ROOT, keys=None):
    def answer(q, k, v):
        scores = einsum(q, v if keys == "v" else k, "t s d, u p d -> t s u p") / scale
        return einsum(softmax(scores), k if keys else v, "t s u p, u p d -> t s u d")

    return answer


def point_by_point(q, k, v):
    out = q.new_zeros(*q.shape[:2], len(k), q.shape[-1])
    for t, frame in enumerate(q):
        for other in range(len(k)):
            weights = torch.softmax(frame @ k[other].T / q.shape[-1] ** 0.5, dim=1)
            out[t, :, other] = weights @ v[other]
    return out


def field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump *= stride
    return size


def backwards(layers):
    """From the output to the input."""
    size = 1
    for kernel, stride in reversed(layers):
        size = (size - 1) * stride + kernel
    return size


def early(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        size += (kernel - 1) * jump
    return size


def added(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * jump
        jump += stride - 1
    return size


def whole(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size += kernel * jump
        jump *= stride
    return size


ANSWERS = {
    "12.1": {
        "stub": lambda grid, in_row, in_column, in_time: ...,
        "right": [axial_sum, line_by_line],
        "wrong": [
            (lambda g, r, c, t: axial_sum(g, c, r, t).transpose(2, 3), "has the shape of the grid"),
            (lambda g, r, c, t: columns(g, r) + rows(g, c) + times(g, t), "row and column are exchanged"),
            (lambda g, r, c, t: times(columns(rows(g, r), c), t), "You chained them, each"),
            (lambda g, r, c, t: axial_sum(g, r, c, t) / 3, "axial attention adds them"),
            (lambda g, r, c, t: rows(g, r) + columns(g, c), "along time is missing"),
            (lambda g, r, c, t: columns(g, c) + times(g, t), "along the row is missing"),
            (lambda g, r, c, t: rows(g, r) + times(g, t), "along the column is missing"),
            (lambda g, r, c, t: g + axial_sum(g, r, c, t), "The grid itself is in the sum"),
            (lambda g, r, c, t: rows(g, r) + cut(g, c, 5) + times(g, t), "a reshape alone does not move it"),
            (lambda g, r, c, t: rows(g, r) + columns(g, c) + cut(g, t, 3), "frames must be moved"),
            (lambda g, r, c, t: rows(g, r) + cut(g, c, 5) + cut(g, t, 3), "were all cut by a reshape"),
            (lambda g, r, c, t: axial_sum(g, r, c, t) + 1, "The first number should be"),
            (lambda g, r, c, t: 3.0, "you returned float"),
            (lambda g, r, c, t: rearrange(g, "b t h w -> b"), "stopped with EinopsError"),
        ],
    },
    "12.2": {
        "stub": lambda q, k, v: None,
        "right": [points(), point_by_point],
        "wrong": [
            (points(lambda s: s.flatten(2).softmax(-1).reshape(s.shape)), "as in joint attention"),
            (points(lambda s: s.softmax(2)), "goes over the frames"),
            (points(lambda s: s.softmax(1)), "goes over the queries"),
            (points(scale=1.0), "not divided by the root"),
            (points(scale=7.0), "divided by the width itself"),
            (points(scale=1 / math.sqrt(7)), "multiplied by the root"),
            (points(lambda s: s), "There is no softmax"),
            (lambda q, k, v: rearrange(point_by_point(q, k, v), "t s u d -> u s t d"), "comes first"),
            (points(keys="v"), "Keys and values are exchanged"),
            (points(keys="k"), "You read the keys"),
            (lambda q, k, v: point_by_point(q, k, v).mean(dim=2), "do not sum or average"),
            (
                lambda q, k, v: rearrange(point_by_point(q, k, v), "t s u d -> t u s d"),
                "yours have (3, 3, 5, 7)",
            ),
            (lambda q, k, v: point_by_point(q, k, v) + 1, "The first number should be"),
            (lambda q, k, v: [1.0], "you returned list"),
            (lambda q, k, v: q @ k, "stopped with RuntimeError"),
        ],
    },
    "12.3": {
        "stub": lambda layers: ...,
        "right": [field, backwards, lambda layers: torch.tensor(field(layers))],
        "wrong": [
            (lambda layers: math.prod(kernel for kernel, _ in layers), "The kernels are multiplied"),
            (lambda layers: sum(kernel for kernel, _ in layers), "The kernels are added"),
            (lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers), "The strides are ignored"),
            (early, "multiplied too early"),
            (lambda layers: field(layers) - 1, "one short everywhere"),
            (whole, "so add kernel - 1"),
            (added, "Strides are added up"),
            (lambda layers: field(layers[::-1]), "from the last to the first"),
            (lambda layers: math.prod(stride for _, stride in layers), "This is the jump"),
            (lambda layers: field(layers) + 1, "one output sees 3 inputs, but your answer is 4"),
            (lambda layers: field(layers) / 2, "Return a whole number"),
            (lambda layers: layers[9], "stopped with IndexError"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
