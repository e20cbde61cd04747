"""Dots with intervals: every run of every level, and the mean with its 95 % interval. Chapter 10."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Transform, offset_copy

from signlab.shapes import Float
from signlab.show.style import COLOURS, INK

WIDTH = 4.2  # inches: at 360 pixels, a telephone's width, letters are still as large as the page's own
LETTERS = 38  # of a line at that width


class Interval(NamedTuple):
    """A mean and the ends of its interval; nan for what there is not."""

    mean: float
    low: float
    high: float


def dots(
    names: Sequence[str],
    values: Sequence[Float[np.ndarray, " _"]],
    intervals: Sequence[Interval],
    *,
    xlabel: str,
    title: str = "",
    line: float | None = None,
) -> Figure:
    """One row a level: its name, below it the mean as a bar in its interval, and a ring for each run.

    The rings of a row lie at two heights in turn, in the order of the runs, so that equal ones can be told
    apart. Nothing depends on colour.

    Args:
        names: Of the levels, from the top.
        values: The runs of each level; there may be none.
        intervals: Of the mean of each level.
        xlabel: What is measured, with its unit; broken into lines, as the title is.
        title: Above it.
        line: What the levels are compared with: a dashed line through all rows.

    Raises:
        ValueError: If there are not as many values and intervals as names.
    """
    _check_lengths(len(names), len(values), len(intervals))
    lines = _lines(title).count("\n") + _lines(xlabel).count("\n") + 2
    fig, ax = plt.subplots(figsize=(WIDTH, 0.5 + 0.68 * len(names) + 0.24 * lines))
    if line is not None:
        ax.axvline(line, color=INK, linestyle="--", linewidth=1.2, zorder=1)
    for row, (name, runs, interval) in enumerate(zip(names, values, intervals, strict=True)):
        label = name if len(runs) else f"{name}: no runs"
        paper = {
            "facecolor": "white",
            "edgecolor": "none",
            "pad": 1.0,
        }  # a dashed line does not strike it out
        ax.annotate(label, (0.0, row - 0.16), xycoords=("axes fraction", "data"), va="bottom", bbox=paper)
        heights = row + 0.22 + 0.1 * (np.arange(len(runs)) % 2)
        _rings(ax, runs, heights)
        _interval(ax, interval, row)
    ax.set(xlabel=_lines(xlabel), ylim=(len(names) - 0.4, -0.62), yticks=[])
    ax.set_title(_lines(title))
    ax.spines["left"].set_visible(False)
    ax.grid(True, axis="x")
    ax.margins(x=0.06)
    return fig


def sweep(
    places: Float[np.ndarray, " levels"],
    values: Sequence[Float[np.ndarray, " _"]],
    intervals: Sequence[Interval],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    log: bool = False,
    line: float | None = None,
) -> Figure:
    """Levels that are quantities: the means as a line along them, with intervals; beside each, a ring for each run.

    Args:
        places: Where each level stands along the factor.
        values: The runs of each level; there may be none.
        intervals: Of the mean of each level.
        xlabel: The factor, with its unit.
        ylabel: What is measured, with its unit.
        title: Above it; broken into lines.
        log: Whether the factor's axis is logarithmic.
        line: What the levels are compared with: a dashed line.

    Raises:
        ValueError: If the lengths differ, or a place on a logarithmic axis is not above 0.
    """
    _check_lengths(len(places), len(values), len(intervals))
    if log and not (places > 0).all():
        raise ValueError(
            f"On a logarithmic axis every level must be above 0, but one is {places.min():g}; take log=False."
        )
    fig, ax = plt.subplots(figsize=(WIDTH, 3.4))
    if line is not None:
        ax.axhline(line, color=INK, linestyle="--", linewidth=1.2, zorder=1)
    beside = offset_copy(ax.transData, fig, x=9, units="points")
    order = np.argsort(places)
    means = np.array([interval.mean for interval in intervals])
    ax.plot(places[order], means[order], color=INK, linestyle="-", linewidth=1.2)
    for place, runs, interval in zip(places, values, intervals, strict=True):
        _rings(ax, np.full(len(runs), place), runs, transform=beside)
        ax.plot([place, place], interval[1:], color=INK, linestyle="-", linewidth=2.6, solid_capstyle="butt")
        ax.plot([place], [interval.mean], color=INK, marker="_", markersize=14, markeredgewidth=2.6)
    ax.set(xlabel=_lines(xlabel), ylabel=_lines(ylabel, LETTERS - 10), xscale="log" if log else "linear")
    ax.set_xticks(places, [f"{place:g}" for place in places])
    ax.set_xticks([], minor=True)
    ax.margins(x=0.08)
    ax.set_title(_lines(title))
    return fig


def _lines(text: str, letters: int = LETTERS) -> str:
    return "\n".join(textwrap.wrap(text, letters))


def _interval(ax: Axes, interval: Interval, row: float) -> None:
    ax.plot(interval[1:], [row, row], color=INK, linestyle="-", linewidth=2.6, solid_capstyle="butt")
    ax.plot([interval.mean], [row], color=INK, marker="|", markersize=14, markeredgewidth=2.6)


def _rings(ax: Axes, across: np.ndarray, up: np.ndarray, *, transform: Transform | None = None) -> None:
    ax.plot(across, up, linestyle="none", marker="o", color=COLOURS["blue"], markerfacecolor="none",
            markersize=6, markeredgewidth=1.4, transform=transform or ax.transData)  # fmt: skip


def _check_lengths(levels: int, values: int, intervals: int) -> None:
    if not levels == values == intervals:
        raise ValueError(
            "Each level needs its values and its interval, "
            f"but there are {levels} levels, {values} values and {intervals} intervals."
        )
