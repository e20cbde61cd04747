"""What a student hands in, read without trusting it: nothing in it is run, and no file outside it is opened. Chapter 10."""

import ast
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from signlab.study.ledger import Run, from_line

NOTEBOOK, LEDGER, TASK = "assignment.ipynb", "ledger.jsonl", "task.json"
LARGEST = {NOTEBOOK: 8_000_000, LEDGER: 8_000_000, TASK: 100_000}  # bytes
MOST_RUNS = 2_000
MOST_TEXT = 20_000  # characters of a cell; the rest is cut off
VERDICTS = {
    "matters": "larger",
    "too small": "smaller",
    "excluded": "excluded",
    "open": "open",
}  # what students say of a level beside the reference, and what `signlab.study.statistics` calls it
TEXTS = ("prediction", "conclusion", "mechanism", "limits")  # cells that people write and people read
ANSWERS = "answers"  # the cell that holds literals for the program to read
TO_DO = "*Write here.*"  # what stands in a text that nobody has written


class Submission(NamedTuple):
    """What was found of it."""

    student: str
    runs: tuple[Run, ...] = ()
    verdicts: Mapping[str, str] = {}  # by level
    own: tuple[str, ...] = ()  # settings of a level that the student thought of; unchecked
    texts: Mapping[str, str] = {}  # by cell; unchecked, to be escaped wherever it is shown
    problems: tuple[str, ...] = ()  # sentences about what could not be read
    handed_in: bool = False  # whether there was anything at all


def read_submission(folder: Path, student: str) -> Submission:
    """Whatever a folder holds that can be read; what cannot is told in a sentence each.

    Args:
        folder: Its ledger and its notebook are read, if they are files of a sensible size; links are not followed.
        student: Whose it is.
    """
    if folder.is_symlink() or not folder.is_dir():
        return Submission(student, problems=(f"Nothing was handed in by {student}.",))
    problems: list[str] = []
    runs = _runs(folder, problems)
    cells = _cells(folder, problems)
    named = _answers(cells.get(ANSWERS, ""), problems)
    texts = {name: _written(cells.get(name, "")) for name in TEXTS}
    return Submission(
        student,
        runs,
        _verdicts(named.get("VERDICTS", {}), problems),
        _settings(named.get("OWN", []), problems),
        {name: text for name, text in texts.items() if text},
        tuple(problems),
        handed_in=True,
    )


def read_bytes(folder: Path, name: str) -> bytes:
    """A file of a folder that is not trusted.

    Raises:
        ValueError: If it is missing, a link, no plain file, or larger than such a file can be; without the folder.
    """
    try:
        file = os.open(
            folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        )
    except FileNotFoundError:
        raise ValueError(
            f"{name} must be in the folder, but is not there; hand the whole folder in."
        ) from None
    except OSError as error:
        raise ValueError(f"{name} must be a plain file, but is a link or cannot be opened.") from error
    with os.fdopen(file, "rb") as opened:
        about = os.fstat(opened.fileno())
        if not stat.S_ISREG(about.st_mode) or (folder / name).is_symlink():
            raise ValueError(f"{name} must be a plain file, but is none.")
        if about.st_size > LARGEST[name]:
            raise ValueError(
                f"{name} must have at most {LARGEST[name]:,} bytes, but has {about.st_size:,}; hand in what was made."
            )
        return opened.read(LARGEST[name])


def _runs(folder: Path, problems: list[str]) -> tuple[Run, ...]:
    """The runs of a ledger, without lines that are damaged."""
    try:
        lines = [line for line in read_bytes(folder, LEDGER).split(b"\n") if line.strip()]
    except ValueError as error:
        problems.append(str(error))
        return ()
    if len(lines) > MOST_RUNS:
        problems.append(
            f"{LEDGER} must have at most {MOST_RUNS:,} lines, but has {len(lines):,}; only those are read."
        )
    runs = []
    for number, line in enumerate(lines[:MOST_RUNS], start=1):
        try:
            runs.append(from_line(line.decode()))
        except (ValueError, RecursionError) as error:
            reason = "it is no text" if isinstance(error, UnicodeDecodeError) else str(error)[:120]
            problems.append(f"Line {number} of {LEDGER} is no run ({reason}), and is left out.")
    return tuple(runs)


def _cells(folder: Path, problems: list[str]) -> dict[str, str]:
    """The sources of a notebook's cells that have one of our names; the first of each name."""
    try:
        notebook: Any = json.loads(read_bytes(folder, NOTEBOOK))
        cells = notebook["cells"]
        assert isinstance(cells, list)
    except (ValueError, RecursionError, KeyError, TypeError, AssertionError) as error:
        known = isinstance(error, ValueError) and str(error).startswith(NOTEBOOK)
        problems.append(str(error) if known else f"{NOTEBOOK} must be a notebook, but cannot be read as one.")
        return {}
    found: dict[str, str] = {}
    for cell in cells:
        name = _name(cell)
        if name in (*TEXTS, ANSWERS):
            found.setdefault(name, _source(cell))
    missing = [name for name in (*TEXTS, ANSWERS) if name not in found]
    if missing:
        problems.append(
            f"{NOTEBOOK} must keep the cells that it came with, but {', '.join(missing)} cannot be found."
        )
    return found


def _name(cell: Any) -> str:
    """What a cell is called: in nbgrader's metadata, or by its id."""
    if not isinstance(cell, dict):
        return ""
    metadata = cell.get("metadata")
    marked = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marked.get("grade_id") if isinstance(marked, dict) else cell.get("id")
    return name if isinstance(name, str) else ""


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    return "".join(part for part in parts if isinstance(part, str))[:MOST_TEXT]


def _written(text: str) -> str:
    """What somebody wrote below the cell's heading; nothing if nobody did."""
    lines = [line for line in text.splitlines() if not line.startswith("#") and line.strip() != TO_DO]
    return "\n".join(lines).strip()


def _answers(source: str, problems: list[str]) -> dict[str, Any]:
    """Names that are given literals at the top of a cell; anything else in it is not looked at."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        problems.append("The cell with the answers must be Python as it was, but cannot be read.")
        return {}
    found: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id in ("VERDICTS", "OWN"):
                try:
                    found[target.id] = ast.literal_eval(statement.value)
                except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
                    problems.append(
                        f"{target.id} must be written out, such as {{'a': 'open'}}, but is computed."
                    )
    return found


def _verdicts(value: Any, problems: list[str]) -> dict[str, str]:
    if not isinstance(value, dict):
        problems.append("VERDICTS must be a dictionary from levels to words, but is none.")
        return {}
    said = {name: word for name, word in value.items() if isinstance(name, str) and word in VERDICTS}
    wrong = [word for word in value.values() if word not in (*VERDICTS, "", None)]
    if wrong:
        problems.append(f"A verdict must be one of {', '.join(VERDICTS)}, but got {str(wrong[0])[:40]!r}.")
    return said


def _settings(value: Any, problems: list[str]) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value) and len(value) <= 20:
        return tuple(one[:200] for one in value)
    problems.append("OWN must be a list of settings, such as ['learning_rate=0.002'], but is none.")
    return ()
