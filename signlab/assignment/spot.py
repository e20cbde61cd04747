"""One run made again, in a process that may take only so much time and memory, and reaches no network. Chapter 10."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

TASK, RESULT = "task.json", "result.json"
KEPT = (
    "PATH",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "LANG",
)  # of the environment; nothing else is told
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # of Linux's sched.h


class Limits(NamedTuple):
    """What a process may take."""

    seconds: float = 120.0  # by the clock
    megabytes: int = 6_000  # of memory of its own
    written: int = 64  # megabytes of any one file


class Again(NamedTuple):
    """What came of a run that was made again."""

    text: str  # as `attempt` tells it; "" if nothing came
    why: str = ""  # one sentence, if nothing came
    alone: bool = False  # whether the network was out of reach


def run_again(
    kind: str, level: str, settings: tuple[str, ...], seed: int, limits: Limits | None = None
) -> Again:
    """Make one run in a child process.

    Args:
        kind: Of run, one of `KINDS`.
        level: Its name, for the result.
        settings: All of them; of the instructor's design, or of a level that has been checked.
        seed: Of the run.
        limits: Beyond which the child is ended.
    """
    limits = limits or Limits()
    with TemporaryDirectory() as folder:
        given = {"kind": kind, "level": level, "settings": settings, "seed": seed, "limits": limits}
        (Path(folder) / TASK).write_text(json.dumps(given), encoding="utf-8")
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"HOME": folder, "TMPDIR": folder, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        child = subprocess.Popen(
            [sys.executable, "-m", "signlab.assignment.spot", folder],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            child.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            return Again("", f"it took longer than {limits.seconds:g} seconds")
        finally:
            _end(child)
        return _told(Path(folder) / RESULT, child.returncode)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def _told(result: Path, code: int) -> Again:
    try:
        values = json.loads(result.read_text(encoding="utf-8"))
        return Again(values["text"], "", bool(values["alone"]))
    except (OSError, ValueError, KeyError, TypeError):
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Again("", f"its process ended with {how} before it could tell anything")


def restrict(limits: Limits) -> bool:
    """Let this process take no more than it may, and reach no network if the system allows that.

    To be called before anything else is imported: a process with threads cannot leave its network.

    Returns:
        Whether the network is out of reach.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limits; the clock still ends the process
        return False
    million = 1_000_000
    for what, most in (
        (resource.RLIMIT_DATA, limits.megabytes * million),
        (resource.RLIMIT_FSIZE, limits.written * million),
        (resource.RLIMIT_CPU, int(2 * limits.seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    return _without_network()


def _without_network() -> bool:
    """Move to a network of this process's own, which has nothing in it; only Linux can."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (NEW_NETWORK, NEW_USER | NEW_NETWORK))


def _main(folder: Path) -> None:
    given = json.loads((folder / TASK).read_text(encoding="utf-8"))
    alone = restrict(Limits(*given["limits"]))
    from signlab.assignment.kinds import find_kind
    from signlab.study.attempt import Task, attempt
    from signlab.study.conditions import limit_threads

    limit_threads(1)
    runner = find_kind(given["kind"]).runner
    task = Task("again", "", given["level"], tuple(given["settings"]), given["seed"], ())
    text = attempt(task, runner, 1)
    partial = folder / f".{RESULT}"
    partial.write_text(json.dumps({"text": text, "alone": alone}), encoding="utf-8")
    partial.replace(folder / RESULT)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
