"""An utterance as a score: which sign, which phase and how far along, frame by frame. Chapter 2."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signlab.data.example import PHASES
from signlab.data.puppet.body import Puppet
from signlab.data.puppet.phonology import SignUse, Utterance
from signlab.shapes import Float, Int


@dataclass(frozen=True, kw_only=True, slots=True)
class Strengths:
    """How hard each difficulty of real signing is turned up: 0 is off, 1 is usual."""

    coarticulation: float = 1.0  # neighbouring signs pull at each other
    jitter: float = 1.0  # the hands tremble
    hold: float = 1.0  # the hands rest at the end of a stroke
    sloppiness: float = 1.0  # places, sizes and handshapes are missed
    tempo_spread: float = 1.0  # no two signs take the same time
    blur: float = 1.0  # fast hands smear
    camera_shift: float = 1.0  # the camera is not where it was

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0 <= value <= 4:
                raise ValueError(
                    f"The strength {name} must lie in [0, 4], but got {value}; 1 is the usual one."
                )


TRANSITION_SECONDS, STROKE_SECONDS, HOLD_SECONDS, REST_SECONDS = 0.22, 0.30, 0.07, 0.12
CITATION = 1.5  # a sign by itself is performed this much more slowly


class Score(NamedTuple):
    """One row a frame."""

    sign: Int[np.ndarray, " frames"]  # position in the utterance; -1 in the rest before and after
    phase: Int[np.ndarray, " frames"]  # position in PHASES
    lengths: Int[np.ndarray, "signs 3"]  # frames of transition, stroke and hold of each sign
    margins: tuple[int, int, int]  # frames of rest before, of the way back, of rest after


def write_score(
    utterance: Utterance, puppet: Puppet, strengths: Strengths, generator: np.random.Generator, *, fps: float
) -> Score:
    """Give every sign its frames, drawn around the puppet's own tempo."""
    uses = utterance.uses
    slow = CITATION if len(uses) == 1 else 1.0
    spread = np.exp(0.13 * strengths.tempo_spread * generator.standard_normal((len(uses), 3)))
    tempo = np.array([puppet.tempo * use.tempo for use in uses])[:, None]
    seconds = np.array(
        [[TRANSITION_SECONDS, stroke_seconds(use), HOLD_SECONDS * strengths.hold] for use in uses]
    )
    lengths = np.round(seconds * slow * spread / tempo * fps).astype(int)
    lengths[:, :2] = np.maximum(lengths[:, :2], (2, 4))
    back = max(2, round(TRANSITION_SECONDS * slow / puppet.tempo * fps))
    rest = max(1, round(REST_SECONDS * fps))
    parts = [np.full((rest, 2), (-1, PHASES.index("rest")))]
    for number, (transition, stroke, hold) in enumerate(lengths):
        for name, frames in (("transition", transition), ("stroke", stroke), ("hold", hold)):
            parts.append(np.full((frames, 2), (number, PHASES.index(name))))
    parts.append(np.full((back, 2), (-1, PHASES.index("transition"))))
    parts.append(np.full((rest, 2), (-1, PHASES.index("rest"))))
    rows = np.concatenate(parts)
    return Score(sign=rows[:, 0], phase=rows[:, 1], lengths=lengths, margins=(rest, back, rest))


def stroke_seconds(use: SignUse) -> float:
    """Repeated movements take longer than straight ones."""
    longer = {"circle": 1.4, "zigzag": 1.4, "tap": 1.3, "wiggle": 1.4, "twist": 1.4, "still": 0.8}
    return STROKE_SECONDS * longer.get(use.sign.movement, 1.0) * use.size**0.3


def smoothed(track: Float[np.ndarray, "frames ..."], sigma: float) -> Float[np.ndarray, "frames ..."]:
    """A Gaussian mean over time, in frames; the ends are repeated."""
    if sigma <= 0.05:
        return track
    radius = max(1, int(np.ceil(2.5 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([track[:1].repeat(radius, 0), track, track[-1:].repeat(radius, 0)])
    out = np.zeros_like(track)
    for offset, weight in enumerate(kernel):
        out += weight * padded[offset : offset + len(track)]
    return out
