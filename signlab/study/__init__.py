"""Ablations that one can believe: studies described before they run, their ledgers, and what comes out.

The names below are imported when they are first asked for, since statistics and clusters need packages that
a study in the making does not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signlab.study.design import Level, Metric, Outcome, Study
    from signlab.study.ledger import Run, append, read_ledger
    from signlab.study.run import run_study
    from signlab.study.statistics import holm, mean_interval, paired_bootstrap, paired_difference, verdict

_HOMES = {
    "Level": "design",
    "Metric": "design",
    "Outcome": "design",
    "Run": "ledger",
    "Study": "design",
    "append": "ledger",
    "holm": "statistics",
    "mean_interval": "statistics",
    "paired_bootstrap": "statistics",
    "paired_difference": "statistics",
    "read_ledger": "ledger",
    "run_study": "run",
    "verdict": "statistics",
}
__all__ = [
    "Level",
    "Metric",
    "Outcome",
    "Run",
    "Study",
    "append",
    "holm",
    "mean_interval",
    "paired_bootstrap",
    "paired_difference",
    "read_ledger",
    "run_study",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"signlab.study.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'signlab.study' has no attribute {name!r}; it has {', '.join(__all__)}")
