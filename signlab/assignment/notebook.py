"""The notebook that a student gets: what is asked, cells that run it, cells to write in. Chapter 10."""

import json
from typing import Any

from signlab.assignment.design import Assignment
from signlab.assignment.submission import ANSWERS, TO_DO, VERDICTS

HEADINGS = {
    "prediction": "Before you run anything: which level will be ahead, by how much, and why? Keep what you write here, right or wrong.",
    "conclusion": "What do the runs show? Name size and interval of each difference, and claim no more than they carry.",
    "mechanism": "Why could it be so? And what would you measure to find out that your explanation is wrong?",
    "limits": "What can these runs not show? Think of invented signs, of few seeds, of little training.",
}
COMPLETE = """\
found = work.check()
assert not found.to_do, found.summary  # for nbgrader; you need not run it"""


def assignment_notebook(assignment: Assignment, student: str) -> str:
    """The notebook as text, with nbgrader's metadata on every cell that is marked.

    Args:
        assignment: What is asked.
        student: Whose it is; written into it.
    """
    points = {criterion.name: criterion.points for criterion in assignment.rubric}
    cells = [
        _markdown("task", _task(assignment, student)),
        _code("setup", "from signlab.assignment import open_work\n\nwork = open_work()\nwork"),
        _marked("prediction", points),
        _markdown(
            "about-running",
            "## Run it\nRuns that are in the ledger are not made again, so you may stop at any time and go on. "
            "On a GPU or a faster machine it takes less; the numbers then differ in their last digits.",
        ),
        _code("running", "work.run()"),
        _code("report", "work.report()"),
        _code("figure", "work.figure()"),
        _markdown("about-answers", _about_answers()),
        _answers(assignment, points.get("verdicts", 0)),
        *(_marked(name, points) for name in ("conclusion", "mechanism", "limits")),
        _markdown(
            "about-checking",
            "## Is everything there?\nSave the notebook first: what is looked at is the file.",
        ),
        _code("checking", "work.check()"),
        _code("complete", COMPLETE, nbgrader=_grader("complete", grade=True, points=points.get("runs", 0))),
        _markdown(
            "handing-in",
            "## Hand it in\nSave this notebook, run `signlab assignment check .` in its folder once more, and hand in "
            "the whole folder: the notebook, `ledger.jsonl` and `task.json`.",
        ),
    ]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _task(assignment: Assignment, student: str) -> str:
    study = assignment.study
    rows = [
        f"| {level.name}{' (reference)' if level.name == study.reference else ''} "
        f"| {', '.join(f'`{one}`' for one in level.settings) or 'as it is'} | {level.note} |"
        for level in study.levels
    ]
    primary = study.primary
    lines = [
        f"# {study.question}",
        f"*An ablation for {student}. Your corpus is generated from a seed that nobody else has, so your numbers will "
        "be nobody else's. Its code is invented: it is not a signed language.*",
        *([f"**The claim.** {assignment.claim}"] if assignment.claim else []),
        f"**What differs:** {study.factor}.",
        "| level | settings | what it is |\n|---|---|---|\n" + "\n".join(rows),
        f"**What decides:** {primary.title}; a difference of {study.smallest:g} {primary.difference_unit} would matter. "
        f"{study.answer}",
        f"**Seeds:** {', '.join(map(str, study.seeds))}, at every level. "
        f"**Budget:** about {assignment.minutes:g} minutes on two CPU cores.",
        "## How it is marked\n| | points | for |\n|---|---|---|\n"
        + "\n".join(f"| {one.name} | {one.points:g} | {one.words} |" for one in assignment.rubric),
    ]
    return "\n\n".join(lines)


def _about_answers() -> str:
    return (
        "## Your verdicts\nFor each level beside the reference, one word about the metric that decides: `matters` (a "
        "detectable difference, large enough to matter), `too small` (detectable, but too small to), `excluded` (none is "
        "detectable, and one that would matter is excluded) or `open` (none is detectable, and these runs cannot exclude "
        "one that would matter).\n\nIf you like, think of one more level: write its settings into `OWN`, save, call "
        "`work.run()` again, and see."
    )


def _answers(assignment: Assignment, points: float) -> dict[str, Any]:
    others = [name for name in assignment.study.names if name != assignment.study.reference]
    said = "".join(f'    {json.dumps(name, ensure_ascii=False)}: "",\n' for name in others)
    source = (
        f"# each one of {', '.join(VERDICTS)}\nVERDICTS = {{\n{said}}}\n"
        'OWN = []  # settings of a level of your own, such as "learning_rate=0.002"'
    )
    return _code(ANSWERS, source, nbgrader=_grader(ANSWERS, grade=True, solution=True, points=points))


def _marked(name: str, points: dict[str, float]) -> dict[str, Any]:
    """A cell to write in."""
    marks = _grader(name, grade=True, solution=True, points=points.get(name, 0))
    return _markdown(name, f"## {name.capitalize()}\n#### {HEADINGS[name]}\n\n{TO_DO}", nbgrader=marks)


def _grader(
    name: str, *, grade: bool = False, solution: bool = False, points: float = 0, locked: bool | None = None
) -> dict[str, Any]:
    """What nbgrader has to know of a cell (its schema 3)."""
    return {
        "grade": grade,
        "grade_id": name,
        "locked": not solution if locked is None else locked,
        "points": points,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def _markdown(name: str, source: str, *, nbgrader: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {"nbgrader": nbgrader} if nbgrader else {},
        "source": _lines(source),
    }


def _code(name: str, source: str, *, nbgrader: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {"nbgrader": nbgrader} if nbgrader else {},
        "outputs": [],
        "source": _lines(source),
    }


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
