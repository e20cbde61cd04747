"""Examples -> Batch: padding and masks; and which examples meet in which batch. Chapter 2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from signlab.data.example import SignExample
from signlab.data.text import BOS, EOS, PAD, Vocabulary
from signlab.data.video import to_clip
from signlab.shapes import Bool, Float, Int


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Several examples side by side; the only thing a model is ever given.

    Masks are True where something is real. What the examples lack, or nobody asked for, is None.
    """

    names: tuple[str, ...]
    video: Float[Tensor, "batch 3 frames height width"] | None = None  # in [-1, 1]; 0 = padding
    frames_mask: Bool[Tensor, "batch frames"] | None = None
    features: Float[Tensor, "batch steps dim"] | None = None  # 0 = padding
    steps_mask: Bool[Tensor, "batch steps"] | None = None
    tokens: Int[Tensor, "batch tokens"] | None = None  # bos, the words of the first sentence, eos, pad ...
    tokens_mask: Bool[Tensor, "batch tokens"] | None = None
    glosses: Int[Tensor, "batch glosses"] | None = None  # no bos, no eos
    glosses_mask: Bool[Tensor, "batch glosses"] | None = None
    references: tuple[tuple[str, ...], ...] = ()  # for each example, every right sentence

    def __len__(self) -> int:
        return len(self.names)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch with every tensor on `device`."""
        names = [name for name in self.__slots__ if isinstance(getattr(self, name), Tensor)]
        return replace(self, **{name: getattr(self, name).to(device) for name in names})


def collate(
    examples: Sequence[SignExample],
    *,
    vocabulary: Vocabulary | None = None,
    gloss_vocabulary: Vocabulary | None = None,
) -> Batch:
    """Put examples side by side, each padded at its end to the longest.

    Args:
        examples: At least one; clips of one size, features of one width.
        vocabulary: Turns each example's first sentence into tokens; None = no tokens wanted.
        gloss_vocabulary: Turns its glosses into ids; None = no gloss ids wanted.

    Raises:
        ValueError: If there are no examples, one lacks what the others have or what was asked for, a
            sequence is empty, or sizes differ.
    """
    if not examples:
        raise ValueError("A batch must hold at least one example, but got none; is the split empty?")
    video = _gather(examples, "video", lambda example: example.video)
    features = _gather(examples, "features", lambda example: example.features)
    tokens = glosses = None
    if vocabulary is not None:
        sentences = _gather(examples, "sentences", lambda example: example.sentences or None, wanted=True)
        tokens = [torch.tensor([BOS, *vocabulary.encode(first), EOS]) for first, *_ in sentences or ()]
    if gloss_vocabulary is not None:
        found = _gather(examples, "glosses", lambda example: example.glosses or None, wanted=True)
        glosses = [torch.tensor(gloss_vocabulary.encode(words)) for words in found or ()]
    padded_video, frames_mask = _padded_video(video)
    padded_features, steps_mask = _padded(features and [torch.from_numpy(np.array(one)) for one in features])
    padded_tokens, tokens_mask = _padded(tokens)
    padded_glosses, glosses_mask = _padded(glosses)
    return Batch(
        names=tuple(example.name for example in examples),
        video=padded_video,
        frames_mask=frames_mask,
        features=padded_features,
        steps_mask=steps_mask,
        tokens=padded_tokens,
        tokens_mask=tokens_mask,
        glosses=padded_glosses,
        glosses_mask=glosses_mask,
        references=tuple(example.sentences for example in examples),
    )


@dataclass(frozen=True, slots=True)
class ShuffledBatches:
    """Which examples meet in the batch of an update, as a pure function of seed and step.

    The examples are dealt out in a new order each epoch, and batches are cut from that endless deal:
    none is left out, and a resumed training needs to know its step and nothing else.
    """

    num_examples: int
    batch_size: int  # examples per update
    seed: int

    def __post_init__(self) -> None:
        if self.num_examples < 1 or self.batch_size < 1:
            raise ValueError(
                f"Batches need at least one example and a batch size of at least 1, "
                f"but got num_examples={self.num_examples} and batch_size={self.batch_size}."
            )

    def at(self, step: int) -> list[int]:
        """Positions of the examples of update `step`, counted from 0."""
        first = step * self.batch_size
        epochs = range(first // self.num_examples, (first + self.batch_size - 1) // self.num_examples + 1)
        orders = [np.random.default_rng((self.seed, epoch)).permutation(self.num_examples) for epoch in epochs]
        start = first - epochs[0] * self.num_examples
        return np.concatenate(orders)[start : start + self.batch_size].tolist()


def _gather[Value](  # noqa
    examples: Sequence[SignExample],
) -> None: ...
