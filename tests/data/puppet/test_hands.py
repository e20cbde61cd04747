import itertools

import numpy as np
import pytest

from signlab.data.puppet.hands import SHAPES, finger_joints
from signlab.data.puppet.phonology import HANDSHAPES


def joints(shape: str) -> np.ndarray:
    return finger_joints(np.array([SHAPES[shape].channels()], dtype=float))[0]


@pytest.mark.parametrize("finger", range(1, 5))
def test_a_straight_finger_is_straight_and_a_closed_one_comes_back(finger: int) -> None:
    flat, fist = joints("flat")[finger], joints("fist")[finger]
    reach = np.linalg.norm(flat[2] - flat[0])
    np.testing.assert_allclose(reach, np.linalg.norm(flat[1] - flat[0]) + np.linalg.norm(flat[2] - flat[1]))
    assert np.linalg.norm(fist[2] - fist[0]) < 0.75 * reach
    assert fist[2, 2] > 0.02  # in front of the palm


def test_bones_keep_their_lengths_in_every_shape() -> None:
    for finger in range(1, 5):
        lengths = [[np.linalg.norm(np.diff(joints(s)[finger], axis=0), axis=-1)] for s in HANDSHAPES]
        np.testing.assert_allclose(lengths, lengths[:1] * len(lengths))


def test_every_two_shapes_differ_by_more_than_a_finger_width() -> None:
    """Seen from the front (the last axis is towards the viewer)."""
    for a, b in itertools.combinations(HANDSHAPES, 2):
        assert np.abs(joints(a) - joints(b)).max() > 0.1, (a, b)
