"""Where a token stands: in a sequence (fixed waves), in a grid of codes (learnt). Chapter 3."""

import math

import torch
from einops import rearrange
from torch import Tensor, nn

from signlab.shapes import Float


def sinusoidal_positions(
    num: int, dim: int, *, start: int = 0, device: torch.device | None = None
) -> Float[Tensor, "num dim"]:
    """Waves from fast to slow, read off at each position; nothing is learnt, so any length works.

    Column 2i holds sin(p / 10000^(2i/dim)) at position p, column 2i+1 the cosine of the same angle.

    Args:
        num: Positions in a row.
        dim: Columns; must be even.
        start: The first position.
        device: Where to put them.

    Raises:
        ValueError: If `dim` is odd.

    Source: Vaswani et al. (2017), Section 3.5.
    """
    if dim % 2:
        raise ValueError(
            f"dim must be even, a sine and a cosine for each wave, but got {dim}; try {dim + 1}."
        )
    positions = torch.arange(start, start + num, device=device, dtype=torch.float32)
    rates = torch.exp(torch.arange(0, dim, 2, device=device) * (-math.log(10_000) / dim))
    angles = rearrange(positions, "num -> num 1") * rates
    waves = torch.stack([angles.sin(), angles.cos()])
    return rearrange(waves, "phase num rate -> num (rate phase)")


class GridPositions(nn.Module):
    """Learnt places in a grid over time and image, each the sum of a frame, a row and a column.

    Three short tables instead of one long one: what is learnt about a row in one frame serves in all.

    Args:
        frames: Size of the grid in time.
        height: Rows.
        width: Columns.
        dim: Width of a token.
    """

    def __init__(self, *, frames: int, height: int, width: int, dim: int) -> None:
        super().__init__()
        self.frames = nn.Parameter(0.02 * torch.randn(frames, dim))
        self.rows = nn.Parameter(0.02 * torch.randn(height, dim))
        self.columns = nn.Parameter(0.02 * torch.randn(width, dim))

    def forward(self) -> Float[Tensor, "frames height width dim"]:
        return (
            rearrange(self.frames, "frames dim -> frames 1 1 dim")
            + rearrange(self.rows, "height dim -> height 1 dim")
            + self.columns
        )
