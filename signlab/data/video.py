"""File <-> frames <-> clip tensor in [-1, 1]. Chapter 2."""

import os
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from signlab.shapes import Float, UInt8

Frames = TypeVar("Frames", np.ndarray, Tensor)


class Film(NamedTuple):
    """What a video file holds."""

    frames: UInt8[np.ndarray, "frames height width 3"]  # RGB
    fps: float  # frames per second


def to_clip(frames: UInt8[np.ndarray, "frames height width 3"]) -> Float[Tensor, "3 frames height width"]:
    """Frames as stored (RGB, 0 to 255) to a clip as models see it: black = -1, white = 1."""
    writable = np.require(frames, requirements=["C", "W"])  # a memory map is not, and torch would complain
    clip = torch.from_numpy(writable).float() / 127.5 - 1.0
    return rearrange(clip, "frames height width colour -> colour frames height width")


def from_clip(clip: Float[Tensor, "3 frames height width"]) -> UInt8[np.ndarray, "frames height width 3"]:
    """The inverse of `to_clip`; what a model drew beyond black or white is cut off there."""
    frames = ((clip.detach().float().cpu() + 1.0) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return rearrange(frames, "colour frames height width -> frames height width colour").contiguous().numpy()


def check_video(video: Tensor, *, name: str = "video") -> None:
    """Refuse, naming the remedy, whatever is not a batch of RGB clips in [-1, 1].

    Raises:
        ValueError: On a wrong axis order, no frames, a wrong dtype or a wrong range of values.
    """
    shape = tuple(video.shape)
    if len(shape) != 5 or shape[1] != 3:
        message = f"{name} must be (batch, 3, frames, height, width), but got {shape}."
        if len(shape) == 5 and shape[2] == 3:
            message += " Frames come first here; try rearrange(video, 'b f c h w -> b c f h w')."
        raise ValueError(message)
    if 0 in shape:
        raise ValueError(f"{name} must hold at least one pixel, but its shape is {shape}; drop empty clips.")
    if not video.is_floating_point():
        raise ValueError(f"{name} must be float, but got {video.dtype}; try x / 127.5 - 1.")
    low, high = (bound.item() for bound in video.aminmax())
    if not (low >= -1 and high <= 1):  # also true of NaN
        raise ValueError(f"{name} must lie in [-1, 1], but it spans [{low:.3g}, {high:.3g}].")


def frame_positions(num_from: int, num_to: int) -> list[int]:
    """Which of `num_from` frames to take for `num_to` evenly spaced ones, first and last included.

    A single frame is the middle one; with ``num_to > num_from`` some are taken twice.
    """
    if num_from < 1 or num_to < 1:
        raise ValueError(f"Frames can be taken only from and for at least 1, not {num_to} of {num_from}.")
    if num_to == 1:
        return [num_from // 2]
    gaps = num_to - 1
    return [(2 * index * (num_from - 1) + gaps) // (2 * gaps) for index in range(num_to)]  # rounded half up


def resample(video: Frames, num_frames: int) -> Frames:
    """`num_frames` frames spread uniformly over a video.

    Args:
        video: Frames as an array ``(frames, height, width, 3)``, or a clip as a tensor
            ``(..., frames, height, width)``.
        num_frames: How many to take; the first and the last frame are always among them.
    """
    if isinstance(video, Tensor):
        return video[..., frame_positions(video.shape[-3], num_frames), :, :]
    return video[frame_positions(len(video), num_frames)]


def read_video(path: str | Path) -> Film:
    """Decode the first picture track of a video file.

    Returns:
        Frames upright (a telephone's rotation mark is obeyed), and the mean rate; 25 where none is told.

    Raises:
        ValueError: If there is no such file, or nothing in it can be decoded.
    """
    av = _av()
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"A video must be a file, but there is none at {path}; check the path.")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError(f"{path} must hold pictures, but it has no video track.")
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate or 25
            frames = [_upright(frame) for frame in container.decode(stream)]
    except (av.error.FFmpegError, OSError, EOFError) as error:
        raise ValueError(
            f"{path} must be a video that ffmpeg can decode, but it is damaged or something else "
            f"({getattr(error, 'strerror', None) or error}); convert or fetch it again."
        ) from error
    if not frames:
        raise ValueError(f"{path} must hold at least one frame, but none could be decoded; fetch it again.")
    return Film(frames=np.stack(frames), fps=float(rate))


def write_mp4(
    path: str | Path, frames: UInt8[np.ndarray, "frames height width 3"], fps: float = 25.0
) -> None:
    """Write frames as an H.264 file that every browser plays.

    H.264 wants even sides; an odd one gets its last row or column doubled. The file appears complete
    or not at all.

    Raises:
        ValueError: If there are no frames or `fps` is not positive.
    """
    if frames.size == 0 or not fps > 0:
        raise ValueError(
            f"A video needs at least one frame and a positive fps, but got {frames.shape} at {fps}."
        )
    av = _av()
    path = Path(path)
    _, height, width, _ = frames.shape
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
            stream.height, stream.width = even.shape[1:3]
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "16", "threads": "1"}  # the same bytes on every machine
            for frame in even:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _upright(frame: object) -> UInt8[np.ndarray, "height width 3"]:
    """One decoded frame as RGB, turned as its rotation mark (degrees counter-clockwise) says."""
    picture = frame.to_ndarray(format="rgb24")  # type: ignore[attr-defined]
    return np.rot90(picture, k=getattr(frame, "rotation", 0) // 90)


def _av() -> ModuleType:
    try:
        import av
        import av.error
    except ImportError as error:
        raise ValueError("Video files need the package av, which is missing; run pip install av.") from error
    return av
