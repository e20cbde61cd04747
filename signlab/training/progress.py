"""A progress bar where somebody watches, silence elsewhere. Chapter 9."""

import os
import sys
from collections.abc import Iterable, Iterator


def track(steps: Iterable[int], description: str, *, total: int) -> Iterator[int]:
    """Go through `steps` and show how far it is, in a terminal or a notebook.

    Nothing is shown where output goes to a file, under CI, or where rich is not installed.

    Args:
        steps: What to go through.
        description: A word or two in front of the bar.
        total: How many steps there are.
    """
    if not watched():
        yield from steps
        return
    from rich.progress import track as rich_track

    yield from rich_track(steps, description=description, total=total)


def watched() -> bool:
    """Whether anybody sees what is printed while it is printed."""
    try:
        import rich  # noqa: F401
    except ImportError:
        return False
    if os.environ.get("CI") or os.environ.get("SIGNLAB_QUIET"):
        return False
    return sys.stderr.isatty() or in_notebook()


def in_notebook() -> bool:
    """Whether this runs under a notebook's kernel with a person in front (not a batch run)."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None  # type: ignore[attr-defined]
    return type(running).__name__ == "ZMQInteractiveShell" and "JPY_SESSION_NAME" in os.environ
