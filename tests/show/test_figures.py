"""Figures and tables."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from signlab.show.figures import curves, figure, matrix, table, timeline


def test_a_figure_is_shown_once_as_png_with_its_alternative_text(monkeypatch) -> None:
    display = pytest.importorskip("IPython.display")
    shown = []
    monkeypatch.setattr(display, "display", lambda *a, **k: shown.append((a, k)))
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    assert figure(fig, "A line goes up") is None
    (((bundle,), settings),) = shown
    assert bundle["text/plain"] == "A line goes up"
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert settings["metadata"] == {"image/png": {"alt": "A line goes up"}}
    assert not plt.fignum_exists(fig.number)  # or the notebook would show it a second time


def test_a_table_names_its_rows_and_columns() -> None:
    shown = table(["corpus", "rows"], [["a<b", 12345], ["c", 0.123456], ["d", 2887.0]], caption="Sizes")
    assert '<th scope="col">rows</th>' in shown.html
    assert '<th scope="row">a&lt;b</th><td>12,345</td>' in shown.html
    assert repr(shown) == "Sizes\ncorpus  rows\na<b     12,345\nc       0.123\nd       2,887"


def test_words_start_at_the_left_and_numbers_end_at_the_right() -> None:
    shown = table(["", "text", "share"], [["a", "so it is", "14 %"], ["b", "-", "–"]], caption="c")
    assert '<th scope="col" style="text-align: left">text</th><th scope="col">share</th>' in shown.html
    assert '<td style="text-align: left">-</td><td>–</td>' in shown.html


def test_a_short_row_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 entries"):
        table(["a", "b"], [["x"]], caption="c")


def test_a_mask_has_a_dot_for_every_real_place() -> None:
    mask = np.array([[True, True, False], [True, False, False]])
    fig = matrix(mask, rows="clip", columns="frame")
    dots = fig.axes[0].collections[0].get_offsets()
    plt.close(fig)
    assert sorted(map(tuple, np.asarray(dots).tolist())) == [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]


def test_a_matrix_can_carry_its_numbers() -> None:
    fig = matrix(np.array([[0.25, 1.0]]), rows="query", columns="key", write=True)
    written = [text.get_text() for text in fig.axes[0].texts]
    plt.close(fig)
    assert written == ["0.25", "1"]


def test_a_timeline_is_in_seconds_and_names_its_spans() -> None:
    fig = timeline({"wrist": np.zeros(51)}, [(0, 25, "RAIN"), (25, 50, "NORTH")], fps=25.0, ylabel="height")
    ax = fig.axes[0]
    names, end = [text.get_text() for text in ax.texts], ax.lines[0].get_xdata()[-1]
    plt.close(fig)
    assert names == ["RAIN", "NORTH"]
    assert end == 2.0


@pytest.mark.parametrize("count", [1, 5, 211])
def test_curves_are_marked_sparsely_and_differently(count: int) -> None:
    fig = curves(
        {"a": (range(count), range(count)), "b": (range(count), [1.0] * count)}, xlabel="x", ylabel="y"
    )
    first, second = fig.axes[0].lines
    fig.canvas.draw()
    plt.close(fig)
    assert first.get_marker() != second.get_marker()
    start, every = first.get_markevery()
    assert 1 <= len(range(start, count, every)) <= 10
