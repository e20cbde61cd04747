"""The motion transformer: every code's place learns what moves elsewhere, by one of four attentions. Chapter 12."""

from dataclasses import dataclass
from typing import Literal

from einops import rearrange
from torch import Tensor, nn

from signlab.blocks.attention import Attention
from signlab.blocks.layers import FeedForward
from signlab.blocks.positions import GridPositions
from signlab.production.trajectory import TrajectoryAttention
from signlab.shapes import Float

MotionAttention = Literal["trajectory", "orthoformer", "axial", "joint"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MotionConfig:
    """How tokens of a grid over time, height and width read from one another."""

    attention: MotionAttention = "trajectory"  # exact; or its approximation, or one of two to compare with
    num_layers: int = 1  # attention and feed-forward, one after the other
    num_heads: int = 4  # must divide the width
    prototypes: int = 64  # of "orthoformer"; the others have none


class MotionTransformer(nn.Module):
    """Pre-norm transformer layers over a grid of tokens that know their frame, row and column.

    Args:
        config: Which attention, how many layers.
        dim: Width of a token.
        grid: Frames, rows and columns.

    Source: Xie et al. (LMT, 2024): a motion transformer with trajectory attention between encoder and
    codebook. How many layers, and whether the decoder has one too, is not known to us; the stack of pre-norm
    layers with learnt places and a last norm follows the first author's public code.
    """

    def __init__(self, config: MotionConfig, *, dim: int, grid: tuple[int, int, int]) -> None:
        super().__init__()
        frames, height, width = grid
        self.positions = GridPositions(frames=frames, height=height, width=width, dim=dim)
        self.layers = nn.ModuleList(MotionLayer(config, dim=dim) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(dim)

    def forward(
        self,
        grid: Float[Tensor, "batch frames height width dim"],
        *,
        corner: tuple[int, int, int] = (0, 0, 0),
    ) -> Float[Tensor, "batch frames height width dim"]:
        """One pass.

        Args:
            grid: All tokens, or a window of them.
            corner: First frame, row and column of the window.

        Raises:
            ValueError: If the window reaches beyond the grid.
        """
        sides = zip(corner, grid.shape[1:4], strict=True)
        places = self.positions()[tuple(slice(first, first + side) for first, side in sides)]
        if places.shape[:3] != grid.shape[1:4]:
            raise ValueError(
                f"The tokens must lie within the grid of {tuple(self.positions().shape[:3])} places, but got "
                f"{tuple(grid.shape[1:4])} from place {corner} on."
            )
        stream = grid + places
        for layer in self.layers:
            stream = layer(stream)
        return self.norm(stream)


class MotionLayer(nn.Module):
    """Tokens read from one another, then each thinks for itself; both results are added to the stream."""

    def __init__(self, config: MotionConfig, *, dim: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = motion_attention(config, dim=dim)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim=dim)

    def forward(
        self, stream: Float[Tensor, "batch frames height width dim"]
    ) -> Float[Tensor, "batch frames height width dim"]:
        stream = stream + self.attention(self.attention_norm(stream))
        return stream + self.feed_forward(self.feed_forward_norm(stream))


def motion_attention(config: MotionConfig, *, dim: int) -> nn.Module:
    """The attention that the configuration names; all of them take and give a grid of tokens."""
    if config.attention == "axial":
        return AxialAttention(dim=dim, num_heads=config.num_heads)
    if config.attention == "joint":
        return JointAttention(dim=dim, num_heads=config.num_heads)
    prototypes = config.prototypes if config.attention == "orthoformer" else None
    return TrajectoryAttention(dim=dim, num_heads=config.num_heads, prototypes=prototypes)


class JointAttention(nn.Module):
    """Every token looks at all tokens of all frames at once.

    Args:
        dim: Width of a token.
        num_heads: Must divide `dim`.
    """

    def __init__(self, *, dim: int, num_heads: int) -> None:
        super().__init__()
        self.attention = Attention(dim=dim, num_heads=num_heads)

    def forward(
        self, grid: Float[Tensor, "batch frames height width dim"]
    ) -> Float[Tensor, "batch frames height width dim"]:
        tokens = rearrange(grid, "batch frames height width dim -> batch (frames height width) dim")
        return self.attention(tokens, tokens).reshape(grid.shape)


class AxialAttention(nn.Module):
    """Every token looks along its own row, its own column and its own place in time; the sum of the three.

    Args:
        dim: Width of a token.
        num_heads: Of each of the three; must divide `dim`.

    Source: the AxialBlock of VideoGPT (Yan et al., 2021), which LMT compares its motion transformer with:
    three attentions with weights of their own, added up and not one after the other.
    """

    def __init__(self, *, dim: int, num_heads: int) -> None:
        super().__init__()
        self.in_row, self.in_column, self.in_time = (
            Attention(dim=dim, num_heads=num_heads) for _ in range(3)
        )

    def forward(
        self, grid: Float[Tensor, "batch frames height width dim"]
    ) -> Float[Tensor, "batch frames height width dim"]:
        b, t, h, w, _ = grid.shape
        lines = (
            (self.in_row, "b t h w dim -> (b t h) w dim", "(b t h) w dim -> b t h w dim"),
            (self.in_column, "b t h w dim -> (b t w) h dim", "(b t w) h dim -> b t h w dim"),
            (self.in_time, "b t h w dim -> (b h w) t dim", "(b h w) t dim -> b t h w dim"),
        )
        read = []
        for attention, into, back in lines:
            line = rearrange(grid, into)
            read.append(rearrange(attention(line, line), back, b=b, t=t, h=h, w=w))
        return read[0] + read[1] + read[2]
