"""Handshapes as articulated fingers: joints of five fingers from how far each is bent. Chapter 2."""

from dataclasses import dataclass

import numpy as np

from signlab.data.puppet.phonology import HANDSHAPES
from signlab.shapes import Float

NUM_CHANNELS = 8  # bend of five fingers, spread, thumb out, thumb across


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingers:
    """How a handshape bends the fingers; 0 is straight, 1 is closed."""

    bend: tuple[float, float, float, float, float]  # thumb, index, middle, ring, pinky
    spread: float = 0.0  # how far the fingers stand apart
    thumb_out: float = 0.0  # 1: away from the hand, in the plane of the palm
    thumb_across: float = 0.0  # 1: in front of the palm, opposite the fingers

    def channels(self) -> tuple[float, ...]:
        return (*self.bend, self.spread, self.thumb_out, self.thumb_across)


SHAPES: dict[str, Fingers] = {
    "fist": Fingers(bend=(0.7, 1.0, 1.0, 1.0, 1.0), thumb_across=0.8),
    "flat": Fingers(bend=(0.1, 0.0, 0.0, 0.0, 0.0), thumb_out=0.15),
    "spread": Fingers(bend=(0.0, 0.0, 0.0, 0.0, 0.0), spread=1.0, thumb_out=1.0),
    "point": Fingers(bend=(0.7, 0.0, 1.0, 1.0, 1.0), thumb_across=0.8),
    "two": Fingers(bend=(0.7, 0.0, 0.0, 1.0, 1.0), spread=1.0, thumb_across=0.8),
    "three": Fingers(bend=(0.7, 0.0, 0.0, 0.0, 1.0), spread=0.9, thumb_across=0.8),
    "four": Fingers(bend=(0.9, 0.0, 0.0, 0.0, 0.0), spread=0.9, thumb_across=1.0),
    "hook": Fingers(bend=(0.7, 0.55, 1.0, 1.0, 1.0), thumb_across=0.8),
    "pinch": Fingers(bend=(0.35, 0.5, 1.0, 1.0, 1.0), thumb_out=0.3, thumb_across=0.7),
    "ring": Fingers(bend=(0.35, 0.62, 0.0, 0.0, 0.0), spread=0.9, thumb_out=0.3, thumb_across=0.7),
    "claw": Fingers(bend=(0.35, 0.5, 0.5, 0.5, 0.5), spread=1.0, thumb_out=0.9),
    "horns": Fingers(bend=(0.7, 0.0, 1.0, 1.0, 0.0), spread=0.7, thumb_across=0.8),
    "thumb": Fingers(bend=(0.0, 1.0, 1.0, 1.0, 1.0), thumb_out=1.5),
    "gun": Fingers(bend=(0.0, 0.0, 1.0, 1.0, 1.0), thumb_out=1.1),
    "pinky": Fingers(bend=(0.7, 1.0, 1.0, 1.0, 0.0), spread=0.6, thumb_across=0.8),
    "phone": Fingers(bend=(0.0, 1.0, 1.0, 1.0, 0.0), spread=1.0, thumb_out=1.2),
    "curved": Fingers(bend=(0.2, 0.3, 0.3, 0.3, 0.3), thumb_out=0.5, thumb_across=0.6),
    "round": Fingers(bend=(0.3, 0.55, 0.58, 0.6, 0.62), thumb_out=0.3, thumb_across=0.9),
}
assert tuple(SHAPES) == HANDSHAPES

LENGTHS = np.array([0.46, 0.52, 0.58, 0.53, 0.42])  # of the fingers, as parts of the hand's length
KNUCKLE_ACROSS = np.array([0.20, 0.165, 0.055, -0.055, -0.16])  # towards the thumb
KNUCKLE_UP = np.array([0.12, 0.42, 0.45, 0.42, 0.37])  # from the wrist towards the fingers
FAN = np.array([0.0, 0.30, 0.08, -0.16, -0.42])  # radians at full spread


def finger_joints(
    channels: Float[np.ndarray, "frames channels"],
) -> Float[np.ndarray, "frames 5 3 3"]:
    """Knuckle, middle joint and tip of each finger, in the hand's own axes and lengths.

    The axes are: across the palm towards the thumb, along the fingers, out of the palm. The wrist is the
    origin and the hand is one unit long.
    """
    bend, spread = channels[:, :5], channels[:, 5:6]
    out, across = channels[:, 6], channels[:, 7]
    frames = len(channels)
    knuckle = np.zeros((frames, 5, 3))
    knuckle[..., 0], knuckle[..., 1] = KNUCKLE_ACROSS, KNUCKLE_UP
    knuckle[..., 2] = 0.0

    lean = FAN * spread  # (frames, 5)
    first, second = bend * 1.45, bend * 3.0  # bend at the knuckle, and there plus at the middle joint
    pieces = []
    for angle in (first, second):
        along, towards = np.cos(angle), np.sin(angle)
        pieces.append(np.stack([np.sin(lean) * along, np.cos(lean) * along, towards], axis=-1))
    half = (LENGTHS * 0.5)[None, :, None]
    middle = knuckle + pieces[0] * half
    tip = middle + pieces[1] * half

    thumb = np.deg2rad(12 + 52 * out)  # away from the fingers
    direction = np.stack(
        [np.sin(thumb) - 0.75 * across, np.cos(thumb) * (1 - 0.15 * across), 0.75 * across], axis=-1
    )
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    tucked = np.stack([-0.85 * np.ones(frames), 0.5 * np.ones(frames), 0.25 * np.ones(frames)], axis=-1)
    closed = bend[:, :1]
    end = direction * (1 - closed) + tucked * closed
    middle[:, 0] = knuckle[:, 0] + direction * LENGTHS[0] * 0.5
    tip[:, 0] = middle[:, 0] + end * LENGTHS[0] * 0.5
    return np.stack([knuckle, middle, tip], axis=2)
