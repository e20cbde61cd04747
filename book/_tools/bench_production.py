"""Trajectory attention as its equations read, to be timed beside the library.

Nothing here is slow on purpose: it is what one writes down first, with PyTorch's own functions and the scores of all
pairs of tokens in memory. The benchmark asserts that both give the same before it times anything.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from einops import einsum, rearrange
from torch import Tensor

from signlab.production.trajectory import TrajectoryAttention


class Grid(NamedTuple):
    """How many tokens of which width look at one another."""

    frames: int
    side: int  # rows, and columns
    dim: int
    heads: int
    prototypes: int


def attention_of(grid: Grid, *, prototypes: int | None = None) -> TrajectoryAttention:
    """With random weights."""
    torch.manual_seed(0)
    return TrajectoryAttention(dim=grid.dim, num_heads=grid.heads, prototypes=prototypes)


def tokens_of(grid: Grid) -> Tensor:
    """Tokens of chance, which want a gradient."""
    generator = torch.Generator().manual_seed(0)
    shape = (1, grid.frames, grid.side, grid.side, grid.dim)
    return torch.randn(shape, generator=generator).requires_grad_()


def plain(attention: TrajectoryAttention, grid: Tensor) -> Tensor:
    """Both sums, one after the other."""
    frames, heads = grid.shape[1], attention.num_heads
    tokens = rearrange(grid, "b f y x dim -> b (f y x) dim")
    q, k, v = (
        rearrange(one(tokens), "b n (h d) -> b h n d", h=heads)
        for one in (attention.to_q, attention.to_k, attention.to_v)
    )
    scores = einsum(q, k, "b h n d, b h m d -> b h n m") / q.shape[-1] ** 0.5
    weights = rearrange(scores, "b h n (f s) -> b h n f s", f=frames).softmax(dim=-1)
    values = rearrange(v, "b h (f s) d -> b h f s d", f=frames)
    points = einsum(weights, values, "b h n f s, b h f s d -> b n f h d")
    points = rearrange(points, "b n f h d -> b n f (h d)")
    own = rearrange(points, "b (g s) f dim -> b g s f dim", g=frames)
    own = torch.stack([own[:, frame, :, frame] for frame in range(frames)], dim=1)
    asks = rearrange(
        attention.along_q(rearrange(own, "b g s dim -> b (g s) dim")), "b n (h d) -> b n h d", h=heads
    )
    offers, reads = (
        rearrange(one(points), "b n f (h d) -> b n f h d", h=heads)
        for one in (attention.along_k, attention.along_v)
    )
    shares = (einsum(asks, offers, "b n h d, b n f h d -> b n h f") / asks.shape[-1] ** 0.5).softmax(dim=-1)
    read = rearrange(einsum(shares, reads, "b n h f, b n f h d -> b n h d"), "b n h d -> b n (h d)")
    return attention.to_out(read).reshape(grid.shape)


def there_and_back(look: Callable[[Tensor], Tensor], grid: Tensor, *, half: bool) -> Callable[[], Tensor]:
    """A forward and a backward pass; returns what came out."""

    def work() -> Tensor:
        grid.grad = None
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            out = look(grid)
        out.float().square().mean().backward()
        return out.detach()

    return work


@torch.no_grad()
def same_results(grid: Grid) -> None:
    """Both ways must say the same before they are timed."""
    attention, tokens = attention_of(grid), tokens_of(grid)
    torch.testing.assert_close(attention(tokens), plain(attention, tokens), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def lost_by_prototypes(grid: Grid) -> float:
    """How far what prototypes find is from what is there, with random weights: 0.1 is a tenth of its length."""
    attention = attention_of(grid)
    approximate = attention_of(grid, prototypes=grid.prototypes)
    tokens = rearrange(tokens_of(grid), "b f y x dim -> b (f y x) dim")
    exact = attention.trajectories(tokens, frames=grid.frames)
    found = approximate.trajectories(tokens, frames=grid.frames)
    return ((found - exact).norm() / exact.norm()).item()
