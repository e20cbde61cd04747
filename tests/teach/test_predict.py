"""A prediction is kept by the page and met again."""

import pytest

from signlab.teach.predict import confront, predict

ASKED = predict("ch01-test", "How many of nine?", ["all <9>", "about half", "none"])
FACED = confront(ASKED, right=3, run_says="none of 9 is kept.", because="Most people say half.")


def test_it_shows_itself_as_text_and_page() -> None:
    assert repr(ASKED) == "How many of nine?\n  1. all <9>\n  2. about half\n  3. none"
    assert "all &lt;9&gt;" in ASKED._repr_html_()
    assert repr(FACED) == "The run says: none of 9 is kept.\nMost people say half."


def test_a_choice_known_to_the_notebook_is_confronted_at_once() -> None:
    faced = confront(ASKED, right=3, run_says="none.", because="So.", said=2)
    assert repr(faced).startswith("You said: about half\n")
    assert "You said: about half <strong>The run says otherwise.</strong>" in faced.html
    assert "localStorage" not in faced.html.split("<script>")[0]
    assert "So it is." in confront(ASKED, right=2, run_says="x", because="y", said=2).html


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predict("a", "b?", ["only one"]), "offers 1"),
        (
            lambda: confront(ASKED, right=4, run_says="x", because="y"),
            "right must name an option from 1 to 3",
        ),
        (lambda: confront(ASKED, right=1, run_says="x", because="y", said=0), "said must name .*, not 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_page_keeps_the_choice_and_confronts_it(visit) -> None:
    def look(page) -> None:
        said = page.locator(".sl-said")
        assert said.inner_text() == "You have not made a prediction."
        page.get_by_role("button", name="Keep my prediction").click()
        assert page.get_by_role("status").inner_text() == "Please choose first."
        page.get_by_role("radio", name="all").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert "Kept on this computer" in page.get_by_role("status").inner_text()
        assert said.inner_text() == "You said: about half The run says otherwise."
        page.reload()
        assert page.get_by_role("radio", name="about half").is_checked()
        assert page.locator(".sl-said").inner_text() == "You said: about half The run says otherwise."
        page.get_by_role("radio", name="none").check()
        page.get_by_role("button", name="Keep my prediction").click()
        assert page.locator(".sl-said").inner_text() == "You said: none So it is."

    visit(ASKED._repr_html_() + FACED.html, look)


def test_without_scripts_the_question_and_the_result_are_there(visit) -> None:
    def look(page) -> None:
        text = page.locator("main").inner_text()
        assert "Decide for one of these" in text
        assert "The run says: none of 9 is kept." in text
        assert "You said" not in text

    visit(ASKED._repr_html_() + FACED.html, look, java_script_enabled=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_is_in_the_way_of_anybody(visit, axe, colours: str) -> None:
    def look(page) -> None:
        page.get_by_role("radio", name="none").check()
        page.get_by_role("button").click()
        assert axe(page) == []

    visit(ASKED._repr_html_() + FACED.html, look, color_scheme=colours)
