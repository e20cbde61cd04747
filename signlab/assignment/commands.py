"""The command line of assignments: signlab assignment list | make | check | grade. Chapter 10."""

import logging
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signlab.commands import say, watch


def add_commands(parts: Any, command: Callable[..., ArgumentParser], at_least: Callable[[int], Any]) -> None:
    """Add the subcommands to a parser of the command line.

    Args:
        parts: Where they go.
        command: Adds one, by name, help and function.
        at_least: Gives the type of a whole number that must not be smaller.
    """
    command(parts, "list", "the assignments that are ready", assignment_list)
    make = command(parts, "make", "write a folder for each student of a class", assignment_make)
    make.add_argument("design", metavar="NAME", help="of one that is ready, or a .yaml file of your own")
    make.add_argument(
        "--class",
        dest="students",
        type=Path,
        required=True,
        metavar="FILE",
        help="names, one a line, or a .csv",
    )
    make.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="what is handed out, and class.json"
    )
    make.add_argument("--secret", default="", help="what corpora are drawn from (default: drawn anew)")
    check = command(parts, "check", "see whether a student's folder can be handed in", assignment_check)
    check.add_argument("folder", type=Path, metavar="FOLDER", help="with assignment.ipynb and ledger.jsonl")
    grade = command(parts, "grade", "read, doubt, spot-check and mark what was handed in", assignment_grade)
    grade.add_argument("made", type=Path, metavar="MADE", help="folder that assignment make has written")
    grade.add_argument(
        "handed_in",
        type=Path,
        metavar="HANDED_IN",
        help="a folder or archive for each student, called as handed out",
    )
    grade.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="tables and pages")
    grade.add_argument(
        "--checks", type=at_least(0), default=1, help="runs of each to make again (default: 1)"
    )
    grade.add_argument("--workers", type=at_least(1), default=2, help="of them at a time (default: 2)")
    grade.add_argument("--seconds", type=at_least(1), default=120, help="each may take (default: 120)")
    grade.add_argument("--megabytes", type=at_least(500), default=6_000, help="each may take (default: 6000)")


def assignment_list(_: Namespace) -> int:
    """The assignments that come with the project, and what each asks."""
    from signlab.assignment.reader import read_assignment, ready

    for name, path in ready().items():
        assignment = read_assignment(path)
        study = assignment.study
        say(
            f"{name:20} {study.question} {len(study.levels)} levels, {len(study.seeds)} seeds, "
            f"about {assignment.minutes:g} minutes"
        )
    return 0


def assignment_make(args: Namespace) -> int:
    """Write a folder for each student, and class.json, which stays with you."""
    from signlab.assignment.make import HANDED_OUT, make_assignment, read_class

    made = make_assignment(args.design, read_class(args.students), args.out, secret=args.secret)
    say(
        f"{len(made.students)} folders in {args.out / HANDED_OUT}; keep {args.out / 'class.json'} to yourself. What comes "
        f"back: signlab assignment grade {args.out} HANDED_IN --out GRADES"
    )
    return 0


def assignment_check(args: Namespace) -> int:
    """What is there and what is still to do; 1 if something is."""
    from signlab.assignment.folder import open_work

    found = open_work(args.folder).check()
    say(repr(found))
    return 1 if found.to_do else 0


def assignment_grade(args: Namespace) -> int:
    """Tables and pages for a class; called again after an interruption it goes on."""
    from signlab.assignment.grade import grade_class
    from signlab.assignment.spot import Limits

    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    limits = Limits(seconds=float(args.seconds), megabytes=args.megabytes)
    graded = grade_class(
        args.made,
        args.handed_in,
        args.out,
        checks=args.checks,
        workers=args.workers,
        limits=limits,
        progress=watch,
    )
    there = sum(one.submission.handed_in for one in graded)
    grave = sum(any(doubt.grave for doubt in one.doubts) for one in graded)
    say(
        f"{there} of {len(graded)} handed in, {grave} with something that cannot be; look at "
        f"{args.out / 'index.html'}, go on in {args.out / 'grades.csv'}"
    )
    return 0
