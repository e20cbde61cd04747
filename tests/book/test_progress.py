"""Progress: what a reader answers is kept on this computer, can be exported, and can be erased."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from built_pages import ADVICE, CHROMIUM

pytestmark = [pytest.mark.site]
if CHROMIUM is None and not os.environ.get("CI"):
    pytestmark.append(pytest.mark.skip(reason=ADVICE))


@pytest.fixture
def reader(site: Path, browser: Any) -> Iterator[Callable[[str], Any]]:
    """`reader("ch05-...")`: open a page; all pages of one test share what the browser keeps."""
    context = browser.new_context(accept_downloads=True)
    pages = []

    def opened(name: str) -> Any:
        page = context.new_page()
        pages.append(page)
        page.goto((site / "book" / f"{name}.html").as_uri(), wait_until="load")
        return page

    yield opened
    context.close()


def answer(page: Any, *, right: bool) -> None:
    """Answer the first question of the page's quiz that has choices."""
    form = page.locator("[data-signlab=quiz] form:has(input[type=radio])").first
    answers = json.loads(form.get_attribute("data-answers"))
    for at, one in enumerate(answers):
        box = form.locator("input").nth(at)
        if bool(one.get("correct")) == right:
            box.check()
            if box.get_attribute("type") == "radio" or not right:
                break
    form.locator(".sl-check").click()


def row(page: Any, name: str) -> list[str]:
    return page.locator(f"tr[data-page='{name}'] td").all_text_contents()


def test_what_is_opened_and_answered_is_kept_exported_and_erased(reader: Callable[[str], Any]) -> None:
    name = "ch05-residual-gaussians"
    page = reader(name)
    answer(page, right=False)
    before = row(reader("progress"), name)
    assert before[1].startswith("1 of ")
    assert before[2] == "0"
    answer(page, right=True)
    shown = reader("progress")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row(shown, name)[0])
    assert row(shown, name)[2] == "1"
    assert row(shown, "ch06-shared-attention")[0] == "–"

    with shown.expect_download() as download:
        shown.get_by_role("button", name="Export").click()
    kept = json.loads(Path(download.value.path()).read_text())
    assert [value for key, value in kept.items() if key.startswith(f"signlab/answer/{name}/")] == ["right"]
    assert all(key.startswith("signlab/") for key in kept)

    shown.get_by_role("button", name="Erase").click()
    assert row(shown, name)[2] == "1"  # once is not enough
    shown.get_by_role("button", name="Erase").click()
    assert row(shown, name)[0::2] == ["–", "0"]
    assert row(reader("progress"), name)[0] == "–"


def test_without_scripts_the_page_says_so_and_shows_no_dead_button(site: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "book" / "progress.html").as_uri())
    assert not page.get_by_role("button", name="Erase").is_visible()
    assert "With scripts off" in page.locator("article").inner_text()
    context.close()
