"""Clips on a page: as a video to be played, as a strip of frames, as a sheet of pictures. Chapter 2."""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from einops import rearrange, repeat
from matplotlib.figure import Figure

from signlab.shapes import UInt8
from signlab.show.page import OWN_KEYS, Html, asset, data_uri, escape

SHARP_SIDE = 128  # pixels; a smaller clip is doubled before encoding, or its colours bleed


def clip_html(
    frames: UInt8[np.ndarray, "frames height width 3"], label: str, fps: float = 25.0, *, width: int = 256
) -> Html:
    """The clip as a video in the page, with controls; it plays only when asked to.

    Args:
        frames: The clip, RGB.
        label: What the clip shows, for people who do not see it.
        fps: Frames per second.
        width: On the page, in CSS pixels.
    """
    from signlab.data.video import write_mp4

    _, height, side, _ = frames.shape
    scale = 2 if min(height, side) < SHARP_SIDE else 1
    enlarged = repeat(
        frames,
        "frames height width colour -> frames (height up) (width across) colour",
        up=scale,
        across=scale,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_mp4(path, np.ascontiguousarray(enlarged), fps=fps)
        address = data_uri(path.read_bytes(), "video/mp4")
    style = f"<style>{asset('signlab.show', 'widget.css')}</style>"
    video = (
        f'<video class="sl-pixels" {OWN_KEYS} controls loop muted playsinline width="{side * scale}" '
        f'height="{height * scale}" aria-label="{escape(label)}"><source type="video/mp4" src="{address}"></video>'
    )
    text = f"{label}: a clip of {len(frames)} frames, {len(frames) / fps:.1f} seconds."
    return Html(f'{style}<div class="signlab" style="width:{width}px;max-width:100%">{video}</div>', text)


def film_strip(
    frames: UInt8[np.ndarray, "frames height width 3"], num: int = 8, *, gap: int = 2
) -> UInt8[np.ndarray, "height strip_width 3"]:
    """Evenly spaced frames of a clip, side by side from left to right, as one picture.

    Args:
        frames: The clip, RGB.
        num: How many frames; the first and the last are always among them.
        gap: White pixels between two frames.

    Raises:
        ValueError: If `num` is not between 1 and the number of frames.
    """
    if not 1 <= num <= len(frames):
        raise ValueError(
            f"A strip of a clip of {len(frames)} frames has 1 to {len(frames)} frames, not {num}."
        )
    chosen = frames[np.linspace(0, len(frames) - 1, num).round().astype(int)]
    padded = np.pad(chosen, ((0, 0), (0, 0), (0, gap), (0, 0)), constant_values=255)
    strip = rearrange(padded, "frames height width colour -> height (frames width) colour")
    return np.ascontiguousarray(strip[:, : strip.shape[1] - gap])


def contact_sheet(
    images: Sequence[UInt8[np.ndarray, "height width 3"]],
    titles: Sequence[str],
    *,
    columns: int = 6,
    side: float = 1.3,
) -> Figure:
    """Pictures in rows, each with its title, as one figure.

    Args:
        images: RGB pictures; they may differ in size.
        titles: One for each picture.
        columns: Pictures in a row.
        side: Width of a picture, in inches.
    """
    if len(images) != len(titles) or not len(images):
        raise ValueError(f"Each picture needs a title, but got {len(images)} pictures, {len(titles)} titles.")
    rows = math.ceil(len(images) / columns)
    tallest = max(image.shape[0] / image.shape[1] for image in images)
    fig, axes = plt.subplots(
        rows, columns, figsize=(columns * side, rows * (side * tallest + 0.28)), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        ax.imshow(image, interpolation="auto")  # sharp squares only where the scale is a whole number
        ax.set_title(title, fontsize=10, loc="center")
    return fig
