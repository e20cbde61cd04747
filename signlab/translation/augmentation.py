"""The same sign again, a little different: faster, to one side, in other colours. Chapter 3."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from einops import rearrange

from signlab.data.example import SignExample
from signlab.data.video import frame_positions
from signlab.shapes import Float, Int


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

    def __post_init__(self) -> None:
        if not 1 <= self.shortest <= self.longest:
            raise ValueError(
                f"Resampled clips need 1 <= shortest <= longest, but got shortest={self.shortest} and "
                f"longest={self.longest}."
            )


def varied(example: SignExample, config: AugmentationConfig, generator: np.random.Generator) -> SignExample:
    """The example in another tempo, shifted and zoomed; its truth is dropped, being no longer true.

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
    return replace(example, video=example.video[np.ix_(times, rows, columns)], truth=None)


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
