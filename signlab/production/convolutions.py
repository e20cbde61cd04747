"""What the autoencoder is built of: places, convolutions over neighbours in space and time. Chapter 12."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Float

Padding = Literal["centred", "causal"]
Sight = Literal["clip", "frame", "patch"]  # neighbours in space and time; in space; none


class Places(nn.Module):
    """Learnt vectors added to what stands in each place of the grid.

    Args:
        width: Channels.
        grid: Frames, rows and columns.
        timeless: Whether a place has one vector for all frames.

    Departure: one vector for each place; LMT sums one for the frame, one for the row and one for the column.
    """

    def __init__(self, width: int, grid: tuple[int, int, int], *, timeless: bool = False) -> None:
        super().__init__()
        frames, height, width_px = grid
        self.frames = frames
        self.table = nn.Parameter(torch.zeros(1, width, 1 if timeless else frames, height, width_px))

    def forward(
        self,
        features: Float[Tensor, "batch channels grid_frames grid_height grid_width"],
        *,
        corner: tuple[int, int, int] = (0, 0, 0),
    ) -> Float[Tensor, "batch channels grid_frames grid_height grid_width"]:
        sides = zip(corner, features.shape[2:], strict=True)
        table = self.table.expand(-1, -1, self.frames, -1, -1)
        window = table[(..., *(slice(first, first + side) for first, side in sides))]
        if window.shape[2:] != features.shape[2:]:
            raise ValueError(
                f"A clip must lie within the grid of {tuple(table.shape[2:])} places, but got "
                f"{tuple(features.shape[2:])} from place {corner} on; resample or resize it, or train on clips of "
                "that size."
            )
        return features + window.to(features)


class Neighbours(nn.Conv3d):
    """A convolution over 3 x 3 x 3 neighbours: in time one before and one after, or causally two before."""

    def __init__(self, width: int, wider: int, *, padding: Padding) -> None:
        super().__init__(width, wider, 3, padding=(0 if padding == "causal" else 1, 1, 1))
        self.before = 2 if padding == "causal" else 0

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, (0, 0, 0, 0, self.before, 0)) if self.before else input)


class ResidualBlock(nn.Module):
    """A convolution over 3 x 3 x 3 neighbours and one over channels, added to what came in.

    Args:
        width: Channels.
        padding: In time.
        sees: Whether the neighbours are those in space and time, those in space, or none.
    """

    def __init__(self, width: int, *, padding: Padding = "centred", sees: Sight = "clip") -> None:
        super().__init__()
        if sees == "clip":
            self.neighbours = Neighbours(width, width, padding=padding)
        else:
            side = 3 if sees == "frame" else 1
            self.neighbours = nn.Conv3d(width, width, (1, side, side), padding=(0, side // 2, side // 2))
        self.channels = nn.Conv3d(width, width, 1)

    def forward(
        self, features: Float[Tensor, "batch width frames height width_px"]
    ) -> Float[Tensor, "batch width frames height width_px"]:
        return features + self.channels(F.gelu(self.neighbours(F.gelu(features))))
