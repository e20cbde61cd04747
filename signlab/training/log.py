"""What was measured, one JSON line at a time. Chapter 9."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from signlab.training.device import rank
from signlab.training.run_folder import METRICS, one_sentence, replace_file


class MetricsLog:
    """Appends to a run's metrics.jsonl; of several processes only the first one writes.

    Args:
        run: Folder of the run; made if it is missing.
        resume_step: Updates that were made before; lines after them are dropped, since they will come again.

    Raises:
        OSError: If the folder cannot be written.
    """

    def __init__(self, run: str | Path, *, resume_step: int = 0) -> None:
        self.run = Path(run)
        if rank() > 0:
            return
        kept = [row for row in read_metrics(run) if row["step"] <= resume_step] if resume_step else []
        text = "".join(json.dumps(row) + "\n" for row in kept)
        with one_sentence(self.run, METRICS):
            self.run.mkdir(parents=True, exist_ok=True)
            replace_file(self.run / METRICS, lambda path: path.write_text(text))

    def write(self, step: int, values: Mapping[str, float | int]) -> None:
        """Add one line: the number of updates made, and named values such as "train/text", to six digits.

        Raises:
            OSError: If the disk is full; in one sentence.
        """
        if rank() > 0:
            return
        row = {"step": step, **{name: float(f"{value:.6g}") for name, value in values.items()}}
        with one_sentence(self.run, METRICS), (self.run / METRICS).open("a") as file:
            file.write(json.dumps(row) + "\n")

    @staticmethod
    def read(run: str | Path) -> list[dict[str, Any]]:
        """All whole lines of a run's metrics."""
        return read_metrics(run)


def read_metrics(run: str | Path) -> list[dict[str, Any]]:
    """All whole lines of a run's metrics; one that a kill cut short is left out."""
    path = Path(run) / METRICS
    rows = []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            rows.append(row)
    return rows
