"""Examples drawn by several processes: in order, whatever happens to the processes."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from operator import attrgetter
from typing import Any

import pytest

from signlab.data import workers as module
from signlab.data.puppet.corpus import PuppetConfig, PuppetWords
from signlab.data.workers import each, workers_for

SPLIT = PuppetWords(PuppetConfig(size=32, train=500, test=19)).split("test")
NAMES = [SPLIT.text(index).name for index in range(19)]


def test_two_processes_keep_the_order() -> None:
    assert list(each(SPLIT, attrgetter("name"), workers=2)) == NAMES


def test_what_goes_wrong_there_comes_out_here() -> None:
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        list(each(SPLIT, attrgetter("colour"), workers=2))


def test_where_processes_die_this_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying:
        """Draws one part here, and dies at the next."""

        def __init__(self, *_: Any, **__: Any) -> None:
            self.parts = 0

        def submit(self, work: Any, *arguments: Any) -> Future:
            self.parts += 1
            future: Future = Future()
            if self.parts == 1:
                future.set_result(work(*arguments))
            else:
                future.set_exception(BrokenProcessPool())
            return future

        def shutdown(self, *, cancel_futures: bool) -> None:
            assert cancel_futures

    monkeypatch.setattr(module, "ProcessPoolExecutor", Dying)
    assert list(each(SPLIT, attrgetter("name"), workers=2)) == NAMES


def test_only_long_splits_that_must_be_drawn_are_worth_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    train = PuppetWords(SPLIT.config).split("train")
    for cores, workers in ((1, 1), (3, 3), (64, 8), (None, 1)):
        monkeypatch.setattr(module.os, "cpu_count", lambda cores=cores: cores)
        assert workers_for(train) == workers
        assert workers_for(SPLIT) == workers_for([SPLIT[0]] * 500) == 1
