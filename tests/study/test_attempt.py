"""One run, told as a line."""

import json
import math
import os

import pytest
import study_runners
from study_runners import STUDY

from signlab.study.attempt import Failure, attempt, failed, outcome_of, sources_of, task_of
from signlab.study.conditions import code_digest
from signlab.study.ledger import Run

TASK = task_of(STUDY, "lid", 7)


def test_a_run_is_told_with_all_that_it_was_made_with() -> None:
    run = outcome_of(attempt(TASK, study_runners.boil, 3))
    assert isinstance(run, Run)
    assert run.metrics == {"minutes": 3.07, "process": os.getpid()}
    assert run.per_sentence == {"drops": [1, 0.5, [7, 2]]}
    assert (run.study, run.level, run.seed, run.settings) == ("kettle", "lid", 7, ("minutes=3",))
    assert run.digest == STUDY.digest_of("lid")
    assert run.code == code_digest(["study/design.py"]) == sources_of(study_runners.boil)
    assert run.hardware.cores == 3
    assert 0 <= run.seconds < 5
    assert 10 < run.peak_memory_mb < 100_000
    assert str(TASK) == "kettle, lid, seed 7"


def test_a_runner_that_names_nothing_depends_on_all_sources() -> None:
    run = outcome_of(attempt(TASK, study_runners.arrays, 1))
    assert isinstance(run, Run)
    assert run.code == code_digest() != code_digest(["study/design.py"])


def test_arrays_become_lists() -> None:
    run = outcome_of(attempt(TASK, study_runners.arrays, 1))
    assert isinstance(run, Run)
    assert run.metrics == {"minutes": 2.5}
    assert run.per_sentence["counts"] == [[1, 3], [0, 2]]
    assert run.per_sentence["minutes"][:2] == [2, 3]
    assert math.isnan(run.per_sentence["minutes"][2])


def test_what_goes_wrong_is_told_with_its_place() -> None:
    told = outcome_of(attempt(task_of(STUDY, "lid", 3), study_runners.misbehave, 1))
    assert isinstance(told, Failure)
    assert told.reason == "RuntimeError: the kettle leaks with seed 3"
    assert "in misbehave" in told.trace
    left = outcome_of(attempt(task_of(STUDY, "two", 5), study_runners.misbehave, 1))
    assert left[0] == "SystemExit: no water"
    assert outcome_of(failed("why")) == ("why", "")
    assert json.loads(failed("why")) == {"failed": "why", "trace": ""}


def test_a_runner_that_measures_something_else_has_failed() -> None:
    told = outcome_of(attempt(TASK, study_runners.forget, 1))
    assert told[0] == "ValueError: The runner must measure minutes, but gave litres; add minutes."
    told = outcome_of(attempt(TASK, study_runners.texts, 1))
    assert told[0].startswith(
        "ValueError: Each sentence must have a number or a short list of numbers, but one has 'a"
    )


def test_sources_that_are_not_there_are_refused_before_anything_runs() -> None:
    def runner(settings: tuple[str, ...], seed: int) -> None: ...

    setattr(runner, "sources", ("stduy",))  # noqa: B010
    with pytest.raises(ValueError, match="there is no 'stduy'"):
        sources_of(runner)
