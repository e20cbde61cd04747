"""A study on many machines: Ray deals out the runs, the process that asks for them writes the ledger. Chapter 10."""

import os
import re
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from signlab.study.attempt import Task, Told, attempt, failed
from signlab.study.conditions import cores_here, limit_threads
from signlab.study.design import Runner, Study
from signlab.study.run import Done, Progress, check_travels, collect, planned

# Before Ray is imported: it sends no usage reports, and leaves alone which GPUs are seen where none was asked for.
SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
RETRIES = 2  # of a run whose process or machine was lost; one that raised is left to the next call
MOST_LETTERS = 400  # of one of Ray's messages


def run_on_ray(
    study: Study,
    runner: Runner,
    ledger: str | Path,
    *,
    seeds: Sequence[int] | None = None,
    levels: Sequence[str] | None = None,
    address: str | None = None,
    threads: int = 1,
    gpus: float = 0.0,
    progress: Progress = lambda steps, _: steps,
) -> Done:
    """Make the runs of a study that its ledger lacks, on a Ray cluster; otherwise as `run_study`.

    Each run is a task of its own in a process of its own. Results come back as text and are written here, so
    that the machines need not share a disk. All of them need signlab, of the same version: the ledger's `code`
    tells if they differ. A runner from outside signlab travels with its module's code. A connection that was
    there before is used and left as it is.

    Args:
        study: What is to be run.
        runner: Takes settings and a seed and measures; must be defined at the top of a module.
        ledger: File that a line is added to for each run.
        seeds: Some of the study's; None = all.
        levels: Names of some of the study's; None = all.
        address: Of the cluster, such as "10.0.0.1:6379" or "auto"; None = this machine alone, for the time of
            the call, or the cluster that this process is connected to.
        threads: Of torch in each run, and cores that Ray keeps for it.
        gpus: That Ray keeps for each run; a half lets two runs share one.
        progress: Goes through the numbers of the runs, for a progress bar.

    Raises:
        ValueError: As `run_study`; and if ray is not installed, no cluster answers at the address, or none of
            its machines has the cores and GPUs that a run asks for.
        OSError: If the ledger cannot be written.
    """
    if threads < 1 or gpus < 0:
        raise ValueError(
            f"A run needs 1 thread or more and no negative GPUs, but got {threads} and {gpus:g}."
        )
    plan = planned(study, runner, ledger, seeds=seeds, levels=levels)
    check_travels(runner)
    ray = _ray()
    with _connected(ray, address), _travelling(ray, runner):
        _check_room(ray, threads, gpus)
        return collect(plan, _on_ray(ray, plan.tasks, runner, threads, gpus), ledger, progress)


@contextmanager
def _connected(ray: ModuleType, address: str | None) -> Iterator[None]:
    """Ray for as long as the block takes; if there was a connection before, it stays."""
    if ray.is_initialized():
        yield
        return
    shared: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    try:
        if address is None:
            ray.init(address="local", num_cpus=cores_here(), include_dashboard=False, **shared)
        else:
            ray.init(address=address, **shared)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"A Ray cluster must answer at {address or 'this machine'}, but it does not ({_plain(str(error))}); "
            "start one with: ray start --head."
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _travelling(ray: ModuleType, runner: Runner) -> Iterator[None]:
    """Send the code of a runner's module along, if it is not one of signlab's, which all machines have."""
    module = sys.modules.get(getattr(runner, "__module__", ""))
    if module is None or module.__name__.partition(".")[0] in ("signlab", "__main__"):  # main travels anyway
        yield
        return
    ray.cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        ray.cloudpickle.unregister_pickle_by_value(module)


def _check_room(ray: ModuleType, threads: int, gpus: float) -> None:
    """Refuse what no machine could ever run: Ray itself would wait for it without end."""
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(one.get("CPU", 0) >= threads and one.get("GPU", 0) >= gpus for one in machines):
        most = max((one.get("CPU", 0) for one in machines), default=0)
        raise ValueError(
            f"A machine of the cluster must have {threads} cores and {gpus:g} GPUs for a run, but the largest "
            f"has {most:g} cores and all together {sum(one.get('GPU', 0) for one in machines):g} GPUs; ask for less."
        )


def _on_ray(
    ray: ModuleType, tasks: Sequence[Task], runner: Runner, threads: int, gpus: float
) -> Generator[Told, None, None]:
    options = {"num_cpus": threads, "num_gpus": gpus, "max_calls": 1, "max_retries": RETRIES}
    remote = ray.remote(**options)(_run)  # max_calls: a process makes one run and ends
    pending = {remote.remote(task, runner, threads): task for task in tasks}
    try:
        while pending:
            (ready,), _ = ray.wait(list(pending), num_returns=1)
            task = pending.pop(ready)
            try:
                text = ray.get(ready)
            except ray.exceptions.RayError as error:  # its process or its machine has died
                text = failed(_plain(str(error)))
            yield Told(task, text)
    finally:
        for reference in pending:
            ray.cancel(reference, force=True)


def _run(task: Task, runner: Runner, threads: int) -> str:
    """What a process of the cluster does: one run."""
    limit_threads(threads)
    return attempt(task, runner, threads)


def _plain(text: str) -> str:
    """The beginning of one of Ray's messages, without its colours and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())[:MOST_LETTERS]


def _ray() -> ModuleType:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise ValueError(
            "A study on a cluster needs ray, which is not installed; pip install 'signlab[cluster]'."
        ) from error
    return ray
