"""The command line of assignments."""

from pathlib import Path

import pytest
from command_line import caller
from handed_in import a_class, hand_in

pytestmark = pytest.mark.usefixtures("made_again")


def test_from_a_class_list_to_grades(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signlab = caller(capsys)
    names = tmp_path / "class.txt"
    names.write_text("Ada\nBo\n")
    made = tmp_path / "made"
    told = signlab(
        "assignment", "make", "codebook-size", "--class", names, "--out", made, "--secret", "a secret"
    )
    assert told.code == 0
    assert told.out.startswith("2 folders in")
    told = signlab("assignment", "check", made / "hand-out" / "bo")
    assert told.code == 1
    assert "20 of 20 runs are missing" in told.out
    klass = a_class(tmp_path, ("Ada", "Bo"))
    folder = hand_in(klass, tmp_path, "Bo")
    told = signlab("assignment", "check", folder)
    assert told.code == 0
    assert "Everything is there" in told.out
    told = signlab("assignment", "grade", made, tmp_path / "handed-in", "--out", tmp_path / "grades")
    assert told.code == 0
    assert told.out.startswith("1 of 2 handed in, 0 with something that cannot be")
    assert (tmp_path / "grades" / "students" / "bo.html").exists()


def test_the_ready_ones_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told = caller(capsys)("assignment", "list")
    assert told.code == 0
    assert len(told.out.splitlines()) == 8
    assert "trajectories" in told.out


def test_mistakes_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signlab = caller(capsys)
    told = signlab("assignment", "make", "codebook", "--class", tmp_path / "none", "--out", tmp_path / "made")
    assert told.code == 2
    assert "class list must be a text file" in told.err
    told = signlab("assignment", "check", tmp_path)
    assert told.code == 2
    assert "task.json must be in the folder" in told.err
    assert len(told.err.splitlines()) == 1
