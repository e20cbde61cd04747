"""A class that has handed in: ledgers as runs would have written them, without making any run."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from signlab.assignment.folder import Task
from signlab.assignment.make import HANDED_OUT, Class, folder_name, make_assignment
from signlab.assignment.submission import LEDGER, NOTEBOOK
from signlab.study.conditions import Hardware
from signlab.study.ledger import Run, to_line

STUDENTS = ("Ada", "Bo", "Cleo")
LEVELS = {"8": 16.0, "32": 18.0, "128": 19.0, "512": 19.1}  # decibels of the codebook's sizes
START = datetime(2026, 3, 4, 9, tzinfo=UTC)


def a_class(folder: Path, students: tuple[str, ...] = STUDENTS) -> Class:
    """Three students, who each run four sizes of a codebook on five seeds."""
    return make_assignment("codebook-size", students, folder / "made", secret="a secret")


def truth(corpus: int, level: str, seed: int) -> list[float]:
    """What a run would measure: decibels of a few clips, the same whenever it is made again."""
    luck = np.random.default_rng((corpus, int(level), seed))
    of_seed = np.random.default_rng((corpus, seed)).normal(0, 0.3)
    return [round(float(value), 3) for value in LEVELS[level] + of_seed + luck.normal(0, 0.1, 6)]


def ledger_of(klass: Class, task: Task) -> list[Run]:
    """All runs of a student, as honest work leaves them."""
    study, kind = klass.assignment.study_of(task.corpus), klass.assignment.of_kind()
    runs: list[Run] = []
    for seed in study.seeds:
        for level in study.names:
            values, settings = truth(task.corpus, level, seed), study.settings_of(level)
            metrics = {
                "psnr": float(np.mean(values)),
                "hand_psnr": float(np.mean(values)) - 2,
                "perplexity": 0.3 * int(level) + seed / 7,
                "fingerprint": kind.fingerprint(settings, seed),
            }
            runs.append(
                Run(
                    study=study.ledger_name,
                    digest=study.digest_of(level),
                    level=level,
                    settings=settings,
                    seed=seed,
                    metrics=metrics,
                    per_sentence={"psnr": values, "curve": [2.0, 1.0]},
                    versions={"signlab": "0.1.0", "python": "3.11.7", "torch": "2.13.0", "numpy": "2.4.6"},
                    code=task.code,
                    seconds=9.0 + seed / 8,
                    cpu_seconds=9.0,
                    peak_memory_mb=600.0,
                    peak_gpu_memory_mb=0.0,
                    hardware=Hardware(cpu="A CPU", cores=1),
                    started=(START + timedelta(seconds=12 * len(runs))).isoformat(),
                )
            )
    return runs


def hand_in(klass: Class, folder: Path, student: str, runs: list[Run] | None = None) -> Path:
    """A student's folder with a ledger, verdicts and texts; returns the folder."""
    task = next(task for task in klass.students if task.student == student)
    there = folder / "made" / HANDED_OUT / folder_name(student)
    to = folder / "handed-in" / folder_name(student)
    to.mkdir(parents=True)
    for file in there.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    write_ledger(to, ledger_of(klass, task) if runs is None else runs)
    write_cell(to, "answers", 'VERDICTS = {"8": "matters", "32": "matters", "512": "open"}\nOWN = []')
    for name in ("prediction", "conclusion", "mechanism", "limits"):
        write_cell(to, name, f"## {name.capitalize()}\nWritten by {student}.")
    return to


def write_ledger(folder: Path, runs: list[Run]) -> None:
    """All lines at once, without waiting for the disk at each."""
    (folder / LEDGER).write_text("".join(f"{to_line(run)}\n" for run in runs))


def write_cell(folder: Path, name: str, source: str) -> None:
    """Write into a cell of a handed-in notebook."""
    notebook = json.loads((folder / NOTEBOOK).read_text())
    next(cell for cell in notebook["cells"] if cell["id"] == name)["source"] = source
    (folder / NOTEBOOK).write_text(json.dumps(notebook))


def with_psnr(run: Run, value: float) -> Run:
    """A run whose number is another, and whose list does not follow."""
    return replace(run, metrics=run.metrics | {"psnr": value})
