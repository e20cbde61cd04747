"""Sentences as signs in context: each sign's frames, from the middle of the way to it to the middle of the way on. Chapter 14."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import overload

import numpy as np

from signlab.data.example import SignExample, Truth
from signlab.data.listing import Examples
from signlab.data.puppet.corpus import PuppetWeather
from signlab.production.clips import SignCorpus
from signlab.shapes import Int


@dataclass(frozen=True, slots=True)
class SignsInContext:
    """A corpus of sentences as one of single signs, cut out where they stand; production learns to go on from it.

    Neighbours share a frame: a sign's window ends with the frame that the next one begins with.

    Args:
        sentences: A corpus whose examples say which frames belong to which sign.
        limits: Sentences of each split that are looked at, by the split's name; those not named are taken whole.

    Source: ours; LMT learns from isolated signs.
    """

    sentences: SignCorpus
    limits: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.sentences.name}-signs"

    @property
    def splits(self) -> tuple[str, ...]:
        return self.sentences.splits

    def split(self, name: str) -> Sequence[SignExample]:
        """The signs of all sentences of a split, in order."""
        return _Windows(self.sentences.split(name), dict(self.limits).get(name))


def as_signs(corpus: SignCorpus) -> SignCorpus:
    """The corpus itself, or if it is the puppet's of sentences, its signs in context."""
    return SignsInContext(corpus) if isinstance(corpus, PuppetWeather) else corpus


class _Windows(Examples):
    """Cut when first asked for, sentence by sentence; then kept."""

    drawn = False  # what is drawn are the sentences, once

    def __init__(self, sentences: Sequence[SignExample], limit: int | None) -> None:
        num = len(sentences) if limit is None else min(limit, len(sentences))
        self.found = [window for index in range(num) for window in windows_of(sentences[index])]

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, index: int) -> SignExample: ...
    @overload
    def __getitem__(self, index: slice) -> list[SignExample]: ...
    def __getitem__(self, index: int | slice) -> SignExample | list[SignExample]:
        return self.found[index]

    def text(self, index: int) -> SignExample:
        return replace(self.found[index], video=None, truth=None)


def windows_of(sentence: SignExample) -> list[SignExample]:
    """The signs of a sentence, each with the frames around it.

    Raises:
        ValueError: If there is no video, or nobody knows which frames belong to which sign.
    """
    if sentence.video is None or sentence.truth is None:
        raise ValueError(
            f"A sentence must have a video and the sign of every frame to be cut into signs, but {sentence.name} has "
            f"no {'video' if sentence.video is None else 'truth'}; use puppet-weather, or a corpus of isolated signs."
        )
    video, truth = sentence.video, sentence.truth
    return [
        replace(
            sentence,
            name=f"{sentence.name}/{place}",
            video=video[start:stop],
            glosses=(gloss,),
            sentences=(),
            truth=_cut(truth, slice(start, stop)),
        )
        for place, (gloss, (start, stop)) in enumerate(
            zip(sentence.glosses, borders(truth.sign, len(sentence.glosses)), strict=True)
        )
    ]


def borders(sign: Int[np.ndarray, " frames"], num: int) -> list[tuple[int, int]]:
    """First frame of each of `num` signs, and one past its last; neighbours overlap in one frame.

    Args:
        sign: The sign of every frame, -1 between signs.
        num: Signs of the sentence.

    Raises:
        ValueError: If one has no frame.
    """
    places = [np.flatnonzero(sign == place) for place in range(num)]
    if not all(len(frames) for frames in places):
        missing = next(place for place, frames in enumerate(places) if not len(frames))
        raise ValueError(f"Each of the {num} signs must have a frame, but sign {missing} has none.")
    between = [(one[-1] + other[0]) // 2 for one, other in pairwise(places)]
    starts, stops = [0, *between], [*between, len(sign) - 1]
    return [(int(start), int(stop) + 1) for start, stop in zip(starts, stops, strict=True)]


def _cut(truth: Truth, frames: slice) -> Truth:
    names = ("joints", "sign", "phase", "parameters")
    return replace(truth, **{name: getattr(truth, name)[frames] for name in names})
