"""Ablations that one can believe: studies described before they run, their ledgers, and what comes out.

The names below are imported when they are first asked for, since statistics and clusters need packages that
a study in the making does not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signlab.study.catalogue import CATALOGUE, find_study, shipped_report
    from signlab.study.cluster import run_on_ray
    from signlab.study.conditions import made_of
    from signlab.study.design import Level, Metric, Outcome, Study
    from signlab.study.ledger import Run, append, read_ledger
    from signlab.study.notebooks import NotebookRunner, run_notebook
    from signlab.study.pages import (
        alternative_text,
        as_markdown,
        as_overview,
        as_table,
        differences_of,
        dots_of,
        sweep_of,
        verdicts_of,
    )
    from signlab.study.report import report_of
    from signlab.study.run import run_study
    from signlab.study.statistics import holm, mean_interval, paired_bootstrap, paired_difference, verdict

_HOMES = {
    "CATALOGUE": "catalogue",
    "Level": "design",
    "Metric": "design",
    "NotebookRunner": "notebooks",
    "Outcome": "design",
    "Run": "ledger",
    "Study": "design",
    "alternative_text": "pages",
    "append": "ledger",
    "as_markdown": "pages",
    "as_overview": "pages",
    "as_table": "pages",
    "differences_of": "pages",
    "dots_of": "pages",
    "find_study": "catalogue",
    "holm": "statistics",
    "made_of": "conditions",
    "mean_interval": "statistics",
    "paired_bootstrap": "statistics",
    "paired_difference": "statistics",
    "read_ledger": "ledger",
    "report_of": "report",
    "run_notebook": "notebooks",
    "run_on_ray": "cluster",
    "run_study": "run",
    "shipped_report": "catalogue",
    "sweep_of": "pages",
    "verdict": "statistics",
    "verdicts_of": "pages",
}
__all__ = [
    "CATALOGUE",
    "Level",
    "Metric",
    "NotebookRunner",
    "Outcome",
    "Run",
    "Study",
    "alternative_text",
    "append",
    "as_markdown",
    "as_overview",
    "as_table",
    "differences_of",
    "dots_of",
    "find_study",
    "holm",
    "made_of",
    "mean_interval",
    "paired_bootstrap",
    "paired_difference",
    "read_ledger",
    "report_of",
    "run_notebook",
    "run_on_ray",
    "run_study",
    "shipped_report",
    "sweep_of",
    "verdict",
    "verdicts_of",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"signlab.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'signlab.study' has no attribute {name!r}; it has {', '.join(__all__)}")
