"""`signlab study` as its user meets it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signlab.__main__ import main
from signlab.study import commands
from signlab.study.catalogue import Entry
from signlab.study.coin import COIN
from signlab.study.ledger import read_ledger
from signlab.study.run import Done


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's data in a folder of the test."""
    monkeypatch.setattr(commands, "data_folder", lambda: tmp_path / "data")
    return tmp_path / "data" / "results" / "studies"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that was given something wrong says: one sentence."""
    capsys.readouterr()
    try:
        code = main(["study", *arguments])
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("signlab study")
    return err


def test_a_study_is_run_gone_on_with_and_reported(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "list"]) == 0
    assert "coin: Which coins are not fair?\n" in (out := capsys.readouterr().out)
    assert "; 0 of 25 runs are there\n" in out

    few = ["study", "run", "coin", "--levels", "fair,bent"]
    assert main([*few, "--seeds", "1"]) == 0
    ledger = results / "coin.jsonl"
    assert capsys.readouterr().out == (
        f"2 runs made, 0 were there; the ledger is {ledger}\n"
        "see what came out with: signlab study report coin\n"
    )
    assert main([*few, "--seeds", "0,4", "--workers", "2", "--threads", "1"]) == 0
    assert "2 runs made, 2 were there;" in capsys.readouterr().out
    assert sorted((run.seed, run.level) for run in read_ledger(ledger).runs) == [
        (seed, name) for seed in (0, 4) for name in ("bent", "fair")
    ]
    assert main(["study", "list"]) == 0
    assert "; 4 of 25 runs are there\n" in capsys.readouterr().out

    assert main(["study", "report", "coin"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# coin: Which coins are not fair?")
    assert "| bent | 2 of 5 |" in told
    assert "- 2 of 5 seeds of bent are there; missing: 1, 2, 3.\n" in told


def test_pictures_are_drawn(results: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ledger = str(tmp_path / "my.jsonl")
    assert main(["study", "run", "coin", "--ledger", ledger, "--seeds", "3,", "--levels", "fair, worn"]) == 0
    assert f"signlab study report coin --ledger {ledger}\n" in capsys.readouterr().out
    assert not results.exists()
    pictures = [tmp_path / "levels.png", tmp_path / "differences.svg"]
    command = ["study", "report", "coin", "--ledger", ledger, "--figure", str(pictures[0])]
    assert main([*command, "--differences", str(pictures[1])]) == 0
    assert pictures[0].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in pictures[1].read_text()


def test_runs_that_fail_are_counted_and_the_exit_code_says_so(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import study_runners

    monkeypatch.setattr(commands, "find_study", lambda _: Entry(study_runners.STUDY, study_runners.misbehave))
    assert main(["study", "run", "kettle", "--seeds", "3,"]) == 1
    assert "1 run made, 0 were there, 2 failed; the ledger is" in capsys.readouterr().out


@pytest.mark.parametrize(("given", "address"), [(["--ray"], None), (["--ray", "auto"], "auto")])
def test_ray_is_asked_where_it_is_wanted(
    given: list[str], address: str | None, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run_on_ray(*_: object, **options: object) -> Done:
        asked.append({name: value for name, value in options.items() if name != "progress"})
        return Done(0, 0, ())

    monkeypatch.setattr("signlab.study.cluster.run_on_ray", run_on_ray)
    assert main(["study", "run", "coin", *given, "--gpus", "0.5", "--seeds", "2"]) == 0
    assert asked == [{"address": address, "threads": 1, "gpus": 0.5, "seeds": (0, 1), "levels": None}]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_a_study_stopped_by_the_keyboard_goes_on_with_the_same_command(tmp_path: Path) -> None:
    ledger = tmp_path / "coin.jsonl"
    command = [sys.executable, "-m", "signlab", "study", "run", "coin", "--ledger", str(ledger)]
    environment = os.environ | {"CI": "true"}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    end = time.monotonic() + 60
    # the third line is written after the second has been told
    while time.monotonic() < end and not (ledger.exists() and ledger.read_bytes().count(b"\n") >= 3):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    lines = err.splitlines()
    assert [line.rpartition(":")[0] for line in lines[:2]] == ["coin, fair, seed 0", "coin, bent, seed 0"]
    assert lines[-1] == "signlab study run: stopped by the keyboard; the same command goes on."
    there = len(read_ledger(ledger).runs)
    assert 3 <= there < 25
    again = subprocess.run([*command, "--seeds", "1"], capture_output=True, text=True, env=environment)
    assert re.match(rf"{max(0, 5 - there)} runs? made, {min(5, there)} were there;", again.stdout)
    assert sum(run.seed == 0 for run in read_ledger(ledger).runs) == 5


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("run cion", "one of coin, .* but got 'cion'; did you mean 'coin'?"),
        ("run", "NAME must be given"),
        ("rnu coin", "did you mean run"),
        ("run coin --seeds 7", "--seeds must be at most 5, which is what coin names, but got 7"),
        ("run coin --seeds 7,8", "one of 0, 1, 2, 3, 4, but got 7"),
        (
            "run coin --seeds 0",
            "--seeds must be a number of seeds, such as 5, or seeds, such as 0,1,2, but got '0'",
        ),
        ("run coin --seeds a", "but got 'a'"),
        ("run coin --seeds=-1", "but got '-1'"),
        ("run coin --levels fair,bnet", "one of fair, bent, worn, polished, left-handed, but got 'bnet'"),
        ("run coin --gpus 1", "--gpus must come with --ray, which deals them out, but got 1 alone."),
        ("run coin --workers 3 --ray", "--workers must come without --ray, .* but got 3."),
        ("run coin --workers 0", "--workers must be a whole number, 1 or more, but got '0'"),
        ("report coin", "has none of it as it is described now; make them with: signlab study run coin."),
        (
            "report coin --figure a.txt",
            "--figure must be a .png, .svg, .pdf in a folder that exists, but got 'a.txt'",
        ),
        ("report coin --figure nowhere/a.png", "but got 'nowhere/a.png'"),
    ],
)
def test_mistakes_are_one_sentence(
    results: Path, capsys: pytest.CaptureFixture[str], arguments: str, part: str
) -> None:
    assert re.search(part, refused(capsys, *arguments.split()))
    assert not results.exists()


def test_an_unknown_metric_is_refused(
    results: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["study", "run", "coin", "--seeds", "1", "--levels", "fair"]) == 0
    told = refused(capsys, "report", "coin", "--metric", "tails", "--figure", str(tmp_path / "a.png"))
    assert "one of heads, but got 'tails'" in told
    assert not (tmp_path / "a.png").exists()


def test_an_installed_package_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "data_folder", lambda: tmp_path / "_data")
    assert "--ledger must be given where signlab is installed" in refused(capsys, "run", "coin")
    assert list(tmp_path.iterdir()) == []


def test_the_usual_ledger_is_among_the_projects_results() -> None:
    path = commands.default_ledger(COIN.name)
    assert path.parts[-4:] == ("data", "results", "studies", "coin.jsonl")
