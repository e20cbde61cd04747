"""Reports: what they say about runs that are there, and about those that are not."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import study_runners
from study_runners import STUDY

from signlab.study.attempt import attempt, outcome_of, task_of
from signlab.study.conditions import Hardware
from signlab.study.design import Metric
from signlab.study.ledger import Run, append
from signlab.study.report import Report, duration, report_of
from signlab.study.statistics import holm, mean_interval, paired_bootstrap, paired_difference


def run_of(level: str, seed: int, minutes: float, **changes: object) -> Run:
    """A run as the runner of the tests makes it, its number and whatever else replaced."""
    run = outcome_of(attempt(task_of(STUDY, level, seed), study_runners.boil, 1))
    assert isinstance(run, Run)
    return replace(
        run, metrics={"minutes": minutes}, per_sentence={}, seconds=1.5, cpu_seconds=3.0, **changes
    )


MINUTES = {
    "none": (5.0, 5.2, 4.9, 5.1, 5.3),
    "lid": (3.1, 3.0, 3.0, 3.3, 3.2),
    "two": (5.1, 5.0, 5.1, 5.0, 5.3),
}


def runs_of_all() -> list[Run]:
    return [
        run_of(name, seed, minutes)
        for name, several in MINUTES.items()
        for seed, minutes in zip(STUDY.seeds, several, strict=True)
    ]


def reported(folder: Path, runs: list[Run], study=STUDY) -> Report:
    ledger = folder / "kettle.jsonl"
    ledger.unlink(missing_ok=True)
    for run in runs:
        append(ledger, run)
    return report_of(study, ledger)


def test_a_report_is_the_statistics_of_the_ledger(tmp_path: Path) -> None:
    report = reported(tmp_path, runs_of_all()[::-1])  # in whatever order they came in
    none, lid, two = report.part().rows
    assert [row.level for row in (none, lid, two)] == list(STUDY.names)
    assert none.estimate == mean_interval(MINUTES["none"])
    assert (none.difference, none.verdict) == (None, None)
    assert math.isnan(none.p)
    assert lid.difference == paired_difference(MINUTES["lid"], MINUTES["none"])
    assert two.difference == paired_difference(MINUTES["two"], MINUTES["none"])
    assert [lid.p, two.p] == holm([lid.difference.p, two.difference.p])
    assert lid.verdict is not None
    assert two.verdict is not None
    assert (lid.verdict.kind, two.verdict.kind) == ("larger", "excluded")
    assert "p = " in two.verdict.sentence
    assert "corrected for 2 comparisons" in two.verdict.sentence
    assert report.missing == ()
    (told,) = report.notes
    assert told.startswith("15 runs took 22.5 seconds one after the other, 45.0 seconds of CPU time, on ")


def test_missing_runs_are_named_and_pairs_are_made_of_what_both_have(tmp_path: Path) -> None:
    runs = [
        run for run in runs_of_all() if (run.level, run.seed) not in {("none", 3), ("lid", 5), ("lid", 7)}
    ]
    report = reported(tmp_path, runs)
    assert report.missing == (
        "4 of 5 seeds of none are there; missing: 3.",
        "3 of 5 seeds of lid are there; missing: 5, 7.",
    )
    _, lid, two = report.part().rows
    assert lid.difference == paired_difference([3.1, 3.2], [5.0, 5.3])
    assert lid.verdict is not None
    assert lid.verdict.sentence.endswith("it takes 5 seeds that both have, and there are 2.")
    assert two.difference is not None
    assert two.difference.n == 4
    assert len(two.values) == 5


def test_p_values_are_corrected_for_comparisons_that_are_still_to_be_made(tmp_path: Path) -> None:
    """Or they would grow when the last level is run."""
    report = reported(tmp_path, [run for run in runs_of_all() if run.level != "two"])
    _, lid, two = report.part().rows
    assert lid.difference is not None
    assert lid.p == 2 * lid.difference.p
    assert (two.values, two.estimate.n, two.difference, two.verdict) == ({}, 0, None, None)
    assert report.missing == ("0 of 5 seeds of two are there; missing: 2, 3, 5, 7, 11.",)


def test_a_missing_reference_leaves_the_means(tmp_path: Path) -> None:
    report = reported(tmp_path, [run for run in runs_of_all() if run.level != "none"])
    assert [row.estimate.n for row in report.part().rows] == [0, 5, 5]
    assert all(row.difference is None and row.verdict is None for row in report.part().rows)


def test_what_is_no_number_is_named_and_left_out(tmp_path: Path) -> None:
    runs = [
        replace(run, metrics={"minutes": math.nan}) if run.key == run_of("lid", 3, 0).key else run
        for run in runs_of_all()
    ]
    report = reported(tmp_path, runs)
    assert report.missing == ("lid, seed 3, has no number for minutes.",)
    assert list(report.part().rows[1].values) == [2, 5, 7, 11]


def test_what_no_run_of_a_level_has_is_told_once(tmp_path: Path) -> None:
    runs = [
        replace(run, metrics={"minutes": math.nan}) if run.level in ("lid", "two") else run
        for run in runs_of_all()
    ]
    report = reported(tmp_path, runs)
    assert report.missing == ("No run of lid, two has a number for minutes.",)


def test_runs_that_do_not_count_are_told(tmp_path: Path) -> None:
    runs = [
        *runs_of_all(),
        run_of("lid", 3, 99.0),
        run_of("lid", 13, 99.0),
        replace(run_of("lid", 3, 99.0), digest="another"),
        replace(run_of("lid", 3, 99.0), study="pot"),
    ]
    report = reported(tmp_path, runs)
    assert report.part().rows[1].estimate == mean_interval(MINUTES["lid"])
    for words in (
        "1 were made before; the first one counts.",
        "1 have seeds that the study does not name.",
        "1 are of levels that have been changed or dropped since.",
        "1 belong to other studies.",
    ):
        assert f"Of the ledger's 19 runs, {words}" in report.notes


def test_several_versions_and_machines_are_told(tmp_path: Path) -> None:
    runs = runs_of_all()
    odd = {"code": "ffff", "versions": runs[0].versions | {"torch": "1.0"}}
    runs[3] = replace(runs[3], **odd, hardware=Hardware(cpu="A CPU", cores=2, gpu="A GPU"))
    told = " ".join(reported(tmp_path, runs).notes)
    assert "made with 2 versions of the code:" in told
    assert f"made with 2 versions of torch: 1.0, {runs[0].versions['torch']}." in told
    assert "versions of numpy" not in told
    assert "on A GPU and " in told


def test_half_a_line_is_told(tmp_path: Path) -> None:
    reported(tmp_path, runs_of_all())
    ledger = tmp_path / "kettle.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-9])
    report = report_of(STUDY, ledger)
    assert "was cut short" in report.notes[0]
    assert report.missing == ("4 of 5 seeds of two are there; missing: 11.",)


def with_sentences(rows: dict[str, np.ndarray]) -> list[Run]:
    """All runs; rows of numbers for each seed and sentence of each level."""
    return [
        replace(run, per_sentence={"minutes": rows[run.level][STUDY.seeds.index(run.seed)].tolist()})
        if run.level in rows
        else run
        for run in runs_of_all()
    ]


def test_sentences_are_drawn_again_with_the_mean_over_seeds(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = {name: generator.normal(size=(5, 31)) for name in ("none", "lid")}
    report = reported(tmp_path, with_sentences(rows))
    none, lid, two = report.part().rows
    assert none.sentences is None
    assert lid.sentences == pytest.approx(paired_bootstrap(rows["lid"].mean(0), rows["none"].mean(0)))
    assert two.sentences is None
    assert "two against none, by sentence: not all runs have the same sentences." in report.notes


def test_sums_of_sentences_go_through_the_score_of_each_seed(tmp_path: Path) -> None:
    """A mean of ratios, not the ratio of means."""
    generator = np.random.default_rng(0)
    rows = {name: generator.integers(1, 9, size=(5, 7, 2)).astype(float) for name in STUDY.names}
    ratio = Metric(name="minutes", score=lambda total: float(total[0] / total[1]))
    report = reported(tmp_path, with_sentences(rows), replace(STUDY, metrics=(ratio,)))
    sums = {name: several.sum(axis=1) for name, several in rows.items()}
    wanted = {name: float(np.mean(several[:, 0] / several[:, 1])) for name, several in sums.items()}
    lid = report.part().rows[1].sentences
    assert lid is not None
    assert lid.difference == pytest.approx(wanted["lid"] - wanted["none"])
    assert lid.low < lid.difference < lid.high
    bare = reported(tmp_path, with_sentences(rows))
    assert "several numbers each, and the metric has no score" in " ".join(bare.notes)


def test_sentences_without_numbers_are_told(tmp_path: Path) -> None:
    rows = {name: np.ones((5, 3)) for name in STUDY.names}
    rows["lid"][1, 1] = math.nan
    report = reported(tmp_path, with_sentences(rows))
    assert "lid against none, by sentence: some have no number." in report.notes
    assert report.part().rows[2].sentences == (0, 0, 0, 1)


def test_only_the_first_metric_decides(tmp_path: Path) -> None:
    study = replace(STUDY, metrics=(*STUDY.metrics, Metric(name="noise", unit="dB")))
    runs = [replace(run, metrics=run.metrics | {"noise": 60.0 + run.seed}) for run in runs_of_all()]
    report = reported(tmp_path, runs, study)
    assert [part.metric.name for part in report.parts] == ["minutes", "noise"]
    assert all(row.verdict is None for row in report.part("noise").rows)
    assert report.part("noise").rows[1].difference == (0, 0, 0, 1, 1, 5)
    with pytest.raises(ValueError, match="one of minutes, noise, but got 'cost'"):
        report.part("cost")


def test_what_every_run_has_can_be_a_metric(tmp_path: Path) -> None:
    cost = Metric(name="cpu_seconds", unit="s", words="processor time")
    study = replace(STUDY, metrics=(*STUDY.metrics, cost))
    runs = [replace(run, cpu_seconds=3.0 + run.seed) for run in runs_of_all()]
    report = reported(tmp_path, runs, study)
    assert report.part("cpu_seconds").rows[1].values == {seed: 3.0 + seed for seed in STUDY.seeds}
    told = outcome_of(attempt(task_of(study, "lid", 3), study_runners.boil, 1))
    assert isinstance(told, Run)  # the runner need not measure it


def test_a_ledger_without_runs_of_the_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"but .*nothing\.jsonl has none of it.*signlab study run kettle"):
        report_of(STUDY, tmp_path / "nothing.jsonl")


def test_durations_in_words() -> None:
    assert [duration(seconds) for seconds in (0.04, 90, 125, 7000, 7500)] == [
        "0.0 seconds", "90.0 seconds", "2.1 minutes", "116.7 minutes", "2.1 hours"
    ]  # fmt: skip
