"""Assignments: each student a corpus and digests of their own, rubrics that add up."""

from dataclasses import replace

import pytest

from signlab.assignment.design import RUBRIC, corpus_of_student
from signlab.assignment.reader import read_assignment, ready


def test_every_student_has_digests_of_their_own() -> None:
    assignment = read_assignment(ready()["critics"])
    one, other = (assignment.study_of(corpus) for corpus in (7, 8))
    assert one.names == other.names
    assert {one.digest_of(name) for name in one.names}.isdisjoint(other.digest_of(name) for name in one.names)
    assert "corpus=7" in one.settings_of("VQ-VAE")


def test_corpora_follow_from_the_secret_and_the_name() -> None:
    names = [f"student {number}" for number in range(300)]
    corpora = [corpus_of_student("a secret", name) for name in names]
    assert corpora == [corpus_of_student("a secret", name) for name in names]
    assert len(set(corpora)) == 300
    assert corpora[0] != corpus_of_student("another", names[0])


def test_the_rubric_adds_up_and_a_person_has_the_larger_part() -> None:
    assignment = read_assignment(ready()["critics"])
    assert assignment.points == 16
    by_hand = sum(one.points for one in RUBRIC if one.by == "instructor")
    assert by_hand > assignment.points / 2


def test_what_cannot_be_run_is_refused() -> None:
    assignment = read_assignment(ready()["critics"])
    level = replace(assignment.study.levels[1], settings=("adversarial.begin=3",))
    with pytest.raises(ValueError, match=r"Level 'critics late' of critics cannot be run: .*begin"):
        replace(assignment, study=replace(assignment.study, levels=(assignment.study.levels[0], level)))
    with pytest.raises(ValueError, match="budget must be above 0"):
        replace(assignment, minutes=0.0)
    with pytest.raises(ValueError, match="2147483648"):
        assignment.study_of(2**31)
