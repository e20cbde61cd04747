"""What is meant, laid out as signs in time and space. Chapter 2.

Time comes first, then the place, then what there is, then how sure it is; a sign that asks comes last. Much has
no sign: strength is in brows, tempo and size, a course is the path of a sign, a region can be a mere place
in space, "no" is a head shake and "?" raised brows.
"""

from typing import NamedTuple

from signlab.data.puppet.meaning import Clause, Meaning
from signlab.data.puppet.phonology import SignUse, Span
from signlab.data.puppet.rules import FORMULA_TABLES, Rules

TEMPO = {"light": 1.25, "normal": 1.0, "heavy": 0.75}
SIZE = {"light": 0.65, "normal": 1.0, "heavy": 1.4}
BROWS = {"light": "raised", "heavy": "lowered"}


class Placed(NamedTuple):
    """A sign to make and the slot of the meaning it says ("0.what")."""

    slot: str
    use: SignUse


class Signed(NamedTuple):
    """Signs in order, and what brows and head do over some of them."""

    placed: tuple[Placed, ...]
    spans: tuple[Span, ...]


def lay_out(rules: Rules, meaning: Meaning) -> Signed:
    """The signs for a meaning; there is one way only."""
    if meaning.formula:
        return Signed(_formula(rules, meaning), ())
    placed: list[Placed] = []
    spans: list[Span] = []
    for table, key in (("days", meaning.day), ("parts", meaning.part)):
        if key:
            placed += _plain(rules, "time", rules.entry(table, key).glosses)
    for index, clause in enumerate(meaning.clauses):
        if index and meaning.link in rules.signs:
            placed += _plain(rules, "1.link", (rules.signs[meaning.link],))
        _add_clause(rules, clause, f"{index}.", placed, spans, brows_free=not meaning.question)
    if meaning.question:
        if meaning.question in rules.signs:
            placed += _plain(rules, "question", (rules.signs[meaning.question],))
        brows = "raised" if meaning.question == "whether" else "lowered"
        spans.append(Span(start=0, stop=len(placed), channel="brows", value=brows))
    return Signed(tuple(placed), tuple(spans))


def _add_clause(
    rules: Rules, clause: Clause, prefix: str, placed: list[Placed], spans: list[Span], *, brows_free: bool
) -> None:
    kind = rules.kinds[clause.kind]
    region = rules.region(clause.region) if clause.region else None
    if region and not clause.silent:
        placed += _plain(rules, f"{prefix}region", region.glosses)
    place = region.place if region and "compass" in region.flags else (0.0, 0.0)
    angle = rules.compass[clause.heading].angle if clause.heading else None
    has_verb = any(not gloss.startswith("{") for gloss in kind.glosses)
    start = len(placed)
    for gloss in kind.glosses:
        if gloss == "{what}":
            first = len(placed)
            for sign in rules.entry(kind.table, clause.what).glosses:
                use = SignUse(
                    sign=rules.lexicon[sign],
                    direction=None if has_verb else angle,
                    size=SIZE[clause.grade],
                    tempo=TEMPO[clause.grade],
                    place=place,
                )
                placed.append(Placed(f"{prefix}what", use))
            if clause.grade in BROWS and brows_free:
                brows = BROWS[clause.grade]
                spans.append(Span(start=first, stop=len(placed), channel="brows", value=brows))
        elif gloss == "{degrees}":
            placed += _plain(rules, f"{prefix}degrees", _degrees(rules, clause.numbers), place)
        elif gloss == "{air}":
            placed += _plain(rules, f"{prefix}air", rules.entry("airs", clause.air).glosses, place)
        else:
            use = SignUse(sign=rules.lexicon[gloss], direction=angle, place=place)
            placed.append(Placed(f"{prefix}verb", use))
    if clause.certainty:
        placed += _plain(rules, f"{prefix}certainty", (rules.signs[clause.certainty],))
    if clause.negated == "emphatic":
        placed += _plain(rules, f"{prefix}not", (rules.signs["not"],))
    if clause.negated:
        spans.append(Span(start=start, stop=len(placed), channel="head", value="shake"))


def _plain(
    rules: Rules, slot: str, glosses: tuple[str, ...], place: tuple[float, float] = (0.0, 0.0)
) -> list[Placed]:
    return [Placed(slot, SignUse(sign=rules.lexicon[gloss], place=place)) for gloss in glosses]


def _degrees(rules: Rules, numbers: tuple[int, ...]) -> tuple[str, ...]:
    signs = rules.number_signs
    shown = signs.show(numbers[0])
    for number in numbers[1:]:
        shown += (signs.until, *signs.show(number))
    return shown + rules.degrees.glosses


def _formula(rules: Rules, meaning: Meaning) -> tuple[Placed, ...]:
    filling = dict(meaning.slots)
    placed: list[Placed] = []
    for gloss in rules.entry("formulas", meaning.formula).glosses:
        slot = gloss[1:-1]
        if not gloss.startswith("{"):
            placed += _plain(rules, "verb", (gloss,))
        elif slot == "date":
            day, month = (int(number) for number in filling[slot].split("."))
            signs = rules.number_signs
            placed += _plain(rules, slot, (*signs.show(day), *rules.dates.glosses, *signs.show(month)))
        else:
            placed += _plain(rules, slot, rules.entry(FORMULA_TABLES[slot], filling[slot]).glosses)
    return tuple(placed)
