"""Figures that more than one chapter draws, and how a figure gets into a page. Chapter 2."""

import re
from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signlab.shapes import Bool, Float
from signlab.show.page import Html, escape, png
from signlab.show.style import COLOURS, FAINT, INK, MARKERS

Numbers = Sequence[float] | Sequence[int] | np.ndarray


def figure(fig: Figure, alt: str) -> None:
    """Show a figure in the notebook as a PNG, once, with its alternative text; then close it.

    Nothing but the alternative text is printed beside the picture, so that the stored output is the same
    with every version of matplotlib.
    """
    from IPython.display import display

    data = png(fig)
    plt.close(fig)
    display({"image/png": data, "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str) -> Html:
    """A table that a screen reader can walk: a caption, named columns and named rows.

    Args:
        header: Names of the columns.
        rows: The first entry of each row is its name; numbers from 1,000 on get commas,
            floats three significant digits.
        caption: What the table shows.
    """
    words = [[_written(entry) for entry in row] for row in rows]
    wrong = [row for row in words if len(row) != len(header)]
    if wrong:
        raise ValueError(f"Each row needs {len(header)} entries, as the header has, but one is {wrong[0]}.")
    sides = [_side(row[at] for row in words) for at in range(len(header))]
    head = "".join(
        f'<th scope="col"{side}>{escape(name)}</th>' for name, side in zip(header, sides, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{side}>{escape(e)}</td>" for e, side in zip(row[1:], sides[1:], strict=True))
        + "</tr>"
        for row in words
    )
    # "dataframe" is the class for which notebooks and the book's theme have a look, dark mode included.
    html = (
        f'<table class="dataframe"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    widths = [max(len(row[at]) for row in [list(header), *words]) for at in range(len(header))]
    lines = [
        "  ".join(e.ljust(w) for e, w in zip(row, widths, strict=True)) for row in [list(header), *words]
    ]
    return Html(html, "\n".join([caption, *(line.rstrip() for line in lines)]))


def _side(column: Iterable[str]) -> str:
    """Words start at the left; numbers end at the right, where the page puts every cell."""
    number = re.compile(r"[^A-Za-z]*(%|dB|s|MB|ms)?")
    return "" if all(number.fullmatch(entry) for entry in column) else ' style="text-align: left"'


def _written(entry: object) -> str:
    if isinstance(entry, (int, float, np.number)) and not isinstance(entry, bool):
        return (
            f"{entry:,.0f}" if isinstance(entry, (int, np.integer)) or abs(entry) >= 1000 else f"{entry:.3g}"
        )
    return str(entry)


def matrix(
    values: Float[np.ndarray, "rows columns"] | Bool[np.ndarray, "rows columns"],
    *,
    rows: str,
    columns: str,
    title: str = "",
    write: bool = False,
) -> Figure:
    """A matrix as squares: an attention map, a mask, a confusion table.

    Args:
        values: Amounts, or a mask (True = real, drawn light with a dot).
        rows: What a row is.
        columns: What a column is.
        title: Above it.
        write: Whether each square carries its number.
    """
    height, width = values.shape
    side = min(0.4, 6.0 / max(height, width))
    fig, ax = plt.subplots(figsize=(max(2.6, side * width + 1.2), max(1.8, side * height + 1.0)))
    ax.grid(False)
    if values.dtype == bool:
        ax.imshow(values, cmap="gray", vmin=-0.6, vmax=1.0)
        real = np.argwhere(values)
        ax.scatter(real[:, 1], real[:, 0], color=COLOURS["blue"])
    else:
        shown = ax.imshow(values)
        if not write:
            fig.colorbar(shown, ax=ax, shrink=0.8)
    if write:
        middle = (float(values.max()) + float(values.min())) / 2
        for (row, column), value in np.ndenumerate(values):
            ax.text(column, row, f"{value:.2g}", ha="center", va="center", fontsize=9,
                    color=INK if value > middle else "white")  # fmt: skip
    ax.set(xlabel=columns, ylabel=rows, title=title)
    return fig


def timeline(
    tracks: dict[str, Float[np.ndarray, " frames"]],
    spans: Sequence[tuple[int, int, str]],
    *,
    fps: float,
    ylabel: str,
    title: str = "",
) -> Figure:
    """Curves over the frames of a clip, with named stretches (its glosses, say) marked behind them.

    Args:
        tracks: Curves by name, one value a frame.
        spans: First frame, one past the last frame, name.
        fps: Frames per second of the clip.
        ylabel: What the curves measure, with its unit.
        title: Above it.
    """
    fig, ax = plt.subplots(figsize=(7.2, 3.2))
    for number, (start, stop, name) in enumerate(spans):
        ax.axvspan(start / fps, stop / fps, color=FAINT, alpha=0.35 if number % 2 else 0.7, linewidth=0)
        ax.annotate(name, ((start + stop) / 2 / fps, 1.0), xycoords=("data", "axes fraction"), ha="center",
                    va="bottom", fontsize=9)  # fmt: skip
    seconds = {name: (np.arange(len(values)) / fps, values) for name, values in tracks.items()}
    _draw(ax, seconds)
    ax.set(xlabel="time (seconds)", ylabel=ylabel)
    ax.set_title(title, pad=18)
    ax.margins(x=0)
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.22))
    return fig


def curves(
    lines: dict[str, tuple[Numbers, Numbers]], *, xlabel: str, ylabel: str, title: str = "", log: bool = False
) -> Figure:
    """Curves by name, told apart by colour, dashes and sparse markers.

    Args:
        lines: The horizontal and the vertical values of each curve.
        xlabel: What the horizontal axis measures, with its unit.
        ylabel: What the vertical axis measures, with its unit.
        title: Above it.
        log: Whether the vertical axis is logarithmic.
    """
    fig, ax = plt.subplots()
    _draw(ax, lines)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, yscale="log" if log else "linear")
    if len(lines) > 1:
        ax.legend()
    return fig


def _draw(ax: Axes, lines: Mapping[str, tuple[Numbers, Numbers]]) -> None:
    for at, (name, (across, up)) in enumerate(lines.items()):
        sparse = max(1, len(across) // 8)  # markers tell curves apart; they are not the data's points
        ax.plot(across, up, label=name, marker=MARKERS[at % len(MARKERS)], markevery=(at % sparse, sparse))
