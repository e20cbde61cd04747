"""Examples side by side: padding, and masks that say what is real. Chapter 3."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from signlab.data.example import SignExample
from signlab.data.text import BOS, EOS, PAD, Vocabulary
from signlab.data.video import to_clip
from signlab.shapes import Bool, Float, Int


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Examples padded to the longest; what they do not have is None. Masks are true where something is real."""

    names: tuple[str, ...]
    video: Float[Tensor, "batch 3 frames height width"] | None = None  # in [-1, 1]
    frames_mask: Bool[Tensor, "batch frames"] | None = None
    features: Float[Tensor, "batch steps dim"] | None = None
    steps_mask: Bool[Tensor, "batch steps"] | None = None
    tokens: Int[Tensor, "batch tokens"] | None = None  # beginning, words, end, padding
    tokens_mask: Bool[Tensor, "batch tokens"] | None = None
    glosses: Int[Tensor, "batch glosses"] | None = None
    glosses_mask: Bool[Tensor, "batch glosses"] | None = None
    references: tuple[tuple[str, ...], ...] = ()  # every right sentence of each example

    def __len__(self) -> int:
        return len(self.names)

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch with its tensors on another device."""
        moved = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)


def collate(
    examples: Sequence[SignExample],
    *,
    vocabulary: Vocabulary | None = None,
    gloss_vocabulary: Vocabulary | None = None,
) -> Batch:
    """Pad examples to one batch.

    Args:
        examples: At least one; either all or none have a video, likewise features.
        vocabulary: Turns the first sentence of each into tokens; None leaves tokens out.
        gloss_vocabulary: The same for glosses.

    Raises:
        ValueError: If there is no example, or one of them has an empty sequence where others have one.
    """
    if not examples:
        raise ValueError("A batch must hold at least one example, but got none.")
    video = frames_mask = features = steps_mask = tokens = tokens_mask = glosses = glosses_mask = None
    if _all_have(examples, "video"):
        clips = [to_clip(e.video) for e in examples if e.video is not None]
        frames_mask = lengths_to_mask([clip.shape[1] for clip in clips])
        video = clips[0].new_full((len(clips), 3, frames_mask.shape[1], *clips[0].shape[2:]), -1.0)
        for row, clip in enumerate(clips):
            video[row, :, : clip.shape[1]] = clip
    if _all_have(examples, "features"):
        tracks = [torch.from_numpy(np.asarray(e.features, dtype=np.float32)) for e in examples]
        features = pad_sequence(tracks, batch_first=True)
        steps_mask = lengths_to_mask([len(track) for track in tracks])
    if vocabulary is not None and _all_have(examples, "sentences"):
        sentences = [torch.tensor([BOS, *vocabulary.encode(e.sentences[0]), EOS]) for e in examples]
        tokens = pad_sequence(sentences, batch_first=True, padding_value=PAD)
        tokens_mask = lengths_to_mask([len(sentence) for sentence in sentences])
    if gloss_vocabulary is not None and _all_have(examples, "glosses"):
        rows = [torch.tensor(gloss_vocabulary.encode(" ".join(e.glosses))) for e in examples]
        glosses = pad_sequence(rows, batch_first=True, padding_value=PAD)
        glosses_mask = lengths_to_mask([len(row) for row in rows])
    return Batch(
        names=tuple(e.name for e in examples),
        video=video,
        frames_mask=frames_mask,
        features=features,
        steps_mask=steps_mask,
        tokens=tokens,
        tokens_mask=tokens_mask,
        glosses=glosses,
        glosses_mask=glosses_mask,
        references=tuple(e.sentences for e in examples),
    )


def _all_have(examples: Sequence[SignExample], field: str) -> bool:
    """Whether the field is there; half of a batch with and half without, or an empty one, is refused."""
    values = [getattr(e, field) for e in examples]
    missing = [value is None or value == () for value in values]
    if all(missing):
        return False
    bad = [e.name for e, value, gone in zip(examples, values, missing, strict=True) if gone or not len(value)]
    if bad:
        raise ValueError(
            f"All examples of a batch must have {field} of at least one entry, but {bad[0]!r} has none; leave it out."
        )
    return True


def lengths_to_mask(lengths: Sequence[int]) -> Bool[Tensor, "batch longest"]:
    """True for the first `lengths[i]` positions of row i."""
    return torch.arange(max(lengths))[None, :] < torch.tensor(list(lengths))[:, None]


@dataclass(frozen=True, slots=True)
class ShuffledBatches:
    """Which examples go into which update: a pure function of the seed and the update's number.

    Each pass over the examples has an order of its own; a last batch that would not be full is left out.
    """

    num_examples: int
    batch_size: int
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= self.num_examples:
            raise ValueError(
                f"batch_size must lie in [1, number of examples], but got {self.batch_size} "
                f"with {self.num_examples} examples; take smaller batches or more data."
            )

    def at(self, step: int) -> list[int]:
        """The examples of update `step`, counted from 0."""
        per_pass = self.num_examples // self.batch_size
        turn, place = divmod(step, per_pass)
        order = np.random.default_rng((self.seed, turn)).permutation(self.num_examples)
        return order[place * self.batch_size : (place + 1) * self.batch_size].tolist()
