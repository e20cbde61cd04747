"""The rules of the puppet's grammar, as one value read from its file. Chapter 2."""

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from signlab.data.puppet.number_words import Dates, Degrees, NumberSigns, NumberWords
from signlab.data.puppet.phonology import Sign
from signlab.data.puppet.tables import Entry, Kind, Table

FORMULA_TABLES = {"person": "people", "place": "places", "weekday": "weekdays"}  # slot -> table


@dataclass(frozen=True, kw_only=True, slots=True)
class Compass:
    """A direction in the signing space and in words."""

    angle: float  # radians as seen: 0 = right, counter-clockwise
    opposite: str
    words: Mapping[str, tuple[str, str]]  # language -> from there, to there


@dataclass(frozen=True, kw_only=True, slots=True)
class Negation:
    """How one language negates."""

    determiner: Mapping[str, tuple[str, ...]]  # gender or number -> "no" in three cases
    adverb: str  # "not"
    before: str  # with emphasis, before it
    after: str  # with emphasis, after what it negates


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """Everything a grammar file says, checked against a lexicon."""

    lexicon: Mapping[str, Sign]
    usual: float  # probability of the usual words at each choice
    references: int  # sentences listed, at most
    chances: Mapping[str, float]
    weighted: Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]]  # name -> keys, summed probabilities
    cause: str  # the kind of clause after "because"
    kinds: Mapping[str, Kind]
    whats: Mapping[str, Table]  # kind -> what it can be about
    tables: Mapping[str, Table]
    together: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]  # (day, part) -> language -> words
    compass: Mapping[str, Compass]
    degrees: Degrees
    dates: Dates
    number_signs: NumberSigns
    number_words: Mapping[str, NumberWords]
    signs: Mapping[str, str]  # but, because, not, when, ... -> gloss
    words: Mapping[str, Mapping[str, tuple[str, ...]]]  # language -> and, but, maybe, ... -> paraphrases
    negation: Mapping[str, Negation]

    def draw(self, name: str, generator: np.random.Generator) -> str:
        """A random key of one of the small weighted lists: kinds, links, questions, grades, ..."""
        keys, cumulative = self.weighted[name]
        return keys[bisect(cumulative, generator.random())]

    def entry(self, table: str, key: str) -> Entry:
        """One row of a table."""
        return self.tables[table].entries[key]

    def region(self, key: str) -> Entry:
        """A region or a named place."""
        regions = self.tables["regions"].entries
        return regions[key] if key in regions else self.entry("places", key)

    def tense(self, day: str) -> str:
        """The tense a day asks for; without a day it is the future, since this is a forecast."""
        return self.entry("days", day).tense if day else "future"

    def formula_slots(self, formula: str) -> tuple[str, ...]:
        """What a formula leaves open."""
        glosses = self.entry("formulas", formula).glosses
        return tuple(gloss[1:-1] for gloss in glosses if gloss.startswith("{"))
