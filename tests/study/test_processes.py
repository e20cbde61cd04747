"""The keyboard in the moment in which a process starts."""

import multiprocessing.util
import os
import signal
from contextlib import closing
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest
import study_runners
from study_runners import STUDY

from signlab.study.attempt import outcome_of, task_of
from signlab.study.ledger import Run
from signlab.study.processes import in_processes

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are those of POSIX")


def test_a_process_half_started_is_not_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    resource_tracker.ensure_running()  # started by the same function, and none of ours
    start, started = multiprocessing.util.spawnv_passfds, []

    def interrupted(*arguments: Any) -> int:
        started.append(start(*arguments))
        signal.raise_signal(signal.SIGINT)  # before the process has been told what to do
        return started[-1]

    monkeypatch.setattr(multiprocessing.util, "spawnv_passfds", interrupted)
    results = in_processes([task_of(STUDY, "lid", 2)], study_runners.boil, 1, 1)
    with closing(results), pytest.raises(KeyboardInterrupt):
        next(results)
    (child,) = started
    assert not Path(f"/proc/{child}").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_process_hears_the_keyboard_once_it_runs() -> None:
    task = task_of(STUDY, "lid", 2)
    with closing(in_processes([task], study_runners.listen, 1, 1)) as results:
        outcome = outcome_of(next(results).text)
    assert isinstance(outcome, Run)
    assert outcome.metrics["minutes"] == 1  # stopped by its own signal
