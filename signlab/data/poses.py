"""`.pose` files: where the joints were, in place of what the camera saw. Chapter 2."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from einops import rearrange

from signlab.data.example import SignExample
from signlab.data.listing import ListedCorpus, in_splits, split_name
from signlab.data.tables import read_table
from signlab.shapes import Bool, Float

SHOULDERS = (("LEFT_SHOULDER", "RIGHT_SHOULDER"), ("LShoulder", "RShoulder"))  # MediaPipe's, OpenPose's


class Keypoints(NamedTuple):
    """The first person of a `.pose` file."""

    points: Float[np.ndarray, "frames points axes"]  # x and y, and depth where there is one; in pixels
    points_mask: Bool[np.ndarray, "frames points"]  # True = seen
    names: tuple[str, ...]  # "POSE_LANDMARKS.LEFT_SHOULDER", ... one for each point
    fps: float  # frames per second


def read_pose(path: str | Path) -> Keypoints:
    """The keypoints of the first person in a file.

    Raises:
        ValueError: If pose-format is not installed, there is no such file, it is damaged or empty.
    """
    try:
        from pose_format import Pose
    except ImportError as error:
        raise ValueError(
            "Pose files need the package pose-format, which is missing; run pip install 'signlab[pose]'."
        ) from error
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"A pose must be a file, but there is none at {path}; check the path.")
    try:
        pose: Any = Pose.read(path.read_bytes())
        points = np.asarray(np.ma.getdata(pose.body.data), dtype=np.float32)
        confidence = np.asarray(pose.body.confidence, dtype=np.float32)
        names = tuple(f"{part.name}.{point}" for part in pose.header.components for point in part.points)
        fps = float(pose.body.fps)
    except Exception as error:  # the parser of a binary format: damage shows in every way
        raise ValueError(
            f"{path} must be a .pose file, but it is damaged or something else ({type(error).__name__}: {error}); "
            "make or fetch it again."
        ) from error
    if points.ndim != 4 or 0 in points.shape or len(names) != points.shape[2]:
        raise ValueError(
            f"{path} must hold frames of at least one person, but its body has the shape {points.shape}."
        )
    seen = confidence[:, 0] > 0
    points = np.where(rearrange(seen, "frames points -> frames points 1"), points[:, 0], np.float32(0))
    return Keypoints(points=points, points_mask=seen, names=names, fps=fps if fps > 0 else 25.0)


def normalised(keypoints: Keypoints) -> Float[np.ndarray, "frames points axes"]:
    """Keypoints as a viewer compares signers: between the shoulders = 0, shoulder width = 1, unseen = 0.

    Centre and width are means over the clip, so that leaning and turning stay visible. Where the file has
    no shoulders, the mean and the spread of all seen points stand in for them.
    """
    points, mask = keypoints.points, keypoints.points_mask
    centre, width = np.zeros(points.shape[-1], np.float32), 1.0
    both = [_named(keypoints.names, pair) for pair in SHOULDERS]
    left, right = next((pair for pair in both if None not in pair), (None, None))
    seen = mask[:, left] & mask[:, right] if left is not None and right is not None else np.zeros(0, bool)
    if seen.any():
        a, b = points[seen, left], points[seen, right]
        centre, width = ((a + b) / 2).mean(axis=0), float(np.linalg.norm((a - b)[:, :2], axis=1).mean())
    elif mask.any():
        centre, width = points[mask].mean(axis=0), float(points[mask][:, :2].std())
    moved = (points - centre) / max(width, 1e-6)
    return np.where(rearrange(mask, "frames points -> frames points 1"), moved, 0).astype(np.float32)


def _named(names: tuple[str, ...], pair: tuple[str, str]) -> tuple[int | None, int | None]:
    ends = [name.rpartition(".")[2] for name in names]
    left, right = (ends.index(name) if name in ends else None for name in pair)
    return left, right


def pose_files(folder: Path) -> list[Path]:
    """The `.pose` files of a folder and of the folders in it."""
    return sorted([*folder.glob("*.pose"), *folder.glob("*/*.pose")])


def open_poses(folder: str | Path) -> ListedCorpus:
    """A folder of `.pose` files as features of one row a frame: `normalised`, points and axes in one row.

    With an ``index.csv`` (path, spoken_language, start, end, words, glosses; as in the lexicons of
    spoken-to-signed translation; start and end in milliseconds, 0 = all) its rows are the examples, and a
    column "split" may deal them out. Without one every file is an example with no gloss. One split "all".

    Raises:
        ValueError: If there are no pose files, or the table names one that does not exist.
    """
    folder = Path(folder)
    table = folder / "index.csv"
    if table.is_file():
        listed = [_row(folder, row.where, row.cells) for row in read_table(table, needed=("path", "glosses"))]
    else:
        found = pose_files(folder)
        names = [file.relative_to(folder).with_suffix("").as_posix() for file in found]
        listed = [
            Listed("all", file, (0, 0), SignExample(name=name))
            for file, name in zip(found, names, strict=True)
        ]
    if not listed:
        raise ValueError(f"A folder of poses must hold .pose files, but {folder} has none.")
    by_name: dict[str, Listed] = {}
    times: Counter[str] = Counter()
    for one in listed:  # a lexicon may list one file under several words
        times[one.entry.name] += 1
        name = f"{one.entry.name}#{times[one.entry.name]}" if one.entry.name in by_name else one.entry.name
        by_name[name] = one._replace(entry=replace(one.entry, name=name))

    def complete(entry: SignExample) -> SignExample:
        one = by_name[entry.name]
        keypoints = read_pose(one.file)
        flat = rearrange(normalised(keypoints), "frames points axes -> frames (points axes)")
        start, end = (milliseconds * keypoints.fps / 1000 for milliseconds in one.span)
        cut = flat[int(start) : int(np.ceil(end)) if end else None]
        if not len(cut):
            raise ValueError(f"{one.file} has {len(flat)} frames, but {one.span} ms of it were asked for.")
        return replace(entry, features=cut, fps=keypoints.fps)

    entries = [(one.split, one.entry) for one in by_name.values()]
    return ListedCorpus(name="poses", parts=in_splits(entries, complete))


class Listed(NamedTuple):
    """One example of the folder."""

    split: str
    file: Path
    span: tuple[float, float]  # milliseconds; 0, 0 = all
    entry: SignExample


def _row(folder: Path, where: str, cells: dict[str, str]) -> Listed:
    file = folder / cells["path"]
    if not file.is_file():
        raise ValueError(f"{where}: {cells['path']} must be a file in {folder}, but it is not there.")
    try:
        start, end = (float(cells.get(name) or 0) for name in ("start", "end"))
    except ValueError as error:
        raise ValueError(f"{where}: start and end must be milliseconds, but {error}.") from error
    words = cells.get("words", "")
    entry = SignExample(
        name=cells["path"].removesuffix(".pose") + (f"@{cells['start']}" if start or end else ""),
        signer=cells.get("signer", ""),
        glosses=tuple(cells["glosses"].split()),
        sentences=(words,) if words else (),
        language=cells.get("spoken_language", ""),
    )
    return Listed(split_name(cells.get("split", ""), where=where), file, (start, end), entry)
