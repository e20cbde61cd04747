"""The pieces of a page."""

import io
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from signlab.show.page import Html, asset, data_uri, escape, image, phrase, png, webp, widget


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_pixels_of_an_array_stay_as_they_are() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(opened(png(picture)), picture)
    np.testing.assert_array_equal(opened(webp(image(picture))), picture)
    assert image(picture).size == (7, 5)


def test_grey_runs_from_black_to_white() -> None:
    grey = np.array([[0.0, 0.5, 1.0, 2.0]])
    assert opened(png(grey))[0, :, 0].tolist() == [0, 128, 255, 255]


def test_a_figure_gives_the_same_bytes_each_time(tmp_path) -> None:
    fig, ax = plt.subplots()
    ax.plot([1, 3, 2])
    data = png(fig)
    plt.close(fig)
    assert data == png(fig)
    (tmp_path / "a.png").write_bytes(data)
    np.testing.assert_array_equal(opened(png(tmp_path / "a.png")), opened(data))
    np.testing.assert_array_equal(opened(png(data)), opened(data))


def test_text_cannot_break_out() -> None:
    assert escape("<\"'&") == "&lt;&quot;&#x27;&amp;"
    assert phrase("`a<b` is code") == "<code>a&lt;b</code> is code"
    with pytest.raises(ValueError, match="this has 1"):
        phrase("one ` only")


def test_a_widget_is_a_named_group_with_style_and_script() -> None:
    inside = '<p>x</p><input type="range">'
    html = widget("slider", inside, label='a "b"', package="signlab.show", text="plain").html
    assert '<input data-lm-suppress-shortcuts="true" type="range">' in html
    assert 'role="group" aria-label="a &quot;b&quot;"' in html
    assert html.startswith("<style>")
    assert html.endswith("</script>")


def test_an_object_shows_itself_as_html_or_as_text() -> None:
    shown = Html("<b>x</b>", "x")
    assert (shown._repr_html_(), repr(shown), str(shown)) == ("<b>x</b>", "x", "x")


def test_assets_lose_comments_and_indentation() -> None:
    lines = asset("signlab.show", "slider.js").splitlines()
    assert not [line for line in lines if line != line.strip() or line.startswith("//")]


def test_data_uri_holds_the_file() -> None:
    assert data_uri(b"abc", "text/plain") == "data:text/plain;base64,YWJj"


def test_showing_needs_no_torch() -> None:
    """A chapter that only shows pictures starts quickly."""
    code = "import sys, signlab.show; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
