"""Editions: what each has, what each must not have, and that what is written for instructors fits the chapters."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from built_pages import ROOT

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from editions import (
    INSTEAD,
    PLANS,
    chapters,
    essence,
    files_below,
    kept_from,
    leaks,
    notes_of,
    pictures_of,
    predictions_of,
    read,
    sections_of,
    solutions_of,
    stage,
    text_of,
)


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_what_is_written_for_instructors_fits_the_chapter(chapter: Path) -> None:
    notes, notebook = notes_of(chapter), read(chapter)
    for plan, minutes in PLANS.items():
        assert sum(one["minutes"] for one in notes[plan]) == minutes
        assert {name for one in notes[plan] for name in one["sections"]} <= set(sections_of(notebook))
    asked = predictions_of(notebook)
    assert asked
    assert {name: len(replies) for name, replies in notes["replies"].items()} == {
        name: len(told) - 1 for name, told in asked.items()
    }
    assert len(notes["watch"]) >= 2
    assert all(len(notes[name]) > 40 for name in ("say", "investigate", "extend"))


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editions") / "student"
    stage("student", folder)
    return folder


def test_students_get_every_chapter_without_its_solutions(student: Path) -> None:
    solved = 0
    for chapter in chapters():
        theirs, ours = read(student / "book" / chapter.name), read(chapter)
        assert len(theirs["cells"]) == len(ours["cells"])
        assert not solutions_of(theirs)
        solved += len(solutions_of(ours))
        for one, other in zip(theirs["cells"], ours["cells"], strict=True):
            if text_of(one) != text_of(other):
                assert INSTEAD in text_of(one)
                assert one["cell_type"] == "markdown"
            one["source"] = other["source"]
        assert theirs == ours
    assert solved >= len(chapters())


def test_nothing_of_an_edition_is_in_one_that_it_is_not_for(student: Path) -> None:
    secrets = kept_from("student")
    assert len(secrets) > 400
    assert leaks(files_below(student), secrets) == []
    assert leaks(files_below(student), kept_from("reader")) == []


@pytest.mark.site
def test_the_built_pages_and_their_sources_have_nothing_for_instructors(site: Path) -> None:
    assert leaks(files_below(site), kept_from("reader")) == []


def test_a_leak_is_found_wherever_it_is(tmp_path: Path) -> None:
    solution = solutions_of(read(chapters()[4]))[-1]
    secrets = kept_from("student")
    secret = next(line for line in solution.splitlines() if essence(line) in secrets)
    (tmp_path / "page.html").write_text(f"<pre>{secret.replace(' ', '<span> </span>')}</pre>")
    cell = {"cell_type": "markdown", "metadata": {}, "source": [f"{secret}\n"]}
    (tmp_path / "source.ipynb").write_text(json.dumps({"cells": [cell]}))
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("deep/below.md", f"some words\n{secret}\n")
    (tmp_path / "harmless.html").write_text("<p>Nothing.</p>")
    found = {one.partition(":")[0] for one in leaks(files_below(tmp_path), secrets)}
    assert found == {"page.html", "source.ipynb", "site.zip"}


def test_instructors_get_a_page_and_slides_for_each_chapter(tmp_path: Path) -> None:
    stage("instructor", tmp_path / "instructor")
    contents = (tmp_path / "instructor" / "_toc.yml").read_text()
    for chapter in chapters():
        name = chapter.name[:4]
        assert f"instructor/{name}" in contents
        page = (tmp_path / "instructor" / "instructor" / f"{name}.md").read_text()
        assert "## In 50 minutes" in page
        assert "## What people predict" in page
        slides = (tmp_path / "instructor" / "book" / "_static" / "slides" / f"{name}.html").read_text()
        pictures = list(pictures_of(read(chapter)))
        assert slides.count("<img ") == len(pictures) > 0
        assert all(len(one.alt) > 20 and len(one.caption) > 20 for one in pictures)
        assert all(f"Fig. {int(name[2:])}.{at + 1}<" in slides for at in range(len(pictures)))
    with pytest.raises(ValueError, match="must be one of reader, student, instructor, but got 'teacher'"):
        stage("teacher", tmp_path / "other")
