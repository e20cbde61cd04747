"""Execute chapters in place and leave differences that only show what changed.

usage: run_notebooks.py [book/ch02-data.ipynb ...] [--check] [--show-text] [--timeout SECONDS]

Without names: every notebook of the book. Generated cells are written anew first (chapter_cells.py);
timings, random identifiers and the Python patch version are left out of what is saved. --check runs
and writes nothing; --show-text prints what the cells print, as they print it.
"""

import argparse
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from back_matter import refresh_pages
from chapter_cells import refresh
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
METADATA = ("kernelspec", "language_info", "signlab", "colab", "accelerator", "mystnb")


def scrub(notebook: nbformat.NotebookNode) -> str:
    """The notebook as text, without anything that changes from run to run."""
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        for key in ("execution", "papermill", "lines_to_next_cell"):
            cell.metadata.pop(key, None)
    for key in list(notebook.metadata):
        if key not in METADATA:
            del notebook.metadata[key]
    notebook.metadata.get("language_info", {}).pop("version", None)
    return nbformat.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def prepare(notebook: nbformat.NotebookNode, path: Path) -> None:
    notebook.metadata.setdefault(
        "kernelspec", {"display_name": "Python 3", "language": "python", "name": "python3"}
    )
    notebook.metadata.pop(
        "accelerator", None
    )  # no chapter needs one; asking would use up the reader's share of GPUs
    notebook.metadata["colab"] = {"provenance": [], "toc_visible": True}
    refresh(notebook, path)


def run(path: Path, *, timeout: int, write: bool, show_text: bool) -> float:
    """Execute one notebook; return the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    prepare(notebook, path)

    def show(cell: nbformat.NotebookNode, **_: object) -> None:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                print("    " + output.text.rstrip().replace("\n", "\n    "), flush=True)

    start = time.monotonic()
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=show if show_text else None,
    )
    client.execute()
    seconds = time.monotonic() - start
    if write:
        cost = {
            "seconds": 5 * math.ceil(seconds / 5),
            "megabytes": 50 * math.ceil(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 / 50),
        }
        notebook.metadata.setdefault("signlab", {})["cost"] = cost
        refresh(notebook, path)
        temporary = path.with_suffix(".ipynb.tmp")
        temporary.write_text(scrub(notebook), encoding="utf-8")
        os.replace(temporary, path)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--timeout", type=int, default=900, help="seconds a cell may take")
    parser.add_argument("--check", action="store_true", help="run, but write nothing")
    parser.add_argument("--show-text", action="store_true", help="print what the cells print")
    options = parser.parse_args()
    paths = options.paths or sorted((ROOT / "book").glob("*.ipynb"))
    if len(paths) > 1:  # each from a process of its own, so that the memory of one is not taken for another's
        flags = [one for one in sys.argv[1:] if not one.endswith(".ipynb")]
        for path in paths:
            if subprocess.run([sys.executable, __file__, str(path), *flags], check=False).returncode:
                sys.exit(1)
        return
    try:
        seconds = run(paths[0], timeout=options.timeout, write=not options.check, show_text=options.show_text)
    except CellExecutionError as error:
        sys.exit(f"{paths[0]} stopped at an error, nothing of it was saved:\n{error}")
    print(f"{paths[0]}: {seconds:.0f} s", flush=True)
    if not options.check:
        refresh_pages()  # they tell what chapters cost


if __name__ == "__main__":
    main()
