"""Processes that each make one run of a study, and end with whoever started them. Chapter 10."""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

from signlab.study.attempt import Task, Told, attempt, failed
from signlab.study.conditions import limit_threads
from signlab.study.design import Runner

PATIENCE_SECONDS = 10  # for a process that has told its result and does not end


def in_processes(
    tasks: Sequence[Task], runner: Runner, workers: int, threads: int
) -> Generator[Told, None, None]:
    """Make runs, each in a process of its own, so many at a time; when the generator is closed, they end."""
    context = get_context("spawn")
    waiting, running = deque(tasks), dict[Any, tuple[Task, BaseProcess]]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                task = waiting.popleft()
                with _undisturbed():
                    receiver, sender = context.Pipe(duplex=False)
                    process = context.Process(target=_work, args=(sender, task, runner, threads))
                    process.start()
                    sender.close()
                    running[receiver] = (task, process)
            connection.wait([*running, *(process.sentinel for _, process in running.values())])
            for receiver, (task, process) in list(running.items()):
                if receiver.poll() or not process.is_alive():
                    text = _received(receiver, process)
                    del running[receiver]
                    _end(process, patience=PATIENCE_SECONDS)
                    yield Told(task, text)
    finally:
        for _, process in running.values():
            _end(process, patience=0)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hear the keyboard only after the block: a process half started would be told nothing, and complain.

    What starts in the block does not hear it either, until it asks to (`_hear_keyboard`).
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # which the keyboard never stops
        return
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(True))
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # which lets the signal through when it starts
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    if heard:
        signal.raise_signal(signal.SIGINT)


def _hear_keyboard() -> None:
    """Listen again in a process that was started in an `_undisturbed` block; what came before is forgotten."""
    if hasattr(signal, "pthread_sigmask"):
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, handler)


def _received(receiver: Any, process: BaseProcess) -> str:
    """What a process told, or how it ended without a word."""
    with receiver:
        try:
            return receiver.recv_bytes().decode() if receiver.poll() else _silent(process)
        except (EOFError, OSError):
            return _silent(process)


def _silent(process: BaseProcess) -> str:
    process.join(PATIENCE_SECONDS)
    code = process.exitcode or 0
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return failed(f"its process {how} before it could tell anything")


def _end(process: BaseProcess, *, patience: float) -> None:
    """Wait for a process; if it takes too long, kill it and what it has started."""
    if patience:
        process.join(patience)
    if process.is_alive():
        if hasattr(os, "killpg") and process.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.join()


def _work(sender: Any, task: Task, runner: Runner, threads: int) -> None:
    """What a process does: one run."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # stopped by its parent, together with its own children; not by the keyboard
    _hear_keyboard()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_threads(threads)
    with sender:
        sender.send_bytes(attempt(task, runner, threads).encode())


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
