"""Grading a class: ledgers read, doubted, spot-checked and made into tables, pages and pooled results. Chapter 10."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from signlab.assignment.checks import Checked, chosen, make_checks
from signlab.assignment.doubts import Doubt, Sorted, compared, sort_runs
from signlab.assignment.folder import Task, with_own
from signlab.assignment.make import Class, folder_name, read_class_file
from signlab.assignment.marks import Mark, marks_of
from signlab.assignment.spot import Limits
from signlab.assignment.submission import NOTEBOOK, Submission, read_submission
from signlab.data.archives import SUFFIXES, unpack
from signlab.study.design import Study
from signlab.study.report import Report, report_of_runs

RECORD = "checks.jsonl"  # of spot checks that are done
NEAR = 0.5  # of the smallest difference that matters: what another machine's rounding may make
logger = logging.getLogger(__name__)
Progress = Callable[[range, str], Iterable[int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """What is known of one student's work."""

    task: Task
    submission: Submission
    study: Study
    ledger: Sorted
    doubts: tuple[Doubt, ...]
    checked: tuple[Checked, ...]
    report: Report | None
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float:
        """That the program proposes."""
        return sum(mark.given or 0.0 for mark in self.marks)

    @property
    def open_points(self) -> float:
        """That are the instructor's to give."""
        return sum(mark.points for mark in self.marks if mark.given is None)


def grade_class(
    made: Path,
    handed_in: Path,
    out: Path,
    *,
    checks: int = 1,
    workers: int = 2,
    limits: Limits | None = None,
    progress: Progress = lambda steps, _: steps,
) -> list[Graded]:
    """Read, doubt, spot-check and mark what a class has handed in; write tables and pages.

    Nothing that was handed in is run. A spot check runs the design's own settings, or those of a level that the student
    thought of if they pass validation. Called again after an interruption it goes on.

    Args:
        made: Folder that `make_assignment` has written.
        handed_in: Folder with a folder or an archive for each student, called as the one that was handed out.
        out: Folder for the results.
        checks: Runs of each student that are made again.
        workers: Of these at a time, one core each.
        limits: What each may take.
        progress: Goes through the numbers of spot checks, for a progress bar.

    Raises:
        ValueError: If a folder is not what it must be.
    """
    from signlab.assignment.results import write_results

    klass = read_class_file(made)
    if not handed_in.is_dir():
        raise ValueError(
            f"What was handed in must be a folder of folders, but {handed_in} is none; check the path."
        )
    submissions = {task.student: _read(task, handed_in) for task in klass.students}
    whose = {task.corpus: task.student for task in klass.students}
    kind = klass.assignment.of_kind()
    studies = {task.student: _study(klass, task, submissions) for task in klass.students}
    ledgers = {
        task.student: sort_runs(submissions[task.student], task, studies[task.student], kind, whose)
        for task in klass.students
    }
    wanted = [
        check
        for task in klass.students
        for check in chosen(task.student, ledgers[task.student].counted, checks, klass.secret)
    ]
    found = make_checks(
        wanted,
        kind=klass.assignment.kind,
        primary=klass.assignment.study.primary.name,
        tolerance=NEAR * klass.assignment.study.smallest,
        record=out / RECORD,
        workers=workers,
        limits=limits,
        progress=progress,
    )
    beside = compared(ledgers)
    graded = [
        _graded(
            klass,
            task,
            submissions[task.student],
            studies[task.student],
            ledgers[task.student],
            beside,
            found,
        )
        for task in klass.students
    ]
    write_results(klass, graded, out)
    return graded


def _graded(
    klass: Class,
    task: Task,
    submission: Submission,
    study: Study,
    ledger: Sorted,
    beside: Mapping[str, list[Doubt]],
    found: list[Checked],
) -> Graded:
    doubts = (*ledger.doubts, *beside[task.student])
    checked = tuple(one for one in found if one.student == task.student)
    counted = [run for key, run in ledger.counted.items() if key[0] in klass.assignment.study.names]
    several = (study, klass.assignment.study_of(task.corpus))
    reports = [report_of_runs(one, list(ledger.counted.values())) for one in several] if counted else []
    marks = marks_of(
        klass.assignment,
        study,
        submission,
        made=len(counted),
        doubts=doubts,
        checked=checked,
        reports=reports,
    )
    return Graded(
        task=task,
        submission=submission,
        study=study,
        ledger=ledger,
        doubts=doubts,
        checked=checked,
        report=reports[0] if reports else None,
        marks=tuple(marks),
    )


def _study(klass: Class, task: Task, submissions: dict[str, Submission]) -> Study:
    """A student's study; a level of their own that cannot be run is left out, and said to be."""
    submission = submissions[task.student]
    try:
        return with_own(klass.assignment, task.corpus, submission.own)
    except ValueError as error:
        told = f"The level of their own is left out: {error}"
        submissions[task.student] = submission._replace(own=(), problems=(*submission.problems, told))
        return klass.assignment.study_of(task.corpus)


def _read(task: Task, handed_in: Path) -> Submission:
    """What a student handed in: a folder, or an archive of one."""
    name = folder_name(task.student)
    archives = [handed_in / f"{name}{suffix}" for suffix in SUFFIXES]
    archive = next((path for path in archives if path.is_file() and not path.is_symlink()), None)
    if (handed_in / name).is_dir() or archive is None:
        return read_submission(handed_in / name, task.student)
    with TemporaryDirectory() as folder:
        try:
            files = unpack(archive, Path(folder))
        except ValueError as error:
            return Submission(task.student, problems=(str(error),), handed_in=True)
        found = next((path.parent for path in files if path.name == NOTEBOOK), Path(folder))
        return read_submission(found, task.student)
