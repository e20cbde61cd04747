"""One signed utterance as every model, reader and figure sees it. Chapter 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from signlab.shapes import Float, Int, UInt8

PHASES = ("rest", "transition", "stroke", "hold")  # what the hands do in a frame


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What really happened in each frame; known for Puppet, never for a filmed clip."""

    joints: Float[np.ndarray, "frames joints 3"]  # x and y as fractions of the frame's sides, depth
    joint_names: tuple[str, ...]  # one name for each joint
    sign: Int[np.ndarray, " frames"]  # position in the example's glosses; -1 between signs
    phase: Int[np.ndarray, " frames"]  # position in PHASES
    parameters: Int[np.ndarray, "frames parameters"]  # what is on the hands and face; -1 = nothing
    parameter_names: tuple[str, ...]  # "handshape", "location", ... one for each column


@dataclass(frozen=True, kw_only=True, slots=True)
class SignExample:
    """A clip (or its features), its glosses and its sentence.

    Whatever a corpus does not have is None or empty: WLASL has no sentence, a feature file no video.
    """

    name: str  # unique within its corpus
    video: UInt8[np.ndarray, "frames height width 3"] | None = None  # RGB, as drawn or decoded
    features: Float[np.ndarray, "steps dim"] | None = None  # precomputed, e.g. S3D or hand tracks
    fps: float = 25.0  # frames (of video) per second
    signer: str = ""
    glosses: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()  # every right sentence; the first is the one to learn from
    language: str = ""  # of the sentences: "en", "de", "zh", ...
    truth: Truth | None = None


class Corpus(Protocol):
    """A named collection of examples with fixed splits."""

    @property
    def name(self) -> str: ...

    @property
    def splits(self) -> tuple[str, ...]: ...

    def split(self, name: str) -> Sequence[SignExample]:
        """The examples of one split; a ValueError names the splits that exist."""
        ...
