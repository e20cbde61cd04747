import errno
import json
from pathlib import Path

import pytest

from signlab.training import log as module
from signlab.training.log import MetricsLog, read_metrics


def test_lines_come_back_and_those_after_a_resumed_step_are_dropped(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    for step in (1, 2, 3):
        log.write(step, {"train/text": 0.5 / step})
    assert [row["step"] for row in MetricsLog.read(tmp_path)] == [1, 2, 3]
    MetricsLog(tmp_path, resume_step=2)
    assert read_metrics(tmp_path) == [{"step": 1, "train/text": 0.5}, {"step": 2, "train/text": 0.25}]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_new_run_begins_empty(tmp_path: Path) -> None:
    MetricsLog(tmp_path).write(1, {"a": 1})
    MetricsLog(tmp_path)
    assert read_metrics(tmp_path) == []


def test_a_line_cut_short_is_left_out_and_nothing_is_glued_to_it(tmp_path: Path) -> None:
    MetricsLog(tmp_path).write(1, {"a": 1.0})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "a"')
    assert [row["step"] for row in read_metrics(tmp_path)] == [1]
    MetricsLog(tmp_path, resume_step=1).write(2, {"a": 0.5})
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]


def test_vandalised_lines_do_not_hide_the_others(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    log.write(1, {"a": 1.0})
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(b'\xff\xfe\n[]\n{"a": 3}\n7\n')
    log.write(2, {"a": 0.5})
    assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2]


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = MetricsLog(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match=r"metrics\.jsonl could not be written .* the disk is full"):
        log.write(1, {"a": 1.0})


def test_only_the_first_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MetricsLog(tmp_path).write(1, {"a": 1.0})
    monkeypatch.setattr(module, "rank", lambda: 1)
    MetricsLog(tmp_path).write(2, {"a": 2.0})
    assert [row["step"] for row in read_metrics(tmp_path)] == [1]
