"""Notebooks as runners: papermill executes one for each level and seed, and its numbers reach the ledger. Chapter 10."""

import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from signlab.data.files import data_folder
from signlab.study.design import Outcome, Study
from signlab.study.run import Done, run_study

PARAMETERS = ("settings", "seed", "out")  # what the notebook's cell tagged `parameters` must set


@dataclass(frozen=True, kw_only=True, slots=True)
class NotebookRunner:
    """A notebook in the place of a function: to be given to `run_study`, or spread over a cluster.

    The notebook has a cell tagged `parameters` that sets `settings` (a list of "field=value"), `seed` and `out`.
    It measures, and writes JSON to the file `out`: ``{"metrics": {"bleu4": 12.5}, "per_sentence": {...}}``, the
    latter if it likes. What was executed is kept below `folder`, as ``study/level/seed=3.ipynb``, also if a cell
    failed: it then shows where.

    Raises:
        ValueError: When made, if there is no such notebook, or the folder is inside the book, whose pages
            would take up what lies there.
    """

    study: Study
    notebook: Path
    folder: Path
    sources: tuple[str, ...] = ()  # of signlab, that its results depend on; none = all

    def __post_init__(self) -> None:
        if not self.notebook.is_file():
            raise ValueError(
                f"A notebook that measures must exist, but {self.notebook} does not; check the path."
            )
        book = (data_folder().parent / "book").resolve()
        if self.folder.resolve().is_relative_to(book):
            raise ValueError(
                f"Executed notebooks must lie outside the book, but {self.folder} is inside; take folder=runs."
            )

    def __call__(self, settings: tuple[str, ...], seed: int) -> Outcome:
        """Execute the notebook and read what it wrote.

        Raises:
            ValueError: If papermill is not installed, the notebook lacks a parameter, a cell fails or what it
                wrote is no JSON of metrics.
        """
        papermill = _papermill()
        executed = self.executed(settings, seed)
        executed.parent.mkdir(parents=True, exist_ok=True)
        out = executed.with_suffix(".json")
        out.unlink(missing_ok=True)
        values = {"settings": list(settings), "seed": seed, "out": str(out.resolve())}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of papermill, the kernel and what lies between them
            _check_parameters(self.notebook, papermill)
            try:
                papermill.execute_notebook(
                    str(self.notebook),
                    str(executed),
                    parameters=values,
                    kernel_name="python3",  # of the environment that signlab is in, whatever the notebook was saved with
                    cwd=str(executed.parent),
                    progress_bar=False,
                    log_output=False,
                )
            except papermill.PapermillExecutionError as error:
                raise ValueError(
                    f"Every cell of {self.notebook.name} must run, but one ended with {error.ename}: {error.evalue}; "
                    f"look at {executed}."
                ) from error
        return _read_outcome(out, self.notebook)

    def executed(self, settings: tuple[str, ...], seed: int) -> Path:
        """Where the executed notebook of a level and a seed is kept.

        Raises:
            ValueError: If no level of the study has these settings.
        """
        for name in self.study.names:
            if self.study.settings_of(name) == settings:
                return self.folder / self.study.name / name / f"seed={seed}.ipynb"
        raise ValueError(
            f"The settings must be those of a level of {self.study.name}, but got {settings}; "
            "give the runner the study that is run."
        )


def run_notebook(
    study: Study,
    notebook: str | Path,
    level: str,
    seed: int,
    ledger: str | Path,
    *,
    folder: str | Path = "runs",
    threads: int | None = None,
) -> Done:
    """One level and one seed of a study by a notebook; the ledger gets the same line as from a function.

    Args:
        study: That the notebook is a run of.
        notebook: With a cell tagged `parameters`; see `NotebookRunner`.
        level: Name of the level.
        seed: One of the study's.
        ledger: File that the line is added to, unless it has the run already.
        folder: Where the executed notebook is kept, below study and level.
        threads: Of torch in the notebook; None = all cores.

    Raises:
        ValueError: As `NotebookRunner` and `run_study`.
    """
    runner = NotebookRunner(study=study, notebook=Path(notebook).resolve(), folder=Path(folder).resolve())
    return run_study(study, runner, ledger, seeds=(seed,), levels=[level], threads=threads)


def _check_parameters(notebook: Path, papermill: ModuleType) -> None:
    known = papermill.inspect_notebook(str(notebook))
    missing = [name for name in PARAMETERS if name not in known]
    if missing:
        raise ValueError(
            f"{notebook.name} must have a cell tagged 'parameters' that sets {', '.join(PARAMETERS)}, "
            f"but it sets no {missing[0]}; add {missing[0]} = None there."
        )


def _read_outcome(out: Path, notebook: Path) -> Outcome:
    """What a notebook wrote."""
    values: Any = None
    if out.is_file():
        try:
            values = json.loads(out.read_text(encoding="utf-8"))
        except ValueError:
            values = None
    metrics = values.get("metrics") if isinstance(values, dict) else None
    kinds = (int, float, type(None))
    if not isinstance(metrics, dict) or not all(type(value) in kinds for value in metrics.values()):
        raise ValueError(
            f"{notebook.name} must write JSON such as {{'metrics': {{'bleu4': 12.5}}}} to the file `out`, "
            f"but {'wrote no such thing' if out.is_file() else 'wrote nothing'}; see its last cell."
        )
    numbers = {name: math.nan if value is None else float(value) for name, value in metrics.items()}
    return Outcome(numbers, values.get("per_sentence"))


def _papermill() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import papermill
    except ImportError as error:
        raise ValueError(
            "A notebook as a run needs papermill, which is not installed; pip install 'signlab[cluster]'."
        ) from error
    return papermill
