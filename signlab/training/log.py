"""What was measured, one JSON line at a time. Chapter 9."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "metrics.jsonl"


class MetricsLog:
    """Appends to a run's metrics.jsonl.

    Args:
        run: Folder of the run; made if it is missing.
        resume_step: Updates that were made before; lines after them are dropped, since they will come again.
    """

    def __init__(self, run: str | Path, *, resume_step: int = 0) -> None:
        self.path = Path(run) / FILE
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = [row for row in read_metrics(run) if row["step"] <= resume_step] if resume_step else []
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(row) + "\n" for row in kept))
        os.replace(temporary, self.path)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add one line: the number of updates made, and named values such as "train/text"."""
        row: dict[str, Any] = {
            "step": step,
            **{name: float(f"{value:.6g}") for name, value in values.items()},
        }
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def read_metrics(run: str | Path) -> list[dict[str, Any]]:
    """All whole lines of a run's metrics; a last line that a kill cut short is left out."""
    path = Path(run) / FILE
    if not path.exists():
        return []
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows
