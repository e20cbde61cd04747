"""Studies that run, fail, are stopped, are killed, and go on."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import study_runners
from study_runners import STUDY

from signlab.study.ledger import read_ledger
from signlab.study.run import Done, check_travels, run_study


def made(ledger: Path) -> list[tuple[int, str]]:
    """Seeds and levels in the ledger, in the order in which they were written."""
    return [(run.seed, run.level) for run in read_ledger(ledger).runs]


def test_runs_come_seed_by_seed_each_in_a_process_of_its_own(tmp_path: Path) -> None:
    ledger = tmp_path / "kettle.jsonl"
    assert run_study(STUDY, study_runners.boil, ledger, seeds=(3, 7)) == Done(6, 0, ())
    assert made(ledger) == [(seed, name) for seed in (3, 7) for name in STUDY.names]
    processes = {run.metrics["process"] for run in read_ledger(ledger).runs}
    assert len(processes) == 6
    assert os.getpid() not in processes


def test_what_the_ledger_has_is_not_run_again(tmp_path: Path) -> None:
    ledger, seen = tmp_path / "kettle.jsonl", []

    def watch(steps: range, what: str) -> range:
        seen.append((len(steps), what))
        return steps

    here = {"workers": 0, "progress": watch}
    assert run_study(STUDY, study_runners.boil, ledger, levels=["two"], **here) == (5, 0, ())
    assert run_study(STUDY, study_runners.boil, ledger, **here) == (10, 5, ())
    assert run_study(STUDY, study_runners.boil, ledger, **here) == (0, 15, ())
    assert seen == [(5, "runs"), (10, "runs"), (0, "runs")]
    assert run_study(STUDY, study_runners.boil, tmp_path / "none.jsonl", seeds=(), **here) == (0, 0, ())
    twice = {"seeds": (3, 3), "levels": ["lid", "lid"]}
    assert run_study(STUDY, study_runners.boil, tmp_path / "once.jsonl", **twice, **here) == (1, 0, ())
    assert len(set(made(ledger))) == 15


def test_several_workers_make_the_same_runs(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone.jsonl", tmp_path / "together.jsonl"
    run_study(STUDY, study_runners.boil, alone, seeds=(2,), workers=0)
    assert run_study(STUDY, study_runners.boil, together, seeds=(2,), workers=3).made == 3
    found = [
        {run.level: run.metrics["minutes"] for run in read_ledger(one).runs} for one in (alone, together)
    ]
    assert found[0] == found[1] == {"none": 5.02, "lid": 3.02, "two": 2.02}


def test_a_process_computes_with_as_many_threads_as_it_may(tmp_path: Path) -> None:
    ledger = tmp_path / "kettle.jsonl"
    run_study(STUDY, study_runners.boil_threads, ledger, seeds=(2,), levels=["lid"], threads=2)
    (run,) = read_ledger(ledger).runs
    assert run.metrics["minutes"] == run.hardware.cores == 2


def test_failures_are_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = tmp_path / "kettle.jsonl"
    with caplog.at_level(logging.INFO):
        done = run_study(STUDY, study_runners.misbehave, ledger, seeds=(3, 5), workers=2)
    assert done.made == 3
    assert sorted(done.failed) == ["kettle, lid, seed 3", "kettle, two, seed 3", "kettle, two, seed 5"]
    assert (
        "kettle, lid, seed 3 failed, and is left to the next call: RuntimeError: the kettle leaks"
        in caplog.text
    )
    assert "in misbehave" in caplog.text
    assert "was killed by signal 9 before it could tell" in caplog.text
    assert "SystemExit: no water" in caplog.text
    again = run_study(STUDY, study_runners.boil, ledger, seeds=(3, 5), workers=0)
    assert again == (3, 3, ())


SCRIPT = """
import sys
sys.path[:0] = {path!r}
import study_runners
from signlab.study.run import run_study
if __name__ == "__main__":
    run_study(study_runners.STUDY, study_runners.boil_slowly, sys.argv[1], workers=2)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals and process groups are those of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_study_leaves_what_is_done_and_no_process(tmp_path: Path, how: signal.Signals) -> None:
    script, ledger, waiting = tmp_path / "script.py", tmp_path / "kettle.jsonl", tmp_path / "waiting"
    script.write_text(SCRIPT.format(path=sys.path))
    waiting.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(script), str(ledger)],
        env=os.environ | {"WAITING": str(waiting)},
        stderr=subprocess.DEVNULL,
    )
    children = until(lambda: [int(path.name) for path in waiting.iterdir()], 2)
    process.send_signal(how)
    assert process.wait(30) != 0
    until(lambda: [pid for pid in children if not runs(pid)], 2)
    assert sorted(made(ledger)) == [(2, "lid"), (2, "none"), (2, "two")]
    done = run_study(STUDY, study_runners.boil_slowly, ledger, workers=0)
    assert (done.made, done.there) == (12, 3)


def until(look, count: int, *, seconds: float = 60) -> list[int]:
    """Wait until something has so many entries."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{found} after {seconds} seconds, not {count}")


def runs(pid: int) -> bool:
    """Whether a process is there and not a zombie that nobody has asked about."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_half_a_line_is_told_and_its_run_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = tmp_path / "kettle.jsonl"
    run_study(STUDY, study_runners.boil, ledger, seeds=(2,), workers=0)
    ledger.write_bytes(ledger.read_bytes()[:-20])
    with caplog.at_level(logging.WARNING):
        assert run_study(STUDY, study_runners.boil, ledger, seeds=(2,), workers=0) == (1, 2, ())
    assert "was cut short, so its run will be made again" in caplog.text
    assert made(ledger) == [(2, name) for name in STUDY.names]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeds": (2, 13)}, "one of 2, 3, 5, 7, 11, but got 13; a study names its seeds"),
        ({"levels": ["lid", "pan"]}, "one of none, lid, two, but got 'pan'"),
        ({"workers": -1}, "number of workers must be 0 or more, but got -1"),
        ({"threads": 0}, "number of threads must be 1 or more, but got 0"),
        (
            {"runner": lambda settings, seed: None},
            "at the top of a module.* but got .*<lambda>.*take workers=0",
        ),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, given: dict, message: str) -> None:
    ledger = tmp_path / "kettle.jsonl"
    with pytest.raises(ValueError, match=message):
        run_study(STUDY, given.pop("runner", study_runners.boil), ledger, **given)
    assert not ledger.exists()


def test_a_runner_of_a_notebook_cannot_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    def boil(settings: tuple[str, ...], seed: int) -> None: ...

    main = ModuleType("__main__")
    boil.__module__, boil.__qualname__ = "__main__", "boil"
    setattr(main, "boil", boil)  # noqa: B010
    setattr(main, "__file__", "script.py")  # noqa: B010
    monkeypatch.setitem(sys.modules, "__main__", main)
    check_travels(boil)  # from a script it can
    del main.__file__
    with pytest.raises(ValueError, match="but got 'boil'; move it to a file, or take workers=0"):
        check_travels(boil)


def test_a_script_without_a_file_starts_no_processes(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "import study_runners; from signlab.study.run import run_study\n"
        "run_study(study_runners.STUDY, study_runners.boil, 'kettle.jsonl')"
    )
    done = subprocess.run(
        [sys.executable, "-"], input=script, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert "must be a file, but this one is <stdin>; save it, or take workers=0." in done.stderr
    assert list(tmp_path.iterdir()) == []
