"""How far joints are from where they should be: frame by frame, and after time has been aligned. Chapter 16."""

from collections.abc import Mapping, Sequence

import numpy as np

from signlab.shapes import Float

PARTS = ("hand", "face", "body")
SHOULDERS = ("left_shoulder", "right_shoulder")
_HAND = ("knuckle", "middle", "tip")  # last words of the names of finger joints
_BODY = ("shoulder", "elbow", "wrist")


def parts_of(joint_names: Sequence[str]) -> Mapping[str, list[int]]:
    """Which joints belong to the hands, to the face and to the rest of the body."""
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    for place, name in enumerate(joint_names):
        last = name.split("_")[-1]
        parts["hand" if last in _HAND else "body" if last in _BODY else "face"].append(place)
    return parts


def shoulder_width(joints: Float[np.ndarray, "frames joints 2"], joint_names: Sequence[str]) -> float:
    """Mean distance of the shoulders: the unit in which signers of any size are compared.

    Raises:
        ValueError: If the joints have no shoulders.
    """
    if not set(SHOULDERS) <= set(joint_names):
        raise ValueError(
            f"Distances are measured in shoulder widths, so joints must have {SHOULDERS[0]!r} and {SHOULDERS[1]!r}, "
            f"but got {', '.join(joint_names) or 'none'}."
        )
    left, right = (joints[:, list(joint_names).index(name)] for name in SHOULDERS)
    return float(np.linalg.norm(left - right, axis=-1).mean())


def joint_distances(
    guess: Float[np.ndarray, "frames joints 2"], truth: Float[np.ndarray, "others joints 2"]
) -> Float[np.ndarray, "frames others joints"]:
    """Distance of each joint between each frame of one clip and each of another, in the joints' unit."""
    return np.linalg.norm(guess[:, None] - truth[None], axis=-1)


def in_step(frames: int) -> list[tuple[int, int]]:
    """The alignment that pairs frames of the same time."""
    return [(frame, frame) for frame in range(frames)]


def best_alignment(costs: Float[np.ndarray, "frames others"]) -> list[tuple[int, int]]:
    """Pairs of frames of two clips, for two performances of a sign differ in tempo.

    Dynamic time warping: a path from the first pair to the last, each step forward in one clip, in the other or in
    both; of all paths the one with the smallest sum.

    Args:
        costs: Of each pair, such as the mean distance of all joints.

    Source: Sakoe and Chiba (1978), without limits on the slope and with equal weights of all steps.
    """
    frames, others = costs.shape
    sums = np.full((frames + 1, others + 1), np.inf)
    sums[0, 0] = 0
    for i in range(frames):
        for j in range(others):
            sums[i + 1, j + 1] = costs[i, j] + min(sums[i, j], sums[i, j + 1], sums[i + 1, j])
    path, (i, j) = [], (frames, others)
    while i and j:
        path.append((i - 1, j - 1))
        i, j = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda place: sums[place])
    return path[::-1]


def mean_along(
    distances: Float[np.ndarray, "frames others joints"],
    path: Sequence[tuple[int, int]],
    joints: Sequence[int] | None = None,
) -> float:
    """Mean distance of these joints (None = of all) over the pairs of an alignment."""
    one, other = zip(*path, strict=True)
    along = distances[list(one), list(other)]
    return float(along.mean() if joints is None else along[:, list(joints)].mean())
