"""A split of isolated signs as clips of one length and size, in memory, for both stages. Chapter 11."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.data.example import Corpus, SignExample
from signlab.data.video import frame_positions
from signlab.data.workers import each
from signlab.shapes import Float, Int, UInt8

HAND_JOINTS = ("left_middle_knuckle", "right_middle_knuckle")  # about the middle of a hand


@runtime_checkable
class SignCorpus(Corpus, Protocol):
    """A corpus of isolated signs; like any other, but what it is can be checked while running."""


class Clips(NamedTuple):
    """Clips of one length and size, as stored: 196 kB for 16 frames of 64 x 64 pixels."""

    videos: UInt8[Tensor, "clips frames height width 3"]
    hands: Float[Tensor, "clips frames hands 2"]  # x and y as fractions of the frame; NaN = not known
    glosses: tuple[str, ...]  # the sign of each clip


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
        videos, hands, glosses = zip(*part, strict=True)
        yield Clips(torch.from_numpy(np.stack(videos)), torch.from_numpy(np.stack(hands)), glosses)


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


def _clip(example: SignExample, *, frames: int, size: int) -> tuple[np.ndarray, np.ndarray, str]:
    if example.video is None or len(example.glosses) != 1:
        raise ValueError(
            f"A clip needs a video of exactly one sign, but {example.name} has "
            f"{'no video' if example.video is None else f'{len(example.glosses)} glosses'}; "
            "use a corpus of isolated signs."
        )
    positions = frame_positions(len(example.video), frames)
    video = torch.from_numpy(np.ascontiguousarray(example.video[positions]))
    hands = np.full((frames, len(HAND_JOINTS), 2), np.nan, np.float32)
    truth = example.truth
    if truth is not None and set(HAND_JOINTS) <= set(truth.joint_names):
        columns = [truth.joint_names.index(joint) for joint in HAND_JOINTS]
        hands = truth.joints[positions][:, columns, :2].astype(np.float32)
    return _resized(video, size).numpy(), hands, example.glosses[0]


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
