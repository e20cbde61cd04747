"""The folder that a student gets, works in and hands in. Chapter 10."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from signlab.assignment.design import Assignment
from signlab.assignment.reader import read_assignment
from signlab.assignment.settings import LARGEST
from signlab.assignment.submission import LEDGER, TASK, TEXTS, Submission, read_bytes, read_submission
from signlab.show.page import Html
from signlab.study.conditions import cores_here
from signlab.study.design import Level, Study
from signlab.study.report import Report, report_of
from signlab.study.run import Done, run_study

DESIGN = "assignment.yaml"
OWN = "own"  # what a level is called that the student thought of


class Task(NamedTuple):
    """Whose folder it is, and which corpus is theirs."""

    student: str
    assignment: str
    corpus: int
    code: str  # digest of the code that was there when it was handed out


class Checked(NamedTuple):
    """What is there, and what is still to do."""

    done: tuple[str, ...]  # sentences
    to_do: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [*(f"[x] {one}" for one in self.done), *(f"[ ] {one}" for one in self.to_do)]
        return "\n".join([*lines, self.summary])

    @property
    def summary(self) -> str:
        """One sentence."""
        if self.to_do:
            return f"{len(self.to_do)} of {len(self.done) + len(self.to_do)} points are still to do."
        return "Everything is there: hand the whole folder in."


@dataclass(frozen=True, slots=True)
class Work:
    """An opened folder: what the notebook's cells call."""

    folder: Path
    assignment: Assignment
    task: Task

    def __repr__(self) -> str:
        study = self.assignment.study
        return (
            f"{study.name}: {len(study.levels)} levels, {len(study.seeds)} seeds, corpus {self.task.corpus}, "
            f"for {self.task.student}"
        )

    @property
    def study(self) -> Study:
        """On this student's corpus, with the level that the student thought of, if there is one."""
        return with_own(self.assignment, self.task.corpus, self._handed().own)

    def run(self, *, workers: int | None = None) -> Done:
        """Make the runs that the ledger lacks, several beside one another.

        Args:
            workers: Processes at a time, each on one core; None = as many as there are cores, 0 = here.

        Raises:
            ValueError: If the level of one's own cannot be run, or the ledger is damaged.
        """
        from signlab.training.progress import track

        several = cores_here() if workers is None else workers
        return run_study(
            self.study,
            self.assignment.of_kind().runner,
            self.folder / LEDGER,
            workers=several,
            threads=1,  # as for everybody, so that a run can be repeated to the digit
            progress=lambda steps, what: track(steps, what, total=len(steps)),
        )

    def report(self) -> Html:
        """Means and differences with their intervals, and the verdict on each level.

        Raises:
            ValueError: If there is no run yet.
        """
        from signlab.study.pages import as_overview, verdicts_of

        found = self._report()
        shown = as_overview(found, [metric.name for metric in found.study.metrics])
        return Html(f"{shown.html}<pre>{verdicts_of(found)}</pre>", f"{shown.text}\n{verdicts_of(found)}")

    def figure(self) -> Figure:
        """The runs as dots, with the means and their intervals."""
        from matplotlib import pyplot

        from signlab.study.pages import dots_of

        drawn = dots_of(self._report())
        pyplot.close(drawn)  # a notebook would show it twice
        return drawn

    def check(self) -> Checked:
        """What is there and what is still to do before the folder is handed in."""
        return check_work(self)

    def _report(self) -> Report:
        return report_of(self.study, self.folder / LEDGER)

    def _handed(self) -> Submission:
        return read_submission(self.folder, self.task.student)


def open_work(folder: str | Path = ".") -> Work:
    """The work in a folder that was handed out.

    Raises:
        ValueError: If it is no such folder, or something in it was changed that must stay.
    """
    folder = Path(folder)
    task = read_task(folder)
    return Work(folder, read_assignment(folder / DESIGN, name=task.assignment), task)


def read_task(folder: Path) -> Task:
    """Whose folder it is.

    Raises:
        ValueError: If its file is missing or damaged.
    """
    try:
        values = json.loads(read_bytes(folder, TASK))
        task = Task(**{name: values[name] for name in Task._fields})
        if not all(isinstance(one, str) for one in (task.student, task.assignment, task.code)):
            raise TypeError
        if type(task.corpus) is not int or not 0 <= task.corpus < LARGEST:
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, ValueError) and str(error).startswith(TASK):
            raise
        raise ValueError(
            f"{TASK} must say whose folder {folder} is, but is damaged; take it from what was handed out."
        ) from error
    return task


def with_own(assignment: Assignment, corpus: int, settings: tuple[str, ...]) -> Study:
    """A student's study; with settings of their own it has one more level.

    Raises:
        ValueError: If those settings cannot be run, or are those of another level.
    """
    study = assignment.study_of(corpus)
    if not settings:
        return study
    assignment.of_kind().check_own(settings)
    values = [level.value for level in study.levels]
    plain = (
        tuple(replace(level, value=None) for level in study.levels) if None not in values else study.levels
    )
    return replace(
        study, levels=(*plain, Level(name=OWN, settings=settings, note="thought of by the student"))
    )


def check_work(work: Work) -> Checked:
    """Go through everything that will be marked and that a program can see."""
    done, to_do = [], []
    found = read_submission(work.folder, work.task.student)
    to_do += found.problems
    try:
        study = with_own(work.assignment, work.task.corpus, found.own)
    except ValueError as error:
        to_do.append(f"OWN: {error}")
        study = work.assignment.study_of(work.task.corpus)
    made = {run.key for run in found.runs}
    wanted = [(name, seed) for name in study.names for seed in study.seeds]
    lacking = [(name, seed) for name, seed in wanted if (study.digest_of(name), seed) not in made]
    if lacking:
        name, seed = lacking[0]
        to_do.append(
            f"{len(lacking)} of {len(wanted)} runs are missing, the first {name}, seed {seed}: call work.run()."
        )
    else:
        done.append(f"All {len(wanted)} runs are in {LEDGER}.")
    others = {run.code for run in found.runs} - {work.task.code}
    if others:
        to_do.append(
            "Some runs were made with other code than was handed out; install that version and run them again."
        )
    unsaid = [
        name for name in work.assignment.study.names if name != study.reference and name not in found.verdicts
    ]
    if unsaid:
        to_do.append(f"VERDICTS has nothing on {', '.join(unsaid)}: write one word for each.")
    else:
        done.append("Every level has a verdict.")
    for name in TEXTS:
        if name in found.texts:
            done.append(f"Something is written under {name.capitalize()}.")
        else:
            to_do.append(f"Nothing is written under {name.capitalize()} yet.")
    return Checked(tuple(done), tuple(to_do))
