"""How near one clip is to another: PSNR of frames, of hands and face, of what moves; SSIM; sharpness; steady codes. Chapter 16."""

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional as F

from signlab.shapes import Bool, Float, Int

PEAK = 2.0  # width of the value range of a clip, [-1, 1]
STILL = 1 / 16  # most that a colour changes from frame to frame where nothing moves: 8 of 255 steps
BOX = 18 / 64  # side of a hand's or a face's box as a fraction of the frame's side: 18 pixels of 64


def psnr(
    videos: Float[Tensor, "batch 3 frames height width"],
    references: Float[Tensor, "batch 3 frames height width"],
    *,
    mask: Bool[Tensor, "batch frames height width"] | None = None,
) -> Float[Tensor, " batch"]:
    """Peak signal-to-noise ratio of each clip, in decibels; higher is nearer.

    10 log10(peak^2 / mean squared error), the mean taken over all values of a clip, or over those inside
    the mask. A clip's mean error, then its logarithm: a mean of the frames' ratios would be higher.
    An error of zero gives infinity, an empty mask NaN.

    Args:
        videos: Clips in [-1, 1].
        references: What they should be.
        mask: Pixels that count, e.g. those of `boxes`; None counts all.
    """
    squared = reduce(
        (videos.float() - references.float()).square(),
        "batch channel frames height width -> batch frames height width",
        "mean",
    )
    weights = torch.ones_like(squared) if mask is None else mask.to(squared)
    total = reduce(squared * weights, "batch frames height width -> batch", "sum")
    pixels = reduce(weights, "batch frames height width -> batch", "sum")
    return 10 * torch.log10(PEAK**2 / (total / pixels))


def motion_psnr(
    videos: Float[Tensor, "batch 3 frames height width"],
    references: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, " batch"]:
    """PSNR of the differences from each frame to the next: high if things move, and stand still, as they should.

    Flicker is invisible in a frame and shows here; so does a movement that was smoothed away.
    """
    return psnr(videos.float().diff(dim=2), references.float().diff(dim=2))


def sharpness(
    videos: Float[Tensor, "batch 3 frames height width"],
    references: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, " batch"]:
    """Energy of differences between neighbouring pixels, relative to the references': below 1 is a blur.

    It says how strong edges are, not whether they are in the right place.
    """
    return _edges(videos) / _edges(references)


def _edges(videos: Tensor) -> Tensor:
    across, down = videos.float().diff(dim=-1), videos.float().diff(dim=-2)
    return across.square().mean(dim=(1, 2, 3, 4)) + down.square().mean(dim=(1, 2, 3, 4))


def boxes(
    centres: Float[Tensor, "batch frames boxes 2"], *, height: int, width: int, side: float = BOX
) -> Bool[Tensor, "batch frames height width"]:
    """The pixels inside the square boxes around hands or face, cut at the frame's edge.

    Args:
        centres: x and y of each box as fractions of the frame's sides; NaN = no such box.
        height: Pixels of the frame from top to bottom.
        width: Pixels of the frame from left to right.
        side: Side of a box as a fraction of the frame's side.
    """
    x, y = rearrange(centres, "batch frames boxes xy -> xy batch frames boxes 1")
    columns = (torch.arange(width, device=centres.device) + 0.5) / width  # the middle of each pixel
    rows = (torch.arange(height, device=centres.device) + 0.5) / height
    inside_x = rearrange((columns - x).abs() < side / 2, "b frames boxes width -> b frames boxes 1 width")
    inside_y = rearrange((rows - y).abs() < side / 2, "b frames boxes height -> b frames boxes height 1")
    return (inside_x & inside_y).any(dim=2)


def ssim(
    videos: Float[Tensor, "batch 3 frames height width"],
    references: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, " batch"]:
    """Structural similarity of each clip, averaged over frames, channels and places; 1 = equal.

    Means, variances and covariance under a Gaussian window of 11 x 11 pixels (sigma 1.5), only where the
    whole window lies inside the frame.

    Source: Wang et al. (2004), Eq. 13 with their constants 0.01 and 0.03; frame by frame, as is the custom.

    Raises:
        ValueError: If a side of the frame is smaller than the window.
    """
    if min(videos.shape[-2:]) < 11:
        raise ValueError(f"SSIM looks through a window of 11 pixels, but the frames are {videos.shape[-2:]}.")
    planes = "batch channel frames height width -> (batch channel frames) 1 height width"
    x, y = rearrange(videos.float(), planes), rearrange(references.float(), planes)
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x**2
    variance_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    brightness = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return reduce(brightness * structure, "(batch rest) 1 height width -> batch", "mean", batch=len(videos))


def steadiness(
    codes: Int[Tensor, "batch grid_frames grid_height grid_width"],
    videos: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, " batch"]:
    """Share of a clip's codes that are the same one frame of codes later, among those whose pixels stand still.

    What comes after such a code is easy to foretell only if it is steady: the picture says nothing new.

    Args:
        codes: Of the clips.
        videos: The clips, in [-1, 1].

    Returns:
        NaN for a clip in which every patch moves.
    """
    steps = videos.diff(dim=2).abs().amax(dim=1) > STILL
    steps = F.pad(steps, (0, 0, 0, 0, 1, 0))  # to the first frame from nothing
    frames, height, width = (
        whole // part for whole, part in zip(steps.shape[1:], codes.shape[1:], strict=True)
    )
    pattern = "batch (frames a) (height b) (width c) -> batch frames height width"
    moving = reduce(steps, pattern, "any", a=frames, b=height, c=width)
    still = ~(moving[:, 1:] | moving[:, :-1])
    same = codes[:, 1:] == codes[:, :-1]
    return (same & still).flatten(1).sum(dim=1) / still.flatten(1).sum(dim=1)


def _blur(planes: Tensor) -> Tensor:
    """Weighted means under the Gaussian window, its rows and columns one after the other."""
    distances = torch.arange(-5, 6, dtype=planes.dtype, device=planes.device)
    window = (-(distances**2) / (2 * 1.5**2)).exp()
    window = window / window.sum()
    return F.conv2d(F.conv2d(planes, window[None, None, :, None]), window[None, None, None, :])
