"""The mechanism of the checks, and that no check is without enough answers to try it on."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from signlab.teach.checks import CHECKS, Verdict, check


def tables() -> dict[str, dict]:
    found: dict[str, dict] = {}
    for path in sorted(Path(__file__).parent.glob("test_chapter*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= module.ANSWERS
    return found


TABLES = tables()


@cache
def verdicts(exercise: str) -> dict[str, list[Verdict]]:
    """What the check says of every answer, by what it must say."""
    answers = TABLES[exercise]
    tried = {
        "not attempted": [answers["stub"]],
        "passes": answers["right"],
        "diagnosis": [answer for answer, _ in answers["wrong"]],
    }
    return {status: [check(exercise, answer) for answer in some] for status, some in tried.items()}


@pytest.mark.parametrize("exercise", CHECKS)
def test_each_check_is_held_to_two_right_and_three_wrong_answers(exercise: str) -> None:
    answers = TABLES[exercise]
    assert len(answers["right"]) >= 2
    assert len(answers["wrong"]) >= 3


@pytest.mark.parametrize("exercise", CHECKS)
def test_each_wrong_answer_has_a_diagnosis_of_its_own(exercise: str) -> None:
    said = [one.diagnosis for one in verdicts(exercise)["diagnosis"]]
    assert len(set(said)) == len(said)


def test_every_answer_in_one_table() -> None:
    """Printed with ``pytest -s``: each exercise, what was tried, and how many of it got the verdict that it must get."""
    rows, wrong = [], []
    for exercise in CHECKS:
        found = verdicts(exercise)
        got = {status: sum(one.status == status for one in some) for status, some in found.items()}
        rows.append([exercise, *(f"{got[status]} of {len(some)}" for status, some in found.items())])
        wrong += [exercise for status, some in found.items() if got[status] != len(some)]
    header = ["exercise", "stub: not attempted", "right: passes", "wrong: own diagnosis"]
    for row in [header, *rows]:
        print(f"{row[0]:<10}", *(f"{cell:>21}" for cell in row[1:]))
    print(
        f"{len(rows)} exercises, {sum(len(TABLES[one]['right']) for one in CHECKS)} right answers,", end=" "
    )
    print(f"{sum(len(TABLES[one]['wrong']) for one in CHECKS)} wrong ones")
    assert wrong == []


@pytest.mark.parametrize("exercise", CHECKS)
@pytest.mark.parametrize("gap", [..., None, lambda *_: ..., lambda *_: None])
def test_a_gap_is_not_an_error(exercise: str, gap) -> None:
    assert check(exercise, gap).status == "not attempted"


def test_a_verdict_is_a_sentence_and_a_truth_value() -> None:
    assert repr(Verdict("2.1", "not attempted")) == "Exercise 2.1: not attempted."
    assert repr(Verdict("2.1", "passes")) == "Exercise 2.1: passes."
    assert repr(Verdict("2.1", "diagnosis", "Why so?")) == "Exercise 2.1: not yet. Why so?"
    assert Verdict("2.1", "diagnosis", "1 < 2")._repr_html_() == "<p>Exercise 2.1: not yet. 1 &lt; 2</p>"
    assert [bool(Verdict("2.1", status)) for status in ("passes", "diagnosis", "not attempted")] == [
        True,
        False,
        False,
    ]


def test_an_unknown_exercise_names_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"no exercise '9.9' with a check; there are 1.1, 1.2, 2.1"):
        check("9.9", ...)


def test_an_answer_may_spoil_its_arguments() -> None:
    def spoils(lengths, num_frames):
        import torch

        mask = torch.arange(num_frames) < lengths[:, None]
        lengths.zero_()
        return mask

    assert check("3.2", spoils)


@pytest.mark.parametrize("error", [ValueError(), ValueError("two\nlines")])
def test_an_error_in_the_answer_is_a_diagnosis(error: Exception) -> None:
    def fails(*_):
        raise error

    assert "stopped with ValueError" in check("3.2", fails).diagnosis
    assert "\n" not in repr(check("3.2", fails))
