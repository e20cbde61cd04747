"""A folder of numbered pictures as a clip, and clips of any shape as squares. Chapter 2."""

import re
from pathlib import Path

import numpy as np

from signlab.shapes import UInt8

PICTURES = (".jpg", ".jpeg", ".png")


def frame_number(path: Path) -> int:
    """The number in a picture's name: 12 in ``image_00012.jpg``, ``images0012.png`` and ``000012.jpg``."""
    digits = re.findall(r"\d+", path.stem)
    return int(digits[-1]) if digits else -1


def picture_files(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their numbers."""
    if not folder.is_dir():
        return []
    return sorted((p for p in folder.iterdir() if p.suffix.lower() in PICTURES), key=frame_number)


def read_frames(folder: Path) -> UInt8[np.ndarray, "frames height width 3"]:
    """The numbered pictures of a folder as a clip; for a number left out, the picture before it again.

    Raises:
        ValueError: If the folder holds no pictures, one is damaged or they differ in size.

    Source: repeating the previous frame is what NLA-SLR (Zuo et al. 2023) does with NMFs-CSL.
    """
    files = picture_files(folder)
    if not files:
        raise ValueError(f"{folder} must hold numbered pictures of a clip, but has none; fetch it again.")
    frames: list[np.ndarray] = []
    for file in files:
        picture = read_picture(file)
        if frames and picture.shape != frames[-1].shape:
            raise ValueError(
                f"The pictures of a clip must have one size, but {file} is {picture.shape[1]}x{picture.shape[0]} "
                f"after {frames[-1].shape[1]}x{frames[-1].shape[0]}; make them alike."
            )
        gap = frame_number(file) - frame_number(files[0]) - len(frames)
        frames.extend([frames[-1]] * min(max(gap, 0), 1_000) if frames else [])
        frames.append(picture)
    return np.stack(frames)


def read_picture(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """One picture file, RGB.

    Raises:
        ValueError: If there is none or it cannot be decoded.
    """
    import cv2

    if not path.is_file():
        raise ValueError(f"A picture must be a file, but there is none at {path}; check the path.")
    raw = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    picture = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if picture is None:
        raise ValueError(f"{path} must be a picture (JPEG or PNG), but it is damaged or something else.")
    return np.ascontiguousarray(picture[..., ::-1])


def square(
    frames: UInt8[np.ndarray, "frames height width 3"], size: int
) -> UInt8[np.ndarray, "frames size size 3"]:
    """The middle square of a clip, `size` pixels wide: every filmed clip gets the shape the models know.

    Source: shorter side to `size`, centre crop: the usual preparation of WLASL's and PHOENIX14T's peers.
    """
    import cv2

    _, height, width, _ = frames.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = frames[:, top : top + side, left : left + side]
    if side == size:
        return np.ascontiguousarray(middle)
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    resized = [cv2.resize(np.ascontiguousarray(f), (size, size), interpolation=how) for f in middle]
    return np.stack(resized).astype(np.uint8, copy=False)
