"""From the grammar file to `Rules`; every mistake is named with its line. Chapter 2."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from signlab.data.puppet.checked_yaml import Checked, nearest, read_yaml
from signlab.data.puppet.number_words import Dates, Degrees, NumberSigns, NumberWords
from signlab.data.puppet.phonology import Sign
from signlab.data.puppet.rules import FORMULA_TABLES, Compass, Negation, Rules
from signlab.data.puppet.table_reader import read_entry, read_glosses, read_kind, read_places
from signlab.data.puppet.tables import LANGUAGES, Entry, Kind, Table, cumulated, spell_out

T = TypeVar("T")

SECTIONS = (
    "zipf", "usual", "references", "chances", "links", "questions", "grades", "certainties", "kinds",
    "phenomena", "qualities", "temperatures", "winds", "things", "airs", "days", "parts", "together", "regions",
    "places", "degrees", "numbers", "formulas", "people", "weekdays", "dates", "compass", "because", "signs",
    "words", "no",
)  # fmt: skip
CHANCES = (
    "formula", "question", "second", "part", "region", "place", "silent", "negated", "emphatic", "graded",
    "certainty", "span",
)  # fmt: skip
WORDS = ("and", "but", "because", "maybe", "sure", "when", "where", "not")
SIGNS = ("but", "because", "not", "when", "where", "maybe", "sure")
CHOICES = {
    "links": ("and", "but", "because"),
    "questions": ("whether", "when", "where"),
    "grades": ("light", "heavy"),
    "certainties": ("maybe", "sure"),
}


def read_rules(path: Path, lexicon: Mapping[str, Sign]) -> Rules:
    """Read a grammar file and check it against itself and the lexicon.

    Raises:
        ValueError: Naming file, line, value and the nearest valid value.
    """
    top = read_yaml(path).fields("the grammar", SECTIONS)
    tables = _read_tables(top, lexicon)
    kinds = {key: read_kind(key, kind, lexicon) for key, kind in top["kinds"].entries("kind").items()}
    compass = {key: _read_compass(value) for key, value in top["compass"].entries("direction").items()}
    for value in top["compass"].entries("direction").values():
        value.entries("field")["opposite"].choice("direction", compass)
    return Rules(
        lexicon=lexicon,
        usual=_chance(top["usual"]),
        references=max(1, int(top["references"].number())),
        chances={name: _chance(value) for name, value in top["chances"].fields("chances", CHANCES).items()},
        weighted={
            **{name: _read_weights(top[name], choices) for name, choices in CHOICES.items()},
            "kinds": cumulated({key: kind.weight for key, kind in kinds.items()}),
            "headings": cumulated(dict.fromkeys(compass, 1.0)),
        },
        cause=top["because"].choice("kind", kinds),
        kinds=kinds,
        whats=_read_whats(top, kinds, tables),
        tables=tables,
        together=_read_together(top["together"], tables),
        compass=compass,
        degrees=_read_degrees(top["degrees"], lexicon),
        dates=_read_dates(top["dates"], lexicon),
        number_signs=_read_number_signs(top["numbers"], lexicon),
        number_words={name: _read_number_words(top["numbers"], name) for name in LANGUAGES},
        signs={
            name: value.choice("gloss", lexicon)
            for name, value in top["signs"].fields("signs", SIGNS).items()
        },
        words=_by_language(
            top["words"], lambda part: {n: w.texts() for n, w in part.fields("words", WORDS).items()}
        ),
        negation={name: _read_negation(top["no"], top["words"], name) for name in LANGUAGES},
    )


def _read_tables(top: Mapping[str, Checked], lexicon: Mapping[str, Sign]) -> dict[str, Table]:
    slots = tuple(f"{{{slot}}}" for slot in (*FORMULA_TABLES, "date"))
    names = (
        "phenomena", "qualities", "temperatures", "winds", "things", "airs",
        "days", "parts", "regions", "people", "weekdays",
    )  # fmt: skip
    readers = {name: partial(read_entry, lexicon=lexicon) for name in names}
    readers["formulas"] = partial(read_entry, lexicon=lexicon, slots=slots)
    rows = {
        name: {key: read(key, entry) for key, entry in top[name].entries(name).items()}
        for name, read in readers.items()
    }
    rows["places"] = read_places(top["places"], lexicon=lexicon)
    return {name: _ranked(top, entries) for name, entries in rows.items()}


def _ranked(top: Mapping[str, Checked], entries: Mapping[str, Entry], only: str = "") -> Table:
    zipf = top["zipf"].fields("zipf", ("exponent", "shift"))
    return Table.of(entries, exponent=zipf["exponent"].number(), shift=zipf["shift"].number(), only=only)


def _read_whats(
    top: Mapping[str, Checked], kinds: Mapping[str, Kind], tables: Mapping[str, Table]
) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for key, value in top["kinds"].entries("kind").items():
        kind = kinds[key]
        value.entries("field")["of"].choice("table", tables)
        found[key] = _ranked(top, tables[kind.table].entries, kind.only)
        if not found[key].keys:
            raise value.refuse(
                f"the kind {key} must have an entry, but none of {kind.table} is {kind.only!r}."
            )
    return found


def _read_together(
    section: Checked, tables: Mapping[str, Table]
) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    found = {}
    for key, value in section.entries("pair").items():
        day, _, part = key.partition(" ")
        for name, given in (("days", day), ("parts", part)):
            if given not in tables[name].entries:
                raise value.refuse(f"{name} has no {given!r}; {nearest(given, tables[name].entries)}")
        found[day, part] = _by_language(value, Checked.texts)
    return found


def _read_compass(value: Checked) -> Compass:
    fields = value.fields("a direction", ("angle", "opposite", *LANGUAGES))
    words = {}
    for name in LANGUAGES:
        texts = fields[name].texts()
        if len(texts) != 2:
            raise fields[name].refuse("two phrases must stand here: [from there, to there].")
        words[name] = (texts[0], texts[1])
    return Compass(angle=fields["angle"].real(), opposite=fields["opposite"].text(), words=words)


def _read_degrees(section: Checked, lexicon: Mapping[str, Sign]) -> Degrees:
    names = ("mean", "deviation", "lowest", "highest")
    fields = section.fields("degrees", (*names, "glosses", *LANGUAGES))
    mean, deviation, lowest, highest = (fields[name].real() for name in names)
    parts = ("one", "alone", "single", "range")
    return Degrees(
        mean=mean,
        deviation=deviation,
        lowest=int(lowest),
        highest=int(highest),
        glosses=read_glosses(fields["glosses"], lexicon),
        forms={
            name: {part: v.text() for part, v in fields[name].fields("degrees", parts).items()}
            for name in LANGUAGES
        },
    )


def _read_dates(section: Checked, lexicon: Mapping[str, Sign]) -> Dates:
    fields = section.fields("dates", ("glosses", *LANGUAGES))
    language = {name: fields[name].fields("dates", ("form", "days", "months")) for name in LANGUAGES}
    for part in language.values():
        for name, count in (("days", 28), ("months", 12)):
            if len(part[name].texts()) != count:
                raise part[name].refuse(f"{count} {name} must stand here, but got {len(part[name].texts())}.")
    return Dates(
        glosses=read_glosses(fields["glosses"], lexicon),
        form={name: part["form"].text() for name, part in language.items()},
        days={name: part["days"].texts() for name, part in language.items()},
        months={name: part["months"].texts() for name, part in language.items()},
    )


def _read_number_signs(section: Checked, lexicon: Mapping[str, Sign]) -> NumberSigns:
    fields = section.fields("numbers", ("glosses", "ten", "minus", "until", *LANGUAGES))
    digits = tuple(item.choice("gloss", lexicon) for item in fields["glosses"].items())
    if len(digits) != 10:
        raise fields["glosses"].refuse(f"ten glosses, zero to nine, must stand here, but got {len(digits)}.")
    ten, minus, until = (fields[name].choice("gloss", lexicon) for name in ("ten", "minus", "until"))
    return NumberSigns(digits=digits, ten=ten, minus=minus, until=until)


def _read_number_words(section: Checked, language: str) -> NumberWords:
    required = ("small", "tens", "joined", "minus")
    fields = section.entries("field")[language].fields("numbers", required, ("one",))
    small = fields["small"].texts()
    if len(small) != 20:
        raise fields["small"].refuse(
            f"twenty words, zero to nineteen, must stand here, but got {len(small)}."
        )
    return NumberWords(
        small=small,
        tens=fields["tens"].texts(),
        joined=fields["joined"].text(),
        minus=fields["minus"].text(),
        one=fields["one"].text() if "one" in fields else small[1],
    )


def _read_negation(section: Checked, words: Checked, language: str) -> Negation:
    part = section.fields("no", LANGUAGES)[language]
    kinds = ("m", "f", "n", "p") if language == "de" else ("singular", "plural")
    fields = part.fields("no", (*kinds, "before", "after"))
    return Negation(
        determiner={kind: spell_out(fields[kind].text(), 3) for kind in kinds},
        adverb=words.entries("field")[language].entries("field")["not"].text(),
        before=fields["before"].text(),
        after=fields["after"].text(),
    )


def _read_weights(section: Checked, choices: Collection[str]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    weights = {name: value.number() for name, value in section.fields("the weights", choices).items()}
    if not any(weights.values()):
        raise section.refuse("one of the weights must be more than 0.")
    return cumulated(weights)


def _chance(value: Checked) -> float:
    if value.number() > 1:
        raise value.refuse(f"a probability must lie between 0 and 1, but got {value.text()}.")
    return value.number()


def _by_language(section: Checked, read: Callable[[Checked], T]) -> dict[str, T]:
    return {name: read(value) for name, value in section.fields("the words", LANGUAGES).items()}
