"""Trajectory attention against its equations, written out one sum at a time; its symmetries; its approximation."""

import math

import pytest
import torch
from torch import Tensor

from signlab.production.trajectory import TrajectoryAttention, by_frame, chosen_prototypes, through_prototypes

# Every axis has a size of its own: batch 2, frames 3, height 5, width 7, dim 22 in 2 heads.


def by_the_equations(attention: TrajectoryAttention, grid: Tensor) -> Tensor:
    """In float64, all pairs at once, nothing fused: one clip after the other, one head after the other."""
    frames, heads = grid.shape[1], attention.num_heads
    width = grid.shape[-1] // heads
    clips = []
    for clip in grid.double():
        tokens = clip.flatten(0, 2)  # raster order, frame after frame
        places = len(tokens) // frames

        def linear(module: torch.nn.Linear, x: Tensor) -> Tensor:
            return x @ module.weight.double().T + module.bias.double()

        q, k, v = (linear(one, tokens) for one in (attention.to_q, attention.to_k, attention.to_v))
        points = torch.zeros(len(tokens), frames, heads * width, dtype=torch.float64)
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            for frame in range(frames):
                there = slice(frame * places, (frame + 1) * places)
                scores = q[:, part] @ k[there, part].T / math.sqrt(width)
                points[:, frame, part] = scores.softmax(dim=-1) @ v[there, part]
        own = torch.stack([points[i, i // places] for i in range(len(tokens))])
        asks, offers, reads = (
            linear(attention.along_q, own),
            linear(attention.along_k, points),
            linear(attention.along_v, points),
        )
        read = torch.zeros(len(tokens), heads * width, dtype=torch.float64)
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            for i in range(len(tokens)):
                shares = (offers[i, :, part] @ asks[i, part] / math.sqrt(width)).softmax(dim=0)
                read[i, part] = shares @ reads[i, :, part]
        clips.append(linear(attention.to_out, read).reshape(clip.shape))
    return torch.stack(clips)


def test_it_is_what_the_equations_say() -> None:
    attention, grid = TrajectoryAttention(dim=22, num_heads=2), 2 * torch.randn(2, 3, 5, 7, 22)
    torch.testing.assert_close(
        attention(grid).double(), by_the_equations(attention, grid), atol=2e-6, rtol=1e-5
    )


def test_w_v_is_used() -> None:
    """In the public code it is not: the slip of the first version."""
    attention, grid = TrajectoryAttention(dim=22, num_heads=2), torch.randn(2, 3, 5, 7, 22)
    attention(grid).square().sum().backward()
    for name, parameter in attention.named_parameters():
        if name not in ("to_k.bias", "along_k.bias"):  # adds the same to all scores of a query
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 1e-4, name


def test_with_one_frame_only_the_look_into_space_is_left() -> None:
    attention, grid = TrajectoryAttention(dim=22, num_heads=2), torch.randn(2, 1, 5, 7, 22)
    points = attention.trajectories(grid.flatten(1, 3), frames=1)[:, :, 0]
    expected = attention.to_out(attention.along_v(points)).reshape(grid.shape)
    torch.testing.assert_close(attention(grid), expected)


@pytest.mark.parametrize("prototypes", [None, 11])
def test_places_have_no_order_and_frames_have_none(prototypes: int | None) -> None:
    attention, grid = (
        TrajectoryAttention(dim=22, num_heads=2, prototypes=prototypes),
        torch.randn(2, 3, 5, 7, 22),
    )
    before = attention(grid)
    for dim, size in ((1, 3), (2, 5), (3, 7)):
        order = torch.randperm(size)
        torch.testing.assert_close(
            attention(grid.index_select(dim, order)), before.index_select(dim, order), atol=1e-5, rtol=1e-4
        )


def test_the_looks_are_those_that_were_taken() -> None:
    attention, grid = TrajectoryAttention(dim=22, num_heads=2), torch.randn(2, 3, 5, 7, 22)
    looks = attention.looks(grid)
    assert looks.shape == (2, 2, 105, 3, 35)
    torch.testing.assert_close(looks.sum(dim=-1), torch.ones(2, 2, 105, 3))
    tokens = grid.flatten(1, 3)
    values = attention.to_v(tokens).reshape(2, 3, 35, 2, 11)
    found = torch.einsum("bhntp,btphw->bnthw", looks, values).flatten(3)
    torch.testing.assert_close(found, attention.trajectories(tokens, frames=3), atol=1e-5, rtol=1e-4)


def test_prototypes_differ_as_much_as_they_can_and_are_always_the_same() -> None:
    q = torch.tensor([[[[3.0, 0.0], [2.0, 0.1], [0.0, 1.0], [1.0, 1.0]]]])
    assert chosen_prototypes(q, num=3)[0, 0].tolist() == [[3, 0], [0, 1], [1, 1]]
    assert chosen_prototypes(q, num=9).shape == (1, 1, 4, 2)
    drawn = torch.randn(2, 3, 35, 11)
    assert torch.equal(chosen_prototypes(drawn, num=7), chosen_prototypes(drawn, num=7))
    assert len({tuple(row.tolist()) for row in chosen_prototypes(drawn, num=7)[0, 0]}) == 7


def test_one_prototype_reads_the_same_for_every_query() -> None:
    q, k, v = (torch.randn(2, 3, 35, 11) for _ in range(3))
    read = through_prototypes(q, k, v, frames=5, num=1)
    torch.testing.assert_close(read, read[:, :, :, :1].expand_as(read))
    longest = chosen_prototypes(q, num=1)
    torch.testing.assert_close(read[:, :, :, :1], by_frame(longest, k, v, frames=5), atol=1e-5, rtol=1e-4)


def test_the_approximation_is_near_and_not_exact() -> None:
    """For queries in a few clusters it is nearer than the mean over each frame; exact it never becomes."""
    centres = 2 * torch.randn(2, 3, 5, 11)
    q = centres[:, :, torch.arange(105) % 5] + 0.1 * torch.randn(2, 3, 105, 11)
    k, v = q + 0.1 * torch.randn_like(q), torch.randn(2, 3, 105, 11)
    exact = by_frame(q, k, v, frames=3)
    evenly = v.reshape(2, 3, 3, 35, 11).mean(dim=3).permute(2, 0, 1, 3)[:, :, :, None]

    def error(found: Tensor) -> float:
        return ((found - exact).norm() / exact.norm()).item()

    by_num = {num: error(through_prototypes(q, k, v, frames=3, num=num)) for num in (5, 105)}
    assert by_num[5] < 0.5 * error(evenly.expand_as(exact))
    assert by_num[105] > 0.01


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dim": 22, "num_heads": 3}, "num_heads=3 and dim=22"),
        ({"dim": 22, "num_heads": 2, "prototypes": 0}, "one or more, or None for all keys, but got 0"),
    ],
)
def test_bad_sizes_are_one_sentence(given: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrajectoryAttention(**given)
