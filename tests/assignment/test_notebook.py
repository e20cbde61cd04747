"""The student's notebook: a whole notebook, marked as nbgrader wants it, with everything that is asked."""

import json

import nbformat
import pytest

from signlab.assignment.notebook import assignment_notebook
from signlab.assignment.reader import read_assignment, ready


@pytest.mark.parametrize("name", list(ready()))
def test_it_is_a_notebook_that_says_what_is_asked(name: str) -> None:
    assignment = read_assignment(ready()[name])
    text = assignment_notebook(assignment, "Émile")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    task = notebook.cells[0].source
    assert assignment.study.question in task
    assert "Émile" in task
    assert "not a signed language" in task
    for level in assignment.study.levels:
        assert f"| {level.name}" in task
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, name, "exec")


def test_what_is_marked_has_the_rubrics_points_and_is_there_once() -> None:
    assignment = read_assignment(ready()["critics"])
    cells = json.loads(assignment_notebook(assignment, "Bo"))["cells"]
    marked = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]["nbgrader"]
        for cell in cells
        if cell["metadata"]
    }
    assert marked["conclusion"]["points"] == 4
    assert marked["conclusion"]["solution"]
    assert not marked["conclusion"]["locked"]
    assert marked["complete"]["locked"]
    assert not marked["complete"]["solution"]
    assert len({cell["id"] for cell in cells}) == len(cells)
