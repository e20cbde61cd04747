import numpy as np
import pytest

from signlab.data.puppet.phonology import LOCATIONS, MOVEMENTS, ORIENTATIONS
from signlab.data.puppet.places import FACING, LOCATIONS_AT, REACH, eased, path


def test_every_location_and_orientation_has_a_place() -> None:
    assert set(LOCATIONS_AT) == set(LOCATIONS)
    assert set(FACING) == set(ORIENTATIONS)


def test_locations_are_apart() -> None:
    places = np.array([LOCATIONS_AT[name] for name in LOCATIONS if name not in ("arm", "palm")])[:, :2]
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1) + 9 * np.eye(len(places))
    assert distances.min() > 0.12  # shoulder widths: three pixels at 64


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_stroke_scales_with_its_size(movement: str) -> None:
    progress = np.linspace(0, 1, 11)
    one, two = (path(movement, progress, size=size, direction=None) for size in (1.0, 2.0))
    np.testing.assert_allclose(two, 2 * one)


def test_a_direction_turns_the_stroke() -> None:
    progress = np.array([0.0, 1.0])
    right, up = (path("up", progress, size=1.0, direction=angle) for angle in (0.0, np.pi / 2))
    np.testing.assert_allclose(right[1] - right[0], [REACH, 0, 0], atol=1e-9)
    np.testing.assert_allclose(up[1] - up[0], [0, -REACH, 0], atol=1e-9)  # y is down
    np.testing.assert_allclose(path("up", progress, size=1.0, direction=None), up)


def test_minimum_jerk_is_slow_fast_slow_and_arrives() -> None:
    steps = np.diff(np.concatenate([[0.0], eased(13)]))
    assert eased(13)[-1] == pytest.approx(1)
    assert steps.argmax() in (6,)
    assert steps[0] < 0.1 * steps.max()
    np.testing.assert_allclose(steps, steps[::-1])
