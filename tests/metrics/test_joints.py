"""Distances between joints: by hand, against all alignments, and in which part of the body."""

from collections.abc import Iterator

import numpy as np
import pytest

from signlab.data.puppet.body import JOINTS
from signlab.metrics.joints import (
    best_alignment,
    in_step,
    joint_distances,
    mean_along,
    parts_of,
    shoulder_width,
)


def test_distances_by_hand() -> None:
    guess = np.zeros((2, 2, 2))
    truth = np.array([[[3.0, 4.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]]])
    distances = joint_distances(guess, truth)
    assert distances[0].tolist() == distances[1].tolist() == [[5, 1], [0, 2], [0, 0]]
    assert mean_along(distances, in_step(2)) == 2
    assert mean_along(distances, in_step(2), [0]) == 2.5
    assert mean_along(distances, [(0, 2), (1, 1)], [1]) == 1


def paths(frames: int, others: int) -> Iterator[list[tuple[int, int]]]:
    """Every alignment of two clips, written out."""
    if frames == others == 1:
        yield [(0, 0)]
        return
    for i, j in ((frames - 1, others - 1), (frames - 1, others), (frames, others - 1)):
        if i and j:
            for path in paths(i, j):
                yield [*path, (frames - 1, others - 1)]


@pytest.mark.parametrize(("frames", "others"), [(1, 1), (1, 3), (3, 5), (4, 4)])
def test_the_alignment_is_the_best_of_all(frames: int, others: int) -> None:
    costs = np.random.default_rng(frames).random((frames, others))
    every = list(paths(frames, others))
    best = min(every, key=lambda path: sum(costs[at] for at in path))
    assert best_alignment(costs) == best


def test_a_slower_performance_costs_nothing_once_aligned() -> None:
    clip = np.random.default_rng(0).random((5, 3, 2))
    distances = joint_distances(clip.repeat(2, axis=0), clip)
    assert mean_along(distances, best_alignment(distances.mean(axis=-1))) == 0
    assert mean_along(distances, in_step(5)) > 0.1


def test_every_joint_of_a_puppet_belongs_to_one_part() -> None:
    parts = parts_of(JOINTS)
    assert sorted(joint for part in parts.values() for joint in part) == list(range(len(JOINTS)))
    assert len(parts["hand"]) == 2 * 15
    assert {JOINTS[joint] for joint in parts["body"]} == {
        f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")
    }
    assert "mouth" in {JOINTS[joint] for joint in parts["face"]}


def test_the_unit_is_the_distance_of_the_shoulders() -> None:
    joints = np.array([[[0.0, 0.0], [9.0, 9.0], [3.0, 4.0]], [[0.0, 0.0], [9.0, 9.0], [0.0, 3.0]]])
    assert shoulder_width(joints, ("right_shoulder", "head", "left_shoulder")) == 4
    with pytest.raises(ValueError, match=r"shoulder widths.*but got head"):
        shoulder_width(joints[:, :1], ("head",))
