"""A generated split on disk, mapped into memory: drawn once, read at once ever after. Chapter 2.

The copy is written under another name and renamed when it is whole, and it carries the fingerprint of
what it is a copy of: a missing, half-written, damaged or stale one is noticed and made anew.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, overload

import numpy as np

from signlab.data.example import SignExample, Truth
from signlab.data.listing import Examples
from signlab.data.puppet.corpus import PuppetSplit
from signlab.data.workers import each

TRACKS = ("joints", "sign", "phase", "parameters")  # of Truth, all with one row a frame
ATTEMPTS = 3  # at a copy that another process may be replacing at the same moment


class CachedSplit(Examples):
    """The examples in a copy; pictures and truth are read from mapped files when asked for.

    Raises:
        ValueError: If the files do not fit together.
        OSError: If one is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.about: dict[str, Any] = json.loads((folder / "index.json").read_text("utf-8"))
        self.ends = [example["end"] for example in self.about["examples"]]
        self.arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("frames", *TRACKS)}
        lengths = {name: len(array) for name, array in self.arrays.items()}
        if not self.ends or set(lengths.values()) != {self.ends[-1]}:
            raise ValueError(
                f"The copy in {folder} must have as many rows as its index says, but has {lengths}."
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
        return self._example(index, with_video=True)

    def text(self, index: int) -> SignExample:
        """Example `index` without its video and truth."""
        return self._example(index, with_video=False)

    def fingerprint(self) -> str:
        """A digest of all that decided what the examples are."""
        return self.about["fingerprint"]

    def _example(self, index: int, *, with_video: bool) -> SignExample:
        if not -len(self) <= index < len(self):
            raise IndexError(f"This split has {len(self)} examples, but got index {index}.")
        index %= len(self)
        video = truth = None
        if with_video:
            rows = slice(self.ends[index - 1] if index else 0, self.ends[index])
            video, *tracks = (np.asarray(array[rows]) for array in self.arrays.values())
            truth = Truth(
                joint_names=tuple(self.about["joint_names"]),
                parameter_names=tuple(self.about["parameter_names"]),
                **dict(zip(TRACKS, tracks, strict=True)),
            )
        known = self.about["examples"][index]
        return SignExample(
            name=known["name"],
            video=video,
            fps=self.about["fps"],
            signer=known["signer"],
            glosses=tuple(known["glosses"]),
            sentences=tuple(known["sentences"]),
            language=self.about["language"],
            truth=truth,
        )


def cached(
    split: PuppetSplit,
    folder: str | Path,
    *,
    workers: int | None = None,
    report: Callable[[int, int], None] | None = None,
) -> CachedSplit:
    """The split's copy below `folder`; made first if there is none that is whole and up to date.

    Processes that make the same copy at the same time do each other no harm.

    Args:
        split: What to copy.
        folder: Where copies lie, each in a folder of its own.
        workers: As in `signlab.data.workers.each`.
        report: Called after each example with the number drawn so far and the number of all.

    Raises:
        OSError: If the copy cannot be written, for instance because the disk is full.
    """
    settings = json.dumps([split.corpus, split.name, asdict(split.config)])
    place = Path(folder) / f"{split.corpus}-{split.name}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"
    for _ in range(ATTEMPTS):
        copy = _whole_and_fresh(split, place)
        if copy is not None:
            return copy
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            _write(split, temporary / "new", workers, report)
            if _whole_and_fresh(split, place) is None:
                with suppress(OSError):
                    place.rename(temporary / "old")
            with suppress(OSError):  # another process was faster
                (temporary / "new").rename(place)
        except OSError as error:
            raise OSError(
                error.errno, f"The copy of {split.corpus} {split.name} must fit into {folder}, but: {error}"
            ) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    raise OSError(f"The copy in {place} must stay as it was written, but something else keeps changing it.")


def _whole_and_fresh(split: PuppetSplit, place: Path) -> CachedSplit | None:
    try:
        copy = CachedSplit(place)
        return copy if copy.fingerprint() == split.fingerprint() and len(copy) == len(split) else None
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


class _Rows:
    """An array on disk that grows at its end; a ``.npy`` file once it is closed."""

    def __init__(self, path: Path) -> None:
        self.file, self.rows = path.open("wb"), 0
        self.kind: tuple[np.dtype, tuple[int, ...]] | None = None

    def __enter__(self) -> "_Rows":
        return self

    def append(self, rows: np.ndarray) -> None:
        if self.kind is None:
            self.kind = rows.dtype, rows.shape[1:]
            self._write_header()
        assert self.kind == (rows.dtype, rows.shape[1:])
        self.file.write(np.ascontiguousarray(rows).data)
        self.rows += len(rows)

    def _write_header(self) -> None:
        """The header leaves room for any number of rows, so it can be written again over itself."""
        assert self.kind is not None
        dtype, rest = self.kind
        about = {"descr": dtype.str, "fortran_order": False, "shape": (self.rows, *rest)}
        np.lib.format.write_array_header_1_0(self.file, about)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.file:
            if error is None:
                self.file.seek(0)
                self._write_header()
                self.file.flush()
                os.fsync(self.file.fileno())


def _write(
    split: PuppetSplit, folder: Path, workers: int | None, report: Callable[[int, int], None] | None
) -> None:
    """Draw all examples and lay their rows end to end."""
    folder.mkdir()
    about: dict[str, Any] = {
        "fingerprint": split.fingerprint(),
        "fps": split.config.fps,
        "language": split.config.language,
        "examples": [],
    }
    with ExitStack() as stack:
        files = {name: stack.enter_context(_Rows(folder / f"{name}.npy")) for name in ("frames", *TRACKS)}
        for example in each(split, _whole, workers=workers):
            assert example.video is not None
            assert example.truth is not None
            files["frames"].append(example.video)
            for name in TRACKS:
                files[name].append(getattr(example.truth, name))
            about["joint_names"] = example.truth.joint_names
            about["parameter_names"] = example.truth.parameter_names
            text = {name: getattr(example, name) for name in ("name", "signer", "glosses", "sentences")}
            about["examples"].append({**text, "end": files["frames"].rows})
            if report is not None:
                report(len(about["examples"]), len(split))
    with (folder / "index.json").open("w", encoding="utf-8") as file:
        json.dump(about, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def _whole(example: SignExample) -> SignExample:
    return example
