"""Complaints of the command line: one sentence, what was given, a guess at what was meant."""

import argparse

import pytest

from signlab.parsing import Parser, at_least, meant


def complaint(capsys: pytest.CaptureFixture[str], parser: Parser, *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        parser.parse_args(arguments)
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.fixture
def parser() -> Parser:
    made = Parser(prog="tool")
    made.add_argument("--scale", choices=("smoke", "quick"))
    made.add_argument("--times", type=at_least(1))
    made.add_argument("--out", required=True)
    return made


def test_a_wrong_choice_names_the_right_ones_and_the_nearest(
    parser: Parser, capsys: pytest.CaptureFixture[str]
) -> None:
    told = complaint(capsys, parser, "--scale", "quik", "--out", "x")
    assert told.startswith("tool: --scale must be one of smoke, quick, but got 'quik'; did you mean quick;")


def test_what_is_missing_or_too_small_is_named(parser: Parser, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--out must be given" in complaint(capsys, parser)
    assert "--times must be a whole number, 1 or more, but got '0'" in complaint(
        capsys, parser, "--times", "0", "--out", "x"
    )


def test_no_abbreviation_is_taken(parser: Parser, capsys: pytest.CaptureFixture[str]) -> None:
    args, unknown = parser.parse_known_args(["--out", "x", "--time", "3"])
    assert (args.times, unknown) == (None, ["--time", "3"])
    with pytest.raises(SystemExit):
        parser.refuse(unknown)
    assert "there is no --time; did you mean --times" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parser.refuse(["more"])
    assert "'more' is one argument too many" in capsys.readouterr().err


def test_numbers_and_guesses() -> None:
    assert at_least(3)("3") == 3
    for text in ("2", "few", "3.5"):
        with pytest.raises(argparse.ArgumentTypeError, match="3 or more, but got"):
            at_least(3)(text)
    assert meant("trian", ["train", "data"]) == "; did you mean train"
    assert meant("xyzzy", ["train", "data"]) == ""
