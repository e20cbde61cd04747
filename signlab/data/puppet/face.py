"""Brows, eyes, mouth and head over time, from lexical non-manuals and the spans that override them. Chapter 2."""

import numpy as np

from signlab.data.puppet.phonology import NON_MANUAL, PARAMETERS, Utterance
from signlab.data.puppet.timing import Score, smoothed
from signlab.shapes import Float, Int

FACE_CHANNELS = (
    "brow", "eye", "open", "round", "spread", "puffed", "tongue", "nod", "shake", "tilt", "forward",
)  # fmt: skip
BROW = {"neutral": 0.0, "raised": 1.0, "lowered": -1.0}
EYE = {"open": 1.0, "wide": 1.5, "narrow": 0.45, "closed": 0.0}
NOD_HZ, SHAKE_HZ = 2.3, 2.0


def non_manuals(utterance: Utterance, score: Score) -> Int[np.ndarray, "frames channels"]:
    """The value of each non-manual channel in each frame, as a position in its inventory."""
    frames = len(score.sign)
    values = np.zeros(
        (len(utterance.uses) + 1, len(NON_MANUAL)), dtype=int
    )  # the last row is rest: all neutral
    for number, use in enumerate(utterance.uses):
        for column, channel in enumerate(NON_MANUAL):
            values[number, column] = PARAMETERS[channel].index(getattr(use.sign, channel))
    for span in utterance.spans:
        column = NON_MANUAL.index(span.channel)
        values[span.start : span.stop, column] = PARAMETERS[span.channel].index(span.value)
    return values[score.sign].reshape(frames, len(NON_MANUAL))


def face_track(
    states: Int[np.ndarray, "frames channels"], *, fps: float, phase: float
) -> Float[np.ndarray, "frames strengths"]:
    """Continuous strengths of all face channels; the columns are FACE_CHANNELS.

    Args:
        states: From `non_manuals`.
        fps: Frames per second, for the rhythm of nods and shakes.
        phase: Where in its cycle a nod or shake begins, in radians.
    """
    brows, eyes, mouths, heads = (
        [PARAMETERS[channel][value] for value in states[:, column]]
        for column, channel in enumerate(NON_MANUAL)
    )
    columns = [[BROW[b] for b in brows], [EYE[e] for e in eyes]]
    columns += [
        [float(m == shape) for m in mouths] for shape in ("open", "round", "spread", "puffed", "tongue")
    ]
    columns += [[float(h == move) for h in heads] for move in ("nod", "shake", "tilt", "forward")]
    track = smoothed(np.array(columns).T, 1.2 * fps / 25)
    seconds = np.arange(len(track)) / fps
    track[:, FACE_CHANNELS.index("nod")] *= np.sin(2 * np.pi * NOD_HZ * seconds + phase)
    track[:, FACE_CHANNELS.index("shake")] *= np.sin(2 * np.pi * SHAKE_HZ * seconds + phase)
    return track
