"""A corpus of five drawn-by-hand signs and small runs of both stages, shared by the tests of production."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from signlab.data.example import SignExample, Truth
from signlab.production import presets
from signlab.production.train_autoencoder import train_autoencoder
from signlab.production.train_transformer import train_transformer

GLOSSES = ("DOWN", "LEFT", "RIGHT", "UP", "WAIT")
TOWARDS = {"DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0), "UP": (0, -1), "WAIT": (0, 0)}


def moving_square(index: int, *, frames: int = 9, size: int = 32) -> SignExample:
    """A bright square on a dark ground of some colour; the gloss is where it goes."""
    gloss, generator = GLOSSES[index % 5], np.random.default_rng(index)
    video = np.empty((frames, size, size, 3), np.uint8)
    video[:] = generator.integers(0, 90, 3, dtype=np.uint8)
    colour = generator.integers(160, 255, 3, dtype=np.uint8)
    middles = 0.5 + 0.3 * np.linspace(0, 1, frames)[:, None] * np.array(TOWARDS[gloss])
    for frame, (x, y) in enumerate(middles):
        left, top = round(x * size) - 4, round(y * size) - 4
        video[frame, top : top + 8, left : left + 8] = colour
    joints = np.stack([middles, middles], axis=1)
    truth = Truth(
        joints=np.concatenate([joints, np.zeros((frames, 2, 1))], axis=2),
        joint_names=("left_middle_knuckle", "right_middle_knuckle"),
        sign=np.zeros(frames, np.int64),
        phase=np.zeros(frames, np.int64),
        parameters=np.zeros((frames, 1), np.int64),
        parameter_names=("direction",),
    )
    return SignExample(name=f"square/{index}", video=video, glosses=(gloss,), truth=truth)


@dataclass(frozen=True)
class Squares:
    """A corpus of moving squares."""

    name: str = "squares"
    splits: tuple[str, ...] = ("train", "valid")

    def split(self, name: str) -> Sequence[SignExample]:
        start = {"train": 0, "valid": 1000}[name]
        return [moving_square(start + index) for index in range(20)]


@pytest.fixture(scope="session")
def squares() -> Squares:
    return Squares()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, squares: Squares) -> Path:
    """A folder with a smoke-sized run of each stage: autoencoder and latent."""
    folder = tmp_path_factory.mktemp("runs")
    config = presets.autoencoder("smoke")
    train_autoencoder(config, corpus=squares, run=folder / "autoencoder")
    latent = replace(presets.latent("smoke"), recolourings=1)
    train_transformer(latent, corpus=squares, autoencoder_run=folder / "autoencoder", run=folder / "latent")
    return folder
