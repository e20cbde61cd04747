"""Assignments as files: all that ship can be read, ten lines suffice, and mistakes are named with their line."""

from pathlib import Path

import pytest

from signlab.assignment.reader import path_of, read_assignment, ready

TEN = """\
question: Do free nats keep the latent alive?
kind: poses
factor: free nats
levels:
  none: {}
  some: {settings: [objective.free_nats=0.05], note: "each component, each step"}
reference: none
metrics: [active_units, nats]
smallest: 1
answer: They do if more units are active.
"""


def test_eight_are_ready_four_for_each_system() -> None:
    kinds = [read_assignment(path).kind for path in ready().values()]
    assert kinds.count("poses") == kinds.count("clips") == 4
    for path in ready().values():
        assignment = read_assignment(path)
        assert len(assignment.study.levels) >= 3
        assert len(assignment.study.seeds) >= 5
        assert assignment.claim


def test_ten_lines_are_an_assignment(tmp_path: Path) -> None:
    file = tmp_path / "free-nats.yaml"
    file.write_text(TEN)
    assignment = read_assignment(path_of(file))
    assert assignment.name == "free-nats"
    assert assignment.study.seeds == (0, 1, 2, 3, 4)
    assert assignment.study.primary.name == "active_units"
    assert "objective.free_nats=0.05" in assignment.study.settings_of("some")
    assert read_assignment(file, name="other").name == "other"


def test_settings_of_the_file_take_the_place_of_the_kinds(tmp_path: Path) -> None:
    file = tmp_path / "free-nats.yaml"
    file.write_text(TEN + "settings: [steps=30, warmup_steps=3, evaluate_every=30]\nseeds: 7\n")
    assignment = read_assignment(file)
    fields = [one.partition("=")[0] for one in assignment.study.common]
    assert len(set(fields)) == len(fields)
    assert "steps=30" in assignment.study.common
    assert assignment.study.seeds[-1] == 6


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: poses", "kind: pose", "free-nats.yaml:2: there is no kind 'pose'; did you mean 'poses'"),
        ("factor:", "facto:", "there is no field of an assignment 'facto'; did you mean 'factor'"),
        ("reference: none", "reference: no", "must be one of the levels none, some, but got 'no'"),
        ("free_nats=0.05", "free_nat=0.05", "Level 'some' of free-nats cannot be run"),
        ("smallest: 1", "smallest: much", "free-nats.yaml:9: a number must stand here"),
        ("active_units", "units", "must be one of nats, .* but got 'units'"),
        ("answer:", "seeds: 2.5\nanswer:", "free-nats.yaml:10: a whole number must stand here"),
        ("question", "? [", "this is no YAML"),
    ],
)
def test_a_mistake_is_named_where_it_stands(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "free-nats.yaml"
    file.write_text(TEN.replace(old, new, 1))
    with pytest.raises(ValueError, match=told):
        read_assignment(file)


def test_what_is_no_assignment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be one of agreement-weight, .*, or a \.yaml file"):
        path_of("codebooks")
    with pytest.raises(ValueError, match="there is no such file"):
        read_assignment(tmp_path / "none.yaml")
    large = tmp_path / "large.yaml"
    large.write_text("#" * 200_000)
    with pytest.raises(ValueError, match="at most 100,000 bytes"):
        read_assignment(large)
