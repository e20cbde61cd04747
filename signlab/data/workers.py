"""Several processes go through a split side by side, and what they make of it comes out in order. Chapter 2."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

CHUNK = 8  # examples that a worker takes at a time
WORTH = 200  # examples; drawing fewer takes less time than starting a process
MOST = 8  # processes; more would draw faster than one can read

Given = TypeVar("Given")
Made = TypeVar("Made")


def workers_for(examples: Sequence[Given]) -> int:
    """How many processes pay: one for each core if much must be drawn, else this one alone."""
    much = getattr(examples, "drawn", False) and len(examples) >= WORTH
    return min(MOST, os.cpu_count() or 1) if much else 1


def each(
    examples: Sequence[Given], make: Callable[[Given], Made], *, workers: int | None = None
) -> Iterator[Made]:
    """What `make` makes of each example, in order; made where the example is drawn.

    Args:
        examples: A split; with several workers, one that is drawn, for it travels to them.
        make: Called in the process that draws; it and what it returns travel, so the less the better, and
            arrays rather than tensors.
        workers: Processes that draw; 1 draws in this one, None takes as many as pay. A script that may ask
            for more keeps its own work below ``if __name__ == "__main__":``, as always with processes.
    """
    workers = workers_for(examples) if workers is None else workers
    done = 0
    if workers > 1:
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        try:
            starts = iter(range(0, len(examples), CHUNK))
            pending = deque(pool.submit(_chunk, examples, make, at) for at in islice(starts, 2 * workers))
            while pending:
                made = pending.popleft().result()
                pending.extend(pool.submit(_chunk, examples, make, at) for at in islice(starts, 1))
                for one in made:
                    yield one
                    done += 1
        except BrokenProcessPool:
            pass  # no processes to be had here, as in a script read from standard input
        finally:
            pool.shutdown(cancel_futures=True)
    for index in range(done, len(examples)):
        yield make(examples[index])


def _chunk(examples: Sequence[Given], make: Callable[[Given], Made], start: int) -> list[Made]:
    return [make(examples[at]) for at in range(start, min(start + CHUNK, len(examples)))]
