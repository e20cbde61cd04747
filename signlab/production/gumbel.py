"""Seeing through codes: soft choices go through the frozen codebook and decoder, and pixels judge them. Chapter 15."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.production.autoencoder import REDUCTION, VideoAutoencoder
from signlab.production.perceptual import Distance, Perception, frames_apart
from signlab.shapes import Float, Int

Sides = tuple[int, int, int]  # frames, rows and columns of codes
Target = Literal["clip", "reconstruction"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelLossConfig:
    """How a prediction of codes is judged by the pixels that it stands for."""

    reconstruction_weight: float = 0.0  # of the absolute difference of colours; 0 and 0 = codes alone
    perceptual_weight: float = 0.0  # of the perceptual distance of frames
    every: int = 1  # updates from one look at the pixels to the next
    window: Sides = (4, 8, 8)  # codes that are decoded, at a random place in the grid
    surroundings: int = 2  # true codes decoded around the window, for what the decoder sees beyond its edge
    temperature: float = 1.0  # of the first update
    last_temperature: float = 0.2  # of the last; between them it falls by the same share at each update
    straight_through: bool = True  # choose one code and let the gradient through; or mix codes softly
    target: Target = "reconstruction"  # the true codes' own decoding; or the clip as it was
    perceptual_frames: int = 2  # frames of the window that are compared by perception
    perception: Perception = "vgg"  # whose: vgg comes with the project, lpips is fetched

    def __post_init__(self) -> None:
        if not 0 < self.last_temperature <= self.temperature:
            raise ValueError(
                "Temperatures must be positive and must not rise, but got "
                f"temperature={self.temperature} and last_temperature={self.last_temperature}."
            )

    @property
    def wanted(self) -> bool:
        """Whether pixels are looked at at all."""
        return bool(self.reconstruction_weight or self.perceptual_weight)


class Window(NamedTuple):
    """A box in a grid of codes."""

    corner: Sides  # first frame, row and column
    sides: Sides

    def slices(self, scale: int = 1) -> tuple[slice, slice, slice]:
        """Where it lies: in codes, or with the reduction as `scale` in pixels."""
        first, second, third = (
            slice(scale * start, scale * (start + side))
            for start, side in zip(self.corner, self.sides, strict=True)
        )
        return first, second, third

    def widened(self, by: int, grid: Sides) -> "Window":
        """With so many more codes on each side, as far as the grid goes."""
        starts = tuple(max(0, start - by) for start in self.corner)
        ends = (
            min(whole, start + side + by)
            for whole, start, side in zip(grid, self.corner, self.sides, strict=True)
        )
        sides = tuple(end - start for start, end in zip(starts, ends, strict=True))
        return Window((starts[0], starts[1], starts[2]), (sides[0], sides[1], sides[2]))

    def within(self, other: "Window") -> "Window":
        """The same box, its corner counted from the other's."""
        a, b, c = (mine - its for mine, its in zip(self.corner, other.corner, strict=True))
        return Window((a, b, c), self.sides)


def drawn_window(grid: Sides, sides: Sides, generator: torch.Generator | None = None) -> Window:
    """A box of these sides, or of the grid's where it is smaller, at a random place."""
    a, b, c = (min(side, whole) for side, whole in zip(sides, grid, strict=True))
    first, second, third = (
        int(torch.randint(whole - side + 1, (), generator=generator))
        for side, whole in zip((a, b, c), grid, strict=True)
    )
    return Window((first, second, third), (a, b, c))


def temperature_at(step: int, config: PixelLossConfig, *, steps: int) -> float:
    """From the first temperature to the last, by the same factor at each update."""
    done = min(step, steps - 1) / max(1, steps - 1)
    return config.temperature * (config.last_temperature / config.temperature) ** done


def soft_codes(
    logits: Float[Tensor, "*place vocab"],
    *,
    temperature: float,
    straight_through: bool,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "*place vocab"]:
    """A random choice of a code at each place, as shares that sum to one and have a gradient.

    With Gumbel noise g, argmax(logits + g) is a draw from softmax(logits), whatever the temperature; shares are
    softmax((logits + g) / temperature). Straight through, the shares are replaced by the choice itself, one and
    zeros, and keep their gradient.

    Args:
        logits: Of each code.
        temperature: Small: shares are nearly a choice, gradients rare and large. Large: nearly a mean of codes.
        straight_through: Whether the shares become a choice.
        generator: Draws the noise; None takes the global one.

    Source: Jang et al. (2017) and Maddison et al. (2017).
    """
    noise = torch.empty_like(logits, dtype=torch.float32).exponential_(generator=generator).log()
    shares = ((logits.float() - noise) / temperature).softmax(dim=-1)
    if not straight_through:
        return shares
    choice = F.one_hot(shares.argmax(dim=-1), logits.shape[-1]).to(shares)
    return choice + (shares - shares.detach())


class PixelLoss(NamedTuple):
    """Unweighted; both averaged over what they look at."""

    reconstruction: Float[Tensor, ""]  # absolute difference per colour value
    perceptual: Float[Tensor, ""]  # mean distance of a frame; 0 if it was not asked for
    reach: Float[Tensor, ""]  # share of the codes whose logits have got a gradient of it


def pixel_loss(
    logits: Float[Tensor, "batch grid_frames grid_height grid_width vocab"],
    codes: Int[Tensor, "batch grid_frames grid_height grid_width"],
    autoencoder: VideoAutoencoder,
    config: PixelLossConfig,
    *,
    temperature: float,
    window: Window,
    videos: Float[Tensor, "batch 3 frames height width"] | None = None,
    distance: Distance | None = None,
    generator: torch.Generator | None = None,
) -> PixelLoss:
    """Decode a window of what is predicted, and compare it with what should be there.

    Each logit has seen the true codes before its own, so what is decoded is no clip that the model would
    write: each place is a draw of its own, given the truth before it. Around the window stand true codes. No
    gradient reaches a place outside the window.

    Args:
        logits: Of all places, in the grid's shape.
        codes: The true ones.
        autoencoder: Frozen, in evaluation mode.
        config: Weights are not applied here.
        temperature: See `temperature_at`.
        window: See `drawn_window`.
        videos: The clips themselves; needed for the target "clip".
        distance: Between frames; None = no perceptual term.
        generator: Draws noise and frames.

    Source: Xie et al. (LMT, 2024): reconstruction and perceptual losses on patches, through Gumbel-softmax;
    choice, codebook and decoder as in the first author's public code for poses. Temperatures, weights and what a
    patch is are not known to us.

    Raises:
        ValueError: If the target is the clip and there are no clips.
    """
    made = decoded_window(
        logits, codes, autoencoder, config, temperature=temperature, window=window, generator=generator
    )
    wanted = _wanted(codes, autoencoder, config, window, videos)
    perceptual = made.new_zeros(())
    if distance is not None:
        num = config.perceptual_frames
        perceptual = frames_apart(distance, made, wanted, num=num, generator=generator)
    reach = torch.tensor(window.sides).prod() / torch.tensor(codes.shape[1:]).prod()
    return PixelLoss(F.l1_loss(made, wanted), perceptual, reach)


def decoded_window(
    logits: Float[Tensor, "batch grid_frames grid_height grid_width vocab"],
    codes: Int[Tensor, "batch grid_frames grid_height grid_width"],
    autoencoder: VideoAutoencoder,
    config: PixelLossConfig,
    *,
    temperature: float,
    window: Window,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "batch 3 frames height width"]:
    """The pixels of a window of soft codes amid true ones; with the gradient of the logits inside."""
    wide = _shown(autoencoder, config, window)
    inner = window.within(wide)
    choices = soft_codes(
        logits[:, *window.slices()],
        temperature=temperature,
        straight_through=config.straight_through,
        generator=generator,
    )
    vectors = autoencoder.codebook.lookup(codes[:, *wide.slices()]).clone()
    vectors[:, *inner.slices()] = (choices @ autoencoder.codebook.codes.float()).to(vectors)
    decoded = autoencoder.decode_vectors(vectors, corner=wide.corner).float()
    return decoded[:, :, *inner.slices(REDUCTION)]


def _wanted(
    codes: Tensor,
    autoencoder: VideoAutoencoder,
    config: PixelLossConfig,
    window: Window,
    videos: Tensor | None,
) -> Float[Tensor, "batch 3 frames height width"]:
    """What the window should show."""
    if config.target == "clip":
        if videos is None:
            raise ValueError(
                "The target 'clip' needs the clips, but there are codes only; use reconstruction."
            )
        return videos[:, :, *window.slices(REDUCTION)].float()
    wide = _shown(autoencoder, config, window)
    with torch.no_grad():
        decoded = autoencoder.decode_vectors(
            autoencoder.codebook.lookup(codes[:, *wide.slices()]), corner=wide.corner
        )
    return decoded[:, :, *window.within(wide).slices(REDUCTION)].float()


def _shown(autoencoder: VideoAutoencoder, config: PixelLossConfig, window: Window) -> Window:
    """What is decoded: the window and its surroundings; the whole grid if the decoder looks everywhere."""
    grid = autoencoder.config.grid
    everywhere = autoencoder.config.decoder_motion is not None
    return Window((0, 0, 0), grid) if everywhere else window.widened(config.surroundings, grid)


def as_grid(
    logits: Float[Tensor, "batch tokens vocab"], grid: Sides
) -> Float[Tensor, "batch grid_frames grid_height grid_width vocab"]:
    """Logits in raster order, in the shape of the grid."""
    frames, height, width = grid
    pattern = "batch (frames height width) vocab -> batch frames height width vocab"
    return rearrange(logits, pattern, frames=frames, height=height, width=width)
