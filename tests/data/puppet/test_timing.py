import numpy as np
import pytest

from signlab.data.example import PHASES
from signlab.data.puppet.body import PUPPETS
from signlab.data.puppet.phonology import Sign, SignUse, Utterance
from signlab.data.puppet.timing import Strengths, smoothed, write_score

SIGN = Sign(gloss="A", handshape="flat", location="chest", movement="up", orientation="front")
STILL = Strengths(coarticulation=0, jitter=0, hold=1, sloppiness=0, tempo_spread=0, blur=0, camera_shift=0)


def score(num_signs: int, tempo: float = 1.0, strengths: Strengths = STILL):
    utterance = Utterance(uses=(SignUse(sign=SIGN, tempo=tempo),) * num_signs)
    return write_score(utterance, PUPPETS[0], strengths, np.random.default_rng(3), fps=25)


def test_signs_come_in_order_each_with_its_phases() -> None:
    written = score(3)
    assert list(dict.fromkeys(written.sign)) == [-1, 0, 1, 2]
    for sign in range(3):
        phases = [PHASES[p] for p in dict.fromkeys(written.phase[written.sign == sign])]
        assert phases == ["transition", "stroke", "hold"]
    assert written.lengths.sum() + sum(written.margins) == len(written.sign)


def test_a_faster_sign_is_shorter_and_a_lone_one_slower() -> None:
    assert score(3, tempo=2.0).lengths.sum() < 0.6 * score(3).lengths.sum()
    assert score(1).lengths.sum() > 1.3 * score(3).lengths[0].sum()


def test_without_holds_there_are_none() -> None:
    loose = Strengths(hold=0, tempo_spread=0)
    assert score(3, strengths=loose).lengths[:, 2].sum() == 0


def test_smoothing_keeps_a_constant_and_the_mean() -> None:
    np.testing.assert_allclose(smoothed(np.full((11, 2), 3.0), 2.0), 3.0)
    pulse = np.zeros((31, 1))
    pulse[15] = 1
    spread = smoothed(pulse, 2.0)
    assert spread.sum() == pytest.approx(1)
    assert spread.max() < 0.3


def test_a_strength_out_of_range_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"strength blur must lie in \[0, 4\], but got 7"):
        Strengths(blur=7)
