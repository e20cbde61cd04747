"""What a run was made with: versions, code, hardware, time and memory. Chapter 10."""

import hashlib
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from signlab import __version__

_PACKAGE = Path(__file__).parents[1]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
Anything = TypeVar("Anything", bound=Callable[..., Any])


def made_of(*parts: str) -> Callable[[Anything], Anything]:
    """Let a runner name the source files of signlab that its results depend on.

    Args:
        parts: Folders and files below the package, such as "translation" or "training/config.py".
    """

    def named(runner: Anything) -> Anything:
        setattr(runner, "sources", parts)  # noqa: B010  a function has no field of this name to assign to
        return runner

    return named


def code_digest(parts: Sequence[str] = ()) -> str:
    """A digest of source files of signlab: the named ones, or all.

    Raises:
        ValueError: If a part is no source file or folder of them.
    """
    files: set[Path] = set()
    for part in parts or (".",):
        path = _PACKAGE / part
        found = [path] if path.suffix == ".py" and path.is_file() else sorted(path.rglob("*.py"))
        if not found:
            raise ValueError(
                f"A runner must name source files of signlab, such as 'translation', but there is no {part!r}."
            )
        files.update(one.resolve() for one in found)
    digest = hashlib.sha256()
    for name, file in sorted((file.relative_to(_PACKAGE.resolve()).as_posix(), file) for file in files):
        text = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\n{len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """The versions that matter, without importing anything for it."""
    found = {"signlab": __version__, "python": platform.python_version()}
    for name in ("torch", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """What a run had to compute with."""

    cpu: str  # model
    cores: int  # that the run was allowed to use
    gpu: str = ""  # model, if the run used one


def hardware(cores: int) -> Hardware:
    """This machine; the GPU only if this process has used one."""
    return Hardware(cpu=_cpu(), cores=cores, gpu=_gpu())


def cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Let what computes in this process, torch above all, take so many threads; before it has begun."""
    os.environ.update({name: str(threads) for name in _THREADS})
    torch = sys.modules.get("torch")  # later imports read the environment
    if torch is not None:
        torch.set_num_threads(threads)


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures from the moment it is made."""

    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    wall_seconds: float = field(default_factory=time.perf_counter)
    cpu_seconds: float = field(default_factory=lambda: _cpu_seconds())

    def seconds(self) -> float:
        """Passed since, by the clock."""
        return time.perf_counter() - self.wall_seconds

    def cpu(self) -> float:
        """Computed since, by this process and by those of its children that have ended."""
        return _cpu_seconds() - self.cpu_seconds


def peak_memory_mb() -> float:
    """The most memory that this process or one of its ended children ever held, in MB; 0 where none can tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    own = _listed(Path("/proc/self/status"), "VmHWM")
    if own:  # on Linux, what getrusage says of a process itself begins with the peak of whoever started it
        most = int(own.split()[0])
    else:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(most, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit / 1e6


def peak_gpu_memory_mb() -> float:
    """The most memory that torch ever held on a GPU in this process, in MB."""
    torch = sys.modules.get("torch")
    return torch.cuda.max_memory_allocated() / 1e6 if torch is not None and _gpu() else 0.0


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _cpu() -> str:
    model = _listed(Path("/proc/cpuinfo"), "model name")
    return model or platform.processor() or platform.machine() or "unknown"


def _listed(path: Path, wanted: str) -> str:
    """A value in one of the kernel's lists of names and values, or nothing."""
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        name, _, value = line.partition(":")
        if name.strip() == wanted:
            return value.strip()
    return ""


def _gpu() -> str:
    torch = sys.modules.get("torch")
    used = torch is not None and hasattr(torch, "cuda") and torch.cuda.is_initialized()
    return torch.cuda.get_device_name() if torch is not None and used else ""
