"""A run's files: there and whole, or not there, whatever happens while they are written. Chapter 9.

A state is a folder below ``state/``. It is written under a name that nobody reads, brought to the disk, and
only then given the name that counts, so that a kill finds either the old states or also the new one. Each
carries the SHA-256 of its files (``sha256sum --check`` reads it too), so that damage is noticed.
"""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

CONFIG, WEIGHTS, METRICS, STATE = "config.json", "weights.safetensors", "metrics.jsonl", "state"
SUMS = "SHA256SUMS"
KEPT = 2  # complete states: the newest, and one to fall back to
UNFINISHED = ".tmp-"  # names with this in front are never read, and swept away at the next start


def complete_states(run: Path) -> list[Path]:
    """The complete states of a run, the newest first.

    One whose name ends in "~" is about to be replaced by a newer one of the same step.
    """
    folder = run / STATE
    found = [path for path in folder.iterdir() if _STEP.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: (step_of(path), not path.name.endswith("~")), reverse=True)


def step_of(state: Path) -> int:
    """Updates made when a state was saved, read off its name."""
    return int(state.name.removeprefix("step-").removesuffix("~"))


@contextmanager
def new_state(run: Path, step: int) -> Iterator[Path]:
    """A folder to write files into; once the block has ended well, it is the run's newest state.

    All but `KEPT` states are removed then, and those of later steps: they belong to a training that was
    begun anew or fell back to an earlier state.
    """
    states = run / STATE
    states.mkdir(parents=True, exist_ok=True)
    sweep(run)
    temporary, final = states / f"{UNFINISHED}{step:08d}", states / f"step-{step:08d}"
    temporary.mkdir()
    try:
        yield temporary
        _seal(temporary)
        if final.exists():
            replaced = final.with_name(f"{final.name}~")
            _discard(replaced)
            final.rename(replaced)
        temporary.rename(final)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(states)
    kept = [path for path in complete_states(run) if step_of(path) < step][: KEPT - 1]
    for path in complete_states(run):
        if path != final and path not in kept:
            _discard(path)


def check_whole(state: Path) -> None:
    """Compare a state's files with the sums that were taken when they were written.

    Raises:
        ValueError: Naming the file that is missing or was changed.
    """
    for line in (state / SUMS).read_text().splitlines():
        expected, _, name = line.partition("  ")
        if not (state / name).is_file() or _sum(state / name) != expected:
            raise ValueError(f"{name} is not as it was written")


def seen_from(run: Path, other: Path | None) -> str:
    """The way from a run's folder to another's; nothing if there is none."""
    return "" if other is None else os.path.relpath(other.resolve(), run.resolve())


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name, bring it to the disk, and put it in the place of `path`."""
    temporary = path.with_name(f"{UNFINISHED}{path.name}")
    try:
        write(temporary)
        _sync_file(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_tensors(path: Path, tensors: dict[str, Tensor], *, about: dict[str, Any] | None = None) -> None:
    """Named tensors as a safetensors file, with a few words about them in its header.

    The words are one JSON text: several entries would come in an order that changes, and equal tensors
    would not make equal files.

    Raises:
        OSError: If the disk is full or broken; safetensors alone would raise an error of its own kind.
    """
    try:
        save_file(tensors, path, metadata={"signlab": json.dumps(about)} if about else None)
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        code = int(number[1]) if number else errno.EIO
        raise OSError(code, os.strerror(code)) from error


def sweep(run: Path) -> None:
    """Remove what an interrupted training left half-written."""
    for folder in (run, run / STATE):
        for leftover in folder.glob(f"{UNFINISHED}*"):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


@contextmanager
def one_sentence(run: Path, what: str) -> Iterator[None]:
    """Turn an OSError while writing into one sentence: what failed, why, and what is still there."""
    try:
        yield
    except OSError as error:
        states = complete_states(run)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "the disk is full" if full else (error.strerror or str(error))
        intact = (
            f"the last good checkpoint, of step {step_of(states[0])}, is intact"
            if states
            else "no checkpoint had been saved before"
        )
        remedy = "free some space" if full else "see to it"
        told = OSError(f"{what} could not be written to {run}: {reason}; {intact}; {remedy}, then resume.")
        told.errno = error.errno
        raise told from error


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(folder: Path) -> None:
    """Sum up and sync every file of a state that is about to be renamed."""
    names = sorted(path.name for path in folder.iterdir())
    (folder / SUMS).write_text("".join(f"{_sum(folder / name)}  {name}\n" for name in names))
    for name in (*names, SUMS):
        _sync_file(folder / name)
    sync_folder(folder)


def _discard(state: Path) -> None:
    """Remove a state; first its name, so that no half of it ever counts."""
    if state.exists():
        unnamed = state.with_name(f"{UNFINISHED}{state.name}")
        state.rename(unnamed)
        shutil.rmtree(unnamed, ignore_errors=True)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


_STEP = re.compile(r"step-\d{8,}~?")
