"""Running a study: what the ledger lacks is run, seed by seed, each run in a process of its own. Chapter 10."""

import logging
import pickle
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from signlab.study.attempt import Failure, Task, Told, attempt, outcome_of, sources_of, task_of
from signlab.study.conditions import cores_here, limit_threads
from signlab.study.design import Runner, Study
from signlab.study.ledger import append, read_ledger
from signlab.study.processes import in_processes

Progress = Callable[[range, str], Iterable[int]]  # goes through the numbers of runs, for a progress bar
logger = logging.getLogger(__name__)


class Plan(NamedTuple):
    """What is to be run, and what is there already."""

    tasks: tuple[Task, ...]
    there: int


class Done(NamedTuple):
    """What a call of `run_study` did."""

    made: int  # runs
    there: int  # runs that were in the ledger before
    failed: tuple[str, ...]  # "study, level, seed", each tried again by the next call


def run_study(
    study: Study,
    runner: Runner,
    ledger: str | Path,
    *,
    seeds: Sequence[int] | None = None,
    levels: Sequence[str] | None = None,
    workers: int = 1,
    threads: int | None = None,
    progress: Progress = lambda steps, _: steps,
) -> Done:
    """Make the runs of a study that its ledger lacks.

    All levels of the first seed come first, then those of the next, so that a study that is stopped is still
    balanced. A run that fails is told in the log and tried again by the next call. Stopped at any moment, the
    ledger holds all runs that were done. Only one call at a time should work on a study.

    Args:
        study: What is to be run.
        runner: Takes settings and a seed and measures. It travels to other processes, so it must be defined at
            the top of a module.
        ledger: File that a line is added to for each run.
        seeds: Some of the study's; None = all.
        levels: Names of some of the study's; None = all.
        workers: Processes at a time, a new one for each run; 0 = here, one run after the other, for a runner
            that is defined in a notebook.
        threads: Of torch in each process; None = the cores of this machine, shared among the workers.
        progress: Goes through the numbers of the runs, for a progress bar.

    Raises:
        ValueError: If a seed or level is not the study's, a number is too small, the runner cannot travel, or
            the ledger is damaged.
        OSError: If the ledger cannot be written.
    """
    _at_least(0, "workers", workers)
    _at_least(1, "threads", 1 if threads is None else threads)
    plan = planned(study, runner, ledger, seeds=seeds, levels=levels)
    if workers == 0:
        return collect(plan, _here(plan.tasks, runner, threads), ledger, progress)
    check_travels(runner)
    _check_script()
    threads = threads or max(1, cores_here() // workers)
    return collect(plan, in_processes(plan.tasks, runner, workers, threads), ledger, progress)


def planned(
    study: Study,
    runner: Runner,
    ledger: str | Path,
    *,
    seeds: Sequence[int] | None = None,
    levels: Sequence[str] | None = None,
) -> Plan:
    """The runs that the ledger lacks, seed by seed across levels.

    Raises:
        ValueError: If a seed or level is not the study's, or the ledger is damaged.
    """
    foreign = [seed for seed in seeds or () if seed not in study.seeds]
    if foreign:
        raise ValueError(
            f"A seed of {study.name} must be one of {', '.join(map(str, study.seeds))}, but got {foreign[0]}; "
            "a study names its seeds before it runs."
        )
    sources_of(runner)
    names = dict.fromkeys(study.level(name).name for name in (study.names if levels is None else levels))
    runs, torn = read_ledger(ledger)
    if torn:
        logger.warning("%s", torn)
    there = {run.key for run in runs}
    wanted = [
        task_of(study, name, seed)
        for seed in dict.fromkeys(study.seeds if seeds is None else seeds)
        for name in names
    ]
    tasks = tuple(task for task in wanted if (task.digest, task.seed) not in there)
    return Plan(tasks, len(wanted) - len(tasks))


def collect(plan: Plan, results: Generator[Told, None, None], ledger: str | Path, progress: Progress) -> Done:
    """Write what comes in, in whatever order, as soon as it does."""
    problems = []
    with closing(results):  # ends the processes, whatever happens here
        for _ in progress(range(len(plan.tasks)), "runs"):
            task, text = next(results)
            outcome = outcome_of(text)
            if isinstance(outcome, Failure):
                problems.append(str(task))
                logger.warning("%s failed, and is left to the next call: %s", task, outcome.reason)
                logger.info("%s", outcome.trace)
            else:
                append(ledger, outcome)
                logger.info("%s: %.1f s", task, outcome.seconds)
    return Done(len(plan.tasks) - len(problems), plan.there, tuple(problems))


def check_travels(runner: Runner) -> None:
    """Refuse a runner that other processes could not find.

    Raises:
        ValueError: If it is not defined at the top of a module that has a file.
    """
    interactive = getattr(runner, "__module__", "") == "__main__" and not hasattr(
        sys.modules["__main__"], "__file__"
    )
    try:
        pickle.dumps(runner)
    except (pickle.PicklingError, AttributeError, TypeError):
        interactive = True
    if interactive:
        raise ValueError(
            "A runner must be defined at the top of a module, so that other processes find it, "
            f"but got {getattr(runner, '__qualname__', runner)!r}; move it to a file, or take workers=0."
        )


def _check_script() -> None:
    """Refuse a script without a file: new processes begin by reading it once more."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file is not None and getattr(main, "__spec__", None) is None and not Path(file).exists():
        raise ValueError(
            f"A script that starts processes must be a file, but this one is {file}; save it, or take workers=0."
        )


def _here(tasks: Sequence[Task], runner: Runner, threads: int | None) -> Generator[Told, None, None]:
    if threads is not None:
        limit_threads(threads)
    for task in tasks:
        yield Told(task, attempt(task, runner, threads or cores_here()))


def _at_least(least: int, what: str, value: int) -> None:
    if value < least:
        raise ValueError(f"The number of {what} must be {least} or more, but got {value}.")
