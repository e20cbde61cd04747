"""The puppet's grammar: from chance to meaning, and from meaning to signs and sentences. Chapter 2."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from signlab.data.files import shipped
from signlab.data.puppet.checked_yaml import edited_at
from signlab.data.puppet.forks import Forks, Piece, joined, paraphrases
from signlab.data.puppet.glossing import lay_out
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.meaning import Meaning, sample_meaning
from signlab.data.puppet.phonology import Sign, Utterance
from signlab.data.puppet.rule_reader import read_rules
from signlab.data.puppet.rules import Rules
from signlab.data.puppet.sentences import write_sentence
from signlab.data.puppet.tables import LANGUAGES


class Aligned(NamedTuple):
    """An utterance, and which word of its first sentence each gloss is said by."""

    utterance: Utterance
    alignment: tuple[int, ...]  # for each gloss the first word of its phrase; -1 = said by no word


@dataclass(frozen=True, kw_only=True, slots=True)
class Grammar:
    """What the puppet can mean, and how the puppet, English and German say it.

    A grammar holds no state: the same generator gives the same utterances.
    """

    rules: Rules

    def meaning(self, generator: np.random.Generator) -> Meaning:
        """Draw something to say."""
        return sample_meaning(self.rules, generator)

    def utter(
        self, meaning: Meaning, language: str = "en", generator: np.random.Generator | None = None
    ) -> Utterance:
        """Say `meaning`: signs, spans and every right sentence (up to `references` of the grammar file).

        Args:
            meaning: What to say.
            language: Of the sentences: "en" or "de".
            generator: Draws which sentence is the first, the one to learn from; None = the most usual one.
        """
        return self.align(meaning, language, generator).utterance

    def utterance(self, generator: np.random.Generator, language: str = "en") -> Utterance:
        """Draw something to say, and say it."""
        return self.utter(self.meaning(generator), language, generator)

    def usual(self, meaning: Meaning, language: str = "en") -> str:
        """The most usual sentence alone, much quicker than all of them.

        No sentence says two meanings of different usual sentences; so whoever splits a corpus by the usual
        English sentence has no sentence, and no paraphrase of one, in two splits.
        """
        _check_language(language)
        return joined(write_sentence(self.rules, meaning, language, Forks()))

    def align(
        self, meaning: Meaning, language: str = "en", generator: np.random.Generator | None = None
    ) -> Aligned:
        """Like `utter`, and also which word says each gloss.

        Raises:
            ValueError: If the language is not one of the grammar's.
        """
        _check_language(language)

        def write(forks: Forks) -> list[Piece]:
            return write_sentence(self.rules, meaning, language, forks)

        sentences = {joined(pieces): pieces for pieces in paraphrases(write, self.rules.references)}
        first = write(Forks(generator=generator, usual=self.rules.usual))
        others = [sentence for sentence in sentences if sentence != joined(first)]
        signed = lay_out(self.rules, meaning)
        utterance = Utterance(
            uses=tuple(placed.use for placed in signed.placed),
            spans=signed.spans,
            sentences=(joined(first), *others)[: self.rules.references],
        )
        return Aligned(utterance, _alignment([placed.slot for placed in signed.placed], first))


def load_grammar(path: Path | None = None, lexicon: dict[str, Sign] | None = None) -> Grammar:
    """Read a grammar and check it against a lexicon.

    Args:
        path: A grammar of your own; None = the one that ships with the project.
        lexicon: The signs it may use; None = the lexicon that ships with the project.

    Raises:
        ValueError: Naming file, line, value and the nearest valid value of the first mistake.
    """
    path = shipped("puppet", "grammar.yaml") if path is None else path
    if lexicon is not None:
        return Grammar(rules=read_rules(path, lexicon))
    source = shipped("puppet", "lexicon.yaml")
    return _read(path, edited_at(path), edited_at(source))


@lru_cache(maxsize=8)
def _read(path: Path, _edited: int, _lexicon_edited: int) -> Grammar:
    return Grammar(rules=read_rules(path, load_lexicon()))


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, but got {language!r}; choose one.")


def _alignment(slots: list[str], pieces: list[Piece]) -> tuple[int, ...]:
    starts: dict[str, int] = {}
    position = 0
    for piece in pieces:
        if piece.words:
            starts.setdefault(piece.slot, position)
            position += len(piece.words.split())
    return tuple(starts.get(slot, -1) for slot in slots)
