"""The same sign again, a little different: faster, to one side, less sharp, in other colours. Chapter 3."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional as F

from signlab.data.example import SignExample
from signlab.data.video import frame_positions
from signlab.shapes import Float, Int, UInt8


@dataclass(frozen=True, kw_only=True, slots=True)
class AugmentationConfig:
    """How much a clip may change without becoming another sign.

    There is no mirror image: on which side a hand is, and where it moves, carries meaning.
    """

    shortest: int = 16  # frames after resampling, at least; 16 are what the production system generates
    longest: int = 40  # frames after resampling, at most
    shift: float = 0.06  # of the image's side, at most, along each side
    zoom: float = 0.08  # share by which each side of the image grows or shrinks, at most
    gain: float = 0.25  # share by which each colour's contrast grows or shrinks, at most
    brightness: float = 0.2  # added to each colour, at most, where black is -1 and white is 1
    softness: float = 1.0  # share of what is finer than 3 pixels and 2 frames that is lost, at most
    patches: float = 10.0  # standard deviation of errors of whole patches, at most, where white is 255

    def __post_init__(self) -> None:
        if not 1 <= self.shortest <= self.longest:
            raise ValueError(
                f"Resampled clips need 1 <= shortest <= longest, but got shortest={self.shortest} and "
                f"longest={self.longest}."
            )


def varied(example: SignExample, config: AugmentationConfig, generator: np.random.Generator) -> SignExample:
    """The example in another tempo, shifted, zoomed and less sharp; its truth is dropped, being no longer true.

    Args:
        example: With a video.
        config: How much may change.
        generator: Draws the change.
    """
    assert example.video is not None
    frames, height, width, _ = example.video.shape
    num_frames = int(generator.integers(config.shortest, config.longest + 1))
    times = np.array(frame_positions(frames, num_frames))
    rows, columns = (_positions(side, config, generator) for side in (height, width))
    seen = example.video[np.ix_(times, rows, columns)]
    return replace(example, video=softened(seen, config, generator), truth=None)


def softened(
    video: UInt8[np.ndarray, "frames height width 3"],
    config: AugmentationConfig,
    generator: np.random.Generator,
) -> UInt8[np.ndarray, "frames height width 3"]:
    """The clip with less of its fine detail, and with patches that are too light or too dark.

    So a hand has to be known by its outline, as it must be in clips that a cheap camera, a codec or a
    generator has made. A network that met sharp clips only leans on single pixels.
    """
    loss, error = generator.uniform(0, (config.softness, config.patches))
    if loss == error == 0:
        return video
    sharp = rearrange(
        torch.from_numpy(video).float(), "frames height width colour -> 1 colour frames height width"
    )
    size = sharp.shape[2:]
    coarse = F.interpolate(sharp, size=_shrunk(size, (2, 3, 3)), mode="area")
    soft = F.interpolate(coarse, size=size, mode="trilinear")
    errors = generator.standard_normal((1, 3, *_shrunk(size, (4, 4, 4))), dtype=np.float32)
    changed = sharp + loss * (soft - sharp) + error * F.interpolate(torch.from_numpy(errors), size=size)
    stored = changed.round().clamp(0, 255).to(torch.uint8)
    return rearrange(stored, "1 colour frames height width -> frames height width colour").numpy()


def _shrunk(size: Sequence[int], factors: tuple[int, int, int]) -> list[int]:
    return [max(1, round(side / factor)) for side, factor in zip(size, factors, strict=True)]


def _positions(
    side: int, config: AugmentationConfig, generator: np.random.Generator
) -> Int[np.ndarray, " side"]:
    """For each pixel along one side, which one to show there; the border is repeated outwards."""
    zoom = 1 + generator.uniform(-config.zoom, config.zoom)
    shift = generator.uniform(-config.shift, config.shift) * side
    middle = (side - 1) / 2
    shown = (np.arange(side) - middle) / zoom + middle + shift
    return np.rint(shown).clip(0, side - 1).astype(np.int64)


def recoloured(
    video: Float[torch.Tensor, "batch 3 frames height width"],
    config: AugmentationConfig,
    generator: np.random.Generator,
) -> Float[torch.Tensor, "batch 3 frames height width"]:
    """Clips with more or less contrast and brightness in each colour, one draw a clip."""
    size = (2, len(video), 3)
    bounds = np.array([config.gain, config.brightness]).reshape(2, 1, 1)
    drawn = torch.from_numpy(generator.uniform(-bounds, bounds, size)).to(video)
    gain, brightness = rearrange(drawn, "kind batch colour -> kind batch colour 1 1 1")
    return (video * (1 + gain) + brightness).clamp(-1, 1)
