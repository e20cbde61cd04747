"""The kernel-less slider: what it holds without scripts, and what it does in a browser."""

import re

import numpy as np
import pytest

from signlab.show.slider import player, slider, slider_grid


def pictures(count: int) -> list[np.ndarray]:
    return [np.full((5, 7, 3), 20 * at, dtype=np.uint8) for at in range(count)]


def shown(page) -> list[str]:
    return [i.get_attribute("alt") for i in page.locator("img").all() if i.is_visible()]


THREE = slider(
    pictures(3), ["all black", "dark grey", "grey"], label="Light", values=["0", "20", "40"], start=1
)
GRID = slider_grid(
    [pictures(2), pictures(2), pictures(2)],
    [[f"{row}{column}" for column in (0, 1)] for row in "abc"],
    label="Step",
    choice_label="Mask",
    choices=["first", "second", "third"],
    start=(2, 1),
)
CLIP = player(np.stack(pictures(5)), label="A clip", notes=["rest", "move", "hold", "move", "rest"])


def test_the_same_call_gives_the_same_page() -> None:
    again = slider(
        pictures(3), ["all black", "dark grey", "grey"], label="Light", values=["0", "20", "40"], start=1
    )
    assert again.html == THREE.html
    assert "id=" not in re.sub(r'src="[^"]*"', "", THREE.html.split("<script>")[0])


def test_the_plain_text_says_what_is_seen() -> None:
    assert repr(THREE) == "Light: a slider over 3 pictures, now at 20. dark grey"


def test_alt_texts_are_escaped() -> None:
    assert 'alt="a &lt; &quot;b&quot;"' in slider(pictures(1), ['a < "b"'], label="x").html


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: slider(pictures(3), ["a", "b"], label="x"), "3 pictures and 2 texts"),
        (lambda: slider(pictures(2), ["a", ""], label="x"), "2 pictures and 1 texts"),
        (lambda: slider(pictures(2), ["a", "b"], label="x", values=["1"]), "got 1 for 2"),
        (lambda: slider(pictures(2), ["a", "b"], label="x", start=2), r"it is \(0, 2\)"),
        (lambda: slider([b"%PDF-"], ["a"], label="x"), "must be an image, but b'%PDF' is none"),
        (
            lambda: slider_grid([pictures(2)], [["a", "b"]], label="x", choice_label="y", choices=["1", "2"]),
            r"2 choices, rows of \[2\] pictures and rows of \[2\] alts",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_arrow_keys_move_the_slider_and_are_announced(visit) -> None:
    def look(page) -> None:
        handle = page.get_by_role("slider", name="Light")
        assert shown(page) == ["dark grey"]
        assert page.get_by_role("status").text_content() == ""  # nothing is read out by itself
        handle.focus()
        page.keyboard.press("ArrowRight")
        assert shown(page) == ["grey"]
        assert handle.get_attribute("aria-valuetext") == "40"
        assert page.get_by_role("status").text_content() == "grey"
        page.keyboard.press("Home")
        assert shown(page) == ["all black"]

    visit(THREE.html, look)


def test_two_factors_choose_one_picture(visit) -> None:
    def look(page) -> None:
        assert shown(page) == ["c1"]
        page.get_by_role("radio", name="second").check()
        assert shown(page) == ["b1"]
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        assert shown(page) == ["b0"]

    visit(GRID.html, look)


def test_two_equal_sliders_on_a_page_are_independent(visit) -> None:
    def look(page) -> None:
        page.get_by_role("radio", name="first").nth(0).check()
        assert shown(page) == ["a1", "c1"]

    visit(GRID.html + GRID.html, look)


def test_a_clip_is_stepped_and_played_only_when_asked_to(visit) -> None:
    def look(page) -> None:
        page.wait_for_timeout(200)
        assert shown(page) == ["A clip, frame 3 of 5: hold"]
        page.get_by_role("button", name="Next").click()
        assert shown(page) == ["A clip, frame 4 of 5: move"]
        page.get_by_role("button", name="Back").click(click_count=2)
        assert shown(page) == ["A clip, frame 2 of 5: move"]
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('img:not([hidden])').dataset.at != '1'")
        page.get_by_role("button", name="Pause").click()
        still = shown(page)
        page.wait_for_timeout(200)
        assert shown(page) == still

    visit(CLIP.html, look)


def test_less_motion_means_at_most_one_picture_a_second(visit) -> None:
    def look(page) -> None:
        page.get_by_role("button", name="Play").click()
        page.wait_for_timeout(500)
        assert shown(page) == ["A clip, frame 3 of 5: hold"]

    visit(CLIP.html, look, reduced_motion="reduce")


def test_without_scripts_the_first_choice_is_seen_and_the_others_unfold(visit) -> None:
    def look(page) -> None:
        assert shown(page) == ["dark grey"]
        assert not page.get_by_role("slider").count()
        page.locator("summary").click()
        assert shown(page) == ["dark grey", "all black", "grey"]

    visit(THREE.html, look, java_script_enabled=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_in_the_way_of_anybody(visit, axe, colours: str, width: int) -> None:
    def look(page) -> None:
        assert axe(page) == []
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")

    visit(
        THREE.html + GRID.html + CLIP.html,
        look,
        color_scheme=colours,
        viewport={"width": width, "height": 800},
    )
