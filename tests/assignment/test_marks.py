"""What a program may give points for."""

from pathlib import Path

from handed_in import a_class, ledger_of

from signlab.assignment.checks import Checked
from signlab.assignment.doubts import Doubt
from signlab.assignment.marks import Mark, marks_of
from signlab.assignment.submission import Submission
from signlab.study.report import report_of_runs


def marks(
    tmp_path: Path, *, outcome: str = "same", doubts: tuple[Doubt, ...] = (), **said: str
) -> dict[str, Mark]:
    klass = a_class(tmp_path)
    task = klass.students[0]
    study, runs = klass.assignment.study_of(task.corpus), ledger_of(klass, task)
    submission = Submission("Ada", tuple(runs), {f"{level[1:]}": word for level, word in said.items()})
    found = marks_of(
        klass.assignment,
        study,
        submission,
        made=15,
        doubts=doubts,
        checked=[Checked("Ada", "8", 0, outcome, "8, seed 0: it was looked at.")],
        reports=[report_of_runs(study, runs)],
    )
    return {mark.criterion: mark for mark in found}


def test_shares_of_runs_and_of_verdicts(tmp_path: Path) -> None:
    found = marks(tmp_path, _8="matters", _32="open", _512="excluded")
    assert found["runs"].given == 2.25
    assert found["verdicts"].given == 1.33
    assert found["verdicts"].why == "32: open was said, matters is what the ledger supports."


def test_nothing_written_gets_nothing_and_what_is_written_waits_for_a_person(tmp_path: Path) -> None:
    found = marks(tmp_path)
    assert found["conclusion"].given == 0
    assert found["conclusion"].why == "Nothing was written."


def test_honesty(tmp_path: Path) -> None:
    strange, grave = Doubt("It is strange.", False), Doubt("It cannot be.", True)
    assert marks(tmp_path / "a")["honesty"].given == 2
    assert marks(tmp_path / "b", doubts=(strange,))["honesty"].given == 1
    assert marks(tmp_path / "c", outcome="failed")["honesty"].given == 1
    assert marks(tmp_path / "d", outcome="other")["honesty"].given == 0
    found = marks(tmp_path / "e", doubts=(strange, grave))["honesty"]
    assert found.given == 0
    assert found.why.startswith("One thing cannot be: It cannot be.")
