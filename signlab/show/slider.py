"""A slider over pictures that needs no kernel: the reader's own browser does it all. Chapter 2.

The pictures are drawn once, when the cell runs, and lie inside the output. Moving the slider only chooses
which of them is seen, so that it works on the built page, from a file, with no network. It is the
browser's own range control, hence arrow keys, Home and End work and are announced. With scripts switched
off the first choice stays visible and the other pictures fold out below it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL.Image import Image

from signlab.shapes import UInt8
from signlab.show.page import Html, Picture, data_uri, escape, image, webp, widget


def slider(
    pictures: Sequence[Picture],
    alts: Sequence[str],
    *,
    label: str,
    values: Sequence[str] | None = None,
    start: int = 0,
    fps: float = 2.0,
    width: int | None = None,
    pixels: bool = False,
) -> Html:
    """Pictures with a slider that chooses one of them.

    Args:
        pictures: RGB arrays (uint8), grey arrays (floats in [0, 1]), figures, picture files or their bytes.
        alts: What each picture shows, one sentence each, for people who do not see it.
        label: What the slider changes, for example "KL weight".
        values: The slider's value at each picture; "1 of 8" and so on if not given.
        start: The picture seen first; choose one that says something.
        fps: Pictures per second while it plays; it plays only when asked to.
        width: Of the picture on the page, in CSS pixels; its own width if not given.
        pixels: Whether a small picture is enlarged in sharp squares.

    Raises:
        ValueError: If there is not one alt text and one value for each picture.
    """
    words = _values(len(pictures), values)
    controls = _Controls(label=label, values=words, start=(0, start), fps=fps, width=width, pixels=pixels)
    return _explorer(list(pictures), list(alts), controls)


def slider_grid(
    pictures: Sequence[Sequence[Picture]],
    alts: Sequence[Sequence[str]],
    *,
    label: str,
    choice_label: str,
    choices: Sequence[str],
    values: Sequence[str] | None = None,
    start: tuple[int, int] = (0, 0),
    fps: float = 2.0,
    width: int | None = None,
    pixels: bool = False,
) -> Html:
    """Two factors: radio buttons choose a row of pictures, the slider one picture of that row.

    Args:
        pictures: One row for each of `choices`, all equally long.
        alts: One sentence for each picture, in the same rows.
        label: What the slider changes; `values`, `fps`, `width` and `pixels` are those of `slider`.
        choice_label: What the radio buttons choose.
        choices: The text beside each radio button.
        start: Row and column of the picture seen first.

    Raises:
        ValueError: If rows, alts and choices do not fit together.
    """
    shape, described = [len(row) for row in pictures], [len(row) for row in alts]
    if len(shape) != len(choices) or len(set(shape)) != 1 or described != shape:
        raise ValueError(
            f"slider_grid needs one row of pictures and of alts for each choice, all equally long, but got "
            f"{len(choices)} choices, rows of {shape} pictures and rows of {described} alts."
        )
    controls = _Controls(
        label=label, values=_values(shape[0], values), choices=tuple(choices), choice_label=choice_label,
        start=start, fps=fps, width=width, pixels=pixels,
    )  # fmt: skip
    return _explorer([p for row in pictures for p in row], [alt for row in alts for alt in row], controls)


def player(
    frames: UInt8[np.ndarray, "frames height width 3"],
    *,
    label: str,
    notes: Sequence[str] | None = None,
    start: int | None = None,
    fps: float = 25.0,
    width: int = 320,
) -> Html:
    """A clip to be looked at frame by frame: back, next, play, and a slider over time.

    Args:
        frames: The clip, RGB.
        label: What the clip shows.
        notes: What happens in each frame, for example its sign and phase; read out and written below.
        start: The frame seen first; the middle one if not given.
        fps: Frames per second while it plays.
        width: On the page, in CSS pixels.
    """
    count = len(frames)
    values = [f"frame {at} of {count}" for at in range(1, count + 1)]
    if notes is not None:
        values = [f"{value}: {note}" for value, note in zip(values, notes, strict=True)]
    controls = _Controls(
        label=label,
        values=values,
        start=(0, count // 2 if start is None else start),
        fps=fps,
        width=width,
        pixels=True,
        steps=True,
    )
    return _explorer(list(frames), [f"{label}, {value}" for value in values], controls)


def _values(count: int, values: Sequence[str] | None) -> list[str]:
    if values is None:
        return [f"{at} of {count}" for at in range(1, count + 1)]
    if len(values) != count:
        raise ValueError(f"A slider needs one value for each picture, but got {len(values)} for {count}.")
    return [str(value) for value in values]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Controls:
    """What stands below the pictures."""

    label: str  # of the slider
    values: list[str]  # the slider's, one for each picture of a row
    start: tuple[int, int]  # row and column of the picture seen first
    fps: float  # pictures per second while it plays
    width: int | None  # of the picture on the page, in CSS pixels; None = its own
    pixels: bool  # whether the picture is enlarged in sharp squares
    choices: tuple[str, ...] = ()  # radio buttons for the row; none if there is one row
    choice_label: str = ""  # what they choose
    steps: bool = False  # whether there are buttons for one picture back and on

    def form(self) -> str:
        row, column = self.start
        values = escape(json.dumps(self.values, ensure_ascii=False))
        return (
            f'<form class="sl-controls" hidden>{_radios(self.choices, self.choice_label, row)}{_buttons(self.steps)}'
            f'<label class="sl-range"><span>{escape(self.label)}</span><input type="range" min="0" '
            f'max="{len(self.values) - 1}" step="1" value="{column}" autocomplete="off" data-values="{values}">'
            f'<span class="sl-value" aria-hidden="true">{escape(self.values[column])}</span></label></form>'
        )


def _explorer(pictures: list[Picture], alts: list[str], controls: _Controls) -> Html:
    """All pictures, row by row, of which the controls show one."""
    if len(pictures) != len(alts) or not pictures or not all(alts):
        raise ValueError(
            f"Every picture needs an alt text, but there are {len(pictures)} pictures and "
            f"{sum(map(bool, alts))} texts; write one sentence for each."
        )
    (row, column), columns = controls.start, len(controls.values)
    rows = len(pictures) // columns
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(
            f"start must name one of the {rows} x {columns} pictures, but it is {controls.start}."
        )
    first, label, value = row * columns + column, controls.label, controls.values[column]
    drawn = [image(picture) for picture in pictures]
    images = [
        _image(at, one, alt, controls.pixels) for at, (one, alt) in enumerate(zip(drawn, alts, strict=True))
    ]
    others = "".join(images[:first] + images[first + 1 :])
    inside = (
        f'<div class="sl-stage" data-fps="{controls.fps:g}" '
        f'style="width:{controls.width or drawn[first].width}px">{images[first]}</div>'
        f'{controls.form()}<p class="sl-heard" role="status"></p>'
        f'<p class="sl-without">{escape(label)}: {escape(value)}. {escape(alts[first])}</p>'
        f'<details class="sl-without"><summary>The other {len(images) - 1} pictures</summary>{others}</details>'
    )
    text = f"{label}: a slider over {len(images)} pictures, now at {value}. {alts[first]}"
    return widget("slider", inside, label=label, package="signlab.show", text=text)


def _image(at: int, drawn: Image, alt: str, pixels: bool) -> str:
    sharp = "sl-pixels dark-light" if pixels else "dark-light"  # dark-light: the theme leaves it as it is
    return (
        f'<img class="{sharp}" data-at="{at}" alt="{escape(alt)}" width="{drawn.width}" '
        f'height="{drawn.height}" src="{data_uri(webp(drawn), "image/webp")}">'
    )


def _radios(choices: tuple[str, ...], label: str, chosen: int) -> str:
    if not choices:
        return ""
    options = "".join(
        f'<label class="sl-option"><input type="radio" name="choice" value="{at}" autocomplete="off"'
        f"{' checked' if at == chosen else ''}><span>{escape(choice)}</span></label>"
        for at, choice in enumerate(choices)
    )
    return f'<fieldset><legend>{escape(label)}</legend><div class="sl-row">{options}</div></fieldset>'


def _buttons(steps: bool) -> str:
    play = '<button type="button" data-do="play">Play</button>'
    if not steps:
        return play
    back = '<button type="button" data-do="back">Back</button>'
    return f'{back}{play}<button type="button" data-do="next">Next</button>'
