"""WLASL and NMFs-CSL on disk: isolated signs of real signed languages. Chapter 2.

WLASL: ``WLASL_v0.3.json`` (glosses, signers, addresses), ``nslt_K.json`` (which clips the subset of K
glosses has, in which split), ``wlasl_class_list.txt`` (names of the classes), ``videos/05237.mp4``.
NMFs-CSL: ``jpg_video_ori/<class>/<video>/image_00001.jpg`` and lists of which video is in which split.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from signlab.data.example import SignExample
from signlab.data.frames import picture_files, read_frames, square
from signlab.data.listing import ListedCorpus, counted, in_splits, split_name
from signlab.data.safe_pickle import load_pickle
from signlab.data.video import read_video
from signlab.shapes import UInt8

WLASL_FPS, NMFS_FPS = 25.0, 30.0  # frames per second
NMFS_FRAMES = "jpg_video_ori"


class Take(NamedTuple):
    """One clip of WLASL as its files describe it."""

    split: str
    gloss: str
    start: int = 1  # first frame of the sign in the clip, counted from 1
    end: int = -1  # last one; -1 = the clip's


def subset_file(path: Path) -> Path | None:
    """Which list of clips is meant: the file itself, or the largest ``nslt_K.json`` of a folder."""
    if path.is_file():
        return path if re.fullmatch(r"nslt_\d+\.json", path.name) else None
    subsets = [file for file in path.glob("nslt_*.json") if re.fullmatch(r"nslt_\d+", file.stem)]
    return max(subsets, key=lambda file: int(file.stem.removeprefix("nslt_")), default=None)


def open_wlasl(path: str | Path, *, size: int | None = None, around_person: bool = False) -> ListedCorpus:
    """American Sign Language words. Many of the web's clips are gone: the missing are counted in `notes`.

    Of each clip the frames that its list names are read, as far as the clip has them.

    Args:
        path: The folder, or one of its ``nslt_K.json`` for the subset of K glosses.
        size: Side in pixels of the square that clips become; None = as filmed.
        around_person: Cut the square around the person's box of WLASL_v0.3.json first, where it has one.

    Raises:
        ValueError: If the lists are missing or damaged, or not one clip is there.

    Departure: the 12 clips of nslt_2000 that WLASL_v0.3.json does not know are left out, as the corpus's
    makers advise.
    """
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    subset = subset_file(path)
    instances = _instances(folder / "WLASL_v0.3.json")
    takes = _takes(subset, folder, instances) if subset else _all_takes(instances)
    unknown = [video for video in takes if instances and video not in instances]
    takes = {video: take for video, take in takes.items() if video not in unknown}
    missing = [video for video in takes if not (folder / "videos" / f"{video}.mp4").is_file()]
    if len(missing) == len(takes):
        raise ValueError(
            f"WLASL's clips must lie in {folder / 'videos'} as {missing[0] if missing else '05237'}.mp4 and so on, "
            f"but none of the {len(takes)} is there; download them first."
        )
    gone = set(missing)
    entries = [
        (
            take.split,
            SignExample(
                name=video,
                fps=WLASL_FPS,
                signer=str(instances.get(video, {}).get("signer_id", "")),
                glosses=(take.gloss,),
            ),
        )
        for video, take in takes.items()
        if video not in gone
    ]

    def complete(entry: SignExample) -> SignExample:
        frames, fps = read_video(folder / "videos" / f"{entry.name}.mp4")
        frames = _of_the_sign(frames, takes[entry.name])
        box = instances.get(entry.name, {}).get("bbox")
        if around_person and box is not None:
            frames = _around(frames, box, where=f"WLASL_v0.3.json, clip {entry.name}")
        return replace(entry, video=frames if size is None else square(frames, size), fps=fps)

    source = subset.name if subset else "WLASL_v0.3.json"
    notes = (
        [f"{counted(len(missing), len(takes), missing)} clips of {source} are missing."] if missing else []
    )
    notes += (
        [f"{len(unknown)} clips of {source} are unknown to WLASL_v0.3.json, left out."] if unknown else []
    )
    others = sorted(file.name for file in folder.glob("nslt_*.json") if file != subset)
    if path.is_dir() and others:
        notes.append(f"Read by {source}; for another subset give the path of {' or '.join(others)}.")
    name = f"wlasl-{subset.stem.removeprefix('nslt_')}" if subset else "wlasl"
    return ListedCorpus(name=name, parts=in_splits(entries, complete), notes=tuple(notes))


def _of_the_sign(
    frames: UInt8[np.ndarray, "frames height width 3"], take: Take
) -> UInt8[np.ndarray, "some height width 3"]:
    """The frames that the list names, as far as there are any; all if it names none that the clip has.

    Lists count a frame or two more than decoders give, so the end is only a wish.
    """
    stop = len(frames) if take.end < 0 else min(take.end, len(frames))
    start = max(take.start, 1) - 1
    return frames[start:stop] if start < stop else frames


def _around(
    frames: UInt8[np.ndarray, "frames height width 3"], box: Any, *, where: str
) -> UInt8[np.ndarray, "frames side_y side_x 3"]:
    """The smallest square around a box (left, top, right, bottom in pixels), moved into the frame where it sticks out."""
    _, height, width, _ = frames.shape
    try:
        left, top, right, bottom = (int(edge) for edge in box)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: a box must be four numbers, but is {box!r}.") from error
    if not (left < right and top < bottom):
        raise ValueError(
            f"{where}: a box must be left, top, right and bottom, each left of or above the other, but is {box!r}."
        )
    side = min(max(right - left, bottom - top), height, width)
    x = min(max((left + right - side) // 2, 0), width - side)
    y = min(max((top + bottom - side) // 2, 0), height - side)
    return frames[:, y : y + side, x : x + side]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} must be JSON, but it is damaged ({error}); fetch it again.") from error


def _instances(path: Path) -> dict[str, dict[str, Any]]:
    """What WLASL_v0.3.json tells about each clip, with its gloss; nothing where there is no such file."""
    if not path.is_file():
        return {}
    try:
        return {
            instance["video_id"]: {**instance, "gloss": word["gloss"]}
            for word in _read_json(path)
            for instance in word["instances"]
        }
    except (TypeError, KeyError) as error:
        raise ValueError(
            f"{path} must be a list of glosses with instances, but something is missing in it ({error}); fetch it again."
        ) from error


def _all_takes(instances: dict[str, dict[str, Any]]) -> dict[str, Take]:
    return {
        video: Take(
            split_name(about.get("split", ""), where=f"WLASL_v0.3.json, clip {video}"), about["gloss"]
        )
        for video, about in instances.items()
    }


def _takes(subset: Path, folder: Path, instances: dict[str, dict[str, Any]]) -> dict[str, Take]:
    """The clips of a subset, named by the class list, or by the JSON file where there is none."""
    names = _class_names(folder / "wlasl_class_list.txt")
    takes = {}
    try:
        for video, about in _read_json(subset).items():
            number = int(about["action"][0])
            gloss = names.get(number) or instances.get(video, {}).get("gloss")
            if gloss is None and (video in instances or not instances):
                raise ValueError(
                    f"{subset}: class {number} of clip {video} must have a name, but neither wlasl_class_list.txt "
                    f"nor WLASL_v0.3.json in {folder} gives one; put one of them there."
                )
            split = split_name(about["subset"], where=f"{subset}, clip {video}")
            start, end = (int(frame) for frame in about["action"][1:3])
            takes[video] = Take(split, gloss or "", start, end)
    except (AttributeError, TypeError, KeyError, IndexError) as error:
        raise ValueError(
            f"{subset} must map clips to a subset and an action, but something is missing in it ({error}); "
            "fetch it again."
        ) from error
    return takes


def _class_names(path: Path) -> dict[int, str]:
    """Lines ``7<TAB>cousin``."""
    if not path.is_file():
        return {}
    names = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        key, _, gloss = line.strip().partition("\t")
        if not key:
            continue
        if not key.isdigit() or not gloss.strip():
            raise ValueError(f"{path}:{number}: a line must be a number, a tab and a gloss, but is {line!r}.")
        names[int(key)] = gloss.strip()
    return names


def open_nmfs_csl(folder: str | Path, *, size: int | None = None) -> ListedCorpus:
    """Chinese Sign Language words, many of which differ only in face and mouth.

    The frames alone do not say who is in train and test. Lists do: ``train.txt`` with one
    ``<class>/<video>`` a line, or ``train.pkl``, a pickled list of dicts with ``video_file`` or ``name``.
    Without lists everything is one split, "all".

    Args:
        folder: Where ``jpg_video_ori`` lies.
        size: Side in pixels of the square that clips become; None = as filmed.

    Videos that a list names and that are not there are left out and counted in `notes`.

    Raises:
        ValueError: If there are no frames, or not one video of the lists is there.
    """
    folder = Path(folder)
    frames = folder / NMFS_FRAMES
    videos = sorted(path for path in frames.glob("*/*") if path.is_dir()) if frames.is_dir() else []
    if not videos:
        raise ValueError(f"NMFs-CSL must have frames in {frames}/<class>/<video>/, but there are none.")
    known = {f"{video.parent.name}/{video.name}" for video in videos}
    listed = [(split, name) for split in ("train", "val", "test") for name in _list(folder, split)]
    absent = [name for _, name in listed if name not in known]
    told_absent = counted(len(absent), len(listed), absent) if absent else ""
    if absent and len(absent) == len(listed):
        raise ValueError(
            f"The videos in the lists of {folder} must be in {NMFS_FRAMES}, but {told_absent} are not; "
            "unpack the frames again."
        )
    dealt = [(split_name(split, where=str(folder)), name) for split, name in listed if name in known]
    entries = [
        (split, SignExample(name=name, fps=NMFS_FPS, glosses=(name.partition("/")[0],)))
        for split, name in dealt or [("all", name) for name in sorted(known)]
    ]

    def complete(entry: SignExample) -> SignExample:
        video = read_frames(frames / entry.name)
        return replace(entry, video=video if size is None else square(video, size))

    notes = [] if listed else ["No lists train.txt and test.txt: everything is one split, 'all'."]
    if absent:
        notes.append(f"{told_absent} videos of the lists are missing.")
    holes = [name for name in sorted(known) if _has_holes(frames / name)]
    if holes:
        told = counted(len(holes), len(known), holes)
        notes.append(f"{told} videos lack frames; the frame before is shown again.")
    return ListedCorpus(name="nmfs-csl", parts=in_splits(entries, complete), notes=tuple(notes))


def _has_holes(video: Path) -> bool:
    files = picture_files(video)
    return bool(files) and files[-1].name != f"image_{len(files):05d}{files[-1].suffix}"


def _list(folder: Path, split: str) -> list[str]:
    """The videos of a split as ``<class>/<video>``; none where there is no list."""
    if (folder / f"{split}.txt").is_file():
        given = (folder / f"{split}.txt").read_text(encoding="utf-8").split("\n")
    elif (folder / f"{split}.pkl").is_file():
        records = load_pickle(folder / f"{split}.pkl")
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise ValueError(f"{folder / f'{split}.pkl'} must hold a list of dicts with video_file or name.")
        given = [str(record.get("video_file") or record.get("name", "")) for record in records]
    else:
        return []
    return ["/".join(Path(name.strip()).parts[-2:]) for name in given if name.strip()]
