"""A performance drawn as video: anti-aliased capsules and a face, at twice the size and then reduced. Chapter 2."""

from functools import lru_cache

import cv2
import numpy as np

from signlab.data.puppet.body import JOINTS, Colour, Puppet
from signlab.data.puppet.draw_face import draw_hair_behind, draw_head
from signlab.data.puppet.motion import Performance
from signlab.data.puppet.skeleton import VIEW
from signlab.shapes import Float, UInt8

DRAWING_VERSION = 1  # goes up whenever the same performance would give other pixels
SCALE = 2  # drawn this much larger than asked for
BITS = 3  # fractional bits of a coordinate
FINGER, PALM, SLEEVE, FOREARM, OUTLINE = 0.108, 0.12, 0.25, 0.20, 0.034  # widths in shoulder widths

_AT = {name: number for number, name in enumerate(JOINTS)}
_ARM = {
    side: [_AT[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist")] for side in ("right", "left")
}
_FINGERS = {
    side: [
        [_AT[f"{side}_{finger}_{part}"] for part in ("knuckle", "middle", "tip")]
        for finger in ("pinky", "ring", "middle", "index", "thumb")
    ]
    for side in ("right", "left")
}


def render(performance: Performance, puppet: Puppet, *, size: int) -> UInt8[np.ndarray, "frames size size 3"]:
    """Draw every frame.

    Args:
        performance: From `perform`.
        puppet: Whose colours and proportions to draw; the one who performed.
        size: Pixels along each side; 32 or more, or nothing can be told apart.

    Returns:
        RGB frames. The same performance gives the same bytes, whatever the number of threads.

    Raises:
        ValueError: If the size is below 32.
    """
    if size < 32:
        raise ValueError(f"A puppet must be drawn at 32 pixels or more, but got size={size}; try 64.")
    skeleton, large = performance.skeleton, size * SCALE
    points = skeleton.on_screen[..., :2] * (large * 2**BITS)
    points = np.round(points - 2 ** (BITS - 1)).astype(np.int32)
    out = np.empty((len(points), size, size, 3), np.uint8)
    canvas = np.empty((large, large, 3), np.uint8)
    empty = np.full_like(canvas, puppet.background)  # to copy it is much faster than to fill
    for frame in range(len(points)):
        pixel = float(large / VIEW * skeleton.zoom[frame])  # pixels of the drawing per shoulder width
        np.copyto(canvas, empty)
        draw_hair_behind(canvas, puppet, points[frame], pixel, skeleton.head[frame])
        draw_torso(canvas, puppet, points[frame], pixel)
        draw_head(
            canvas,
            puppet,
            points[frame],
            pixel,
            performance.face[frame],
            skeleton.head[frame],
            skeleton.turn[frame],
        )
        depths = skeleton.arms[frame, :, 2, 2]
        for side in ("right", "left") if depths[0] <= depths[1] else ("left", "right"):
            facing = float(skeleton.facing[frame, 0 if side == "right" else 1])
            draw_arm(canvas, puppet, points[frame], pixel, side)
            draw_hand(canvas, puppet, points[frame], pixel, side, facing)
        cv2.resize(canvas, (size, size), dst=out[frame], interpolation=cv2.INTER_AREA)
    return smeared(out, skeleton.on_screen, performance.blur)


def smeared(
    frames: UInt8[np.ndarray, "frames size size 3"], joints: Float[np.ndarray, "frames joints 3"], blur: float
) -> UInt8[np.ndarray, "frames size size 3"]:
    """Mix each frame with the one before by as much as the wrists moved: fast hands smear."""
    if blur <= 0 or len(frames) < 2:
        return frames
    wrists = joints[:, [_AT["right_wrist"], _AT["left_wrist"]], :2]
    speed = np.linalg.norm(np.diff(wrists, axis=0), axis=-1).max(axis=1)  # of the frame's side, per frame
    share = np.clip(2.2 * (speed - 0.02), 0, 0.32) * min(blur, 2.0)
    mixed = frames.copy()
    for frame, weight in enumerate(share, start=1):
        if weight > 0.01:
            cv2.addWeighted(frames[frame], 1 - weight, frames[frame - 1], weight, 0, dst=mixed[frame])
    return mixed


@lru_cache
def darker(colour: Colour, share: float) -> Colour:
    """The colour, mixed with black."""
    red, green, blue = (round(channel * (1 - share)) for channel in colour)
    return red, green, blue


@lru_cache
def lighter(colour: Colour, share: float) -> Colour:
    """The colour, mixed with a warm white: palms are lighter than the backs of hands."""
    red, green, blue = (round(c + share * (w - c)) for c, w in zip(colour, (255, 226, 204), strict=True))
    return red, green, blue


def line(canvas: np.ndarray, points: np.ndarray, colour: Colour, width: float) -> None:
    cv2.polylines(canvas, [points], False, colour, max(1, round(width)), cv2.LINE_AA, BITS)


def draw_torso(canvas: np.ndarray, puppet: Puppet, points: np.ndarray, pixel: float) -> None:
    """Chest and shoulders down to the lower edge, and the neck."""
    right, left, neck = points[_AT["right_shoulder"]], points[_AT["left_shoulder"]], points[_AT["neck"]]
    unit = pixel * 2**BITS
    bottom = canvas.shape[0] * 2**BITS
    drop = np.array([0, round(0.02 * unit)])
    inset = np.array([round(0.10 * unit), 0])
    outline = np.array(
        [neck + (round(-0.17 * unit), round(0.16 * unit)), right - drop, right + inset // 2 + (0, round(0.5 * unit)),
         (right[0] + inset[0], bottom), (left[0] - inset[0], bottom),
         left - inset // 2 + (0, round(0.5 * unit)), left - drop, neck + (round(0.17 * unit), round(0.16 * unit))],
        dtype=np.int32,
    )  # fmt: skip
    line(
        canvas,
        np.array([neck - (0, round(0.1 * unit)), neck + (0, round(0.18 * unit))]),
        darker(puppet.skin, 0.18),
        0.24 * pixel,
    )
    cv2.fillPoly(canvas, [outline], puppet.clothing, cv2.LINE_AA, BITS)
    line(canvas, np.array([right, left]), puppet.clothing, 0.22 * pixel)


def draw_arm(canvas: np.ndarray, puppet: Puppet, points: np.ndarray, pixel: float, side: str) -> None:
    """Sleeve and forearm, each with a darker edge."""
    shoulder, elbow, wrist = (points[joint] for joint in _ARM[side])
    edge, sleeve = darker(puppet.clothing, 0.35), darker(puppet.clothing, 0.08)
    upper = np.array([shoulder, elbow])
    cuff = elbow + ((wrist - elbow) * 0.62).astype(np.int32)
    lower = np.array([elbow, cuff])
    line(canvas, upper, edge, (SLEEVE + OUTLINE) * pixel)
    line(canvas, lower, edge, (FOREARM + OUTLINE) * pixel)
    line(canvas, upper, sleeve, (SLEEVE - OUTLINE) * pixel)
    line(canvas, lower, sleeve, (FOREARM - OUTLINE) * pixel)
    line(canvas, np.array([cuff, wrist]), darker(puppet.skin, 0.12), (FOREARM - 0.05) * pixel)


def draw_hand(
    canvas: np.ndarray, puppet: Puppet, points: np.ndarray, pixel: float, side: str, facing: float
) -> None:
    """Palm and five fingers; the fingers in front of the palm if it faces the viewer, behind it if not."""
    wrist = points[_ARM[side][2]]
    fingers = [points[joints] for joints in _FINGERS[side]]
    edge = darker(puppet.skin, 0.55)
    skin = lighter(puppet.skin, 0.16) if facing >= 0 else darker(puppet.skin, 0.10)
    index, pinky = fingers[3][0], fingers[0][0]
    palm = np.array([wrist, index, fingers[2][0], fingers[1][0], pinky], dtype=np.int32)

    def draw_palm() -> None:
        cv2.polylines(canvas, [palm], True, edge, max(1, round((PALM + OUTLINE) * pixel)), cv2.LINE_AA, BITS)
        cv2.fillPoly(canvas, [palm], skin, cv2.LINE_AA, BITS)
        cv2.polylines(canvas, [palm], True, skin, max(1, round((PALM - OUTLINE) * pixel)), cv2.LINE_AA, BITS)

    if facing >= 0:
        draw_palm()
    for finger in fingers:
        line(canvas, finger, edge, (FINGER + OUTLINE) * pixel)
        line(canvas, finger, skin, (FINGER - OUTLINE) * pixel)
    if facing < 0:
        draw_palm()
