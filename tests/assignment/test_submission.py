"""Handed-in folders are read, not run; what cannot be read is told and the rest is kept."""

from pathlib import Path

import pytest
from handed_in import a_class, hand_in, write_cell

from signlab.assignment.submission import LEDGER, NOTEBOOK, read_submission


def test_what_a_student_wrote_is_found(tmp_path: Path) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    write_cell(
        folder, "conclusion", "## Conclusion\n#### What do the runs show?\n\nMore codes,\nmore decibels."
    )
    write_cell(
        folder, "answers", 'x = 3\nVERDICTS = {"8": "open", "32": "no idea"}\nOWN = ["hands_weight=1"]'
    )
    found = read_submission(folder, "Bo")
    assert len(found.runs) == 20
    assert found.texts["conclusion"] == "More codes,\nmore decibels."
    assert found.verdicts == {"8": "open"}
    assert found.own == ("hands_weight=1",)
    assert found.problems == (
        "A verdict must be one of matters, too small, excluded, open, but got 'no idea'.",
    )


def test_a_text_that_nobody_wrote_is_none(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    found = read_submission(tmp_path / "made" / "hand-out" / "bo", klass.students[1].student)
    assert found.texts == {}
    assert found.verdicts == {}
    assert found.problems == (f"{LEDGER} must be in the folder, but is not there; hand the whole folder in.",)


def test_a_damaged_line_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    lines = (folder / LEDGER).read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"seed"', b'"seeds"')
    (folder / LEDGER).write_bytes(b"".join(lines) + b"\xff\xfe\n")
    found = read_submission(folder, "Bo")
    assert len(found.runs) == 19
    assert found.problems == (
        f"Line 4 of {LEDGER} is no run (seed is missing), and is left out.",
        f"Line 21 of {LEDGER} is no run (it is no text), and is left out.",
    )


@pytest.mark.parametrize(
    "source",
    [
        "VERDICTS = open('/etc/passwd').read()",
        "VERDICTS = {}\nVERDICTS = [i for i in range(10**9)]",
        "VERDICTS = " + "(" * 500 + ")" * 500,
        "def (",
        "VERDICTS = 2 ** 10 ** 10",
        "VERDICTS = ['8']\nOWN = {'a': 1}",
        "OWN = ['a=1'] * 10",
    ],
)
def test_answers_are_literals_or_nothing(tmp_path: Path, source: str) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    write_cell(folder, "answers", source)
    found = read_submission(folder, "Bo")
    assert found.verdicts == {}
    assert found.own == ()
    assert found.problems or "VERDICTS" not in source


def test_a_cell_without_its_name_is_missed(tmp_path: Path) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    text = (folder / NOTEBOOK).read_text().replace('"limits"', '"Limits"')
    (folder / NOTEBOOK).write_text(text)
    assert (
        "must keep the cells that it came with, but limits cannot be found"
        in read_submission(folder, "Bo").problems[0]
    )
