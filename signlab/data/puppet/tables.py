"""What a grammar file says, as tables that can be drawn from and looked up. Chapter 2."""

import re
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np

LANGUAGES = ("en", "de")
TENSES = ("past", "present", "future")
GRADES = ("normal", "light", "heavy")
CASES = ("nom", "acc", "dat")
ALTERNATION = re.compile(r"<([^<>]*)>")


class Token(NamedTuple):
    """A piece of a frame: words, or a slot to be filled."""

    slot: str  # "what", "how", "degrees", ...; for words, the slot they count as (see `Piece`)
    words: str = ""  # empty = to be filled
    variant: str = ""  # of the slot: a case ("acc") or a variant of the entry ("more")


class Frame(NamedTuple):
    """A clause without its adverbials, in the three parts from which every word order is made."""

    subject: tuple[Token, ...]
    finite: tuple[str, str]  # singular, plural
    finite_slot: str
    rest: tuple[Token, ...]

    @property
    def tokens(self) -> tuple[Token, ...]:
        return self.subject + self.rest

    def has(self, slot: str, variant: str | None = None) -> bool:
        """Whether it leaves a place for a slot (in one variant)."""
        return any(
            token.slot == slot and not token.words and variant in (None, token.variant)
            for token in self.tokens
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """An entry in one language."""

    variants: Mapping[str, tuple[tuple[str, ...], ...]]  # variant -> paraphrases, each in three cases
    plural: bool = False
    gender: str = ""  # German only
    frames: Mapping[str, tuple[Frame, ...]]  # tense -> frames of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A row of a table: signs on one side, words on the other."""

    key: str
    glosses: tuple[str, ...]
    words: Mapping[str, Words]  # by language
    flags: frozenset[str] = frozenset()
    tense: str = "future"
    place: tuple[float, float] = (0.0, 0.0)

    def texts(self, language: str, variant: str = "normal", case: str = "nom") -> tuple[str, ...]:
        """The paraphrases of one variant, the usual one first."""
        return tuple(forms[CASES.index(case)] for forms in self.words[language].variants[variant])


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Entries in order of frequency."""

    entries: Mapping[str, Entry]
    keys: tuple[str, ...]  # those that can be drawn
    cumulative: tuple[float, ...]  # their probabilities, summed up

    @staticmethod
    def of(entries: Mapping[str, Entry], *, exponent: float, shift: float, only: str = "") -> "Table":
        """A table in which the r-th entry has the weight 1 / (r + shift)^exponent.

        Source: Zipf (1949) for the power law, Mandelbrot (1953) for the shift.
        """
        ranked = {key: (rank + shift) ** -exponent for rank, key in enumerate(entries, start=1)}
        weights = {key: w for key, w in ranked.items() if not only or only in entries[key].flags}
        keys, cumulative = cumulated(weights)
        return Table(entries=entries, keys=keys, cumulative=cumulative)

    def draw(self, generator: np.random.Generator) -> str:
        """The key of a random entry."""
        return self.keys[bisect(self.cumulative, generator.random())]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of clause: what it can be about, its signs and its frames."""

    key: str
    weight: float
    table: str  # name of the table its `what` comes from
    only: str  # a flag its entries must have, or nothing
    glosses: tuple[str, ...]  # glosses and slots such as "{what}"
    flags: frozenset[str]  # negatable, directed, graded, own
    adverbs: Mapping[str, Mapping[str, tuple[str, ...]]]  # language -> grade -> paraphrases
    frames: Mapping[str, Mapping[str, tuple[Frame, ...]]]  # language -> tense -> frames

    def frames_of(self, entry: Entry, language: str, tense: str) -> tuple[Frame, ...]:
        """Every frame for one entry, the usual one first."""
        own = entry.words[language].frames.get(tense, ()) if "own" in self.flags else ()
        return own + self.frames[language][tense]


def cumulated(weights: Mapping[str, float]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Keys of positive weight and their probabilities, summed up."""
    positive = {key: weight for key, weight in weights.items() if weight > 0}
    total = sum(positive.values())
    sums = tuple(accumulate(weight / total for weight in positive.values()))
    return tuple(positive), (*sums[:-1], 1.0)


def spell_out(phrase: str, count: int) -> tuple[str, ...]:
    """Each of the `count` forms of a phrase with alternations: "kein<|en|em>" -> kein, keinen, keinem."""
    if "<" not in phrase:
        return (phrase,) * count
    return tuple(
        ALTERNATION.sub(lambda match, form=form: match[1].split("|")[form], phrase) for form in range(count)
    )
