"""Runs made again in a child: the same numbers, and an end to what takes too long or too much."""

import socket
import subprocess
import sys
import time

from signlab.assignment import clips
from signlab.assignment.spot import Limits, run_again
from signlab.study.attempt import outcome_of
from signlab.study.ledger import Run

SHORT = (*clips.COMMON, "steps=2", "warmup_steps=1", "model.width=8", "corpus=5")


def test_a_run_comes_out_the_same_in_a_child() -> None:
    found = run_again("clips", "32", SHORT, 3)
    told = outcome_of(found.text)
    assert isinstance(told, Run)
    assert told.metrics["fingerprint"] == clips.fingerprint(SHORT, 3)
    assert told.metrics["psnr"] > 0
    assert told.level == "32"
    assert told.settings == SHORT


def test_what_takes_too_long_is_ended() -> None:
    start = time.monotonic()
    found = run_again("clips", "32", (*SHORT, "steps=100000", "evaluate_every=100000"), 3, Limits(seconds=3))
    assert found.why == "it took longer than 3 seconds"
    assert time.monotonic() - start < 20


def test_what_takes_too_much_memory_is_ended() -> None:
    found = run_again("clips", "32", (*SHORT, "model.num_codes=400000000"), 3, Limits(megabytes=2_000))
    assert not found.text or "failed" in found.text


LOOK = """
import socket
from signlab.assignment.spot import Limits, restrict
alone = restrict(Limits())
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=2)
    reached = True
except OSError:
    reached = False
print(alone, reached)
"""


def test_where_it_says_that_no_network_can_be_reached_none_can() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = LOOK.format(port=server.getsockname()[1])
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.split() in (["True", "False"], ["False", "True"])
