"""The ledger: what goes in comes out, whatever kills or edits the file."""

import json
import logging
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from signlab.study import ledger
from signlab.study.conditions import Hardware
from signlab.study.ledger import Run, append, from_line, read_ledger, to_line

RUN = Run(
    study="kettle",
    digest="0123456789abcdef",
    level="two lids",
    settings=("water=1", "lid=true"),
    seed=7,
    metrics={"minutes": 3.25, "noise": 61.0},
    per_sentence={"errors": [0.0, 2.0, 1.5], "counts": [[1.0, 3.0], [0.0, 2.0], [5.0, 7.0]]},
    versions={"signlab": "0.1.0", "python": "3.11.7", "torch": "absent", "numpy": "2.4.6"},
    code="fedcba9876543210",
    seconds=13.5,
    cpu_seconds=17.25,
    peak_memory_mb=211.5,
    peak_gpu_memory_mb=0.0,
    hardware=Hardware(cpu="A CPU", cores=2),
    started="2026-01-02T03:05:07+00:00",
)


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kettle.jsonl"
    other = replace(RUN, seed=11, per_sentence={})
    assert read_ledger(path) == ((), "")
    append(path, RUN)
    append(path, other)
    assert read_ledger(path) == ((RUN, other), "")
    assert len(path.read_text().splitlines()) == 2
    assert RUN.key == ("0123456789abcdef", 7) != other.key


def test_what_is_no_number_is_null_and_comes_back_as_nan() -> None:
    run = replace(RUN, metrics={"minutes": math.nan, "noise": math.inf}, per_sentence={"a": [1.0, math.nan]})
    values = json.loads(to_line(run))
    assert values["metrics"] == {"minutes": None, "noise": None}
    assert values["per_sentence"] == {"a": [1.0, None]}
    back = from_line(to_line(run))
    assert all(math.isnan(value) for value in back.metrics.values())
    assert math.isnan(back.per_sentence["a"][1])


def test_several_processes_write_whole_lines(tmp_path: Path) -> None:
    """Long lines, so that a write that is not atomic would show."""
    path, count = tmp_path / "kettle.jsonl", 7
    script = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from signlab.study.ledger import append, from_line\n"
        "run = from_line(Path(sys.argv[2]).read_text())\n"
        f"for at in range({count}):\n"
        "    append(sys.argv[1], replace(run, seed=1000 * int(sys.argv[3]) + at))\n"
    )
    given = tmp_path / "run.json"
    given.write_text(to_line(replace(RUN, per_sentence={"errors": [float(at) for at in range(2003)]})))
    command = [sys.executable, "-c", script, str(path), str(given)]
    processes = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    seeds = [run.seed for run in read_ledger(path).runs]
    assert sorted(seeds) == [1000 * number + at for number in range(3) for at in range(count)]


@pytest.mark.parametrize("length", [1, 40, -2])
def test_a_line_that_a_kill_cut_short_is_told_and_then_removed(
    tmp_path: Path, length: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kettle.jsonl"
    append(path, RUN)
    path.write_text(path.read_text() + to_line(replace(RUN, seed=11))[:length])
    runs, torn = read_ledger(path)
    assert runs == (RUN,)
    assert torn.startswith(f"The last line of {path} was cut short")

    with caplog.at_level(logging.WARNING):
        append(path, replace(RUN, seed=13))
    assert "cut short, and is removed" in caplog.text
    assert read_ledger(path) == ((RUN, replace(RUN, seed=13)), "")


def test_a_last_line_that_lacks_its_end_only_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "kettle.jsonl"
    path.write_text(to_line(RUN))  # as an editor may leave it
    assert read_ledger(path) == ((RUN,), "")
    append(path, replace(RUN, seed=11))
    assert [run.seed for run in read_ledger(path).runs] == [7, 11]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kettle.jsonl"
    append(path, RUN)
    write = os.write
    monkeypatch.setattr(ledger.os, "write", lambda file, line: write(file, line[:20]))
    with pytest.raises(OSError, match=r"the disk of .*kettle\.jsonl is full; make room"):
        append(path, replace(RUN, seed=11))
    monkeypatch.undo()
    assert read_ledger(path) == ((RUN,), "")


def test_windows_line_ends_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "kettle.jsonl"
    path.write_bytes(to_line(RUN).encode() + b"\r\n\r\n" + to_line(replace(RUN, seed=11)).encode() + b"\r\n")
    assert [run.seed for run in read_ledger(path).runs] == [7, 11]


def changed(**fields: object) -> str:
    return json.dumps(json.loads(to_line(RUN)) | fields)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"line 2 is damaged \(it is no JSON\)"),
        ("[1]", "it is no JSON object"),
        ("[" * 100_000, "it is no JSON"),
        ("\udcff", "damaged"),
        (changed(metrics={"a": 1}).replace("1}", "NaN}"), "it holds NaN, which is no JSON"),
        (changed(seed="7"), 'seed must be a whole number, 0 or more, but is "7"'),
        (changed(seed=True), "seed must be"),
        (changed(seed=-1), "seed must be"),
        (changed(settings="a=1"), 'settings must be a list of texts, but is "a=1"'),
        (changed(metrics=[1]), "metrics must be names with numbers or null"),
        (changed(metrics={"a": "3"}), "metrics must be"),
        (changed(metrics={"a": 1}).replace("1}", "1e999}"), "metrics must be"),
        (changed(per_sentence={"a": [[[1]]]}), "per_sentence must be names with lists of numbers"),
        (changed(versions={"torch": 2}), "versions must be names with texts"),
        (changed(seconds=-1), "seconds must be a number, 0 or more, but is -1"),
        (changed(hardware={"cpu": "A"}), "hardware must be a CPU's model"),
        (changed().replace('"code"', '"coda"'), "code is missing"),
    ],
)
def test_a_damaged_line_is_one_sentence(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "kettle.jsonl"
    text = f"{to_line(RUN)}\n{line}\n{to_line(RUN)}\n"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=message) as caught:
        read_ledger(path)
    told = str(caught.value)
    assert told.startswith(f"Each line of {path} must be one run, but line 2 is damaged (")
    assert told.endswith("have its seed run again.")


def test_fields_of_a_later_version_are_let_be() -> None:
    assert from_line(changed(colour="green")) == RUN
