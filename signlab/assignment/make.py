"""Handing out: one folder for each student of a class, with a corpus of their own. Chapter 10."""

import csv
import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from signlab import __version__
from signlab.assignment.design import Assignment, corpus_of_student
from signlab.assignment.folder import DESIGN, Task
from signlab.assignment.notebook import assignment_notebook
from signlab.assignment.reader import path_of, read_assignment
from signlab.assignment.submission import NOTEBOOK, TASK
from signlab.study.conditions import code_digest

CLASS = "class.json"  # for the instructor alone
HANDED_OUT = "hand-out"
NBGRADER = "nbgrader_config.py"
FOR_NBGRADER = """\
# For those who release and mark with nbgrader; copy it into the course's folder.
c = get_config()
c.ClearSolutions.enabled = False  # the notebooks hold no solutions, and their questions must stay
"""
MOST_STUDENTS = 2_000
COLUMNS = (
    "student",
    "name",
    "id",
    "student_id",
    "username",
)  # of class lists, in the order in which they are tried
_NAME = re.compile(r"[\w][\w .@'-]{0,63}")


class Class(NamedTuple):
    """What the instructor keeps."""

    assignment: Assignment
    students: tuple[Task, ...]
    secret: str  # from which corpora and spot checks are drawn
    code: str  # digest of the code that the runs depend on


def make_assignment(design: str | Path, students: Sequence[str], out: Path, *, secret: str = "") -> Class:
    """Write a folder for each student, and one file for the instructor.

    A second call adds students and leaves every folder that is there as it is.

    Args:
        design: Name of an assignment that is ready, or path of a file of one's own.
        students: Names, as `read_class` gives them.
        out: Folder; its file "class.json" stays with the instructor.
        secret: What corpora are drawn from; "" = drawn anew.

    Raises:
        ValueError: If there is no such assignment, names are wrong or twice there, or `out` holds another one.
    """
    path = path_of(design)
    assignment = read_assignment(path)
    _check_students(students)
    text = path.read_text(encoding="utf-8")
    code = code_digest(getattr(assignment.of_kind().runner, "sources", ()))
    there = read_class_file(out) if (out / CLASS).exists() else None
    if there is not None and there.assignment != assignment:
        raise ValueError(
            f"{out} must hold one assignment, but holds {there.assignment.name!r} as it was; name another folder."
        )
    if there is not None and secret not in ("", there.secret):
        raise ValueError(f"{out} was made with another secret, which must stay; leave --secret out.")
    secret = there.secret if there else secret or secrets.token_hex(16)
    known = {} if there is None else {task.student: task for task in there.students}
    new = [name for name in students if name not in known]
    added = {name: Task(name, assignment.name, corpus_of_student(secret, name), code) for name in new}
    found = Class(assignment, (*known.values(), *added.values()), secret, there.code if there else code)
    out.mkdir(parents=True, exist_ok=True)
    _write(out / f"{assignment.name}.yaml", text)
    _write_class(out, found)
    _write(out / NBGRADER, FOR_NBGRADER)
    for task in found.students:
        folder = out / HANDED_OUT / folder_name(task.student)
        if not (folder / TASK).exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / DESIGN, text)
            _write(folder / NOTEBOOK, assignment_notebook(assignment, task.student))
            _write(folder / TASK, json.dumps(task._asdict(), indent=1, ensure_ascii=False) + "\n")
    return found


def read_class(path: Path) -> list[str]:
    """The names in a class list: a text file with one a line, or a table with a column of them.

    Raises:
        ValueError: If there is no such file, or nothing in it that could be names.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"A class list must be a text file that can be read, but {path} is none.") from error
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines())]
    rows = [row for row in rows if any(row) and not row[0].startswith("#")]
    if not rows:
        raise ValueError(f"A class list must have a name a line, but {path} is empty.")
    header = [cell.lower() for cell in rows[0]]
    for column in COLUMNS:
        if column in header:
            at = header.index(column)
            return [row[at] for row in rows[1:] if len(row) > at and row[at]]
    if max(map(len, rows)) > 1:
        raise ValueError(
            f"A class list that is a table must have a column {COLUMNS[0]!r}, but {path} has {', '.join(rows[0])}."
        )
    return [row[0] for row in rows]


def read_class_file(out: Path) -> Class:
    """What `make_assignment` has kept.

    Raises:
        ValueError: If it is missing or damaged.
    """
    try:
        values = json.loads((out / CLASS).read_text(encoding="utf-8"))
        students = tuple(Task(**one) for one in values["students"])
        name, secret, code = (str(values[key]) for key in ("assignment", "secret", "code"))
    except FileNotFoundError:
        raise ValueError(
            f"{out} must be a folder that assignment make has written, but has no {CLASS}."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{out / CLASS} must be as it was written, but is damaged; restore a copy."
        ) from error
    return Class(read_assignment(out / f"{name}.yaml"), students, secret, code)


def folder_name(student: str) -> str:
    """What a student's folder is called: the name in letters that every file system takes, or a number for it."""
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower() or f"student-{crc32(student.encode()):08x}"


def _check_students(students: Sequence[str]) -> None:
    if not 0 < len(students) <= MOST_STUDENTS:
        raise ValueError(f"A class must have 1 to {MOST_STUDENTS:,} students, but got {len(students):,}.")
    folders: dict[str, str] = {}
    for name in students:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"A student's name must be letters, digits, spaces and . @ ' -, 64 at most, but got {name[:80]!r}."
            )
        folder = folder_name(name)
        if folder in folders:
            raise ValueError(
                f"Names must differ in their letters and digits, since folders are called so, but got "
                f"{folders[folder]!r} and {name!r}; add a number to one."
            )
        folders[folder] = name


def _write_class(out: Path, found: Class) -> None:
    values = {
        "assignment": found.assignment.name,
        "signlab": __version__,
        "code": found.code,
        "secret": found.secret,
        "students": [task._asdict() for task in found.students],
    }
    _write(out / CLASS, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a kill leaves what was there."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
