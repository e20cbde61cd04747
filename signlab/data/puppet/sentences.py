"""What is meant, written as an English or a German sentence. Chapter 2."""

from collections.abc import Sequence
from typing import NamedTuple

from signlab.data.puppet.forks import Forks, Piece
from signlab.data.puppet.meaning import Clause, Meaning
from signlab.data.puppet.rules import FORMULA_TABLES, Rules
from signlab.data.puppet.tables import CASES, Entry, Frame, Kind, Token

Pieces = tuple[Piece, ...]


class Parts(NamedTuple):
    """A clause in parts; the languages differ in how they line them up."""

    subject: Pieces
    finite: Pieces
    rest: Pieces
    time: Pieces
    region: Pieces
    certainty: Pieces


def write_sentence(rules: Rules, meaning: Meaning, language: str, forks: Forks) -> list[Piece]:
    """One sentence that says `meaning`; which one, the forks decide."""
    if meaning.formula:
        pieces = _formula(rules, meaning, language, forks)
    elif meaning.question:
        pieces = _question(clause_parts(rules, meaning, 0, language, forks), rules, meaning, language)
    else:
        order = english_order if language == "en" else german_order
        pieces = order(clause_parts(rules, meaning, 0, language, forks), forks)
        if meaning.link:
            conjunction = forks.pick(rules.words[language][meaning.link])
            second = clause_parts(rules, meaning, 1, language, forks)
            if conjunction != "und":
                pieces = (*pieces, Piece("", ","))
            ordered = order(second, forks, conjunction=conjunction)
            pieces = (*pieces, Piece("1.link", conjunction), *ordered)
    return [*pieces, Piece("", "?" if meaning.question else ".")]


def english_order(parts: Parts, forks: Forks, *, conjunction: str = "") -> Pieces:
    """Subject, verb, rest; time and region before or after."""
    time, region = parts.time, parts.region
    clause = (*parts.subject, *parts.finite, *parts.certainty, *parts.rest)
    if conjunction in ("because", "since") or not (time or region):
        return (*clause, *region)
    if time and region:
        options = ((*time, *clause, *region), (*region, *clause, *time), (*clause, *region, *time))
    elif time:
        options = ((*time, *clause), (*clause, *time))
    else:
        options = ((*region, *clause), (*clause, *region))
    return forks.pick(options)


def german_order(parts: Parts, forks: Forks, *, conjunction: str = "") -> Pieces:
    """The finite verb second in a main clause, last after a subordinating conjunction."""
    subject, finite, rest, time, region, certainty = parts
    middle = (*certainty, *region)
    if conjunction in ("weil", "da", "während"):
        if subject and subject[0].words == "es":
            return (*subject, *middle, *rest, *finite)
        return (*region, *subject, *certainty, *rest, *finite)
    if time and region:
        options = (
            (*time, *finite, *subject, *middle, *rest),
            (*region, *finite, *subject, *time, *certainty, *rest),
        )
        return forks.pick(options)
    front = time or region or subject or (Piece("", "es"),)
    inner = () if front == subject else subject
    return (*front, *finite, *inner, *certainty, *rest)


def clause_parts(rules: Rules, meaning: Meaning, index: int, language: str, forks: Forks) -> Parts:
    """Fill a frame of the clause's kind with the clause's words."""
    clause = meaning.clauses[index]
    kind = rules.kinds[clause.kind]
    entry = rules.entry(kind.table, clause.what)
    frame = forks.pick(_fitting_frames(kind, entry, clause, language, rules.tense(meaning.day)))
    fill = _Filler(rules, clause, kind, entry, frame, language, forks, f"{index}.")
    certainty = rules.words[language][clause.certainty] if clause.certainty else ("",)
    return Parts(
        subject=fill.pieces(frame.subject),
        finite=(Piece(f"{index}.{frame.finite_slot}", frame.finite[entry.words[language].plural]),),
        rest=fill.negated(fill.pieces(frame.rest)),
        time=_time(rules, meaning, language, forks) if index == 0 else (),
        region=_region(rules, clause, index, language, forks),
        certainty=(Piece(f"{index}.certainty", forks.pick(certainty)),) if clause.certainty else (),
    )


class _Filler(NamedTuple):
    rules: Rules
    clause: Clause
    kind: Kind
    entry: Entry
    frame: Frame
    language: str
    forks: Forks
    prefix: str

    def pieces(self, tokens: Sequence[Token]) -> Pieces:
        return tuple(
            Piece(self.prefix + token.slot if token.slot else "", token.words or self.fill(token))
            for token in tokens
        )

    def fill(self, token: Token) -> str:
        """The words for one slot of a frame."""
        clause, language = self.clause, self.language
        if token.slot == "what":
            return self.what(token.variant)
        if token.slot == "how":
            adverbs = self.kind.adverbs[language]
            return self.forks.pick(adverbs[clause.grade]) if clause.grade in adverbs else ""
        if token.slot == "degrees":
            return say_degrees(self.rules, clause.numbers, language)
        if token.slot == "air":
            return self.forks.pick(self.rules.entry("airs", clause.air).texts(language))
        heading = self.rules.compass[clause.heading]
        if token.slot == "to":
            return heading.words[language][1]
        return self.rules.compass[heading.opposite].words[language][0]

    def what(self, variant: str) -> str:
        """What it is about, in the case, the grade and the polarity asked for."""
        if variant == "more":
            return self.forks.pick(self.entry.texts(self.language, "more"))
        case = variant or "nom"
        words = self.entry.words[self.language]
        if self.clause.negated and "own" in self.kind.flags:
            noun = self.entry.texts(self.language, "no" if "no" in words.variants else "normal", case)[0]
            negation = self.rules.negation[self.language]
            number = words.gender or ("plural" if words.plural else "singular")
            determiner = negation.determiner[number][CASES.index(case)]
            before, after = self.emphasis()
            return " ".join(word for word in (before, determiner, noun, after) if word)
        grade = self.clause.grade
        return self.forks.pick(
            self.entry.texts(self.language, grade if grade in words.variants else "normal", case)
        )

    def negated(self, rest: Pieces) -> Pieces:
        """The rest of the clause with "not", unless its noun says "no"."""
        if not self.clause.negated or ("own" in self.kind.flags and self.frame.has("what")):
            return rest
        before, after = self.emphasis()
        front = " ".join(word for word in (before, self.rules.negation[self.language].adverb) if word)
        return (Piece(f"{self.prefix}not", front), *rest, Piece("", after))

    def emphasis(self) -> tuple[str, str]:
        negation = self.rules.negation[self.language]
        return (negation.before, negation.after) if self.clause.negated == "emphatic" else ("", "")


def say_degrees(rules: Rules, numbers: tuple[int, ...], language: str) -> str:
    """Temperatures in words: "between five and ten degrees"."""
    forms, words = rules.degrees.forms[language], rules.number_words[language]
    if numbers == (1,):
        return forms["one"]
    said = [words.say(number) for number in numbers]
    said = [
        word.removesuffix(words.small[1]) + forms["alone"] if abs(number) == 1 else word
        for number, word in zip(numbers, said, strict=True)
    ]
    low, high = said[0], said[-1]
    return forms["single" if len(numbers) == 1 else "range"].format(low=low, high=high)


def _fitting_frames(kind: Kind, entry: Entry, clause: Clause, language: str, tense: str) -> tuple[Frame, ...]:
    frames = kind.frames_of(entry, language, tense)
    if clause.grade == "normal":
        return frames
    has_variant = clause.grade in entry.words[language].variants
    return tuple(f for f in frames if f.has("how") or (has_variant and f.has("what")))


def _question(parts: Parts, rules: Rules, meaning: Meaning, language: str) -> Pieces:
    asked = ()
    if meaning.question != "whether":
        asked = (Piece("question", rules.words[language][meaning.question][0]),)
    opening = (*asked, *parts.finite, *parts.subject)
    if language == "en":
        return (*opening, *parts.rest, *parts.region, *parts.time)
    return (*opening, *parts.time, *parts.region, *parts.rest)


def _time(rules: Rules, meaning: Meaning, language: str, forks: Forks) -> Pieces:
    if not meaning.day:
        return ()
    day = rules.entry("days", meaning.day).texts(language)
    if not meaning.part:
        return (Piece("time", forks.pick(day)),)
    if (meaning.day, meaning.part) in rules.together:
        return (Piece("time", forks.pick(rules.together[meaning.day, meaning.part][language])),)
    after = rules.entry("parts", meaning.part).texts(language, "after")[0]
    return (Piece("time", f"{forks.pick(day)} {after}"),)


def _region(rules: Rules, clause: Clause, index: int, language: str, forks: Forks) -> Pieces:
    if not clause.region:
        return ()
    words = forks.pick(rules.region(clause.region).texts(language))
    if clause.region in rules.tables["places"].entries:
        words = f"in {words}"
    return (Piece(f"{index}.region", words),)


def _formula(rules: Rules, meaning: Meaning, language: str, forks: Forks) -> Pieces:
    text = forks.pick(rules.entry("formulas", meaning.formula).texts(language))
    filling = dict(meaning.slots)
    pieces = []
    for word in text.split():
        slot = word[1:-1] if word.startswith("{") else ""
        if not slot:
            pieces.append(Piece("verb", word))
        elif slot == "date":
            day, month = (int(number) for number in filling[slot].split("."))
            pieces.append(Piece(slot, rules.dates.say(day, month, language)))
        else:
            pieces.append(Piece(slot, rules.entry(FORMULA_TABLES[slot], filling[slot]).texts(language)[0]))
    return tuple(pieces)
