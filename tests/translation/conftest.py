"""Tiny corpora: a bright square that moves in one of four directions, alone or in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from signlab.data.example import SignExample
from signlab.translation.presets import translation, visual
from signlab.translation.train import train_translation
from signlab.translation.train_visual import train_visual

DIRECTIONS = {"DOWN": (1, 0), "LEFT": (0, -1), "RIGHT": (0, 1), "UP": (-1, 0)}
WORDS = {"DOWN": "down", "LEFT": "to the left", "RIGHT": "to the right", "UP": "up"}


@dataclass(frozen=True)
class TinyCorpus:
    """What a test needs of a corpus."""

    name: str
    parts: dict[str, list[SignExample]]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.parts)

    def split(self, name: str) -> Sequence[SignExample]:
        return self.parts[name]


def move(gloss: str, generator: np.random.Generator, *, side: int = 16) -> np.ndarray:
    """A square of 4 pixels on a background of random colour, crossing 8 pixels in 8 to 12 frames."""
    frames = int(generator.integers(8, 13))
    video = np.empty((frames, side, side, 3), dtype=np.uint8)
    video[:] = generator.integers(0, 120, 3)
    step = np.array(DIRECTIONS[gloss])
    for index in range(frames):
        row, column = np.rint(side / 2 - 2 + step * (8 * index / (frames - 1) - 4)).astype(int)
        video[index, row : row + 4, column : column + 4] = 255
    return video


def word_split(name: str, num: int, seed: int) -> list[SignExample]:
    generator, glosses = np.random.default_rng(seed), sorted(DIRECTIONS)
    return [
        SignExample(name=f"{name}/{i}", video=move(glosses[i % 4], generator), glosses=(glosses[i % 4],))
        for i in range(num)
    ]


def sentence_split(name: str, num: int, seed: int) -> list[SignExample]:
    generator, glosses, examples = np.random.default_rng(seed), sorted(DIRECTIONS), []
    for index in range(num):
        chosen = [glosses[int(one)] for one in generator.integers(0, 4, 2)]
        video = np.concatenate([move(gloss, generator) for gloss in chosen])
        sentence = f"first {WORDS[chosen[0]]} , then {WORDS[chosen[1]]} ."
        examples.append(
            SignExample(name=f"{name}/{index}", video=video, glosses=tuple(chosen), sentences=(sentence,))
        )
    return examples


def feature_split(name: str, num: int, seed: int) -> list[SignExample]:
    """Hand tracks, so to speak: two columns, the place at each step."""
    generator, glosses, examples = np.random.default_rng(seed), sorted(DIRECTIONS), []
    for index in range(num):
        chosen = [glosses[int(one)] for one in generator.integers(0, 4, 2)]
        steps = [step for gloss in chosen for step in [DIRECTIONS[gloss]] * int(generator.integers(2, 5))]
        track = 100 + 30 * np.array(steps) + generator.normal(size=(len(steps), 2))
        sentence = f"first {WORDS[chosen[0]]} , then {WORDS[chosen[1]]} ."
        examples.append(
            SignExample(name=f"{name}/{index}", features=track.astype(np.float32), sentences=(sentence,))
        )
    return examples


def corpus_of(name: str, make, sizes: dict[str, int]) -> TinyCorpus:
    return TinyCorpus(name, {part: make(part, num, seed) for seed, (part, num) in enumerate(sizes.items())})


@pytest.fixture(scope="session")
def words() -> TinyCorpus:
    return corpus_of("tiny words", word_split, {"train": 24, "valid": 8, "test": 12})


@pytest.fixture(scope="session")
def sentences() -> TinyCorpus:
    return corpus_of("tiny sentences", sentence_split, {"train": 12, "valid": 4, "test": 5})


@pytest.fixture(scope="session")
def tracks() -> TinyCorpus:
    return corpus_of("tiny tracks", feature_split, {"train": 40, "test": 12})


@pytest.fixture(scope="session")
def visual_run(words: TinyCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "visual"
    train_visual(visual("smoke"), corpus=words, run=run)
    return run


@pytest.fixture(scope="session")
def translation_run(sentences: TinyCorpus, visual_run: Path) -> Path:
    run = visual_run.parent / "translation"
    train_translation(translation("smoke"), corpus=sentences, run=run, visual=visual_run)
    return run


@pytest.fixture(scope="session")
def tracks_run(tracks: TinyCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "tracks"
    train_translation(translation("smoke"), corpus=tracks, run=run)
    return run
