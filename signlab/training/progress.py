"""A progress bar where somebody watches, silence elsewhere. Chapter 9."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from signlab.training.device import rank

# What sets up a notebook that a person looks at: Jupyter, Colab, VS Code. Batch runs set none of them, and
# their stored outputs must not depend on how long something took.
NOTEBOOK_HOSTS = ("JPY_SESSION_NAME", "COLAB_RELEASE_TAG", "VSCODE_PID")
Item = TypeVar("Item")


def track(items: Iterable[Item], description: str, *, total: int) -> Iterator[Item]:
    """Go through `items` and show how far it is and how long it will take, in a terminal or a notebook.

    Nothing is shown where output goes to a file, under CI, in all processes but the first, or where rich
    is not installed.

    Args:
        items: What to go through.
        description: A word or two in front of the bar.
        total: How many items there are.
    """
    if not watched():
        yield from items
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("to go:"),
        progress.TimeRemainingColumn(),
    )
    console = Console(stderr=not in_notebook())  # results on stdout stay clean
    with progress.Progress(*columns, console=console, refresh_per_second=4) as bars:
        yield from bars.track(items, total=total, description=description)


def watched() -> bool:
    """Whether anybody sees what is shown, while it is shown."""
    if os.environ.get("CI") or rank() > 0 or importlib.util.find_spec("rich") is None:
        return False
    if in_notebook():
        return importlib.util.find_spec("ipywidgets") is not None  # rich draws through it
    return sys.stderr.isatty()


def in_notebook() -> bool:
    """Whether this is a notebook's kernel with a person in front, not a batch run."""
    ipython = sys.modules.get("IPython")
    running = ipython.get_ipython() if ipython else None
    return type(running).__name__ == "ZMQInteractiveShell" and any(map(os.environ.get, NOTEBOOK_HOSTS))
