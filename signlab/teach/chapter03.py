"""Checks of chapter 3's exercises: frames as images, masks from lengths, means over what is real. Chapter 3."""

from collections.abc import Callable
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from signlab.shapes import Bool, Float, Int


def frames_as_images(ask: Callable[[Float[Tensor, "batch channels frames height width"]], Any]) -> str:
    """Exercise 3.1: a batch of clips as one long batch of images, clip after clip."""
    video = torch.arange(2 * 3 * 5 * 7 * 11, dtype=torch.float32).reshape(2, 3, 5, 7, 11)
    right = rearrange(video, "batch channels frames height width -> (batch frames) channels height width")
    got = ask(video)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != right.shape:
        told = f"2 clips of 5 RGB frames, 7 x 11, make (10, 3, 7, 11), but your shape is {tuple(got.shape)}."
        if got.shape == (2, 5, 3, 7, 11):
            return f"{told} Batch and frames are still two axes: put them in parentheses, (batch frames)."
        if got.shape == (6, 5, 7, 11):
            return f"{told} You joined batch and channels; a frame needs its three colours together."
        if sorted(got.shape) == sorted(right.shape):
            return f"{told} The axes are the right ones in another order."
        return told
    if torch.equal(got, right):
        return ""
    if torch.equal(got, video.reshape(10, 3, 7, 11)):
        return (
            "The shape is right and the pictures are not: reshape reads the numbers in the order in which they "
            "lie, so that frames end up as colours. Move the axis first; rearrange does both."
        )
    if torch.equal(got, rearrange(video, "b c f h w -> (f b) c h w")):
        return "All first frames come first here; clip after clip is asked for. The left name in (batch frames) is the slow one."
    return (
        "The shape is right, but image 1 is not frame 1 of clip 0; write all five axes by name on both sides."
    )


def mask_from_lengths(ask: Callable[[Int[Tensor, " batch"], int], Any]) -> str:
    """Exercise 3.2: for each clip and frame, whether the frame is real."""
    lengths = torch.tensor([3, 5, 1])
    right = torch.arange(7) < lengths[:, None]
    got = ask(lengths, 7)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != right.shape:
        told = f"3 clips padded to 7 frames need a mask of shape (3, 7), but yours is {tuple(got.shape)}."
        if got.shape == (7, 3):
            return f"{told} Clips come first: compare with lengths[:, None]."
        if got.shape == (3, 5):
            return (
                f"{told} 5 is the longest clip of this batch; the padding may be longer, so use num_frames."
            )
        return told
    if got.dtype != torch.bool:
        return f"A mask holds True and False, but yours holds {got.dtype}; a comparison gives booleans by itself."
    if torch.equal(got, right):
        return ""
    if torch.equal(got, ~right):
        return "It is upside down: in this book True means real, and your mask is True in the padding."
    if torch.equal(got, torch.arange(7) <= lengths[:, None]):
        return "One frame too many is real in each clip: frames are counted from 0, so frame 3 of a clip of 3 is padding."
    if torch.equal(got, torch.arange(7) < lengths[:, None] - 1):
        return "One frame too few is real in each clip: a clip of 3 has the frames 0, 1 and 2."
    return f"A clip of 3 padded to 7 has the mask {right[0].int().tolist()}, but yours is {got[0].int().tolist()}."


def masked_mean(
    ask: Callable[[Float[Tensor, "batch frames dim"], Bool[Tensor, "batch frames"]], Any],
) -> str:
    """Exercise 3.3: the mean over the real frames of each clip."""
    features = torch.tensor([[2.0, 4.0], [4.0, 8.0], [90.0, 90.0], [80.0, 70.0]]).repeat(2, 1, 1)
    features[1, 0] = torch.tensor([6.0, 3.0])
    mask = torch.tensor([[True, True, False, False], [True, False, False, False]])
    right = torch.tensor([[3.0, 6.0], [6.0, 3.0]])
    got = ask(features, mask)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    if got.shape != right.shape:
        return _wrong_mean_shape(tuple(got.shape))
    mistakes = {
        "You average the padding too; the mask was not used.": features.mean(dim=1),
        "The padding is zeroed but still counted: divide by the number of real frames, not of all frames.": (
            features * mask[..., None]
        ).mean(dim=1),
        "You average the padding and leave the real frames out: True means real.": (
            features * ~mask[..., None]
        ).sum(1)
        / (~mask).sum(1, keepdim=True),
        "You divide by the number of real frames in the whole batch; each clip has its own.": (
            features * mask[..., None]
        ).sum(1)
        / mask.sum(),
        "This is the sum of the real frames; divide it by their number.": (features * mask[..., None]).sum(1),
    }
    for diagnosis, mistake in mistakes.items():
        if torch.allclose(got.float(), mistake):
            return diagnosis
    if not torch.allclose(got.float(), right):
        return f"The real frames (2, 4) and (4, 8) have the mean (3, 6), but you get {got[0].tolist()}."
    features[~mask] = torch.nan
    if not torch.allclose(ask(features, mask).float(), right):
        return (
            "With numbers in the padding it is right; with nan in the padding it is nan, for 0 x nan is nan. "
            "Replace the padding (masked_fill, torch.where) instead of multiplying it by zero."
        )
    return ""


def _wrong_mean_shape(shape: tuple[int, ...]) -> str:
    told = f"2 clips of 4 frames of width 2 have means of shape (2, 2), but yours has {shape}."
    if shape == (2, 4):
        return f"{told} You averaged over the width; average over the frames, axis 1."
    if shape == (2,):
        return f"{told} Selecting features[mask] joins the clips; keep them apart, weigh and sum over axis 1."
    return told
