"""Ablation assignments: handed out with a corpus for each student, run, checked, handed in and graded."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signlab.assignment.design import Assignment, Criterion
    from signlab.assignment.folder import open_work
    from signlab.assignment.grade import grade_class
    from signlab.assignment.make import make_assignment, read_class
    from signlab.assignment.reader import read_assignment, ready

_HOMES = {
    "Assignment": "design",
    "Criterion": "design",
    "grade_class": "grade",
    "make_assignment": "make",
    "open_work": "folder",
    "read_assignment": "reader",
    "read_class": "make",
    "ready": "reader",
}
__all__ = [
    "Assignment",
    "Criterion",
    "grade_class",
    "make_assignment",
    "open_work",
    "read_assignment",
    "read_class",
    "ready",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"signlab.assignment.{_HOMES[name]}"), name)
    raise AttributeError(
        f"module 'signlab.assignment' has no attribute {name!r}; it has {', '.join(__all__)}"
    )
