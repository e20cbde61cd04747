from dataclasses import replace

import numpy as np
import pytest

from signlab.data.puppet.body import JOINTS, PUPPETS
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.motion import perform
from signlab.data.puppet.phonology import HANDSHAPES, PARAMETERS, Sign, SignUse, Utterance
from signlab.data.puppet.timing import Strengths

OFF = Strengths(coarticulation=0, jitter=0, hold=1, sloppiness=0, tempo_spread=0, blur=0, camera_shift=0)
UP = Sign(gloss="A", handshape="point", location="neutral", movement="up", orientation="front")


def joints(sign: Sign = UP, puppet=PUPPETS[0], strengths: Strengths = OFF, seed: int = 0) -> np.ndarray:
    utterance = Utterance(uses=(SignUse(sign=sign),))
    return perform(utterance, puppet, strengths, np.random.default_rng(seed), fps=25).truth.joints


def test_the_same_seed_moves_the_same_and_another_does_not() -> None:
    full = Strengths()
    np.testing.assert_array_equal(joints(strengths=full), joints(strengths=full))
    other = joints(strengths=full, seed=1)
    assert other.shape != joints(strengths=full).shape or np.abs(other - joints(strengths=full)).max() > 0.005


def test_without_difficulties_chance_has_no_say() -> None:
    np.testing.assert_allclose(joints(seed=0)[:, 7:], joints(seed=1)[:, 7:], atol=1e-6)


def test_a_hold_is_still() -> None:
    utterance = Utterance(uses=(SignUse(sign=UP),))
    truth = perform(utterance, PUPPETS[0], OFF, np.random.default_rng(0), fps=25).truth
    held = truth.joints[truth.phase == 3]
    assert len(held) >= 2
    np.testing.assert_allclose(held[1:], held[:-1], atol=1e-6)


def test_an_upward_stroke_goes_up_on_the_dominant_side() -> None:
    utterance = Utterance(uses=(SignUse(sign=UP),))
    truth = perform(utterance, PUPPETS[0], OFF, np.random.default_rng(0), fps=25).truth
    wrist = truth.joints[truth.phase == 2][:, JOINTS.index("right_wrist")]
    assert wrist[0, 1] - wrist[-1, 1] > 0.1  # y is down, in fractions of the frame
    assert (wrist[:, 0] < 0.5).all()  # the puppet's right is at the viewer's left


def test_a_left_handed_puppet_is_the_mirror_image() -> None:
    right, left = joints(), joints(puppet=replace(PUPPETS[0], left_handed=True))
    at = [JOINTS.index(f"right_{name}") for name in ("elbow", "wrist", "index_tip")]
    mirrored = [JOINTS.index(f"left_{name}") for name in ("elbow", "wrist", "index_tip")]
    np.testing.assert_allclose(left[:, mirrored, 0], 1 - right[:, at, 0], atol=1e-6)
    np.testing.assert_allclose(left[:, mirrored, 1], right[:, at, 1], atol=1e-6)


def test_a_direction_is_the_same_to_the_viewer_whoever_signs() -> None:
    for puppet, side in ((PUPPETS[0], "right"), (replace(PUPPETS[0], left_handed=True), "left")):
        utterance = Utterance(uses=(SignUse(sign=UP, direction=0.0),))
        truth = perform(utterance, puppet, OFF, np.random.default_rng(0), fps=25).truth
        wrist = truth.joints[truth.phase == 2][:, JOINTS.index(f"{side}_wrist")]
        assert wrist[-1, 0] - wrist[0, 0] > 0.1


def test_every_sign_of_the_lexicon_stays_in_the_picture() -> None:
    tips = [JOINTS.index(f"{side}_wrist") for side in ("right", "left")]
    for sign in load_lexicon().values():
        utterance = Utterance(uses=(SignUse(sign=sign),))
        truth = perform(utterance, PUPPETS[3], OFF, np.random.default_rng(0), fps=25).truth
        wrists = truth.joints[truth.phase == 2][:, tips, :2]
        assert wrists.min() > -0.02, sign.gloss
        assert wrists.max() < 1.02, sign.gloss


def test_the_truth_names_what_is_performed() -> None:
    utterance = Utterance(uses=(SignUse(sign=UP), SignUse(sign=replace(UP, handshape="fist"))))
    truth = perform(utterance, PUPPETS[0], OFF, np.random.default_rng(0), fps=25).truth
    column = list(PARAMETERS).index("handshape")
    for number, shape in enumerate(("point", "fist")):
        seen = truth.parameters[(truth.sign == number) & (truth.phase == 2), column]
        assert {HANDSHAPES[s] for s in seen} == {shape}
    assert (truth.parameters[truth.sign < 0] == -1).all()


def test_an_empty_utterance_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sign"):
        perform(Utterance(uses=()), PUPPETS[0], OFF, np.random.default_rng(0), fps=25)
