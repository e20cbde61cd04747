"""Create or refresh the virtual environment; needs nothing but Python 3.11 to 3.13.

usage: python3 book/_tools/environment.py
Called by every target of the Makefile. Does nothing (and needs no network) when the environment already
holds what requirements.txt, pyproject.toml and tests/constraints.txt ask for.
"""

import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
INPUTS = ("requirements.txt", "pyproject.toml", "tests/constraints.txt")
STAMP = VENV / ".signlab-installed"


def wanted() -> str:
    """A digest of all that decides what is installed."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit(
            "The packages could not be installed (see the lines above). The first installation needs a "
            "network or a local package index; after it, no network is needed. Then run the command again."
        )


def main() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(
            f"signlab needs Python 3.11, 3.12 or 3.13, but python3 here is {sys.version.split()[0]}; "
            "name another one: make PYTHON=python3.11 ..."
        )
    if STAMP.exists() and STAMP.read_text() == wanted():
        return
    start = time.monotonic()
    if not PYTHON.exists():
        print(f"[1/3] Creating the environment {VENV.name}/ (once)", flush=True)
        venv.create(VENV, with_pip=True)
    print("[2/3] Installing PyTorch (once; a minute or two)", flush=True)
    torch = (ROOT / "requirements.txt").read_text().splitlines()
    pip(
        "-q", "--progress-bar=on", *(line.split("#")[0].strip() for line in torch if line.startswith("torch"))
    )
    print("[3/3] Installing signlab and what the book needs (once; a minute or two)", flush=True)
    pip("-q", "--progress-bar=on", "-r", "requirements.txt", "-c", "tests/constraints.txt")
    STAMP.write_text(wanted())
    print(f"The environment is ready ({time.monotonic() - start:.0f} s).", flush=True)


if __name__ == "__main__":
    main()
