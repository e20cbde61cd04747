"""Where hands go, how palms turn and what paths strokes take, in shoulder widths. Chapter 2.

Everything is written for a right-handed puppet with x pointing to its dominant side (outwards), y down
and z to the viewer; `motion` mirrors it for the left-handed.
"""

import numpy as np

from signlab.shapes import Float

LOCATIONS_AT: dict[str, tuple[float, float, float]] = {
    "forehead": (0.12, -1.04, 0.32),
    "temple": (0.42, -0.88, 0.25),
    "nose": (0.05, -0.70, 0.42),
    "cheek": (0.30, -0.60, 0.32),
    "chin": (0.06, -0.44, 0.40),
    "neck": (0.16, -0.22, 0.36),
    "shoulder": (0.52, -0.04, 0.30),
    "chest": (0.12, 0.22, 0.40),
    "belly": (0.16, 0.54, 0.40),
    "arm": (-0.26, 0.34, 0.50),
    "palm": (0.02, 0.34, 0.50),
    "neutral": (0.42, 0.34, 0.60),
    "high": (0.64, -0.44, 0.45),
    "side": (0.76, 0.14, 0.35),
}
REST = (0.46, 1.02, 0.20)
BASE_AT: dict[str, tuple[float, float, float]] = {"arm": (0.20, 0.50, 0.40), "palm": (0.10, 0.56, 0.42)}
BASE_ELSEWHERE = (0.16, 0.60, 0.42)
EDGE, FLOOR = 0.98, 0.76  # hands stay within the picture
APART = 0.26  # least distance of either hand from the midline when both do the same

# For each palm orientation: the direction of the fingers and the normal of the palm (outwards x).
FACING: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "front": ((-0.12, -1.0, 0.05), (0.0, 0.05, 1.0)),
    "back": ((-0.20, -1.0, 0.05), (0.0, 0.05, -1.0)),
    "up": ((-0.80, -0.30, 0.50), (0.0, -0.75, 0.65)),
    "down": ((-0.85, 0.15, 0.45), (0.05, 0.75, -0.60)),
    "side": ((-0.05, -1.0, 0.20), (-0.80, 0.0, 0.60)),
}
REST_FACING = ((-0.25, 1.0, 0.0), (0.1, 0.1, -1.0))

REACH = 0.56  # length of a stroke of size one


def path(
    movement: str, progress: Float[np.ndarray, " frames"], *, size: float, direction: float | None
) -> Float[np.ndarray, "frames 3"]:
    """Offset from the location along the stroke; progress runs from 0 to 1.

    Args:
        movement: One of the inventory's movements.
        progress: How much of the stroke is done.
        size: Amplitude relative to the lexicon's.
        direction: Angle of the stroke in the picture, anticlockwise from the viewer's right; None leaves
            the lexicon's own. The caller mirrors for handedness, so an angle is given as performed.
    """
    reach, p = REACH * size, progress
    zero, centred = np.zeros_like(p), progress - 0.5
    if movement == "arc":
        along, aside = reach * centred, -0.55 * reach * np.sin(np.pi * p)
    elif movement == "zigzag":
        along, aside = reach * centred, 0.30 * reach * np.sin(5 * np.pi * p)
    elif movement == "circle":
        along, aside = 0.36 * reach * np.cos(2 * np.pi * p), 0.36 * reach * np.sin(2 * np.pi * p)
    elif movement == "tap":
        along, aside = zero, 0.30 * reach * np.abs(np.sin(2 * np.pi * p))
    elif movement == "flick":
        along, aside = 0.35 * reach * centred, -0.25 * reach * p
    elif movement in ("up", "down", "out", "in"):
        along, aside = reach * centred, zero
    else:  # still, wiggle and twist stay where they are
        along, aside = zero, zero
    angle = direction
    if angle is None:
        angle = {"up": np.pi / 2, "down": -np.pi / 2, "in": np.pi, "zigzag": -np.pi / 2}.get(movement, 0.0)
    x = along * np.cos(angle) + aside * np.sin(angle)
    y = -along * np.sin(angle) + aside * np.cos(angle)
    depth = 0.25 * along if movement == "out" else zero
    return np.stack([x, y, depth], axis=-1)


def eased(frames: int) -> Float[np.ndarray, " frames"]:
    """Progress of a movement with the least jerk: slow, fast, slow; the last frame arrives.

    Source: Flash and Hogan (1985), the minimum-jerk polynomial of human reaching.
    """
    u = np.arange(1, frames + 1) / frames
    return u**3 * (10 - 15 * u + 6 * u**2)
