"""A good, a damaged and a foreign folder, told apart."""

import gzip
import pickle
from pathlib import Path

import numpy as np
import torch

from signlab.data.checks import MOST_PROBLEMS, as_table, check_corpus
from signlab.data.video import write_mp4


def clips(folder: Path, *, num: int = 3) -> Path:
    rows = ["path,glosses,sentence,signer,split"]
    for at in range(num):
        write_mp4(folder / f"{at}.mp4", np.full((3 + 2 * at, 32, 32, 3), 100, np.uint8))
        rows.append(f"{at}.mp4,RAIN SUN{at},rain then sun,s{at % 2},{'test' if at == 2 else 'train'}")
    (folder / "clips.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_good_folder_in_numbers(tmp_path: Path) -> None:
    report = check_corpus(clips(tmp_path))
    assert (report.name, report.problems, report.notes) == ("clips", (), ())
    train, test = report.rows
    assert (train.split, train.examples, train.readable, train.video, train.features) == ("train", 2, 2, 2, 0)
    assert (train.signers, train.glosses, train.words) == (2, 3, 3)
    assert (train.shortest, train.mean, train.longest) == (3, 4.0, 5)
    assert (test.split, test.examples, test.longest) == ("test", 1, 7)


def test_a_table_with_a_head_and_a_row_for_each_split(tmp_path: Path) -> None:
    name, head, *rows = as_table(check_corpus(clips(tmp_path))).split("\n")
    assert name == "clips"
    assert head.split()[:3] == ["split", "examples", "readable"]
    assert [row.split()[0] for row in rows] == ["train", "test"]
    assert len({len(line) for line in (head, *rows)}) == 1


def test_every_damaged_file_is_named_and_the_rest_counted(tmp_path: Path) -> None:
    clips(tmp_path)
    (tmp_path / "1.mp4").write_bytes(b"no film")
    report = check_corpus(tmp_path)
    assert [row.readable for row in report.rows] == [1, 1]
    assert [row.examples for row in report.rows] == [2, 1]
    (problem,) = report.problems
    assert str(tmp_path / "1.mp4") in problem


def test_a_foreign_folder_is_one_problem_and_no_row(tmp_path: Path) -> None:
    report = check_corpus(tmp_path)
    assert (report.rows, report.name) == ((), str(tmp_path))
    assert "holds no corpus that is known here" in report.problems[0]


def pickled(path: Path, widths: list[int]) -> None:
    records = [
        {"name": f"a{at}", "text": "x", "sign": torch.ones(5, width)} for at, width in enumerate(widths)
    ]
    path.write_bytes(gzip.compress(pickle.dumps(records)))


def test_features_of_another_width_are_a_problem(tmp_path: Path) -> None:
    pickled(tmp_path / "phoenix14t.pami0.train", [7, 7, 3])
    report = check_corpus(tmp_path)
    assert (report.rows[0].readable, report.rows[0].features) == (2, 2)
    assert report.problems == ("a2 of train must have features of 7 channels as the first has, but has 3.",)
    assert len(report.notes) == 2  # no dev, no test


def test_a_split_that_cannot_be_opened_does_not_hide_the_others(tmp_path: Path) -> None:
    pickled(tmp_path / "phoenix14t.pami0.train", [7])
    (tmp_path / "phoenix14t.pami0.dev").write_bytes(b"\x1f\x8b and then nothing")
    report = check_corpus(tmp_path)
    assert [row.split for row in report.rows] == ["train"]
    assert "phoenix14t.pami0.dev must be a pickle" in report.problems[0]


def test_very_many_problems_are_cut_short(tmp_path: Path) -> None:
    pickled(tmp_path / "phoenix14t.pami0.train", [7] + [3] * 50)
    problems = check_corpus(tmp_path).problems
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1] == "... and 30 more."


def test_who_watches_sees_every_number(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def watch(steps: range, what: str) -> range:
        seen.append((what, len(steps)))
        return steps

    check_corpus(clips(tmp_path), watch=watch)
    assert seen == [("checking train", 2), ("checking test", 1)]
