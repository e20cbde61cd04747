"""What holds for every notebook, without running it."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
sys.path.insert(0, str(ROOT / "book" / "_tools"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_every_cell_was_executed_in_order_and_without_error(path: Path) -> None:
    """nbval passes a cell that never ran; this does not."""
    code = [c for c in read(path).cells if c.cell_type == "code" and c.source.strip()]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
    assert [o for c in code for o in c.outputs if o.output_type == "error"] == []
    assert [o for c in code for o in c.outputs if o.get("name") == "stderr"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_every_picture_has_an_alternative_text_and_a_caption(path: Path) -> None:
    for cell in read(path).cells:
        kinds = {kind for o in cell.get("outputs", []) for kind in o.get("data", {})}
        if any(kind.startswith("image/") for kind in kinds):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 20, cell.source[:200]
            caption = cell.metadata["mystnb"].get("figure", {}).get("caption", "")
            assert len(caption) > 20, cell.source[:200]
            assert caption not in alt, "a screen reader hears both"
        html = "".join("".join(o.data.get("text/html", "")) for o in cell.get("outputs", []) if "data" in o)
        assert not re.findall(r"<img(?![^>]*\balt=)", html), cell.source[:200]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_generated_cells_are_as_generated(path: Path) -> None:
    from chapter_cells import refresh

    stored, fresh = read(path), read(path)
    refresh(fresh, path)
    assert [c.source for c in stored.cells] == [c.source for c in fresh.cells]
    tags = [tag for c in stored.cells for tag in c.metadata.get("tags", [])]
    assert tags.count("setup") == 1
    assert tags.count("parameters") == 1


def test_pages_made_of_the_chapters_are_as_made() -> None:
    from back_matter import refresh_pages

    assert refresh_pages(write=False) == []


def test_the_reference_names_every_package_and_the_contents_lead_to_it() -> None:
    from api_pages import packages, refresh

    assert refresh(write=False) == []
    contents = (ROOT / "_toc.yml").read_text()
    assert [one.path for one in packages() if f"book/api/{one.page}\n" not in contents] == []


def test_every_symptom_leads_to_a_section_and_every_chapter_has_one() -> None:
    from back_matter import chapters

    for chapter in chapters():
        if chapter.number < 1:
            continue
        text = "\n".join(c.source for c in read(chapter.path).cells if c.cell_type == "markdown")
        headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
        told = chapter.about["symptoms"]
        assert told
        assert [one["section"] for one in told if one["section"] not in headings] == []
        assert all(before < chapter.number for before in chapter.about["needs"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_page_has_one_title_and_weighs_little(path: Path) -> None:
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    assert len(re.findall(r"^# ", text, flags=re.MULTILINE)) == 1
    assert path.stat().st_size < 1.5 * 2**20


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_some_outputs_are_compared(path: Path) -> None:
    """nbval compares all but the ignored: at least a third of the printing cells must count."""
    printing = [c for c in read(path).cells if c.get("outputs")]
    ignored = [c for c in printing if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert len(ignored) <= 2 * len(printing) / 3
