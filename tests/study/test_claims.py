"""Claims: their state follows from the runs, and from nothing but complete studies."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import study_runners
from study_runners import STUDY

from signlab.study.attempt import attempt, outcome_of, task_of
from signlab.study.claims import CONTRADICTED, NOT_SHOWN, SHOWN, STATES, Comparison, decide, runs_there
from signlab.study.design import Metric, Study
from signlab.study.ledger import Run, to_line
from signlab.study.report import report_of

LITRES = Metric(name="litres", unit="l", words="water left")
KETTLE = replace(STUDY, metrics=(*STUDY.metrics, LITRES))
MINUTES = {
    "none": (5.0, 5.2, 4.9, 5.1, 5.3),
    "lid": (3.1, 3.0, 3.0, 3.3, 3.2),
    "two": (5.1, 5.0, 5.1, 5.0, 5.3),
}
LEFT = {
    "none": (1.0, 1.1, 1.0, 0.9, 1.0),
    "lid": (2.1, 2.0, 2.0, 2.3, 2.2),
    "two": (1.0, 1.2, 0.9, 1.0, 1.0),
}
LID = Comparison(KETTLE, "lid", "none", "lower")
TWO = Comparison(KETTLE, "two", "none", "lower")


@cache
def some_run() -> Run:
    run = outcome_of(attempt(task_of(STUDY, "none", 2), study_runners.boil, 1))
    assert isinstance(run, Run)
    return run


def run_of(level: str, at: int, study: Study = KETTLE, **metrics: float) -> Run:
    return replace(
        some_run(),
        study=study.ledger_name,
        level=level,
        digest=study.digest_of(level),
        seed=STUDY.seeds[at],
        metrics={"minutes": MINUTES[level][at], "litres": LEFT[level][at], **metrics},
        per_sentence={},
    )


def written(folder: Path, runs: list[Run]) -> Path:
    ledger = folder / "kettle.jsonl"
    ledger.write_text("".join(f"{to_line(run)}\n" for run in runs))
    return ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return written(tmp_path, [run_of(level, at) for level in KETTLE.names for at in range(5)])


def test_a_detectable_difference_the_right_way_round_shows_a_claim(ledger: Path) -> None:
    decision = decide([LID], ledger)
    row = report_of(KETTLE, ledger).part().rows[1]
    assert row.verdict is not None
    assert decision == (SHOWN, (row.verdict.sentence,))  # the sentence is the report's own


def test_the_other_way_round_contradicts_it(ledger: Path) -> None:
    assert decide([LID._replace(way="higher")], ledger).state == CONTRADICTED


@pytest.mark.parametrize("way", ["higher", "lower"])
def test_what_cannot_be_detected_is_not_shown_and_not_contradicted(way: str, ledger: Path) -> None:
    decision = decide([TWO._replace(way=way)], ledger)
    assert decision.state == NOT_SHOWN
    assert "no detectable difference" in decision.because[0]


def test_every_comparison_must_come_out_and_one_can_contradict(ledger: Path) -> None:
    against_two = Comparison(KETTLE, "lid", "two", "lower")  # another reference than the study's
    assert decide([LID, against_two], ledger).state == SHOWN
    assert decide([LID, TWO], ledger).state == NOT_SHOWN
    mixed = decide([LID, TWO, LID._replace(way="higher")], ledger)
    assert mixed.state == CONTRADICTED
    assert len(mixed.because) == 3


def test_numbers_that_do_not_decide_the_study_can_decide_a_claim(ledger: Path) -> None:
    decision = decide([LID._replace(metric="litres", way="higher")], ledger)
    assert decision.state == SHOWN
    assert decision.because[0].startswith("lid against none, water left: +1.12 l on average (95 % interval ")
    assert decide([TWO._replace(metric="litres", way="higher")], ledger).state == NOT_SHOWN


def test_two_numbers_of_the_same_runs_can_be_compared(ledger: Path) -> None:
    one = Comparison(KETTLE, "lid", "lid", "lower", metric="litres", over="minutes")
    decision = decide([one], ledger)
    assert decision.state == SHOWN
    assert decision.because[0].startswith("water left of lid against minutes of lid: -1 l on average")
    assert decide([one._replace(way="higher")], ledger).state == CONTRADICTED


def test_what_is_always_equal_is_not_shown(tmp_path: Path) -> None:
    runs = [run_of(level, at, litres=MINUTES[level][at]) for level in KETTLE.names for at in range(5)]
    one = Comparison(KETTLE, "lid", "lid", "higher", metric="litres", over="minutes")
    state, (sentence,) = decide([one], written(tmp_path, runs))
    assert state == NOT_SHOWN
    assert ": 0 l on average (95 % interval from 0 l to 0 l, 5 seeds, p = 1): no detectable" in sentence


@pytest.mark.parametrize("absent", [("two", 4), ("lid", 0), ("none", 2)])
def test_nothing_is_decided_before_the_study_is_complete(absent: tuple[str, int], tmp_path: Path) -> None:
    runs = [run_of(level, at) for level in KETTLE.names for at in range(5) if (level, at) != absent]
    assert decide([LID], written(tmp_path, runs)) == ("not decided yet: 14 of 15 runs", ())


def test_without_a_ledger_no_run_is_there(tmp_path: Path) -> None:
    assert decide([LID], tmp_path / "none.jsonl").state == "not decided yet: 0 of 15 runs"


def test_runs_that_studies_of_a_pool_share_count_once(tmp_path: Path) -> None:
    one = replace(KETTLE, pool="kitchen")
    other = replace(one, name="pot", levels=one.levels[:2])
    changed = replace(run_of("lid", 3, one), digest="of a level as it was before")
    ledger = written(tmp_path, [*(run_of("lid", at, one) for at in range(3)), changed])
    assert runs_there([one, other], ledger) == (3, 15)
    assert runs_there([other], ledger) == (3, 10)


def test_too_few_numbers_show_nothing(tmp_path: Path) -> None:
    runs = [run_of(level, at) for level in KETTLE.names for at in range(5)]
    runs[5] = run_of("lid", 0, minutes=float("nan"), litres=float("nan"))
    ledger = written(tmp_path, runs)
    for one in (LID, Comparison(KETTLE, "lid", "lid", "lower", metric="litres", over="minutes")):
        state, (sentence,) = decide([one], ledger)
        assert state == NOT_SHOWN
        assert "no verdict, for 4 seeds have both numbers; it takes 5." in sentence


def test_mistakes_are_named(ledger: Path) -> None:
    with pytest.raises(ValueError, match=f"by hand, one of: {STATES[0]}"):
        decide([], ledger)
    with pytest.raises(ValueError, match=r"level of kettle must be one of .* but got 'pot'"):
        decide([LID._replace(level="pot")], ledger)
    with pytest.raises(ValueError, match=r"metric of kettle must be one of .* but got 'cups'"):
        decide([LID._replace(metric="cups")], ledger)
    for same in (LID._replace(level="none"), LID._replace(level="none", over="minutes")):
        with pytest.raises(ValueError, match="'none' of kettle is compared with itself"):
            decide([same], ledger)
