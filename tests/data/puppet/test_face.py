import numpy as np

from signlab.data.puppet.body import PUPPETS
from signlab.data.puppet.face import FACE_CHANNELS, face_track, non_manuals
from signlab.data.puppet.phonology import BROWS, HEADS, NON_MANUAL, Sign, SignUse, Span, Utterance
from signlab.data.puppet.timing import Strengths, write_score

PLAIN = Sign(gloss="A", handshape="flat", location="chest", movement="up", orientation="front")
FROWN = Sign(
    gloss="B", handshape="flat", location="chest", movement="up", orientation="front", brows="lowered"
)


def test_a_span_overrides_what_the_lexicon_says_and_ends() -> None:
    spans = (Span(start=1, stop=3, channel="brows", value="raised"),)
    utterance = Utterance(uses=tuple(SignUse(sign=s) for s in (FROWN, FROWN, PLAIN, PLAIN)), spans=spans)
    score = write_score(utterance, PUPPETS[0], Strengths(), np.random.default_rng(0), fps=25)
    brows = non_manuals(utterance, score)[:, NON_MANUAL.index("brows")]
    seen = {sign: {BROWS[b] for b in brows[score.sign == sign]} for sign in (-1, 0, 1, 2, 3)}
    assert seen == {-1: {"neutral"}, 0: {"lowered"}, 1: {"raised"}, 2: {"raised"}, 3: {"neutral"}}


def test_a_shake_swings_to_both_sides_and_a_tilt_does_not() -> None:
    for head, swings in (("shake", True), ("tilt", False)):
        states = np.zeros((40, 4), dtype=int)
        states[:, NON_MANUAL.index("head")] = HEADS.index(head)
        track = face_track(states, fps=25, phase=0.3)[:, FACE_CHANNELS.index(head)]
        assert (track.min() < -0.8) == swings
        assert track.max() > 0.8
