"""Results of a class: a table, a page for each student, and all students together. Chapter 10."""

import csv
import html
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from signlab.assignment.grade import Graded
from signlab.assignment.make import Class, folder_name
from signlab.assignment.submission import VERDICTS
from signlab.show.figures import table
from signlab.study.statistics import Estimate, mean_interval, with_unit

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # no script, nothing from elsewhere
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem; text-align: right; vertical-align: top; }
th[scope=row], th:first-child { text-align: left; }
.grave { border-left: .3rem solid #c03030; padding-left: .6rem; }
blockquote { white-space: pre-wrap; border-left: .2rem solid #8888; margin-left: 0; padding-left: .8rem; }
"""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # at the start of a cell, a spreadsheet takes it for a formula


class Pooled(NamedTuple):
    """One level over all students."""

    level: str
    difference: Estimate  # of each student's mean difference to the reference
    verdicts: dict[str, int]  # how many students' ledgers support which


def write_results(klass: Class, graded: Sequence[Graded], out: Path) -> None:
    """Write "grades.csv", "index.html" and a page for each student."""
    (out / "students").mkdir(parents=True, exist_ok=True)
    _write(out / "grades.csv", as_csv(graded))
    _write(out / "index.html", index_page(klass, graded))
    for one in graded:
        _write(out / "students" / f"{folder_name(one.task.student)}.html", student_page(klass, one))


def as_csv(graded: Sequence[Graded]) -> str:
    """A line for each student; what is the instructor's to give is left empty."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    criteria = [f"{mark.criterion} (of {mark.points:g})" for mark in graded[0].marks]
    table.writerow(
        ["student", "runs", "grave doubts", "other doubts", "spot checks", *criteria, "proposed so far"]
    )
    for one in graded:
        row = [
            one.task.student,
            len(one.ledger.counted),
            sum(doubt.grave for doubt in one.doubts),
            sum(not doubt.grave for doubt in one.doubts),
            " ".join(check.outcome for check in one.checked),
            *("" if mark.given is None else f"{mark.given:g}" for mark in one.marks),
            f"{one.points:g}",
        ]
        table.writerow([_harmless(cell) for cell in row])
    return written.getvalue()


def pooled(klass: Class, graded: Sequence[Graded]) -> list[Pooled]:
    """Each level beside the reference, over the students whose ledgers nothing speaks against."""
    study = klass.assignment.study
    trusted = [
        one for one in graded if one.report is not None and not any(doubt.grave for doubt in one.doubts)
    ]
    trusted = [one for one in trusted if not any(check.outcome == "other" for check in one.checked)]
    found, words = [], {kind: word for word, kind in VERDICTS.items()}
    for name in study.names:
        if name == study.reference:
            continue
        rows = [row for one in trusted if one.report for row in one.report.part().rows if row.level == name]
        means = [row.difference.mean for row in rows if row.difference is not None]
        if means:
            kinds = [words.get(row.verdict.kind, row.verdict.kind) for row in rows if row.verdict]
            found.append(
                Pooled(name, mean_interval(means), {kind: kinds.count(kind) for kind in sorted(set(kinds))})
            )
    return found


def index_page(klass: Class, graded: Sequence[Graded]) -> str:
    """The whole class on one page."""
    study = klass.assignment.study
    rows = [
        [
            one.task.student,
            f"{len(one.ledger.counted)}",
            ", ".join(f"{check.outcome}" for check in one.checked) or "none",
            f"{sum(doubt.grave for doubt in one.doubts)}",
            f"{one.points:g}",
            f"{one.open_points:g}",
        ]
        for one in graded
    ]
    header = ["student", "runs that count", "spot checks", "grave doubts", "points proposed", "points open"]
    students = table(
        header, rows, caption="The class. Every number is a proposal: look before you decide."
    ).html
    for one in graded:
        name = html.escape(one.task.student)
        link = f'<a href="students/{folder_name(one.task.student)}.html">{name}</a>'
        students = students.replace(f'<th scope="row">{name}</th>', f'<th scope="row">{link}</th>', 1)
    unit = study.primary.difference_unit
    together = [
        [
            row.level,
            f"{row.difference.n}",
            _estimated(row.difference, unit),
            ", ".join(f"{kind}: {count}" for kind, count in row.verdicts.items()),
        ]
        for row in pooled(klass, graded)
    ]
    caption = (
        f"All students together: {study.primary.title}, difference to {study.reference}, mean over students (95 % "
        "interval), each on a corpus of their own; without ledgers that something speaks against."
    )
    pool = (
        table(["level", "students", "difference", "verdicts"], together, caption=caption).html
        if together
        else ""
    )
    alone = [check.alone for one in graded for check in one.checked]
    told = (
        f"<p>{sum(alone)} of {len(alone)} spot checks ran where no network could be reached.</p>"
        if alone
        else ""
    )
    return _page(study.question, f"{pool}{students}{told}")


def _estimated(estimate: Estimate, unit: str) -> str:
    """A mean with its interval, if there is more than one student."""
    mean = with_unit(estimate.mean, unit)
    return mean if math.isnan(estimate.low) else f"{mean} ({estimate.low:.3g} to {estimate.high:.3g})"


def student_page(klass: Class, one: Graded) -> str:
    """What there is to say of one student's work, and what they have written."""
    blocks = [f"<p>Corpus {one.task.corpus}. <a href='../index.html'>The class</a></p>"]
    marks = [
        [mark.criterion, "" if mark.given is None else f"{mark.given:g}", f"{mark.points:g}", mark.why]
        for mark in one.marks
    ]
    caption = "The rubric, filled in where a program can; empty lines are yours."
    blocks.append(table(["criterion", "proposed", "of", "why"], marks, caption=caption).html)
    sentences = [("grave" if doubt.grave else "", doubt.words) for doubt in one.doubts]
    sentences += [
        ("grave" if check.outcome == "other" else "", f"Made again: {check.words}") for check in one.checked
    ]
    sentences += [("", problem) for problem in one.submission.problems]
    blocks.append(
        _list("What was found", sentences) if sentences else "<p>Nothing speaks against the ledger.</p>"
    )
    if one.report is not None:
        from signlab.study.pages import as_table

        blocks.append(as_table(one.report).html)
    said = [[level, word] for level, word in one.submission.verdicts.items()]
    if said:
        blocks.append(table(["level", "verdict"], said, caption="What the student says").html)
    for name, text in one.submission.texts.items():
        blocks.append(
            f"<h2>{html.escape(name.capitalize())}</h2><blockquote>{html.escape(text)}</blockquote>"
        )
    return _page(f"{one.task.student}: {klass.assignment.study.question}", "".join(blocks))


def _list(heading: str, sentences: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f"<li{f' class={kind!r}' if kind else ''}>{'<strong>Cannot be:</strong> ' if kind else ''}{html.escape(words)}</li>"
        for kind, words in sentences
    )
    return f"<h2>{heading}</h2><ul>{items}</ul>"


def _page(title: str, inside: str) -> str:
    """A page on which nothing can run, whatever students have written."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{inside}</main></body></html>\n"
    )


def _harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
