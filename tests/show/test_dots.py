"""Figures of studies: every run is there, and the mean where it belongs."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from signlab.show import use_style
from signlab.show.dots import Interval, dots, sweep

NAMES = ["full", "no KL", "none yet"]
VALUES = [np.array([3.0, 5.0, 7.0]), np.array([2.0, 2.0]), np.array([])]
INTERVALS = [Interval(5.0, 1.0, 9.0), Interval(2.0, 1.5, 2.5), Interval(math.nan, math.nan, math.nan)]


def drawn(fig: Figure) -> list[tuple[str, list[float], list[float]]]:
    """Marker and data of all that was plotted; the figure is drawn once, so that what cannot be fails."""
    fig.canvas.draw()
    plt.close(fig)
    lines = fig.axes[0].lines
    return [
        (str(line.get_marker()), np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist())
        for line in lines
    ]


def test_a_ring_for_each_run_and_a_bar_for_each_mean() -> None:
    fig = dots(NAMES, VALUES, INTERVALS, xlabel="BLEU-4 (points)", title="What if?", line=5.0)
    plotted = drawn(fig)
    rings = [
        (across, [math.floor(height) for height in heights])
        for kind, across, heights in plotted
        if kind == "o"
    ]
    assert rings == [([3.0, 5.0, 7.0], [0, 0, 0]), ([2.0, 2.0], [1, 1]), ([], [])]
    bars = [(across, heights) for kind, across, heights in plotted if kind == "|"]
    assert bars[:2] == [([5.0], [0.0]), ([2.0], [1.0])]
    assert ("None", [1.5, 2.5], [1, 1]) in plotted
    assert plotted[0][1] == [5.0, 5.0]  # the dashed line
    labels = [text.get_text() for text in fig.axes[0].texts]
    assert labels == ["full", "no KL", "none yet: no runs"]
    assert fig.axes[0].get_xlabel() == "BLEU-4 (points)"


def test_equal_runs_lie_apart() -> None:
    plotted = drawn(dots(NAMES, VALUES, INTERVALS, xlabel="x"))
    heights = next(heights for kind, across, heights in plotted if (kind, across) == ("o", [2.0, 2.0]))
    assert heights[0] != heights[1]


@pytest.mark.parametrize("count", [2, 7, 13])
def test_letters_are_legible_on_a_telephone_and_nothing_is_cut_off(count: int) -> None:
    """At 360 pixels of width a letter must be 12 pixels or more, and every label inside the figure."""
    with plt.rc_context():
        use_style()
        title = "Does the posterior help once the decoder has seen every sentence of the corpus many times?"
        fig = dots(
            [f"level number {at}" for at in range(count)], [np.array([1.0, 2.0])] * count,
            [Interval(1.5, 0.5, 2.5)] * count, xlabel="a metric with a name of several words (points)", title=title,
        )  # fmt: skip
        fig.canvas.draw()
        plt.close(fig)
    width, height = fig.get_size_inches() * fig.dpi
    (ax,) = fig.axes
    left, right = ax.get_xlim()
    ticks = [text for text in ax.get_xticklabels() if left <= text.get_position()[0] <= right]
    written = [*ax.texts, ax.xaxis.label, ax._left_title, *ticks]
    for text in (one for one in written if one.get_text()):
        box = text.get_window_extent()
        assert text.get_fontsize() / 72 * fig.dpi * 360 / width >= 12, text
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
        assert 0 <= box.y0 < box.y1 <= height, text
    rows = [text.get_window_extent().y0 for text in ax.texts]
    assert min(-np.diff(rows)) > 30


def test_a_sweep_is_a_line_from_the_lowest_level_to_the_highest() -> None:
    places = np.array([10.0, 0.1, 1.0])
    fig = sweep(places, VALUES, INTERVALS, xlabel="weight", ylabel="BLEU-4", log=True, line=5.0)
    plotted = drawn(fig)
    line = next((across, up) for kind, across, up in plotted if len(across) == 3 and kind == "None")
    assert line[0] == [0.1, 1.0, 10.0]
    assert line[1][0::2] == [2.0, 5.0]
    assert math.isnan(line[1][1])
    rings = [(across, up) for kind, across, up in plotted if kind == "o"]
    assert rings == [([10.0] * 3, [3.0, 5.0, 7.0]), ([0.1] * 2, [2.0, 2.0]), ([], [])]
    assert fig.axes[0].get_xscale() == "log"
    assert [text.get_text() for text in fig.axes[0].get_xticklabels()] == ["10", "0.1", "1"]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="3 levels, 2 values and 3 intervals"):
        dots(NAMES, VALUES[:2], INTERVALS, xlabel="x")
    with pytest.raises(ValueError, match="2 levels, 3 values and 2 intervals"):
        sweep(np.array([1.0, 2.0]), VALUES, INTERVALS[:2], xlabel="x", ylabel="y")
    with pytest.raises(ValueError, match="above 0, but one is -1; take log=False"):
        sweep(np.array([1.0, -1.0, 2.0]), VALUES, INTERVALS, xlabel="x", ylabel="y", log=True)
    plt.close("all")
