"""Spot checks: which runs, and when two numbers are the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from handed_in import a_class, ledger_of

from signlab.assignment.checks import chosen, same
from signlab.study.conditions import Hardware


def test_the_lot_is_fair_and_only_the_secret_foretells_it(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    runs = {(run.level, run.seed): run for run in ledger_of(klass, klass.students[0])}
    first = [(check.level, check.run.seed) for check in chosen("Ada", runs, 3, "a secret")]
    assert first == [(check.level, check.run.seed) for check in chosen("Ada", runs, 3, "a secret")]
    assert len(set(first)) == 3
    drawn = {
        (c.level, c.run.seed) for number in range(200) for c in chosen("Ada", runs, 1, f"secret {number}")
    }
    assert len(drawn) > 15
    assert len(chosen("Ada", runs, 99, "a secret")) == 20


@pytest.mark.parametrize(
    ("off", "elsewhere", "outcome"),
    [
        (0.0, False, "same"),
        (1e-9, False, "same"),
        (0.05, True, "near"),
        (0.05, False, "other"),
        (0.5, True, "other"),
    ],
)
def test_how_near_is_the_same(tmp_path: Path, off: float, elsewhere: bool, outcome: str) -> None:
    klass = a_class(tmp_path)
    run = ledger_of(klass, klass.students[0])[0]
    hardware = Hardware(cpu="Another", cores=1) if elsewhere else run.hardware
    again = replace(run, hardware=hardware, metrics=run.metrics | {"psnr": run.metrics["psnr"] + off})
    assert same(run, again, "psnr", 0.15)[0] == outcome


def test_other_examples_are_no_matter_of_rounding(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    run = ledger_of(klass, klass.students[0])[0]
    again = replace(
        run, metrics=run.metrics | {"fingerprint": 1.0}, hardware=Hardware(cpu="Another", cores=1)
    )
    outcome, words = same(run, again, "psnr", 0.15)
    assert outcome == "other"
    assert "did not learn from the same examples" in words
