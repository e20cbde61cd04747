"""All the ways to say one thing: a sentence is written by a function that asks a fork at every choice. Chapter 2."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")


class Piece(NamedTuple):
    """Words of a sentence and the slot of the meaning they say ("0.what"), or no slot."""

    slot: str
    words: str


class Forks:
    """The choices on the way through one sentence, remembered so that another way can be taken.

    Args:
        wanted: Which option to take at the first choices; after them the usual one, option 0.
        generator: Instead, draws each option: the usual one with probability `usual`.
        usual: That probability.
    """

    def __init__(
        self,
        wanted: tuple[int, ...] = (),
        *,
        generator: np.random.Generator | None = None,
        usual: float = 1.0,
    ) -> None:
        self.wanted = wanted
        self.generator = generator
        self.usual = usual
        self.taken: list[int] = []
        self.sizes: list[int] = []

    def pick(self, options: Sequence[T]) -> T:
        """One of the options; a single option is no choice."""
        if len(options) == 1:
            return options[0]
        index = 0
        if len(self.taken) < len(self.wanted):
            index = self.wanted[len(self.taken)]
        elif self.generator is not None and self.generator.random() >= self.usual:
            index = 1 + int(self.generator.integers(len(options) - 1))
        self.taken.append(index)
        self.sizes.append(len(options))
        return options[index]


def joined(pieces: Sequence[Piece]) -> str:
    """The sentence: words separated by single spaces."""
    return " ".join(piece.words for piece in pieces if piece.words)


def paraphrases(write: Callable[[Forks], Sequence[Piece]], limit: int) -> list[Sequence[Piece]]:
    """Every different sentence `write` can produce, those with the fewest unusual choices first.

    Args:
        write: Writes a sentence; it must ask the fork for every choice and depend on nothing else.
        limit: At most so many sentences.
    """
    found: dict[str, Sequence[Piece]] = {}
    waiting: deque[tuple[int, ...]] = deque([()])
    while waiting and len(found) < limit:
        forks = Forks(waiting.popleft())
        pieces = write(forks)
        found.setdefault(joined(pieces), pieces)
        for position in range(len(forks.wanted), len(forks.taken)):
            front = tuple(forks.taken[:position])
            waiting.extend((*front, other) for other in range(1, forks.sizes[position]))
    return list(found.values())
