"""The student's folder: what is still to do, a level of one's own, and files that were changed."""

import json
from pathlib import Path

import pytest
from handed_in import a_class, hand_in, ledger_of, write_cell, write_ledger

from signlab.assignment.folder import open_work
from signlab.assignment.submission import TASK


def test_finished_work_has_nothing_left_to_do(tmp_path: Path) -> None:
    work = open_work(hand_in(a_class(tmp_path), tmp_path, "Bo"))
    found = work.check()
    assert found.to_do == ()
    assert "Everything is there" in repr(found)
    assert "20 runs" in repr(found)
    assert "128" in work.report().text
    assert work.figure().axes


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    write_ledger(folder, ledger_of(klass, klass.students[1])[:-2])
    write_cell(folder, "limits", "## Limits\n\n*Write here.*")
    write_cell(folder, "answers", 'VERDICTS = {"8": "open", "32": ""}\nOWN = []')
    found = repr(open_work(folder).check())
    assert "[ ] 2 of 20 runs are missing, the first 128, seed 4" in found
    assert "[ ] VERDICTS has nothing on 32, 512" in found
    assert "[ ] Nothing is written under Limits yet." in found
    assert "3 of 6 points are still to do." in found


def test_a_level_of_ones_own_is_one_more(tmp_path: Path) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    write_cell(folder, "answers", "VERDICTS = {}\nOWN = ['model.num_codes=64', 'hands_weight=1']")
    work = open_work(folder)
    assert work.study.names == ("8", "32", "128", "512", "own")
    assert "hands_weight=1" in work.study.settings_of("own")
    assert "5 of 25 runs are missing, the first own, seed 0" in repr(work.check())
    write_cell(folder, "answers", "VERDICTS = {}\nOWN = ['steps=9']")
    assert "OWN: A level of one's own may set fields" in repr(open_work(folder).check())


@pytest.mark.parametrize(
    "value",
    ["7", '{"student": "Bo"}', "[" * 9999, '{"student": 1, "assignment": "", "corpus": 1, "code": ""}'],
)
def test_a_task_that_was_changed_is_refused(tmp_path: Path, value: str) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    (folder / TASK).write_text(value)
    with pytest.raises(ValueError, match="is damaged; take it from what was handed out"):
        open_work(folder)


def test_another_corpus_in_the_task_is_another_study(tmp_path: Path) -> None:
    folder = hand_in(a_class(tmp_path), tmp_path, "Bo")
    task = json.loads((folder / TASK).read_text())
    (folder / TASK).write_text(json.dumps(task | {"corpus": 1}))
    assert "20 of 20 runs are missing" in repr(open_work(folder).check())
