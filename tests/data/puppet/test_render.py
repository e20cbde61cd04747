import cv2
import numpy as np
import pytest

from signlab.data.puppet.body import JOINTS, PUPPETS, Puppet
from signlab.data.puppet.motion import perform
from signlab.data.puppet.phonology import Sign, SignUse, Utterance
from signlab.data.puppet.render import render
from signlab.data.puppet.timing import Strengths

OFF = Strengths(coarticulation=0, jitter=0, hold=1, sloppiness=0, tempo_spread=0, blur=0, camera_shift=0)


def clip(puppet: Puppet = PUPPETS[0], size: int = 64, strengths: Strengths = OFF, **parameters: str):
    form = {"handshape": "flat", "location": "side", "movement": "still", "orientation": "front"} | parameters
    performance = perform(
        Utterance(uses=(SignUse(sign=Sign(gloss="A", **form)),)),
        puppet,
        strengths,
        np.random.default_rng(0),
        fps=25,
    )
    return render(performance, puppet, size=size), performance.truth


def middle(**parameters: str) -> np.ndarray:
    frames, truth = clip(**parameters)
    strokes = np.flatnonzero(truth.phase == 2)
    return frames[strokes[len(strokes) // 2]].astype(int)


def test_the_same_bytes_whatever_the_number_of_threads() -> None:
    before = cv2.getNumThreads()
    try:
        drawn = []
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            drawn.append(clip(strengths=Strengths())[0])
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("puppet", PUPPETS, ids=lambda p: p.name)
def test_the_hand_is_drawn_where_the_truth_says(puppet: Puppet) -> None:
    frames, truth = clip(puppet=puppet, size=128)
    side = "left" if puppet.left_handed else "right"
    at = truth.phase == 2
    knuckle = truth.joints[at][:, JOINTS.index(f"{side}_middle_knuckle"), :2].mean(axis=0) * 128
    x, y = knuckle.round().astype(int)
    patch = frames[at][0, y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
    nearest = np.abs(patch - puppet.skin).sum(axis=1).min()
    assert nearest < 90, (puppet.name, nearest)


@pytest.mark.parametrize(
    ("one", "other", "pixels"),
    [
        ({"brows": "raised"}, {"brows": "lowered"}, 15),
        ({"handshape": "fist"}, {"handshape": "flat"}, 20),
        ({"mouth": "neutral"}, {"mouth": "open"}, 5),
        ({"eyes": "open"}, {"eyes": "closed"}, 5),
        ({"head": "still"}, {"head": "tilt"}, 60),
    ],
)
def test_what_must_be_told_apart_at_64_pixels_differs_clearly(one: dict, other: dict, pixels: int) -> None:
    difference = np.abs(middle(**one) - middle(**other)).max(axis=-1)
    assert (difference > 40).sum() >= pixels


def test_a_shake_moves_sideways_and_a_nod_up_and_down() -> None:
    spans = {}
    for head in ("shake", "nod"):
        truth = clip(head=head)[1]
        eyes = truth.joints[truth.sign >= 0][:, JOINTS.index("left_eye"), :2]
        spans[head] = np.ptp(eyes, axis=0) * 64  # pixels
    assert spans["shake"][0] > 3 > 1 > spans["shake"][1]
    assert spans["nod"][1] > 3 > 1 > spans["nod"][0]


def test_too_small_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="32 pixels or more, but got size=16"):
        clip(size=16)
