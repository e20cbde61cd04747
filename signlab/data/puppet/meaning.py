"""What an utterance means, before any sign or word is chosen. Chapter 2."""

from dataclasses import astuple, dataclass

import numpy as np

from signlab.data.puppet.rules import FORMULA_TABLES, Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One statement about the weather. The texts are keys of the grammar's tables."""

    kind: str
    what: str
    region: str = ""
    silent: bool = False  # the region is shown in space only
    grade: str = "normal"  # light, normal, heavy: brows, tempo and size
    numbers: tuple[int, ...] = ()  # degrees: one, or the two ends of a range
    heading: str = ""  # where it goes to: the path of the sign
    air: str = ""
    negated: str = ""  # "plain": a head shake; "emphatic": with the sign for it
    certainty: str = ""  # "maybe" or "sure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """A whole utterance: one or two clauses, or a formula such as a greeting."""

    day: str = ""
    part: str = ""  # of the day
    clauses: tuple[Clause, ...] = ()
    link: str = ""  # between two clauses: and, but, because
    question: str = ""  # whether, when, where
    formula: str = ""
    slots: tuple[tuple[str, str], ...] = ()  # what fills the formula: person, place, weekday, date

    @property
    def key(self) -> str:
        """A text that is equal for equal meanings, in every process.

        Finer than sentences: a region that is signed and one that is only a place in space are said alike.
        """
        return repr(astuple(self))


def sample_meaning(rules: Rules, generator: np.random.Generator) -> Meaning:
    """Draw what to say, with the frequencies of the grammar file."""
    chance = rules.chances
    if generator.random() < chance["formula"]:
        return _sample_formula(rules, generator)
    if generator.random() < chance["second"]:
        return _sample_two(rules, generator)
    question = rules.draw("questions", generator) if generator.random() < chance["question"] else ""
    day, part = ("", "") if question == "when" else _sample_time(rules, generator)
    tense = rules.tense(day)
    region = "" if question == "where" else _sample_region(rules, generator)
    clause = sample_clause(rules, generator, tense=tense, region=region, asked=bool(question))
    return Meaning(day=day, part=part, clauses=(clause,), question=question)


def sample_clause(
    rules: Rules,
    generator: np.random.Generator,
    *,
    tense: str,
    region: str,
    kind: str = "",
    asked: bool = False,
) -> Clause:
    """Draw one statement; a question is neither negated nor uncertain."""
    chosen = rules.kinds[kind or rules.draw("kinds", generator)]
    chance, flags = rules.chances, chosen.flags
    what = rules.whats[chosen.key].draw(generator)
    entry = rules.entry(chosen.table, what)
    grade = rules.draw("grades", generator) if generator.random() < chance["graded"] else "normal"
    if "graded" not in flags and grade not in entry.words["en"].variants:
        grade = "normal"
    negated = certainty = ""
    if "negatable" in flags and grade == "normal" and not asked and generator.random() < chance["negated"]:
        negated = "emphatic" if generator.random() < chance["emphatic"] else "plain"
    elif tense == "future" and not asked and generator.random() < chance["certainty"]:
        certainty = rules.draw("certainties", generator)
    compass = bool(region) and "compass" in rules.region(region).flags
    return Clause(
        kind=chosen.key,
        what=what,
        region=region,
        silent=compass and generator.random() < chance["silent"],
        grade=grade,
        numbers=_sample_degrees(rules, generator) if "{degrees}" in chosen.glosses else (),
        heading=rules.draw("headings", generator) if "directed" in flags else "",
        air=rules.tables["airs"].draw(generator) if "{air}" in chosen.glosses else "",
        negated=negated,
        certainty=certainty,
    )


def _sample_two(rules: Rules, generator: np.random.Generator) -> Meaning:
    link = rules.draw("links", generator)
    day, part = _sample_time(rules, generator)
    tense = rules.tense(day)
    contrast = link != "because"
    region = _sample_region(rules, generator, always=contrast)
    first = sample_clause(rules, generator, tense=tense, region=region)
    other = ""
    while contrast and other in ("", region):
        other = _sample_region(rules, generator, always=True)
    kind = "" if contrast else rules.cause
    second = sample_clause(rules, generator, tense=tense, region=other, kind=kind)
    return Meaning(day=day, part=part, clauses=(first, second), link=link)


def _sample_time(rules: Rules, generator: np.random.Generator) -> tuple[str, str]:
    day = rules.tables["days"].draw(generator)
    has_part = "parts" in rules.entry("days", day).flags
    if has_part and generator.random() < rules.chances["part"]:
        return day, rules.tables["parts"].draw(generator)
    return day, ""


def _sample_region(rules: Rules, generator: np.random.Generator, *, always: bool = False) -> str:
    if not always and generator.random() >= rules.chances["region"]:
        return ""
    table = "places" if generator.random() < rules.chances["place"] else "regions"
    return rules.tables[table].draw(generator)


def _sample_degrees(rules: Rules, generator: np.random.Generator) -> tuple[int, ...]:
    degrees = rules.degrees
    drawn = round(generator.normal(degrees.mean, degrees.deviation))
    high = min(max(drawn, degrees.lowest), degrees.highest)
    if generator.random() >= rules.chances["span"]:
        return (high,)
    low = high - int(generator.integers(2, 8))
    return (low, high) if low >= degrees.lowest else (high,)


def _sample_formula(rules: Rules, generator: np.random.Generator) -> Meaning:
    formula = rules.tables["formulas"].draw(generator)
    slots: list[tuple[str, str]] = []
    for slot in rules.formula_slots(formula):
        if slot == "date":
            day, month = int(generator.integers(1, 29)), int(generator.integers(1, 13))
            slots.append((slot, f"{day}.{month}"))
        else:
            slots.append((slot, rules.tables[FORMULA_TABLES[slot]].draw(generator)))
    return Meaning(formula=formula, slots=tuple(slots))
