from pathlib import Path

from signlab.training.log import MetricsLog, read_metrics


def test_lines_come_back_and_those_after_a_resumed_step_are_dropped(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path)
    for step in (1, 2, 3):
        log.write(step, {"train/text": 0.5 / step})
    assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2, 3]
    MetricsLog(tmp_path, resume_step=2)
    assert read_metrics(tmp_path) == [{"step": 1, "train/text": 0.5}, {"step": 2, "train/text": 0.25}]


def test_a_new_run_begins_empty(tmp_path: Path) -> None:
    MetricsLog(tmp_path).write(1, {"a": 1.0})
    MetricsLog(tmp_path)
    assert read_metrics(tmp_path) == []


def test_a_line_cut_short_is_left_out(tmp_path: Path) -> None:
    MetricsLog(tmp_path).write(1, {"a": 1.0})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "a"')
    assert [row["step"] for row in read_metrics(tmp_path)] == [1]
