import numpy as np

from signlab.data.puppet.skeleton import axes, bend_arm, project


def test_both_links_keep_their_lengths_wherever_the_hand_goes() -> None:
    generator = np.random.default_rng(5)
    shoulder = np.zeros((101, 2, 3)) + [[[-0.5, 0, 0], [0.5, 0, 0]]]
    elbow, wrist = bend_arm(shoulder, generator.normal(0, 0.7, (101, 2, 3)), 0.7, 0.6)
    np.testing.assert_allclose(np.linalg.norm(elbow - shoulder, axis=-1), 0.7, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(wrist - elbow, axis=-1), 0.6, rtol=1e-6)


def test_a_reachable_point_is_reached_and_a_far_one_is_not() -> None:
    shoulder = np.zeros((1, 2, 3))
    near, far = np.full((1, 2, 3), 0.4), np.full((1, 2, 3), 4.0)
    np.testing.assert_allclose(bend_arm(shoulder, near, 0.7, 0.6)[1], near)
    assert np.linalg.norm(bend_arm(shoulder, far, 0.7, 0.6)[1], axis=-1).max() < 1.3


def test_elbows_hang_outwards() -> None:
    shoulder = np.array([[[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]])
    elbow, _ = bend_arm(shoulder, np.array([[[-0.3, 0.3, 0.5], [0.3, 0.3, 0.5]]]), 0.66, 0.6)
    assert elbow[0, 0, 0] < -0.5
    assert elbow[0, 1, 0] > 0.5


def test_the_axes_of_a_hand_are_perpendicular_unit_vectors() -> None:
    generator = np.random.default_rng(7)
    found = np.stack(axes(*generator.normal(0, 1, (2, 11, 2, 3))), axis=-2)
    np.testing.assert_allclose(
        found @ found.swapaxes(-1, -2), np.broadcast_to(np.eye(3), (11, 2, 3, 3)), atol=1e-9
    )


def test_the_middle_of_the_picture_stays_under_zoom() -> None:
    joints = np.array([[[0.0, -0.18, 0.3]]])
    flat = project(joints, np.array([1.7]), np.zeros((1, 2)))
    np.testing.assert_allclose(flat[0, 0], [0.5, 0.5, 0.3], atol=1e-9)
