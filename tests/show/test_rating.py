"""The rating widget: blind, kept in the browser alone, usable with keys, and readable by its own analysis."""

import json
import re

import numpy as np
import pytest

from signlab.metrics.preference import load_ratings, preferences
from signlab.show.rating import Pair, rating


def clip(light: int) -> np.ndarray:
    return np.full((3, 5, 5, 3), light, dtype=np.uint8) + np.arange(3, dtype=np.uint8)[:, None, None, None]


PAIRS = [
    Pair("one", (clip(10), clip(110)), ("real", "made")),
    Pair("two", (clip(20), clip(120)), ("real", "made")),
    Pair("three", (clip(30), clip(30)), ("real", "real")),
]


def widget(**changes):
    settings = {
        "name": "test",
        "question": "Which is more natural?",
        "shown": "a grey square",
        "repeats": 1,
        "fps": 20,
    }
    return rating(PAIRS, **(settings | changes))


def rate(page, choice: str) -> None:
    page.get_by_label(choice).check()
    page.get_by_role("button", name="Keep and go on").click()


def exported(page) -> str:
    page.get_by_role("button", name="Show my ratings").click()
    return page.get_by_label("Your ratings, as JSON").input_value()


def test_the_same_call_gives_the_same_page() -> None:
    assert widget().html == widget().html
    assert repr(widget()).startswith("Which is more natural? 3 pairs of clips")


def test_an_equal_pair_lies_in_the_page_once_and_names_stay_out_of_sight() -> None:
    visible = re.sub(r"<[^>]*>|<style>.*?</style>", "", widget().html.split("<script>")[0])
    assert widget().html.count("<img") == 5
    assert "real" not in visible
    assert "made" not in visible
    assert "real" not in "".join(re.findall(r'alt="[^"]*"', widget().html))


def test_all_pairs_are_rated_and_the_analysis_reads_what_comes_out(visit) -> None:
    def look(page) -> str:
        for at, choice in enumerate(["the left one", "I cannot tell", "the right one", "the left one"], 1):
            assert page.get_by_text(f"Pair {at} of 4").is_visible()
            rate(page, choice)
        assert page.get_by_text("All 4 pairs rated").is_visible()
        assert not page.get_by_role("button", name="Play both").is_visible()
        return exported(page)

    ratings = load_ratings(visit(widget().html, look))
    assert [one.choice for one in ratings] == ["left", "neither", "right", "left"]
    first, *_, last = sorted(ratings, key=lambda one: [r.pair for r in ratings].count(one.pair))
    twice = [one for one in ratings if one.pair == last.pair]
    assert len(twice) == 2
    assert (twice[0].left, twice[0].right) == (twice[1].right, twice[1].left)  # sides exchanged
    assert {one.pair for one in ratings} == {"one", "two", "three"}
    assert first.pair != last.pair
    assert preferences(ratings, "real", "made").preferred.of >= 1


def test_what_is_seen_on_the_left_is_what_is_written(visit) -> None:
    seen = {
        picture: (pair.name, kind)
        for pair in PAIRS
        for picture, kind in zip(strips(pair), pair.kinds, strict=True)
    }

    def look(page) -> list[tuple[str, str, str, str]]:
        told = []
        for _ in range(4):
            left, right = (
                seen[page.locator(f"[data-side={side}] img").get_attribute("src")]
                for side in ("left", "right")
            )
            told.append((left[0], left[1], right[1]))
            rate(page, "the left one")
        return told

    found = []
    told = visit(widget().html, lambda page: (look(page), found.extend(load_ratings(exported(page))))[0])
    assert [(one.pair, one.left, one.right) for one in found] == told


def strips(pair: Pair) -> list[str]:
    html = rating([pair], name="x", question="x", shown="x").html
    found = re.findall(r'src="([^"]*)"', html)
    return found if len(found) == 2 else found * 2


def test_order_and_sides_are_drawn_anew(visit) -> None:
    def look(page) -> int:
        drawn = set()
        for _ in range(25):
            drawn.add(page.locator("[data-side=left] img").get_attribute("src"))
            page.get_by_role("button", name="Delete them").click()
        return len(drawn)

    assert visit(widget().html, look) >= 4  # five clips; each begins on the left now and then


def test_ratings_outlive_a_reload_until_they_are_deleted(visit) -> None:
    def look(page) -> None:
        rate(page, "the right one")
        page.reload()
        assert page.get_by_text("Pair 2 of 4").is_visible()
        assert json.loads(exported(page))["ratings"][0]["choice"] == "right"
        page.get_by_role("button", name="Delete them").click()
        assert page.get_by_text("Pair 1 of 4").is_visible()
        assert page.evaluate("localStorage.length") == 0

    visit(widget().html, look)


def test_nothing_is_kept_without_a_choice(visit) -> None:
    def look(page) -> None:
        page.get_by_role("button", name="Keep and go on").click()
        assert page.get_by_text("Please choose first.").is_visible()
        assert page.get_by_text("Pair 1 of 4").is_visible()

    visit(widget().html, look)


def frame(page) -> str:
    return page.get_by_role("slider", name="Frame").get_attribute("aria-valuetext")


def test_clips_play_only_when_asked_to_and_keys_suffice(visit) -> None:
    def look(page) -> None:
        page.wait_for_timeout(200)
        assert frame(page) == "1 of 3"
        page.get_by_role("slider", name="Frame").focus()
        page.keyboard.press("ArrowRight")
        assert frame(page) == "2 of 3"
        moved = page.locator("[data-side=left] img").evaluate("image => image.style.transform")
        assert moved.startswith("translateX(-33.3")
        page.get_by_role("button", name="Play both").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('input[type=range]').value == '1'")
        page.keyboard.press("Enter")
        still = frame(page)
        page.wait_for_timeout(200)
        assert frame(page) == still
        page.get_by_label("the left one").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        assert page.get_by_text("Pair 2 of 4").is_visible()

    visit(widget().html, look)


def test_who_asked_for_less_motion_gets_it(visit) -> None:
    def look(page) -> None:
        page.get_by_role("button", name="Play both").click()
        page.wait_for_timeout(500)
        assert frame(page) == "1 of 3"  # twenty a second were asked for

    visit(widget().html, look, reduced_motion="reduce")


def test_without_scripts_the_clips_lie_there_as_strips(visit) -> None:
    def look(page) -> None:
        assert page.get_by_text("Rating needs scripts").is_visible()
        assert [i.is_visible() for i in page.locator("img").all()] == [True] * 5
        assert not page.get_by_role("button").count()

    visit(widget().html, look, java_script_enabled=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_in_the_way_of_anybody(visit, axe, colours: str, width: int) -> None:
    def look(page) -> None:
        assert axe(page) == []
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
        rate(page, "I cannot tell")
        exported(page)
        assert axe(page) == []

    settings = {"color_scheme": colours, "viewport": {"width": width, "height": 800}}
    visit(widget().html, look, **settings)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rating([], name="x", question="x", shown="x"), r"the names \[\] and repeats=0"),
        (lambda: rating([PAIRS[0]] * 2, name="x", question="x", shown="x"), r"\['one', 'one'\]"),
        (lambda: widget(repeats=4), "repeats=4"),
        (
            lambda: rating(
                [PAIRS[0], Pair("b", (clip(0)[:2], clip(1)[:2]), ("x", "y"))],
                name="x",
                question="x",
                shown="x",
            ),
            r"\(2, 5, 5, 3\), \(3, 5, 5, 3\)",
        ),
    ],
)
def test_what_cannot_be_rated_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
