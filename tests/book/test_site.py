"""The built pages in a real browser, from the file system: nothing leaves the page, nothing is wrong on it."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from built_pages import ADVICE, CHROMIUM, ROOT

pytestmark = [pytest.mark.site]
if CHROMIUM is None and not os.environ.get("CI"):
    pytestmark.append(pytest.mark.skip(reason=ADVICE))


def pages() -> list[str]:
    """Every page of the table of contents, and those that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    entries = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    chapters = [one["file"] for entry in entries for one in [entry, *entry.get("sections", [])]]
    return [f"{name}.html" for name in [toc["root"], *chapters, "genindex", "search"]]


def axe_source() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def open_page(browser: Any, address: str, problems: list[str], **settings: Any) -> Any:
    page = browser.new_page(**({"viewport": {"width": 1280, "height": 900}} | settings))

    def gate(route: Any) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            problems.append(f"request to {route.request.url}")
            route.abort()

    page.route("**/*", gate)
    page.on("pageerror", lambda error: problems.append(f"error {error}"))
    page.on("console", lambda line: problems.append(f"console {line.text}") if line.type == "error" else None)
    page.on("requestfailed", lambda request: problems.append(f"failed {request.url[:120]}"))
    page.goto(address, wait_until="load")
    page.wait_for_timeout(600)
    return page


def visits() -> list[tuple[str, str]]:
    """Every page in the light and in the dark; of the reference, whose pages are built alike, one in the dark."""
    return [
        (name, colours)
        for name in pages()
        for colours in ("light", "dark")
        if colours == "light" or not name.startswith("book/api/") or name == "book/api/blocks.html"
    ]


@pytest.mark.parametrize(("name", "colours"), visits())
def test_page(site: Path, browser: Any, name: str, colours: str) -> None:
    problems: list[str] = []
    page = open_page(browser, (site / name).as_uri(), problems, color_scheme=colours)
    without_alt = page.eval_on_selector_all(
        "img", "images => images.filter(i => !i.hasAttribute('alt')).map(i => i.outerHTML.slice(0, 200))"
    )
    page.evaluate(axe_source())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
    serious = [
        (f["id"], f["impact"], [node["html"][:160] for node in f["nodes"][:3]])
        for f in found
        if f["impact"] in ("serious", "critical")
    ]
    wider = {}
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        wider[width] = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    page.close()
    assert problems == []
    assert without_alt == []
    assert serious == []
    assert max(wider.values()) <= 1, f"the page scrolls sideways: pixels too many by width {wider}"


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("ch[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_pictures_of_a_chapter_are_numbered_and_tables_are_not(site: Path, path: Path) -> None:
    page = (site / "book" / f"{path.stem}.html").read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="align-default".*?</figure>', page, re.S)
    outputs = [o for cell in json.loads(path.read_text())["cells"] for o in cell.get("outputs", [])]
    assert len(figures) == sum("image/png" in one.get("data", {}) for one in outputs)
    assert all("<img" in figure for figure in figures)
    numbers = re.findall(r'caption-number">Fig. (\d+\.\d+)', page)
    assert numbers == [f"{int(path.name[2:4])}.{at + 1}" for at in range(len(figures))]


def test_pictures_of_other_pages_have_a_caption_and_no_number(site: Path) -> None:
    page = (site / "book" / "puppet.html").read_text(encoding="utf-8")
    assert page.count("<figcaption>") > 5
    assert "caption-number" not in page


def test_paper_shows_questions_and_solutions_and_nothing_to_press(site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.goto((site / "book" / "ch05-residual-gaussians.html").as_uri(), wait_until="load")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for kind in ("predict", "quiz"):
        fields = page.locator(f".signlab-{kind} fieldset")
        assert fields.count() >= 1
        assert all(fields.nth(at).locator("legend").is_visible() for at in range(fields.count()))
        buttons = page.locator(f".signlab-{kind} button")
        assert not any(buttons.nth(at).is_visible() for at in range(buttons.count()))
    assert page.get_by_text("def residual_divergence(shift, p):").last.is_visible()
    page.close()
