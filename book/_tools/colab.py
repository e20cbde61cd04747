"""Run the chapters as Colab would: its versions, the generated first cell, a wheel that was built here.

usage: colab.py --python ENV/bin/python [--wheel FILE] [book/ch02-data.ipynb ...]

The environment has what tests/colab.txt lists and not this library; `make colab` makes one. A stand-in for the package
`google.colab` lets the first cell believe where it is. The cell's address of the wheel is replaced by a local file, and every
chapter runs at the scale `smoke`. Afterwards nothing that was there before may have another version.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
LISTED = "import importlib.metadata as m; print(*sorted(f'{d.name}=={d.version}' for d in m.distributions()), sep='\\n')"
TORN = ("torch", "numpy", "ipython", "ipywidgets", "ipykernel", "matplotlib")  # must never be touched


def installed(python: Path) -> dict[str, str]:
    """Name and version of everything in an environment."""
    told = subprocess.run([python, "-c", LISTED], capture_output=True, text=True, check=True).stdout
    return dict(line.split("==", 1) for line in told.splitlines())


def build_wheel(folder: Path) -> Path:
    """The library as a wheel."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], check=True
    )
    (wheel,) = folder.glob("signlab-*.whl")
    return wheel


def as_on_colab(path: Path, wheel: Path) -> nbformat.NotebookNode:
    """A chapter at the scale `smoke`, whose first cell takes the wheel from a file.

    Raises:
        ValueError: If the chapter has no set-up cell, or its wheel's address is not where it should be.
    """
    notebook = nbformat.read(path, as_version=4)
    cells = {tag: cell for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    setup = cells["setup"].source
    address = next((line for line in setup.splitlines() if line.strip().startswith("wheel = ")), None)
    if address is None:
        raise ValueError(f"The first cell must say where the wheel is, but that of {path.name} does not.")
    cells["setup"].source = setup.replace(address, f'    wheel = "{wheel}"')
    if "parameters" in cells:
        cells["parameters"].source = cells["parameters"].source.replace('scale = "quick"', 'scale = "smoke"')
    return notebook


def prepare(python: Path, folder: Path) -> dict[str, str]:
    """A kernel that is the environment's Python and finds a package `google.colab`; the variables to run it with."""
    (folder / "google" / "colab").mkdir(parents=True)
    (folder / "google" / "colab" / "__init__.py").write_text("", encoding="utf-8")
    startup = folder / "sitecustomize.py"
    startup.write_text("import google.colab\n", encoding="utf-8")
    kernel = folder / "share" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    told = {
        "argv": command,
        "display_name": "colab",
        "language": "python",
        "env": {"PYTHONPATH": str(folder)},
    }
    (kernel / "kernel.json").write_text(json.dumps(told), encoding="utf-8")
    return {"JUPYTER_PATH": str(folder / "share")}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("chapters", nargs="*", type=Path)
    args = parser.parse_args()
    chapters = args.chapters or sorted((ROOT / "book").glob("ch[0-9]*.ipynb"))
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = (args.wheel or build_wheel(folder)).resolve()
        os.environ |= prepare(args.python, folder)
        before = installed(args.python)
        for path in chapters:
            start = time.perf_counter()
            client = NotebookClient(
                as_on_colab(path, wheel),
                kernel_name="colab",
                timeout=600,
                resources={"metadata": {"path": name}},
            )
            try:
                client.execute()
                said = "ran"
            except CellExecutionError as error:
                said = f"FAILED: {error.ename}: {error.evalue}"
                failed.append(path.name)
            sys.stdout.write(f"{path.name}: {said}, {time.perf_counter() - start:.0f} s\n")
            sys.stdout.flush()
        after = installed(args.python)
    changed = [f"{one} {before[one]} -> {after.get(one)}" for one in before if after.get(one) != before[one]]
    added = sorted(f"{one} {after[one]}" for one in after.keys() - before.keys())
    sys.stdout.write(f"changed: {', '.join(changed) or 'nothing'}\nadded: {', '.join(added)}\n")
    sys.stdout.write(f"versions: {', '.join(f'{one} {after[one]}' for one in TORN if one in after)}\n")
    return 1 if failed or changed else 0


if __name__ == "__main__":
    sys.exit(main())
