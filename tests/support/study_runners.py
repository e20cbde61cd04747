"""Runners and a study for the tests, where other processes find them.

A runner of the tests reads its settings as pairs; "fails=1" and the like make it do what runners should not.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from signlab.study.conditions import made_of
from signlab.study.design import Level, Metric, Outcome, Study

STUDY = Study(
    name="kettle",
    question="Does a lid make water boil sooner?",
    factor="lid",
    levels=(
        Level(name="none"),
        Level(name="lid", settings=("minutes=3",)),
        Level(name="two", settings=("minutes=2",)),
    ),
    reference="none",
    seeds=(2, 3, 5, 7, 11),
    metrics=(Metric(name="minutes", unit="min", higher_is_better=False),),
    answer="A lid saves half a minute or more.",
    smallest=0.5,
)


def read(settings: tuple[str, ...]) -> dict[str, str]:
    """Settings as names and texts."""
    return dict(setting.split("=") for setting in settings)


@made_of("study/design.py")
def boil(settings: tuple[str, ...], seed: int) -> Outcome:
    """So many minutes, 5 if not said otherwise, and a little that depends on the seed."""
    minutes = float(read(settings).get("minutes", 5)) + seed / 100
    return Outcome({"minutes": minutes, "process": float(os.getpid())}, {"drops": [1, 0.5, [seed, 2]]})


def boil_threads(settings: tuple[str, ...], seed: int) -> Outcome:
    """How many threads torch has."""
    import torch

    return Outcome({"minutes": float(torch.get_num_threads())})


def listen(settings: tuple[str, ...], seed: int) -> Outcome:
    """1 if the keyboard stops this run, 0 if it does not."""
    try:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.1)
    except KeyboardInterrupt:
        return Outcome({"minutes": 1.0})
    return Outcome({"minutes": 0.0})


def misbehave(settings: tuple[str, ...], seed: int) -> Outcome:
    """Boil, but for seed 3: raise at level lid, be killed at level two; exit at level two of seed 5."""
    minutes = read(settings).get("minutes")
    if (minutes, seed) == ("3", 3):
        raise RuntimeError(f"the kettle leaks with seed {seed}")
    if (minutes, seed) == ("2", 3):
        os.kill(os.getpid(), signal.SIGKILL)
    if (minutes, seed) == ("2", 5):
        sys.exit("no water")
    return boil(settings, seed)


def forget(settings: tuple[str, ...], seed: int) -> Outcome:
    """Measure something else."""
    return Outcome({"litres": 1.0})


def boil_slowly(settings: tuple[str, ...], seed: int) -> Outcome:
    """Boil at once for the first seed; then leave the process's number in the folder WAITING and wait."""
    if seed != STUDY.seeds[0]:
        folder = os.environ.get("WAITING")
        if folder:
            Path(folder, str(os.getpid())).touch()
            time.sleep(60)
    return boil(settings, seed)


def arrays(settings: tuple[str, ...], seed: int) -> Outcome:
    """Arrays of numpy, as runners are likely to give."""
    counts = np.array([[1, 3], [0, 2]])
    return Outcome({"minutes": np.float32(2.5)}, {"minutes": np.array([2.0, 3.0, np.nan]), "counts": counts})


def texts(settings: tuple[str, ...], seed: int) -> Outcome:
    """Words in place of numbers."""
    return Outcome({"minutes": 1.0}, {"minutes": ["a few"]})


@dataclass(frozen=True)
class Meeting:
    """Boil when another run has begun too; its own node's name is left in a folder, under the seed's number."""

    folder: str

    def __call__(self, settings: tuple[str, ...], seed: int) -> Outcome:
        """Wait for the other one, a minute at most."""
        import ray

        Path(self.folder, str(seed)).write_text(ray.get_runtime_context().get_node_id())
        end = time.monotonic() + 60
        while len(list(Path(self.folder).iterdir())) < 2:
            if time.monotonic() > end:
                raise RuntimeError("nobody came")
            time.sleep(0.05)
        return boil(settings, seed)
