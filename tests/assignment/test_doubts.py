"""Doubts about single ledgers and about several side by side."""

from dataclasses import replace
from pathlib import Path

from handed_in import a_class, ledger_of

from signlab.assignment.doubts import Sorted, compared, sort_runs
from signlab.assignment.make import Class
from signlab.assignment.submission import Submission
from signlab.study.ledger import Run


def sorted_of(klass: Class, runs: list[Run], *, student: int = 0) -> Sorted:
    task = klass.students[student]
    whose = {one.corpus: one.student for one in klass.students}
    study, kind = klass.assignment.study_of(task.corpus), klass.assignment.of_kind()
    return sort_runs(Submission(task.student, tuple(runs)), task, study, kind, whose)


def test_honest_runs_all_count(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    found = sorted_of(klass, ledger_of(klass, klass.students[0]))
    assert len(found.counted) == 20
    assert found.doubts == ()


def test_a_run_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    runs = ledger_of(klass, klass.students[0])
    later = replace(runs[0], started=runs[-1].started, metrics=runs[0].metrics | {"psnr": 99.0})
    found = sorted_of(klass, [*runs, later])
    assert found.counted["8", 0] == runs[0]
    assert [doubt.grave for doubt in found.doubts] == [False]


def test_other_code_is_told_and_no_crime(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    runs = [replace(run, code="0" * 16) for run in ledger_of(klass, klass.students[0])]
    found = sorted_of(klass, runs)
    assert len(found.counted) == 20
    assert [(doubt.words, doubt.grave) for doubt in found.doubts] == [
        ("Some runs were made with other code than was handed out.", False)
    ]


def test_a_list_without_numbers_does_not_count(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    runs = [replace(run, per_sentence={"psnr": [[1.0, 2.0]]}) for run in ledger_of(klass, klass.students[0])]
    found = sorted_of(klass, runs)
    assert not found.counted
    assert "holds something else than numbers" in found.doubts[0].words


def test_two_with_the_same_numbers_are_both_named(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    one = sorted_of(klass, ledger_of(klass, klass.students[0]))
    other = sorted_of(klass, ledger_of(klass, klass.students[2]), student=2)
    stolen = replace(other.counted["8", 0], metrics=one.counted["8", 0].metrics)
    other = other._replace(counted={**other.counted, ("8", 0): stolen})
    found = compared({"Ada": one, "Cleo": other})
    assert "one of Cleo" in found["Ada"][0].words
    assert "one of Ada" in found["Cleo"][0].words
    assert len(found["Ada"]) == len(found["Cleo"]) == 1
