"""Grading: honest work gets its points, twelve ways to cheat or to break it are named, and it goes on where it stopped."""

import csv
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import handed_in
import pytest
from handed_in import a_class, hand_in, ledger_of, with_psnr, write_cell, write_ledger

from signlab.assignment.grade import RECORD, Graded, grade_class
from signlab.assignment.kinds import FINGERPRINT
from signlab.assignment.make import Class
from signlab.assignment.submission import LEDGER, NOTEBOOK
from signlab.study.ledger import Run

pytestmark = pytest.mark.usefixtures("made_again")


def grades(folder: Path, **how: int) -> dict[str, Graded]:
    """By student."""
    graded = grade_class(folder / "made", folder / "handed-in", folder / "out", **how)
    return {one.task.student: one for one in graded}


def words(one: Graded) -> str:
    return " ".join(
        [*(d.words for d in one.doubts), *(c.words for c in one.checked), *one.submission.problems]
    )


def grave(one: Graded) -> bool:
    return any(doubt.grave for doubt in one.doubts) or any(check.outcome == "other" for check in one.checked)


def given(one: Graded) -> dict[str, float | None]:
    return {mark.criterion: mark.given for mark in one.marks}


def test_honest_work_gets_all_that_a_program_can_give(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    for student in handed_in.STUDENTS:
        hand_in(klass, tmp_path, student)
    graded = grades(tmp_path)
    for one in graded.values():
        assert one.doubts == ()
        assert [check.outcome for check in one.checked] == ["same"]
        assert given(one)["runs"] == 3
        assert given(one)["honesty"] == 2
        assert one.open_points == 9
    table = list(csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines()))
    assert [row["student"] for row in table] == list(handed_in.STUDENTS)
    page = (tmp_path / "out" / "index.html").read_text()
    assert "All students together" in page
    assert 'href="students/cleo.html"' in page


def altered(runs: list[Run]) -> list[Run]:
    return [with_psnr(run, 25.0) if run.level == "512" else run for run in runs]


def altered_throughout(runs: list[Run]) -> list[Run]:
    """Numbers and their lists, so that only making runs again shows it."""
    return [
        replace(
            run,
            metrics=run.metrics | {"psnr": run.metrics["psnr"] + 2},
            per_sentence=run.per_sentence | {"psnr": [value + 2 for value in run.per_sentence["psnr"]]},
        )
        for run in runs
    ]


def twice(runs: list[Run]) -> list[Run]:
    """One run's numbers under every seed."""
    first = {run.level: run for run in runs if run.seed == 0}
    return [
        replace(
            run,
            metrics=first[run.level].metrics | {FINGERPRINT: run.metrics[FINGERPRINT]},
            per_sentence=first[run.level].per_sentence,
        )
        for run in runs
    ]


def backwards(runs: list[Run]) -> list[Run]:
    """Durations that cannot be: a run of an hour between two of seconds."""
    return [replace(run, seconds=3600.0) if number == 3 else run for number, run in enumerate(runs)]


def much_too_fast(runs: list[Run]) -> list[Run]:
    return [replace(run, seconds=0.5, cpu_seconds=0.5) for run in runs]


def in_the_future(runs: list[Run]) -> list[Run]:
    return [replace(run, started="2199-01-01T00:00:00+00:00") for run in runs]


def without_a_time(runs: list[Run]) -> list[Run]:
    return [replace(run, started="yesterday") for run in runs]


def too_much_work(runs: list[Run]) -> list[Run]:
    return [replace(run, cpu_seconds=900.0) for run in runs]


@pytest.mark.parametrize(
    ("cheat", "told"),
    [
        (altered, "psnr is not the mean of its own list"),
        (altered_throughout, "further off than rounding"),
        (twice, "have the same numbers in everything"),
        (backwards, "ended before the line above it"),
        (in_the_future, "ended in the future"),
        (without_a_time, "says no time"),
        (too_much_work, "more processor time than"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_is_named(tmp_path: Path, cheat: Callable[[list[Run]], list[Run]], told: str) -> None:
    klass = a_class(tmp_path)
    for student in ("Ada", "Cleo"):
        hand_in(klass, tmp_path, student)
    hand_in(klass, tmp_path, "Bo", cheat(ledger_of(klass, klass.students[1])))
    graded = grades(tmp_path)
    assert told in words(graded["Bo"])
    assert grave(graded["Bo"])
    assert given(graded["Bo"])["honesty"] == 0
    assert not grave(graded["Ada"])
    assert given(graded["Cleo"])["honesty"] == 2


def test_runs_that_are_far_too_quick_are_strange_but_may_be(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    for student in ("Ada", "Cleo"):
        hand_in(klass, tmp_path, student)
    hand_in(klass, tmp_path, "Bo", much_too_fast(ledger_of(klass, klass.students[1])))
    found = grades(tmp_path)["Bo"]
    assert "less than an eighth" in words(found)
    assert not grave(found)
    assert given(found)["honesty"] == 1


def rewritten(klass: Class, runs: list[Run], *, fingerprints: bool) -> list[Run]:
    """Ada's runs, dressed up as Bo's."""
    study, kind = klass.assignment.study_of(klass.students[1].corpus), klass.assignment.of_kind()
    made = []
    for run in runs:
        settings = study.settings_of(run.level)
        run = replace(run, digest=study.digest_of(run.level), settings=settings)
        if fingerprints:
            run = replace(run, metrics=run.metrics | {FINGERPRINT: kind.fingerprint(settings, run.seed)})
        made.append(run)
    return made


def test_a_copied_ledger_names_whose_it_is(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    hand_in(klass, tmp_path, "Ada")
    hand_in(klass, tmp_path, "Bo", ledger_of(klass, klass.students[0]))
    found = grades(tmp_path)["Bo"]
    assert "20 runs learnt from the corpus of Ada" in words(found)
    assert grave(found)
    assert given(found)["runs"] == 0


def test_a_copied_ledger_with_new_settings_has_old_fingerprints(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    hand_in(klass, tmp_path, "Ada")
    hand_in(klass, tmp_path, "Bo", rewritten(klass, ledger_of(klass, klass.students[0]), fingerprints=False))
    found = grades(tmp_path)["Bo"]
    assert "the fingerprint is not that of the examples" in words(found)
    assert given(found)["runs"] == given(found)["honesty"] == 0


def test_a_copied_ledger_with_new_fingerprints_has_old_numbers(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    hand_in(klass, tmp_path, "Ada")
    hand_in(klass, tmp_path, "Bo", rewritten(klass, ledger_of(klass, klass.students[0]), fingerprints=True))
    graded = grades(tmp_path, checks=0)
    assert "the same numbers as one of Ada" in words(graded["Bo"])
    assert given(graded["Bo"])["honesty"] == 0


def test_another_corpus_does_not_count(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    easier = klass.students[1]._replace(corpus=klass.students[1].corpus + 1)
    hand_in(klass, tmp_path, "Bo", ledger_of(klass, easier))
    found = grades(tmp_path)["Bo"]
    assert "20 runs learnt from a corpus of nobody here" in words(found)
    assert given(found)["runs"] == 0


def test_settings_that_are_not_those_of_their_digest(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    runs = [replace(run, settings=(*run.settings, "steps=9")) for run in ledger_of(klass, klass.students[1])]
    hand_in(klass, tmp_path, "Bo", runs)
    assert "not those that its digest stands for" in words(grades(tmp_path)["Bo"])


def test_missing_runs_cost_their_share(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    hand_in(klass, tmp_path, "Bo", ledger_of(klass, klass.students[1])[:10])
    found = grades(tmp_path)
    assert given(found["Bo"])["runs"] == 1.5
    assert found["Ada"].submission.problems == ("Nothing was handed in by Ada.",)
    assert found["Ada"].points == 0


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    with (folder / LEDGER).open("ab") as file:
        file.truncate(10**12)  # a hole: a terabyte that takes no room
    found = grades(tmp_path)["Bo"]
    assert "must have at most 8,000,000 bytes, but has 1,000,000,000,000" in words(found)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folder, other = hand_in(klass, tmp_path, "Bo"), hand_in(klass, tmp_path, "Ada")
    (folder / LEDGER).unlink()
    (folder / LEDGER).symlink_to(other / LEDGER)
    assert "must be a plain file, but is a link" in words(grades(tmp_path)["Bo"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_pipe_does_not_make_it_wait(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    (folder / LEDGER).unlink()
    os.mkfifo(folder / LEDGER)
    assert "must be a plain file" in words(grades(tmp_path)["Bo"])


def test_an_archive_is_unpacked_and_a_path_outside_refused(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    for student, evil in (("Ada", ""), ("Bo", "../../escaped.txt")):
        folder = hand_in(klass, tmp_path, student)
        with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"{folder.name}/{file.name}")
                file.unlink()
            if evil:
                archive.writestr(evil, "here I am")
        folder.rmdir()
    graded = grades(tmp_path)
    assert given(graded["Ada"])["runs"] == 3
    assert "must unpack into its own folder, but holds '../../escaped.txt'" in words(graded["Bo"])
    assert not list(tmp_path.rglob("escaped.txt"))


def test_a_notebook_is_not_run_and_what_it_says_is_only_shown(
    tmp_path: Path, visit: Callable[..., object]
) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    mark = tmp_path / "it-ran"
    write_cell(
        folder, "answers", f"VERDICTS = {{'8': __import__('pathlib').Path({str(mark)!r}).touch()}}\nOWN = []"
    )
    write_cell(folder, "conclusion", "<script>document.title = 'it ran'</script><img src=x onerror=alert(1)>")
    found = grades(tmp_path)["Bo"]
    assert "VERDICTS must be written out" in words(found)
    assert not mark.exists()
    page = (tmp_path / "out" / "students" / "bo.html").read_text()
    assert "<script" not in page
    assert "default-src 'none'" in page
    inside = page.split("<main>")[1].split("</main>")[0]  # the policy only works in a page's head
    assert visit(inside, lambda seen: seen.title()) != "it ran"


def test_a_level_of_ones_own_is_checked_before_it_is_run(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    write_cell(folder, "answers", "VERDICTS = {}\nOWN = ['steps=1000000000']")
    found = grades(tmp_path)["Bo"]
    assert "The level of their own is left out: A level of one's own may set fields that begin with" in words(
        found
    )
    assert given(found)["runs"] == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"cells": 7}',
        b'{"cells": [7, null, {"id": 3}]}',
        b"9" * 6_000,
    ],
    ids=["empty", "binary", "deep", "no cells", "odd cells", "odder cells", "a long number"],
)
def test_whatever_is_in_the_files_it_gives_sentences(tmp_path: Path, content: bytes) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    (folder / NOTEBOOK).write_bytes(content)
    (folder / LEDGER).write_bytes(content + b"\n" + content)
    found = grades(tmp_path)["Bo"]
    assert found.submission.problems
    assert given(found)["runs"] == 0


def test_it_goes_on_where_it_stopped(tmp_path: Path, made_again: list[tuple[str, int]]) -> None:
    klass = a_class(tmp_path)
    for student in handed_in.STUDENTS:
        hand_in(klass, tmp_path, student)
    grades(tmp_path, checks=2)
    assert len(made_again) == 6
    record = tmp_path / "out" / RECORD
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(lines[:4]) + lines[4][:30])  # as a kill leaves it
    grades(tmp_path, checks=2)
    assert len(made_again) == 8
    grades(tmp_path, checks=2)
    assert len(made_again) == 8


def test_a_line_that_was_changed_after_a_check_is_checked_again(
    tmp_path: Path, made_again: list[tuple[str, int]]
) -> None:
    klass = a_class(tmp_path)
    folder = hand_in(klass, tmp_path, "Bo")
    grades(tmp_path)
    write_ledger(folder, altered_throughout(ledger_of(klass, klass.students[1])))
    assert grave(grades(tmp_path)["Bo"])
    assert len(made_again) == 2


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    a_class(tmp_path)
    with pytest.raises(ValueError, match=r"must be a folder of folders, but .* is none"):
        grade_class(tmp_path / "made", tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(ValueError, match=r"has no class\.json"):
        grade_class(tmp_path, tmp_path, tmp_path / "out")
    (tmp_path / "made" / "class.json").write_text(json.dumps({"students": 3}))
    with pytest.raises(ValueError, match="damaged; restore a copy"):
        grade_class(tmp_path / "made", tmp_path, tmp_path / "out")
