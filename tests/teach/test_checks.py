"""The mechanism of the checks, and that no check is without enough answers to try it on."""

import importlib.util
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


@pytest.mark.parametrize("exercise", CHECKS)
def test_each_check_is_held_to_two_right_and_three_wrong_answers(exercise: str) -> None:
    answers = TABLES[exercise]
    assert len(answers["right"]) >= 2
    assert len(answers["wrong"]) >= 3


@pytest.mark.parametrize("exercise", CHECKS)
def test_each_wrong_answer_has_a_diagnosis_of_its_own(exercise: str) -> None:
    said = [check(exercise, wrong).diagnosis for wrong, _ in TABLES[exercise]["wrong"]]
    assert len(set(said)) == len(said)


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
