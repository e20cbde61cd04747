"""The head: hair, brows, eyes and mouth, bold enough to be read at 64 pixels. Chapter 2."""

import math

import cv2
import numpy as np

from signlab.data.puppet.body import JOINTS, Colour, Puppet
from signlab.data.puppet.face import FACE_CHANNELS
from signlab.shapes import Float

BITS = 3
_HEAD = JOINTS.index("head")
_AT = {name: number for number, name in enumerate(FACE_CHANNELS)}
INK: Colour = (34, 26, 26)
LIPS: Colour = (150, 56, 60)
WHITE: Colour = (250, 250, 250)


class Pen:
    """Draws in the head's own axes: one unit is its radius, y is down, tilted with it."""

    def __init__(self, canvas: np.ndarray, centre: np.ndarray, radius: float, tilt: float) -> None:
        self.canvas, self.radius, self.tilt = canvas, radius, tilt
        self.x, self.y = float(centre[0]) / 2**BITS, float(centre[1]) / 2**BITS
        self.cos, self.sin = math.cos(tilt), math.sin(tilt)

    def at(self, x: float, y: float) -> tuple[int, int]:
        right = self.x + self.radius * (x * self.cos - y * self.sin)
        down = self.y + self.radius * (x * self.sin + y * self.cos)
        return round(right * 2**BITS), round(down * 2**BITS)

    def oval(self, x: float, y: float, wide: float, high: float, colour: Colour, width: float = 0.0) -> None:
        """A filled ellipse, or its outline if a width is given."""
        half = (round(wide * self.radius * 2**BITS), round(high * self.radius * 2**BITS))
        thickness = -1 if width == 0 else max(1, round(width * self.radius))
        cv2.ellipse(
            self.canvas,
            self.at(x, y),
            half,
            math.degrees(self.tilt),
            0,
            360,
            colour,
            thickness,
            cv2.LINE_AA,
            BITS,
        )

    def stroke(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        path = np.array([self.at(x, y) for x, y in points], dtype=np.int32)
        thickness = max(1, round(width * self.radius))
        cv2.polylines(self.canvas, [path], False, colour, thickness, cv2.LINE_AA, BITS)


def draw_head(
    canvas: np.ndarray,
    puppet: Puppet,
    points: np.ndarray,
    pixel: float,
    face: Float[np.ndarray, " channels"],
    head: Float[np.ndarray, " 3"],
    turn: Float[np.ndarray, " 2"],
) -> None:
    """Draw hair and face; `turn` shifts the face within the head, as a turned head does.

    Args:
        canvas: Picture to draw into.
        puppet: Whose head.
        points: All joints in the canvas's fixed-point pixels.
        pixel: Pixels per shoulder width.
        face: Strengths of FACE_CHANNELS.
        head: Centre and tilt of the head; only the tilt is used, the centre is among the points.
        turn: Shift of the face to the right and down, in shoulder widths.
    """
    nearer = 1 + 0.07 * float(face[_AT["forward"]])
    pen = Pen(canvas, points[_HEAD], puppet.head * pixel * nearer, float(head[2]))
    dx, dy = (float(shift) / puppet.head for shift in turn)
    edge: Colour = tuple(round(c * 0.72) for c in puppet.skin)  # type: ignore[assignment]
    behind(pen, puppet)
    pen.oval(0, 0, 0.92, 1.08, edge)
    pen.oval(0, 0, 0.86, 1.02, puppet.skin)
    in_front(pen, puppet, dx, dy)
    eyes(pen, float(face[_AT["eye"]]), dx, dy)
    brows(pen, float(face[_AT["brow"]]), puppet, dx, dy)
    mouth(pen, face, puppet, edge, dx, dy)


def draw_hair_behind(
    canvas: np.ndarray, puppet: Puppet, points: np.ndarray, pixel: float, head: Float[np.ndarray, " 3"]
) -> None:
    """Long hair falls behind neck and shoulders, so it is drawn before them."""
    if puppet.hair_style == "long":
        pen = Pen(canvas, points[_HEAD], puppet.head * pixel, float(head[2]))
        pen.oval(0, -0.10, 1.08, 1.06, puppet.hair)
        pen.stroke([(-0.72, 0.0), (-0.76, 1.2)], puppet.hair, 0.62)
        pen.stroke([(0.72, 0.0), (0.76, 1.2)], puppet.hair, 0.62)


def behind(pen: Pen, puppet: Puppet) -> None:
    """Hair and cloth that the face covers."""
    if puppet.hair_style == "curly":
        for x, y in (
            (-0.75, -0.35),
            (0.75, -0.35),
            (-0.45, -0.85),
            (0.45, -0.85),
            (0, -1.0),
            (-0.9, 0.05),
            (0.9, 0.05),
        ):
            pen.oval(x, y, 0.42, 0.42, puppet.hair)
    elif puppet.hair_style == "bun":
        pen.oval(0, -1.18, 0.42, 0.36, puppet.hair)
        pen.oval(0, -0.14, 1.0, 1.08, puppet.hair)
    elif puppet.hair_style == "scarf":
        pen.oval(0, 0.08, 1.16, 1.26, puppet.hair)
    elif puppet.hair_style == "short":
        pen.oval(0, -0.20, 1.0, 1.02, puppet.hair)


def in_front(pen: Pen, puppet: Puppet, dx: float, dy: float) -> None:
    """Hairline above the brows."""
    if puppet.hair_style == "bald":
        return
    low = -0.98 + 0.3 * dy
    pen.stroke([(-0.66, low + 0.20), (-0.3 + 0.2 * dx, low), (0.3 + 0.2 * dx, low), (0.66, low + 0.20)],
               puppet.hair, 0.34)  # fmt: skip


def eyes(pen: Pen, opening: float, dx: float, dy: float) -> None:
    for side in (-1, 1):
        x, y = 0.40 * side + dx, -0.02 + dy
        if opening < 0.2:
            pen.stroke([(x - 0.20, y), (x, y + 0.08), (x + 0.20, y)], INK, 0.10)
            continue
        high = 0.17 * min(opening, 1.6)
        pen.oval(x, y, 0.23, high, WHITE)
        pen.oval(x + 0.15 * dx, y + 0.15 * dy, 0.125, min(0.15, high), INK)


def brows(pen: Pen, raised: float, puppet: Puppet, dx: float, dy: float) -> None:
    """Raised brows are high arcs; lowered ones are straight, low and close together."""
    low = max(0.0, -raised)
    colour = INK if sum(puppet.skin) > 330 else (12, 8, 8)
    height = -0.36 - 0.20 * max(raised, 0.0) + 0.13 * low
    for side in (-1, 1):
        inner, outer = 0.18 * side - 0.06 * side * low, 0.64 * side
        arch = -0.08 - 0.08 * max(raised, 0.0) + 0.08 * low
        pen.stroke(
            [(inner + dx, height + 0.16 * low + dy), ((inner + outer) / 2 + dx, height + arch + dy),
             (outer + dx, height + 0.08 - 0.16 * low + dy)],
            colour, 0.13,
        )  # fmt: skip


def mouth(pen: Pen, face: np.ndarray, puppet: Puppet, edge: Colour, dx: float, dy: float) -> None:
    opened, rounded, spread, puffed, tongue = (
        float(face[_AT[name]]) for name in ("open", "round", "spread", "puffed", "tongue")
    )
    x, y = dx, 0.50 + dy
    if puffed > 0.3:
        for side in (-1, 1):
            pen.oval(x + 0.56 * side, y - 0.08, 0.30 * puffed, 0.30 * puffed, edge)
            pen.oval(x + 0.57 * side, y - 0.10, 0.25 * puffed, 0.25 * puffed, puppet.skin)
    if max(opened, tongue) > 0.3:
        pen.oval(x, y + 0.04, 0.26, 0.13 + 0.17 * opened, INK)
        if tongue > 0.3:
            pen.oval(x, y + 0.20, 0.17, 0.20, (222, 92, 104))
    elif rounded > 0.3:
        pen.oval(x, y, 0.17, 0.19, LIPS)
        pen.oval(x, y, 0.08, 0.10, INK)
    elif spread > 0.3:
        pen.stroke(
            [(x - 0.44, y - 0.12), (x - 0.2, y + 0.07), (x + 0.2, y + 0.07), (x + 0.44, y - 0.12)], LIPS, 0.17
        )
        pen.stroke([(x - 0.30, y - 0.03), (x + 0.30, y - 0.03)], WHITE, 0.08)
    else:
        half = 0.24 - 0.10 * puffed
        pen.stroke([(x - half, y), (x + half, y)], LIPS, 0.13)
