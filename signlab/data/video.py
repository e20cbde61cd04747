"""Video: a file, an array of pictures, a tensor in [-1, 1], and the ways between them. Chapter 2."""

import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from signlab.shapes import Float, UInt8

Frames = UInt8[np.ndarray, "frames height width 3"]


class Film(NamedTuple):
    """A decoded video."""

    frames: Frames
    fps: float  # frames per second


def check_video(video: Tensor, *, name: str = "video") -> None:
    """Refuse, naming the remedy, whatever is not a batch of RGB clips in [-1, 1].

    Raises:
        ValueError: On a wrong axis order, a wrong dtype or a wrong range of values.
    """
    shape = tuple(video.shape)
    if len(shape) != 5 or shape[1] != 3:
        message = f"{name} must be (batch, 3, frames, height, width), but got {shape}."
        if len(shape) == 5 and shape[2] == 3:
            message += " Frames come first here; try rearrange(video, 'b f c h w -> b c f h w')."
        raise ValueError(message)
    if not video.is_floating_point():
        raise ValueError(f"{name} must be float, but got {video.dtype}; try x / 127.5 - 1.")
    low, high = (bound.item() for bound in video.aminmax())
    if low < -1 or high > 1:
        raise ValueError(
            f"{name} must lie in [-1, 1], but it spans [{low:.3g}, {high:.3g}]; try x / 127.5 - 1."
        )


def to_clip(frames: Frames) -> Float[Tensor, "3 frames height width"]:
    """Pictures of whole numbers 0 to 255 as a clip in [-1, 1]."""
    clip = torch.from_numpy(np.ascontiguousarray(frames)).to(torch.float32)
    return rearrange(clip, "frames height width channel -> channel frames height width") / 127.5 - 1


def from_clip(clip: Float[Tensor, "3 frames height width"]) -> Frames:
    """A clip in [-1, 1] as pictures of whole numbers; values beyond are cut off."""
    pictures = rearrange(
        clip.detach().float().cpu(), "channel frames height width -> frames height width channel"
    )
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()


def resample(frames: Frames, num_frames: int) -> Frames:
    """`num_frames` pictures taken evenly over the whole length, the nearest one each time.

    Raises:
        ValueError: If `num_frames` is not positive.
    """
    if num_frames < 1:
        raise ValueError(f"num_frames must be at least 1, but got {num_frames}.")
    at = (np.arange(num_frames) + 0.5) * len(frames) / num_frames
    return frames[at.astype(np.int64)]


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise ValueError(
            "Reading and writing video files needs PyAV, which is not installed; pip install av."
        ) from error
    return av


def read_video(path: str | Path) -> Film:
    """Decode a video file.

    Raises:
        ValueError: If the file is missing, holds no video or cannot be decoded.
    """
    av, path = _av(), Path(path)
    if not path.is_file():
        raise ValueError(f"There must be a video file at {path}, but there is none; check the path.")
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            fps = float(stream.average_rate or 25)
    except (av.error.FFmpegError, IndexError) as error:
        raise ValueError(
            f"{path} must be a video that can be decoded, but it is damaged or no video ({error})."
        ) from error
    if not pictures:
        raise ValueError(f"{path} must hold at least one picture, but it holds none; the file is damaged.")
    return Film(np.stack(pictures), fps)


def write_mp4(path: str | Path, frames: Frames, fps: float = 25.0) -> None:
    """Write pictures as an H.264 file that browsers play; an existing file is replaced at the end only.

    Sides of odd length are padded by one row or column, since the format needs even ones.
    """
    av, path = _av(), Path(path)
    height, width = frames.shape[1:3]
    frames = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    handle, temporary = tempfile.mkstemp(suffix=".mp4", dir=path.parent)
    os.close(handle)
    try:
        with av.open(temporary, "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt, stream.options = "yuv420p", {"crf": "16", "preset": "medium", "threads": "1"}
            for picture in frames:
                container.mux(
                    stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24"))
                )
            container.mux(stream.encode())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
