"""Clips as video, strip and sheet."""

import base64
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from signlab.show.clips import clip_html, contact_sheet, film_strip

FRAMES = np.stack([np.full((14, 22, 3), 10 * at, dtype=np.uint8) for at in range(11)])


def test_a_strip_starts_and_ends_with_the_clip() -> None:
    strip = film_strip(FRAMES, 3, gap=2)
    assert strip.shape == (14, 3 * 22 + 2 * 2, 3)
    assert [int(strip[0, at, 0]) for at in (0, 22, 24, 48)] == [0, 255, 50, 100]


def test_a_strip_longer_than_its_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 11 frames, not 12"):
        film_strip(FRAMES, 12)


def test_a_sheet_has_one_title_a_picture() -> None:
    fig = contact_sheet(list(FRAMES[:5]), list("abcde"), columns=3)
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c", "d", "e", ""]
    plt.close(fig)
    with pytest.raises(ValueError, match="2 pictures, 1 titles"):
        contact_sheet(list(FRAMES[:2]), ["a"])


def test_a_clip_lies_in_the_page_and_does_not_play_by_itself(tmp_path) -> None:
    shown = clip_html(FRAMES, "Grey gets lighter", fps=25.0)
    assert shown.html == clip_html(FRAMES, "Grey gets lighter", fps=25.0).html
    assert repr(shown) == "Grey gets lighter: a clip of 11 frames, 0.4 seconds."
    assert 'aria-label="Grey gets lighter"' in shown.html
    assert "controls loop muted playsinline" in shown.html
    assert "autoplay" not in shown.html

    data = re.search(r'src="data:video/mp4;base64,([^"]+)"', shown.html)
    assert data
    (tmp_path / "clip.mp4").write_bytes(base64.b64decode(data[1]))
    from signlab.data.video import read_video

    frames, fps = read_video(tmp_path / "clip.mp4")
    assert frames.shape == (11, 28, 44, 3)  # doubled
    assert fps == 25
    assert np.abs(frames[:, ::2, ::2].astype(int) - FRAMES).max() <= 6  # lossy, not by much


def test_a_browser_plays_it_when_asked(visit) -> None:
    def look(page) -> None:
        video = page.locator("video")
        assert video.evaluate("v => v.paused && v.currentTime === 0")
        video.evaluate("v => v.play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.05")

    visit(clip_html(FRAMES, "Grey gets lighter").html, look)
