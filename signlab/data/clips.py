"""A folder of clips with a table: anybody's own recordings, and what `signlab data make` writes. Chapter 2."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from signlab.data.example import SignExample
from signlab.data.frames import square
from signlab.data.listing import AnyCorpus, ListedCorpus, Watch, counted, in_splits, split_name
from signlab.data.tables import Row, read_table
from signlab.data.video import read_video, write_mp4

SUFFIXES = (".mp4", ".avi", ".webm", ".gif", ".mov", ".mkv")
TABLES = (".csv", ".tsv")
COLUMNS = ("path", "split", "signer", "glosses", "sentence", "language")  # what `write_clips` writes
BETWEEN = " | "  # between several right sentences in one cell


def table_of(folder: Path) -> Path | None:
    """The folder's table: ``clips.csv``, else the only .csv or .tsv whose header begins like one of clips."""
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in TABLES)
    named = [path for path in tables if path.stem.lower() == "clips"]
    with_paths = [path for path in tables if _names_paths(path)]
    chosen = named or with_paths
    return chosen[0] if len(chosen) == 1 else None


def _names_paths(table: Path) -> bool:
    with table.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.readline().lower()
    return "path" in head and any(word in head for word in ("gloss", "sentence"))


def open_clips(folder: str | Path, *, size: int | None = None) -> ListedCorpus:
    """Clips with a table: columns ``path``, and ``gloss`` (one), ``glosses`` (several) or ``sentence``.

    ``split`` (train, valid, test), ``signer`` and ``language`` are optional; several right sentences are
    written with " | " between them. Without a split everything is one split, "all".

    Args:
        folder: Holds the table; paths in it are seen from here.
        size: Side in pixels of the square that clips become; None = as filmed.

    Raises:
        ValueError: If there is no table, or a row is wrong or names a file that is not there.
    """
    folder = Path(folder)
    table = table_of(folder)
    if table is None:
        raise ValueError(
            f"A folder of clips must have one table clips.csv with the columns path and gloss, glosses or sentence, "
            f"but {folder} has none; write one row for each clip."
        )
    rows = read_table(table, needed=("path",))
    if not rows:
        raise ValueError(f"{table} must have a row for each clip, but has only a header.")
    if not {"gloss", "glosses", "sentence"} & set(rows[0].cells):
        raise ValueError(
            f"{table} must have a column gloss, glosses or sentence, but has {', '.join(rows[0].cells)}."
        )
    missing = [row.cells["path"] for row in rows if not (folder / row.cells["path"]).is_file()]
    if missing:
        raise ValueError(
            f"Every clip of {table} must be a file, but {counted(len(missing), len(rows), missing)} are not there; "
            "copy them or take their rows out."
        )
    entries = [_entry(row) for row in rows]
    twice = [
        name for name in {entry.name for _, entry in entries} if [e.name for _, e in entries].count(name) > 1
    ]
    if twice:
        raise ValueError(
            f"{table} must name each clip once, but {twice[0]} is there twice; take one row out."
        )

    def complete(entry: SignExample) -> SignExample:
        frames, fps = read_video(folder / entry.name)
        return replace(entry, video=frames if size is None else square(frames, size), fps=fps)

    return ListedCorpus(name=_made_as(folder), parts=in_splits(entries, complete), notes=())


def _entry(row: Row) -> tuple[str, SignExample]:
    cells = row.cells
    gloss, sentence = cells.get("gloss", ""), cells.get("sentence", "")
    glosses = (gloss,) if gloss else tuple(cells.get("glosses", "").split())
    if not glosses and not sentence:
        raise ValueError(
            f"{row.where}: a clip must have a gloss or a sentence, but {cells['path']} has neither."
        )
    return split_name(cells.get("split", ""), where=row.where), SignExample(
        name=cells["path"],
        signer=cells.get("signer", ""),
        glosses=glosses,
        sentences=tuple(one.strip() for one in sentence.split(BETWEEN.strip()) if one.strip()),
        language=cells.get("language", ""),
    )


def _made_as(folder: Path) -> str:
    """The name under which `write_clips` wrote the folder; "clips" for anybody's own."""
    try:
        return str(json.loads((folder / "made.json").read_text(encoding="utf-8"))["corpus"])
    except (OSError, ValueError, KeyError, TypeError):
        return "clips"


def write_clips(
    corpus: AnyCorpus,
    folder: str | Path,
    *,
    settings: dict[str, Any],
    watch: Watch = lambda steps, _: steps,
) -> None:
    """Write a corpus as mp4 clips and a table, so that `open_clips` and any other program can read it.

    The folder appears when it is complete, or not at all.

    Args:
        corpus: Whose examples have videos.
        folder: To be made; must not exist, or be empty.
        settings: How the corpus was made; goes into ``made.json``.
        watch: Goes through the numbers of a split's examples, for a progress bar.

    Raises:
        ValueError: If the folder holds something already, or cannot be written.
    """
    folder = Path(folder).absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"A corpus is written into a new or empty folder, but {folder} holds something; name another."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = folder.parent / f".{folder.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)  # a writer that was killed may have left it
        partial.mkdir()
    except OSError as error:
        raise ValueError(f"{folder} must be a folder that can be made, but {error.strerror}.") from error
    try:
        rows = []
        for split in corpus.splits:
            examples = corpus.split(split)
            (partial / split).mkdir()
            for index in watch(range(len(examples)), f"{corpus.name} {split}"):
                example, path = examples[index], f"{split}/{index:06d}.mp4"
                assert example.video is not None
                write_mp4(partial / path, example.video, example.fps)
                rows.append(_row(example, path, split))
        with (partial / "clips.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        made = {"corpus": corpus.name, "settings": settings}
        (partial / "made.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        raise ValueError(
            f"{folder} could not be written ({error.strerror or error}); is the disk full, or does another program write there?"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _row(example: SignExample, path: str, split: str) -> tuple[str, ...]:
    glosses, sentences = " ".join(example.glosses), BETWEEN.join(example.sentences)
    return path, split, example.signer, glosses, sentences, example.language
