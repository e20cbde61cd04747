import numpy as np

from signlab.data.puppet.body import PUPPETS
from signlab.data.puppet.draw_face import BITS, INK, Pen, draw_head
from signlab.data.puppet.face import FACE_CHANNELS


def face(**strengths: float) -> np.ndarray:
    canvas = np.full((128, 128, 3), 255, np.uint8)
    points = np.full((60, 2), 64 * 2**BITS, dtype=np.int32)
    values = np.array([strengths.get(name, 1.0 if name == "eye" else 0.0) for name in FACE_CHANNELS])
    draw_head(canvas, PUPPETS[0], points, 110.0, values, np.zeros(3), np.zeros(2))
    return canvas.astype(int)


def rows_of_ink(picture: np.ndarray) -> float:
    """The mean height of dark pixels in the upper half of the face."""
    upper = (np.abs(picture - INK).sum(axis=-1) < 60)[24:64]
    return float(np.nonzero(upper)[0].mean())


def test_raised_brows_are_higher_than_neutral_ones_and_lowered_ones_lower() -> None:
    heights = [rows_of_ink(face(brow=value)) for value in (1.0, 0.0, -1.0)]
    assert heights == sorted(heights)
    assert heights[2] - heights[0] > 2


def test_the_pen_turns_with_the_head() -> None:
    canvas = np.zeros((9, 9, 3), np.uint8)
    pen = Pen(canvas, np.array([40, 40]), 10.0, np.pi / 2)
    assert pen.at(1.0, 0.0) == (40, 40 + 10 * 2**BITS)
