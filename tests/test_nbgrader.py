"""nbgrader takes the notebooks as they are: generated, autograded with a ledger, points where a program may give them."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from handed_in import a_class, hand_in

NBGRADER = os.environ.get("NBGRADER") or shutil.which("nbgrader", path=Path(sys.executable).parent)
pytestmark = pytest.mark.skipif(
    not NBGRADER, reason="nbgrader is not installed: pip install 'signlab[teach]'"
)


def test_a_handed_in_notebook_is_generated_and_autograded(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    course, done = tmp_path / "course", hand_in(klass, tmp_path, "Bo")
    shutil.copytree(tmp_path / "made" / "hand-out" / "bo", course / "source" / "week7")
    shutil.copy(tmp_path / "made" / "nbgrader_config.py", course)

    def nbgrader(*arguments: str) -> str:
        path = os.pathsep.join([str(Path(str(NBGRADER)).parent), os.environ["PATH"]])
        told = subprocess.run(
            [str(NBGRADER), *arguments],
            capture_output=True,
            text=True,
            cwd=course,
            env=os.environ | {"PATH": path},
            check=False,
        )
        assert told.returncode == 0, told.stderr
        return told.stderr

    nbgrader("generate_assignment", "week7")
    released = (course / "release" / "week7" / "assignment.ipynb").read_text()
    assert "Write here." in released
    shutil.copytree(done, course / "submitted" / "bo" / "week7")
    nbgrader("autograde", "week7")
    with sqlite3.connect(course / "gradebook.db") as book:
        scores = dict(
            book.execute(
                "select base_cell.name, grade.auto_score from grade join base_cell on base_cell.id = grade.cell_id"
            )
        )
        waiting = [row[0] for row in book.execute("select needs_manual_grade from grade")]
    assert scores["complete"] == 3
    assert sum(waiting) == len(scores) - 1  # all but this one are for a person
