"""Examples -> Batch: padding and masks; and which examples meet in which batch. Chapter 2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from signlab.data.example import SignExample
from signlab.data.text import BOS, EOS, Tokenizer, Vocabulary
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
    vocabulary: Tokenizer | None = None,
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
    clips, features = _column(examples, "video"), _column(examples, "features")
    _same([clip.shape[1:3] for clip in clips], examples, what="clips of one height and width")
    _same([steps.shape[1:] for steps in features], examples, what="features of one width")
    tokens, glosses = [], []
    if vocabulary is not None:
        sentences = _column(examples, "sentences", wanted=True)
        tokens = [torch.tensor([BOS, *vocabulary.encode(first), EOS]) for first, *_ in sentences]
    if gloss_vocabulary is not None:
        signed = _column(examples, "glosses", wanted=True)
        glosses = [torch.tensor(gloss_vocabulary.encode(one)) for one in signed]
    framewise = [rearrange(to_clip(clip), "colour frames ... -> frames colour ...") for clip in clips]
    video = pad_sequences(framewise)
    stepwise = pad_sequences([torch.from_numpy(np.array(steps, dtype=np.float32)) for steps in features])
    words, signs = pad_sequences(tokens), pad_sequences(glosses)
    return Batch(
        names=tuple(example.name for example in examples),
        video=video
        and rearrange(video.values, "batch frames colour ... -> batch colour frames ...").contiguous(),
        frames_mask=video and video.mask,
        features=stepwise and stepwise.values,
        steps_mask=stepwise and stepwise.mask,
        tokens=words and words.values,
        tokens_mask=words and words.mask,
        glosses=signs and signs.values,
        glosses_mask=signs and signs.mask,
        references=tuple(example.sentences for example in examples),
    )


class Padded(NamedTuple):
    """Sequences of unequal length in one tensor."""

    values: Tensor  # (batch, longest, ...)
    mask: Bool[Tensor, "batch longest"]  # True = real


def pad_sequences(sequences: Sequence[Tensor]) -> Padded | None:
    """Stack along a new first axis, zeros after the end of each; None if there are no sequences."""
    if not sequences:
        return None
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    longest = int(lengths.max())
    values = sequences[0].new_zeros(len(sequences), longest, *sequences[0].shape[1:])
    for row, sequence in zip(values, sequences, strict=True):
        row[: len(sequence)] = sequence
    return Padded(values, torch.arange(longest) < rearrange(lengths, "batch -> batch 1"))


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
        orders = [
            np.random.default_rng((self.seed, epoch)).permutation(self.num_examples) for epoch in epochs
        ]
        start = first - epochs[0] * self.num_examples
        return np.concatenate(orders)[start : start + self.batch_size].tolist()


def _column(examples: Sequence[SignExample], field: str, *, wanted: bool = False) -> list[Any]:
    """One field of every example; empty if none of them has it and it was not asked for."""
    values = [getattr(example, field) for example in examples]
    lacking = [
        example.name
        for example, value in zip(examples, values, strict=True)
        if value is None or (isinstance(value, tuple) and not value)
    ]
    if lacking and (wanted or len(lacking) < len(examples)):
        raise ValueError(
            f"Every example of a batch must have {field}, but {lacking[0]} has none; "
            "leave it out, or ask for a batch without."
        )
    if lacking:
        return []
    for example, value in zip(examples, values, strict=True):
        if len(value) == 0:
            raise ValueError(
                f"No sequence of a batch may be empty, but {field} of {example.name} is; drop it."
            )
    return values


def _same(shapes: list[Any], examples: Sequence[SignExample], *, what: str) -> None:
    for shape, example in zip(shapes, examples, strict=False):
        if shape != shapes[0]:
            raise ValueError(
                f"A batch must hold {what}, but {examples[0].name} has {shapes[0]} and {example.name} has "
                f"{shape}; bring them to one size first."
            )
