"""A generated split on disk, mapped into memory: drawn once, then read at once. Chapter 2.

The copy is written under another name and renamed when it is whole. It carries the fingerprint of what
it is a copy of; a half-written or stale one is noticed and made anew.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import overload

import numpy as np

from signlab.data.example import SignExample, Truth
from signlab.data.puppet.corpus import PuppetConfig, PuppetSplit

TRACKS = ("joints", "sign", "phase", "parameters")  # of Truth, all with one row a frame
CHUNK = 32  # examples that a worker draws at a time


class CachedSplit(Sequence[SignExample]):
    """The examples of a split, with pictures and truth read from a mapped file."""

    def __init__(self, split: PuppetSplit, folder: Path) -> None:
        self.source = split
        about = json.loads((folder / "index.json").read_text())
        self.ends: list[int] = about["ends"]
        self.names = tuple(about["joint_names"]), tuple(about["parameter_names"])
        self.frames = np.load(folder / "frames.npy", mmap_mode="r")
        self.tracks = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in TRACKS}
        if self.ends[-1] != len(self.frames) or any(len(t) != len(self.frames) for t in self.tracks.values()):
            raise ValueError(
                f"The copy in {folder} must hold {self.ends[-1]} frames, but holds {len(self.frames)}."
            )

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> SignExample: ...
    @overload
    def __getitem__(self, index: slice) -> list[SignExample]: ...
    def __getitem__(self, index: int | slice) -> SignExample | list[SignExample]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        text = self.source.text(index)
        index %= len(self)
        rows = slice(self.ends[index - 1] if index else 0, self.ends[index])
        tracks = {name: np.asarray(track[rows]) for name, track in self.tracks.items()}
        truth = Truth(joint_names=self.names[0], parameter_names=self.names[1], **tracks)
        return replace(text, video=np.asarray(self.frames[rows]), truth=truth)

    def text(self, index: int) -> SignExample:
        """Example `index` without its video and truth."""
        return self.source.text(index)

    def fingerprint(self) -> str:
        return self.source.fingerprint()


def cached(split: PuppetSplit, folder: str | Path, *, workers: int = 2) -> CachedSplit:
    """The split's copy below `folder`; made first if it is missing, damaged or stale.

    Args:
        split: What to copy.
        folder: Where copies lie; each has a folder of its own, named by its fingerprint.
        workers: Processes that draw; 1 draws in this one.
    """
    place = Path(folder) / f"{split.corpus}-{split.name}-{split.fingerprint()[:16]}"
    if place.exists():
        try:
            return CachedSplit(split, place)
        except (OSError, ValueError, KeyError):
            shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{place.name}.", suffix=".tmp", dir=place.parent))
    try:
        _write(split, temporary, workers)
        try:
            temporary.rename(place)
        except OSError:  # another process was faster
            if not place.exists():
                raise
        return CachedSplit(split, place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(split: PuppetSplit, folder: Path, workers: int) -> None:
    """Draw all examples and lay their frames end to end."""
    ends: list[int] = []
    tracks: dict[str, list[np.ndarray]] = {name: [] for name in ("frames", *TRACKS)}
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    for example in _drawn(split, workers):
        assert example.video is not None
        assert example.truth is not None
        tracks["frames"].append(example.video)
        for name in TRACKS:
            tracks[name].append(getattr(example.truth, name))
        names = example.truth.joint_names, example.truth.parameter_names
        ends.append((ends[-1] if ends else 0) + len(example.video))
    for name, pieces in tracks.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, np.concatenate(pieces))
            file.flush()
            os.fsync(file.fileno())
    about = {"ends": ends, "joint_names": names[0], "parameter_names": names[1]}
    (folder / "index.json").write_text(json.dumps(about))


def _drawn(split: PuppetSplit, workers: int) -> Iterator[SignExample]:
    if workers <= 1:
        yield from split
        return
    jobs = [(split.corpus, split.config, split.name, at) for at in range(0, len(split), CHUNK)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for examples in pool.map(_draw_chunk, jobs):
            yield from examples


def _draw_chunk(job: tuple[str, PuppetConfig, str, int]) -> list[SignExample]:
    corpus, config, name, start = job
    return PuppetSplit(corpus, config, name)[start : start + CHUNK]
