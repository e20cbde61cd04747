"""PHOENIX14T and CSL-Daily on disk, as pickles of annotations and features or as tables and frames. Chapter 2.

Three layouts are in circulation, all read here:

- annotations ``phoenix-2014t_cleaned.train`` (or ``csl-daily.train``) with one feature file a split,
  ``head_rgb_input/train.pkl``, joined by name;
- one file a split with both, ``phoenix14t.pami0.train``;
- the corpus's own table ``PHOENIX-2014-T.train.corpus.csv`` beside folders of frames.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from signlab.data.example import SignExample
from signlab.data.frames import read_frames, square
from signlab.data.listing import LateSplit, ListedCorpus, ListedSplit, counted, split_name
from signlab.data.safe_pickle import load_pickle
from signlab.data.tables import read_table

SPLITS = ("train", "dev", "test")
FRAMES = "fullFrame-210x260px"  # where PHOENIX14T keeps its frames, below "features"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One way in which a corpus is distributed."""

    stem: str  # file names of annotations without the split, e.g. "phoenix14t.pami0"
    suffix: str = ""  # behind the split
    corpus: str
    language: str
    fps: float  # frames per second of the video below
    features: str  # "inside" the annotations, "beside" them in head_rgb_input, or "frames"

    def file(self, folder: Path, split: str) -> Path:
        return folder / f"{self.stem}.{split}{self.suffix}"


LAYOUTS = (
    Layout(
        stem="phoenix-2014t_cleaned", corpus="phoenix14t", language="de", fps=25.0, features="beside"
    ),
    Layout(stem="phoenix-2014t", corpus="phoenix14t", language="de", fps=25.0, features="beside"),
    Layout(stem="csl-daily", corpus="csl-daily", language="zh", fps=30.0, features="beside"),
    Layout(stem="phoenix14t.pami0", corpus="phoenix14t", language="de", fps=25.0, features="inside"),
    Layout(
        stem="PHOENIX-2014-T", suffix=".corpus.csv", corpus="phoenix14t", language="de", fps=25.0, features="frames"
    ),
)  # fmt: skip


def find_layout(folder: Path) -> Layout | None:
    """The first layout of which the folder holds a file; None if it holds none."""
    for layout in LAYOUTS:
        if any(layout.file(folder, split).is_file() for split in SPLITS):
            return layout
    return None


def open_sentences(folder: str | Path, *, size: int | None = None) -> ListedCorpus:
    """PHOENIX14T or CSL-Daily; "dev" is called "valid" here. Each split is read when first asked for.

    Args:
        folder: Where the annotation files lie.
        size: Side in pixels to which frames are brought; None = as filmed.

    Raises:
        ValueError: If there are no annotations, or what they need is missing (named, with a remedy).
    """
    folder = Path(folder)
    layout = find_layout(folder)
    if layout is None:
        known = ", ".join(layout.file(Path(), "train").name for layout in LAYOUTS)
        raise ValueError(f"PHOENIX14T and CSL-Daily must have one of {known}, but {folder} has none of them.")
    present = [split for split in SPLITS if layout.file(folder, split).is_file()]
    read: dict[str, Callable[[], ListedSplit]] = {}
    for split in present:
        if layout.features == "frames":
            read[split] = partial(_from_table, folder, layout, split, frames_folder(folder), size)
        else:
            beside = features_file(folder, split) if layout.features == "beside" else None
            read[split] = partial(_from_pickle, folder, layout, split, beside)
    return ListedCorpus(
        name=layout.corpus,
        parts={split_name(split, where=str(folder)): LateSplit(read[split]) for split in present},
        notes=tuple(
            f"{layout.file(folder, split)} is not there: no split {split!r}."
            for split in SPLITS
            if split not in present
        ),
    )


def features_file(folder: Path, split: str) -> Path:
    """Where the features of a split lie: in ``head_rgb_input``, here or one or two folders further.

    The field's own programs skip a missing file without a word and fail much later.
    """
    candidates = [
        *folder.glob("head_rgb_input"),
        *folder.glob("*/head_rgb_input"),
        *folder.glob("*/*/head_rgb_input"),
    ]
    for candidate in candidates:
        if (candidate / f"{split}.pkl").is_file():
            return candidate / f"{split}.pkl"
    where = candidates[0] if candidates else folder / "head_rgb_input"
    raise ValueError(
        f"The annotations in {folder} need features in head_rgb_input/{split}.pkl, but {where / f'{split}.pkl'} "
        "does not exist; put the feature files there, or remove the annotations of that split."
    )


def frames_folder(folder: Path) -> Path:
    """Where PHOENIX14T's frames lie, seen from its tables (``annotations/manual``) or from its root."""
    bases = (folder, folder.parent, folder.parent.parent)
    for base in bases:
        for candidate in (base / "features" / FRAMES, base / FRAMES):
            if candidate.is_dir():
                return candidate
    raise ValueError(
        f"The tables in {folder} need frames in features/{FRAMES}, but neither {folder} nor the two folders "
        "above it have that; unpack the corpus as it is distributed."
    )


def _from_pickle(folder: Path, layout: Layout, split: str, beside: Path | None) -> ListedSplit:
    """One split of annotations, each joined by name with its features."""
    file = layout.file(folder, split)
    records = _records(file)
    entries = [_entry(record, layout) for record in records]
    source = beside or file
    signs = {str(record["name"]): record.get("sign") for record in (_records(beside) if beside else records)}
    absent = [entry.name for entry in entries if entry.name not in signs]
    if absent:
        raise ValueError(
            f"Every example of {file} must have features in {source}, but "
            f"{counted(len(absent), len(entries), absent)} have none; compute them or take matching files."
        )
    return ListedSplit(
        entries, lambda entry: replace(entry, features=_steps(signs[entry.name], entry.name, source))
    )


def _records(path: Path) -> list[dict[str, Any]]:
    """The records of a pickle, each with a name."""
    records = load_pickle(path)
    if isinstance(records, tuple):
        records = list(records)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError(
            f"{path} must hold a list of dicts, but holds a {type(records).__name__} of something else."
        )
    for place, record in enumerate(records):
        if not isinstance(record.get("name"), str):
            raise ValueError(
                f"{path} must hold records with a name, but record {place} has only {', '.join(map(str, record))}."
            )
    if not records:
        raise ValueError(f"{path} must hold at least one record, but it is an empty list; fetch it again.")
    return records


def _entry(record: dict[str, Any], layout: Layout) -> SignExample:
    text = " ".join(str(record.get("text", "")).split())
    return SignExample(
        name=record["name"],
        fps=layout.fps,
        signer=str(record.get("signer", "")),
        glosses=tuple(str(record.get("gloss", "")).split()),
        sentences=(spaced(text, layout.language),) if text else (),
        language=layout.language,
    )


def spaced(text: str, language: str) -> str:
    """A sentence as tokens between spaces: words, in Chinese characters.

    Source: scores for CSL-Daily are counted in characters.
    """
    return " ".join(text.replace(" ", "")) if language == "zh" else text


def _steps(sign: Any, name: str, source: Path) -> np.ndarray:
    """The features of one record, checked."""
    array = np.asarray(sign, dtype=np.float32) if isinstance(sign, np.ndarray) else None
    if array is None or array.ndim != 2 or 0 in array.shape:
        given = f"shape {sign.shape}" if isinstance(sign, np.ndarray) else f"{type(sign).__name__}"
        raise ValueError(
            f"{source}: the features of {name} must be an array of steps and channels, but got {given}; "
            "they are a placeholder or damaged, so compute them again."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{source}: the features of {name} must be finite, but some are not; compute them again."
        )
    return array


def _from_table(folder: Path, layout: Layout, split: str, frames: Path, size: int | None) -> ListedSplit:
    """One split of the corpus's own table, each row joined with its folder of frames.

    Departure: a sentence gets the final " ." that the pickled annotations have and the table has not,
    and a name gets its split in front as there.
    """
    file = layout.file(folder, split)
    entries = []
    for row in read_table(file, needed=("name", "speaker", "orth", "translation")):
        text = " ".join(row.cells["translation"].split()).removesuffix(".").strip()
        entries.append(
            SignExample(
                name=f"{split}/{row.cells['name']}",
                fps=layout.fps,
                signer=row.cells["speaker"],
                glosses=tuple(row.cells["orth"].split()),
                sentences=(f"{text} .",) if text else (),
                language=layout.language,
            )
        )
    absent = [entry.name for entry in entries if not (frames / entry.name).is_dir()]
    if absent:
        raise ValueError(
            f"Every row of {file} must have a folder of frames in {frames}, but "
            f"{counted(len(absent), len(entries), absent)} have none; unpack the corpus again."
        )

    def complete(entry: SignExample) -> SignExample:
        video = read_frames(frames / entry.name)
        return replace(entry, video=video if size is None else square(video, size))

    return ListedSplit(entries, complete)
