"""A split of isolated signs as clips of one length and size, in memory, for both stages. Chapter 11."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.data.example import Corpus, SignExample, Truth
from signlab.data.video import frame_positions
from signlab.data.workers import each
from signlab.metrics.video import boxes
from signlab.shapes import Bool, Float, Int, UInt8

HANDS = ("left_middle_knuckle", "right_middle_knuckle")  # joints at about the middle of each hand
FACE = ("head",)  # the middle of the face


@runtime_checkable
class SignCorpus(Corpus, Protocol):
    """A corpus of isolated signs; like any other, but what it is can be checked while running."""


class Clips(NamedTuple):
    """Clips of one length and size, as stored: 196 kB for 16 frames of 64 x 64 pixels."""

    videos: UInt8[Tensor, "clips frames height width 3"]
    glosses: tuple[str, ...]  # the sign of each clip
    joints: Float[Tensor, "clips frames joints 2"]  # x and y as fractions of the frame
    joint_names: tuple[str, ...]  # none where nobody knows where the joints are
    parameters: Int[Tensor, "clips frames parameters"]  # what is on hands and face; -1 = nothing
    parameter_names: tuple[str, ...]  # none where nobody knows

    def some(self, indices: Sequence[int] | slice) -> "Clips":
        """These clips only."""
        glosses = (
            self.glosses[indices]
            if isinstance(indices, slice)
            else tuple(self.glosses[index] for index in indices)
        )
        return self._replace(
            videos=self.videos[indices],
            glosses=glosses,
            joints=self.joints[indices],
            parameters=self.parameters[indices],
        )

    def places(self, joints: Sequence[str]) -> Float[Tensor, "clips frames joints 2"]:
        """Where these joints are in every frame; NaN where nobody knows."""
        if not set(joints) <= set(self.joint_names):
            return self.joints.new_full((*self.videos.shape[:2], len(joints), 2), torch.nan)
        return self.joints[:, :, [self.joint_names.index(joint) for joint in joints]]

    def near(
        self, joints: Sequence[str], device: torch.device | None = None
    ) -> Bool[Tensor, "clips frames height width"]:
        """The pixels that lie in the boxes around these joints, found on a device; none where nobody knows."""
        height, width = self.videos.shape[2:4]
        return boxes(self.places(joints).to(device), height=height, width=width)


def load_clips(examples: Sequence[SignExample], *, frames: int, size: int) -> Clips:
    """All clips of a split at once; otherwise as `clips_in_parts`."""
    (clips,) = clips_in_parts(examples, frames=frames, size=size, num=len(examples))
    return clips


def clips_in_parts(examples: Sequence[SignExample], *, frames: int, size: int, num: int) -> Iterator[Clips]:
    """Sample each sign evenly to `frames` frames and bring it to `size` x `size` pixels.

    A long generated split is drawn by several processes (`signlab.data.workers`).

    Args:
        examples: Isolated signs.
        frames: Of a clip.
        size: Height and width of a clip in pixels.
        num: Clips in each part; the last may have fewer.

    Source: uniform sampling as in TATS; a sign lasts longer than 16 frames, so 16 in a row would cut it.

    Raises:
        ValueError: If there are no examples, or one has no video or not exactly one gloss.
    """
    if not len(examples):
        raise ValueError("Clips need at least one example, but the split is empty.")
    found = each(examples, partial(_clip, frames=frames, size=size))
    while part := list(islice(found, num)):
        first = part[0].truth
        yield Clips(
            videos=torch.from_numpy(np.stack([clip.video for clip in part])),
            glosses=tuple(clip.gloss for clip in part),
            joints=_stacked([clip.truth.joints[..., :2] for clip in part], torch.float32),
            joint_names=first.joint_names,
            parameters=_stacked([clip.truth.parameters for clip in part], torch.int64),
            parameter_names=first.parameter_names,
        )


def to_videos(
    stored: UInt8[Tensor, "clips frames height width 3"],
) -> Float[Tensor, "clips 3 frames height width"]:
    """Clips as stored to clips as models see them, in [-1, 1]."""
    videos = rearrange(stored, "clips frames height width colour -> clips colour frames height width")
    return videos.float() / 127.5 - 1


def from_videos(
    videos: Float[Tensor, "clips 3 frames height width"],
) -> UInt8[Tensor, "clips frames height width 3"]:
    """The way back from `to_videos`; what lies beyond black or white is cut off."""
    stored = ((videos.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return rearrange(stored, "clips colour frames height width -> clips frames height width colour")


def still_videos(
    pictures: UInt8[Tensor, "clips height width 3"], *, frames: int
) -> Float[Tensor, "clips 3 frames height width"]:
    """Pictures held still for the length of a clip, as the encoder wants them."""
    held = pictures[:, None].expand(-1, frames, -1, -1, -1)
    return to_videos(held)


def recoloured(
    videos: Float[Tensor, "clips 3 frames height width"],
    *,
    share: float,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "clips 3 frames height width"]:
    """Each clip in other colours: each of its channels changes contrast and brightness.

    The signers of a small corpus wear few colours; those of the next signer must find codes too. The channels
    keep their places: clips with red and blue exchanged would spend codes on hands that nobody has.

    Args:
        videos: Clips in [-1, 1].
        share: Most by which a channel is scaled and shifted; 0 leaves every clip as it is.
        generator: Draws the change; None takes the global one.
    """
    if share == 0:
        return videos
    device, num = videos.device, len(videos)
    scale = 1 + share * (2 * torch.rand(num, 3, 1, 1, 1, generator=generator, device=device) - 1)
    shift = share * (2 * torch.rand(num, 3, 1, 1, 1, generator=generator, device=device) - 1)
    return (videos * scale + shift).clamp(-1, 1)


def gloss_numbers(glosses: Sequence[str], known: Sequence[str]) -> Int[Tensor, " clips"]:
    """The position of each gloss among the known ones.

    Raises:
        ValueError: If one is not known.
    """
    unknown = sorted(set(glosses) - set(known))
    if unknown:
        raise ValueError(
            f"Every gloss must be one of the {len(known)} known ones, but {unknown[0]!r} is not."
        )
    positions = {gloss: position for position, gloss in enumerate(known)}
    return torch.tensor([positions[gloss] for gloss in glosses])


class _Clip(NamedTuple):
    video: np.ndarray
    gloss: str
    truth: Truth  # empty where nothing is known


def _clip(example: SignExample, *, frames: int, size: int) -> _Clip:
    if example.video is None or len(example.glosses) != 1:
        raise ValueError(
            f"A clip needs a video of exactly one sign, but {example.name} has "
            f"{'no video' if example.video is None else f'{len(example.glosses)} glosses'}; "
            "use a corpus of isolated signs."
        )
    positions = frame_positions(len(example.video), frames)
    video = torch.from_numpy(np.ascontiguousarray(example.video[positions]))
    truth = _sampled(example.truth, positions)
    return _Clip(_resized(video, size).numpy(), example.glosses[0], truth)


def _sampled(truth: Truth | None, positions: list[int]) -> Truth:
    """What is known of these frames."""
    if truth is None:
        frames = len(positions)
        nothing = np.zeros(frames, np.int8)
        return Truth(
            joints=np.zeros((frames, 0, 3), np.float32),
            joint_names=(),
            sign=nothing,
            phase=nothing,
            parameters=np.zeros((frames, 0), np.int8),
            parameter_names=(),
        )
    names = ("joints", "sign", "phase", "parameters")
    return replace(truth, **{name: getattr(truth, name)[positions] for name in names})


def _stacked(arrays: Sequence[np.ndarray], dtype: torch.dtype) -> Tensor:
    """Of one shape, or an error that names both.

    Raises:
        ValueError: If some clips come with more truth than others.
    """
    shapes = sorted({array.shape for array in arrays})
    if len(shapes) > 1:
        raise ValueError(
            f"All clips of a split must have the same joints and parameters, but got arrays of {shapes[0]} and of "
            f"{shapes[-1]}."
        )
    return torch.from_numpy(np.stack(arrays)).to(dtype)


def _resized(video: UInt8[Tensor, "frames height width 3"], size: int) -> UInt8[Tensor, "frames size size 3"]:
    """The middle square of each frame, brought to size; hands keep their places in a square frame only."""
    height, width = video.shape[1:3]
    if (height, width) == (size, size):
        return video
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = rearrange(
        video[:, top : top + side, left : left + side],
        "frames height width colour -> frames colour height width",
    )
    resized = F.interpolate(square.float(), size=(size, size), mode="bilinear", antialias=True)
    return rearrange(
        resized.round().clamp(0, 255).to(torch.uint8),
        "frames colour height width -> frames height width colour",
    )
