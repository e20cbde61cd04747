"""One run: the runner is called, measured, and what came of it is told as one line. Chapter 10."""

import json
import math
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from signlab.study import conditions
from signlab.study.design import Outcome, Runner, Study
from signlab.study.ledger import OF_EVERY_RUN, Run, from_line, to_line


class Task(NamedTuple):
    """A run that is to be made; everything that a process needs to know of its study."""

    study: str
    digest: str
    level: str
    settings: tuple[str, ...]
    seed: int
    metrics: tuple[str, ...]  # names that the runner must measure

    def __str__(self) -> str:
        return f"{self.study}, {self.level}, seed {self.seed}"


class Told(NamedTuple):
    """What a process told of its run."""

    task: Task
    text: str


class Failure(NamedTuple):
    """Why there is no run."""

    reason: str  # one sentence
    trace: str  # where it happened, for the log


def task_of(study: Study, level: str, seed: int) -> Task:
    """The run of one level and seed."""
    names = tuple(metric.name for metric in study.metrics if metric.name not in OF_EVERY_RUN)
    return Task(study.ledger_name, study.digest_of(level), level, study.settings_of(level), seed, names)


def attempt(task: Task, runner: Runner, cores: int) -> str:
    """Call the runner and measure; to be called in the process that does the run.

    Returns:
        What `outcome_of` reads: a line of the ledger, or why there is none. Text travels from any process and
        machine, and nothing has to be unpickled.
    """
    try:
        code, meter = (
            sources_of(runner),
            conditions.Meter(),
        )  # the code as it is before, should somebody edit it
        outcome = runner(task.settings, task.seed)
        return to_line(_run(task, outcome, meter, code=code, cores=cores))
    except (Exception, SystemExit) as error:
        return failed(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


def failed(reason: str, trace: str = "") -> str:
    """What `attempt` returns for a run that came to nothing."""
    return json.dumps({"failed": reason, "trace": trace})


def outcome_of(told: str) -> Run | Failure:
    """What `attempt` returned, as a run or as the reason why there is none."""
    values = json.loads(told)
    if "failed" in values:
        return Failure(values["failed"], values["trace"])
    return from_line(told)


def sources_of(runner: Runner) -> str:
    """The digest of the source files that the runner names with `made_of`, or of all.

    Raises:
        ValueError: If it names what is not there.
    """
    return conditions.code_digest(getattr(runner, "sources", ()))


def _run(task: Task, outcome: Outcome, meter: conditions.Meter, *, code: str, cores: int) -> Run:
    metrics = {name: float(value) for name, value in outcome.metrics.items()}
    missing = [name for name in task.metrics if name not in metrics]
    if missing:
        given = ", ".join(metrics) or "nothing"
        raise ValueError(
            f"The runner must measure {', '.join(task.metrics)}, but gave {given}; add {missing[0]}."
        )
    return Run(
        study=task.study,
        digest=task.digest,
        level=task.level,
        settings=task.settings,
        seed=task.seed,
        metrics=metrics,
        per_sentence=_lists(outcome.per_sentence or {}),
        versions=conditions.versions(),
        code=code,
        seconds=round(meter.seconds(), 3),
        cpu_seconds=round(meter.cpu(), 3),
        peak_memory_mb=round(conditions.peak_memory_mb(), 1),
        peak_gpu_memory_mb=round(conditions.peak_gpu_memory_mb(), 1),
        hardware=conditions.hardware(cores),
        started=meter.started,
    )


def _lists(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Arrays and sequences as lists of numbers, or of lists of numbers, as JSON takes them."""
    return {name: [_plain(row) for row in rows] for name, rows in values.items()}


def _plain(row: Any) -> Any:
    numbers = np.asarray(row)
    if numbers.ndim > 1 or numbers.dtype.kind not in "biuf":
        raise ValueError(f"Each sentence must have a number or a short list of numbers, but one has {row!r}.")
    if numbers.ndim:
        return [_plain(number) for number in numbers]
    value = numbers.item()
    return int(value) if float(value).is_integer() and math.isfinite(value) else float(value)
