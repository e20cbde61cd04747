"""360 real hand paths of Libras, Brazilian Sign Language: the real thing beside the puppet. Chapter 2."""

from typing import NamedTuple

import numpy as np

from signlab.data.files import shipped
from signlab.shapes import Float, Int

MOVEMENTS = (
    "curved swing",
    "horizontal swing",
    "vertical swing",
    "anti-clockwise arc",
    "clockwise arc",
    "circle",
    "horizontal straight line",
    "vertical straight line",
    "tremble",
    "horizontal zigzag",
    "vertical zigzag",
    "horizontal wavy line",
    "vertical wavy line",
    "face-up curve",
    "face-down curve",
)


class HandPaths(NamedTuple):
    """Where the middle of the hand was, and what movement it made."""

    places: Float[np.ndarray, "paths 45 2"]  # x and y (down) from 0 to 1, at 45 moments evenly over a film
    movement: Int[np.ndarray, " paths"]  # position in MOVEMENTS


def load_libras() -> HandPaths:
    """The movements that come with the project, 24 of each of 15 kinds.

    Raises:
        ValueError: If the project's data are not there.

    Source: Dias, Peres and Biscaro (2009), "Libras Movement", UCI Machine Learning Repository, CC BY 4.0.
    Departure: the corpus lists "tremble" last; the paths numbered 9 are the ones that tremble (a twentieth of
    the picture wide, every other kind at least seven times that), so the names from the ninth on follow them.
    """
    with np.load(shipped("libras", "movements.npz"), allow_pickle=False) as stored:
        return HandPaths(places=stored["places"], movement=stored["movement"].astype(np.int64))
