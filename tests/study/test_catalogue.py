"""The studies by name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from signlab.study.catalogue import CATALOGUE, find_study, shipped_report
from signlab.study.coin import COIN, toss
from signlab.study.run import check_travels, planned, run_study


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_study_is_found_by_its_own_name_and_can_be_run(name: str, tmp_path) -> None:
    study, runner, _ = find_study(name)
    assert study.name == name
    check_travels(runner)
    plan = planned(study, runner, tmp_path / "none.jsonl")
    assert len(plan.tasks) == len(study.levels) * len(study.seeds)


def test_the_catalogue_imports_no_study_and_no_model() -> None:
    script = "import sys, signlab.study.catalogue; print([m for m in sys.modules if m in ('torch', 'signlab.study.coin')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_unknown_study_is_refused() -> None:
    with pytest.raises(
        ValueError, match=re.escape("one of coin") + ".* but got 'cion'; did you mean 'coin'?"
    ):
        find_study("cion")
    with pytest.raises(ValueError, match="but got 'x'; signlab study list tells"):
        find_study("x")


def test_what_the_shipped_ledger_says_is_told_once_it_has_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signlab.study.catalogue.data_folder", lambda: tmp_path)
    assert shipped_report("coin") is None
    folder = tmp_path / "results" / "studies"
    folder.mkdir(parents=True)
    run_study(COIN, toss, folder / "coin.jsonl", workers=0, seeds=COIN.seeds[:2])
    report = shipped_report("coin")
    assert report is not None
    assert report.study == COIN
    assert {len(row.values) for row in report.part().rows} == {2}


def test_an_empty_ledger_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signlab.study.catalogue.data_folder", lambda: tmp_path)
    folder = tmp_path / "results" / "studies"
    folder.mkdir(parents=True)
    (folder / "autoencoder.jsonl").write_text("")
    assert shipped_report("motion") is None
