"""RWTH-BOSTON-104: where hands and nose were in 201 sentences of American Sign Language. Chapter 2."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from signlab.data.example import SignExample
from signlab.data.listing import ListedCorpus, in_splits, split_name
from signlab.shapes import Float

TRACKED = ("left hand x", "left hand y", "right hand x", "right hand y", "nose x", "nose y")  # in pixels
SCALE_PX = 60.0  # about the hands' distance from the nose in this corpus
FPS = 30.0  # frames per second: the corpus's cameras, 30 frames/s at 312x242


def hand_features(xy: Float[np.ndarray, "frames 6"]) -> Float[np.ndarray, "frames 8"]:
    """What the hands do, as seen from the nose.

    The first four channels are the hands' places relative to the nose's mean place in the clip, in units of
    `SCALE_PX` (so that neither the picture's frame nor a nod matters); the last four are their velocities,
    the central difference of the places in units per `SCALE_PX / 10` and frame (so that both halves have
    about the same spread).
    """
    nose = xy[:, 4:].mean(axis=0)
    places = (xy[:, :4] - np.concatenate([nose, nose])) / SCALE_PX
    velocities = np.gradient(places, axis=0) * 10 if len(places) > 1 else np.zeros_like(places)
    return np.concatenate([places, velocities], axis=1).astype(np.float32)


def open_tracks(path: str | Path) -> ListedCorpus:
    """The sentences of a ``boston104.json`` with its official split, 161 to train and 40 to test.

    The sentence of an example is its glosses in lower case: the corpus has no translation, so what is
    learnt from it is to recognise signs in order, and its word error rate is the usual score.

    Raises:
        ValueError: If the file is no list of such sentences; the first wrong one is named.
    """
    path = Path(path)
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} must be JSON with hand tracks, but it cannot be read ({error}).") from error
    if not isinstance(records, list) or not records:
        raise ValueError(
            f"{path} must be a list of sentences with hand tracks, but is a {type(records).__name__}."
        )
    entries = [_entry(record, f"{path}, sentence {place}") for place, record in enumerate(records)]
    return ListedCorpus(name="boston104", parts=in_splits(entries, lambda entry: entry))


def _entry(record: Any, where: str) -> tuple[str, SignExample]:
    try:
        xy = np.asarray(record["xy"], dtype=np.float32)
        glosses = tuple(str(gloss) for gloss in record["glosses"])
        video, signer, split = record["video"], str(record["speaker"]), str(record["split"])
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{where}: must have video, split, speaker, glosses and xy, but {type(error).__name__}: {error}."
        ) from error
    if xy.ndim != 2 or xy.shape[1] != len(TRACKED) or not len(xy) or not np.isfinite(xy).all():
        raise ValueError(f"{where}: xy must be frames of {', '.join(TRACKED)}, but has the shape {xy.shape}.")
    return split_name(split, where=where), SignExample(
        name=f"boston104/{video:03d}" if isinstance(video, int) else f"boston104/{video}",
        features=hand_features(xy),
        fps=FPS,
        signer=signer,
        glosses=glosses,
        sentences=(" ".join(glosses).lower(),),
        language="en",  # the glosses are named in English
    )
