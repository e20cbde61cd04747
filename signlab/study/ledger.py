"""The ledger: one JSON line for each run, added and never changed. Chapter 10."""

import dataclasses
import errno
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from signlab.study.conditions import Hardware

try:
    import fcntl
except ImportError:  # Windows: no lock, so one process at a time may write there
    fcntl = None

logger = logging.getLogger(__name__)

OF_EVERY_RUN = ("seconds", "cpu_seconds")  # may be metrics of a study without any runner's measuring them


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run: what was asked for, what came out, and what it was made with."""

    study: str
    digest: str  # of what determines the result, as `Study.digest_of` gives it
    level: str
    settings: tuple[str, ...]
    seed: int
    metrics: dict[str, float]  # what is no finite number is null in the file and nan here
    per_sentence: dict[str, list[Any]]  # a number or a short list of numbers for each sentence; may be empty
    versions: dict[str, str]
    code: str  # digest of the source files that the result depends on
    seconds: float  # by the clock
    cpu_seconds: float  # of all cores together
    peak_memory_mb: float  # of the largest process
    peak_gpu_memory_mb: float  # of torch's tensors; 0 without a GPU
    hardware: Hardware
    started: str  # ISO 8601, UTC

    @property
    def key(self) -> tuple[str, int]:
        """What a second run would repeat."""
        return self.digest, self.seed

    @property
    def numbers(self) -> dict[str, float]:
        """What the runner measured, and what is measured of every run."""
        return {name: getattr(self, name) for name in OF_EVERY_RUN} | self.metrics


class Ledger(NamedTuple):
    """What a file of runs holds."""

    runs: tuple[Run, ...]
    torn: str = ""  # a sentence about a last line that a kill cut short, or nothing


def to_line(run: Run) -> str:
    """A run as one line of JSON, without the line's end."""
    values = dataclasses.asdict(run)
    values["metrics"] = _finite(run.metrics)
    values["per_sentence"] = _finite(values.pop("per_sentence"))  # last, for those who read lines
    return json.dumps(values, allow_nan=False)


def from_line(line: str) -> Run:
    """The run that a line holds.

    Raises:
        ValueError: If it is no JSON, or a field is missing or of another type; without naming the file.
    """
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(values, dict):
        raise ValueError("it is no JSON object")
    for name, (fits, words) in _FIELDS.items():
        if name not in values:
            raise ValueError(f"{name} is missing")
        if not fits(values[name]):
            raise ValueError(f"{name} must be {words}, but is {json.dumps(values[name])[:60]}")
    known = {name: values[name] for name in _FIELDS}
    known["settings"] = tuple(known["settings"])
    known["metrics"] = _nan_for_null(known["metrics"])
    known["per_sentence"] = _nan_for_null(known["per_sentence"])
    known["hardware"] = Hardware(**{one.name: known["hardware"][one.name] for one in _HARDWARE})
    return Run(**known)


def append(path: str | Path, run: Run) -> None:
    """Add a run; several processes may do so at the same time.

    The line is written at once, at the end, under a lock, and brought to the disk. What a kill has left of an
    unfinished line is removed before.

    Raises:
        OSError: If the file cannot be written or the disk is full; the ledger is then as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (to_line(run) + "\n").encode()
    binary = getattr(os, "O_BINARY", 0)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | binary, 0o666)
    try:
        with _locked(file):
            line = _mended_end(file, path) + line
            before = os.fstat(file).st_size
            if _written(file, line) < len(line):
                os.ftruncate(file, before)
                raise OSError(f"A run must be written whole, but the disk of {path} is full; make room.")
            os.fsync(file)
    finally:
        os.close(file)


def read_ledger(path: str | Path) -> Ledger:
    """All runs in a file, in order; none if there is no file.

    Raises:
        ValueError: If a line is damaged. The last line may be cut short by a kill: `torn` then says so.
    """
    path = Path(path)
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    runs, torn = [], ""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            runs.append(from_line(line.decode()))
        except ValueError as error:
            if number < len(lines):
                raise ValueError(
                    f"Each line of {path} must be one run, but line {number} is damaged ({error}); restore it "
                    "from a copy, or delete it and have its seed run again."
                ) from error
            torn = f"The last line of {path} was cut short, so its run will be made again."
    return Ledger(tuple(runs), torn)


@contextmanager
def _locked(file: int) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # a file system without locks, as some network drives are
        yield
        return
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _mended_end(file: int, path: Path) -> bytes:
    """Make sure that a new line can start: remove half a line, and give the end that a whole one lacks."""
    size = os.lseek(file, 0, os.SEEK_END)
    if size == 0:
        return b""
    os.lseek(file, size - 1, os.SEEK_SET)
    if os.read(file, 1) == b"\n":
        return b""
    everything = path.read_bytes()
    start = everything.rfind(b"\n") + 1
    try:
        from_line(everything[start:].decode())
    except ValueError:
        os.ftruncate(file, start)
        logger.warning("The last line of %s was cut short, and is removed.", path)
        return b""
    return b"\n"


def _written(file: int, line: bytes) -> int:
    """How many bytes reached the file; a full disk takes only some, or none."""
    try:
        return os.write(file, line)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return 0
        raise


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value if math.isfinite(value) else None


def _nan_for_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _nan_for_null(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_nan_for_null(item) for item in value]
    return math.nan if value is None else value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"it holds {name}, which is no JSON")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _amount(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= sys.float_info.max


def _measured(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and abs(value) <= sys.float_info.max)


def _row(value: Any) -> bool:
    return _measured(value) or (isinstance(value, list) and all(map(_measured, value)))


def _listed(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _named(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _is_hardware(value: Any) -> bool:
    kinds: Sequence[tuple[str, type]] = (("cpu", str), ("cores", int), ("gpu", str))
    return isinstance(value, dict) and all(type(value.get(name)) is kind for name, kind in kinds)


_HARDWARE = dataclasses.fields(Hardware)
_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "study": (_text, "text"),
    "digest": (_text, "text"),
    "level": (_text, "text"),
    "settings": (_listed(_text), "a list of texts"),
    "seed": (_count, "a whole number, 0 or more"),
    "metrics": (_named(_measured), "names with numbers or null"),
    "per_sentence": (_named(_listed(_row)), "names with lists of numbers or of short lists"),
    "versions": (_named(_text), "names with texts"),
    "code": (_text, "text"),
    "seconds": (_amount, "a number, 0 or more"),
    "cpu_seconds": (_amount, "a number, 0 or more"),
    "peak_memory_mb": (_amount, "a number, 0 or more"),
    "peak_gpu_memory_mb": (_amount, "a number, 0 or more"),
    "hardware": (_is_hardware, "a CPU's model, a number of cores and a GPU's model"),
    "started": (_text, "text"),
}
