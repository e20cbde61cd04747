"""What lies under a path: how many examples of what length, and what is wrong with which file. Chapter 2."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from signlab.data.listing import Watch
from signlab.data.sources import open_corpus

MOST_PROBLEMS = 20  # that are told one by one


class SplitRow(NamedTuple):
    """One split in numbers."""

    split: str
    examples: int
    readable: int  # examples that could be read and are right
    video: int  # of these, how many have pictures
    features: int  # how many have features
    signers: int
    glosses: int  # different ones
    words: int  # different ones in the first sentences
    shortest: int  # frames, or steps where there are only features
    mean: float
    longest: int


class CorpusReport(NamedTuple):
    """What `check_corpus` found."""

    name: str
    rows: tuple[SplitRow, ...]
    notes: tuple[str, ...]  # what its user should know
    problems: tuple[str, ...]  # what is wrong with which file; none = all is well


def check_corpus(path: str | Path, *, watch: Watch = lambda steps, _: steps) -> CorpusReport:
    """Read everything under a path once and tell what there is and what is wrong.

    Args:
        path: As for `open_corpus`.
        watch: Goes through the numbers of a split's examples, for a progress bar.
    """
    try:
        corpus = open_corpus(path)
    except ValueError as error:
        return CorpusReport(name=str(path), rows=(), notes=(), problems=(str(error),))
    rows, problems = [], []
    for name in corpus.splits:
        try:
            split = corpus.split(name)
        except ValueError as error:
            problems.append(str(error))
            continue
        row, wrong = _check_split(name, split, watch)
        rows.append(row)
        problems.extend(wrong)
    if len(problems) > MOST_PROBLEMS:
        problems = [*problems[:MOST_PROBLEMS], f"... and {len(problems) - MOST_PROBLEMS} more."]
    notes: Sequence[str] = getattr(corpus, "notes", ())
    return CorpusReport(name=corpus.name, rows=tuple(rows), notes=tuple(notes), problems=tuple(problems))


def _check_split(name: str, split: Any, watch: Watch) -> tuple[SplitRow, list[str]]:
    """One row of the table, and what is wrong."""
    lengths: list[int] = []
    has = {"video": 0, "features": 0}
    signers, glosses, words = set[str](), set[str](), set[str]()
    problems: list[str] = []
    width: int | None = None
    for index in watch(range(len(split)), f"checking {name}"):
        try:
            example = split[index]
        except ValueError as error:
            problems.append(str(error))
            continue
        if example.features is not None:
            width = width or example.features.shape[1]
            if example.features.shape[1] != width:
                problems.append(
                    f"{example.name} of {name} must have features of {width} channels as the first has, "
                    f"but has {example.features.shape[1]}."
                )
                continue
        signing = example.video if example.video is not None else example.features
        if signing is None:
            problems.append(f"{example.name} of {name} must have pictures or features, but has neither.")
            continue
        lengths.append(len(signing))
        has["video"] += example.video is not None
        has["features"] += example.features is not None
        signers |= {example.signer} - {""}
        glosses |= set(example.glosses)
        words |= {word for sentence in example.sentences[:1] for word in sentence.split()}
    row = SplitRow(
        split=name,
        examples=len(split),
        readable=len(lengths),
        **has,
        signers=len(signers),
        glosses=len(glosses),
        words=len(words),
        shortest=min(lengths, default=0),
        mean=sum(lengths) / max(len(lengths), 1),
        longest=max(lengths, default=0),
    )
    return row, problems


def as_table(report: CorpusReport) -> str:
    """The report's rows in columns of text."""
    head = [name.replace("_", " ") for name in SplitRow._fields]
    body = [
        [f"{value:.1f}" if isinstance(value, float) else str(value) for value in row] for row in report.rows
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    lines = []
    for line in [head, *body]:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells))
    return "\n".join([report.name, *lines])
