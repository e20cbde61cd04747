"""From the lines of the grammar file to entries, frames and kinds of clauses. Chapter 2."""

import re
from collections.abc import Collection, Mapping

from signlab.data.puppet.checked_yaml import Checked, nearest
from signlab.data.puppet.phonology import Sign
from signlab.data.puppet.tables import (
    CASES,
    GRADES,
    LANGUAGES,
    TENSES,
    Entry,
    Frame,
    Kind,
    Token,
    Words,
    spell_out,
)

SLOTS = ("what", "how", "degrees", "from", "to", "air")
ENTRY_FLAGS = ("dangerous", "brings", "parts", "compass")
KIND_FLAGS = ("negatable", "directed", "graded", "own")
VARIANTS = (*GRADES, "more", "no", "after")
GENDERS = ("m", "f", "n", "p")
SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")


def read_glosses(value: Checked, lexicon: Mapping[str, Sign], slots: Collection[str] = ()) -> tuple[str, ...]:
    """Glosses separated by spaces; `slots` such as "{what}" may stand among them."""
    glosses = tuple(value.text().split())
    for gloss in glosses:
        if gloss not in lexicon and gloss not in slots:
            raise value.refuse(f"there is no gloss {gloss!r}; {nearest(gloss, (*slots, *lexicon))}")
    if not glosses:
        raise value.refuse("at least one gloss must stand here.")
    return glosses


def read_entry(
    key: str, value: Checked, *, lexicon: Mapping[str, Sign], slots: Collection[str] = ()
) -> Entry:
    """One row of a table; a row that is only glosses is called by its key in every language."""
    if value.is_text:
        return Entry(
            key=key, glosses=read_glosses(value, lexicon), words=dict.fromkeys(LANGUAGES, _called(key))
        )
    optional = (*LANGUAGES, *ENTRY_FLAGS, "tense", "place", "after")
    fields = value.fields(f"the entry {key}", ("glosses",), optional)
    words = {name: _read_words(fields[name]) if name in fields else _called(key) for name in LANGUAGES}
    if "after" in fields:
        after = fields["after"].fields("after", LANGUAGES)
        words = {name: _with_after(part, after[name].text()) for name, part in words.items()}
    first, second = (set(words[name].variants) - {"no"} for name in LANGUAGES)
    if first != second:
        raise value.refuse(
            f"both languages of {key} must have the variants {sorted(first | second)}; add the rest."
        )
    return Entry(
        key=key,
        glosses=read_glosses(fields["glosses"], lexicon, slots),
        words=words,
        flags=_flags(fields, ENTRY_FLAGS),
        tense=fields["tense"].choice("tense", TENSES) if "tense" in fields else "future",
        place=_read_place(fields["place"]) if "place" in fields else (0.0, 0.0),
    )


def read_places(section: Checked, *, lexicon: Mapping[str, Sign]) -> dict[str, Entry]:
    """Made-up place names, every first part with every last one, the pairs of frequent parts first."""
    halves = section.fields("the places", ("first", "last"))
    first, last = (
        [
            read_entry(key, half, lexicon=lexicon)
            for key, half in halves[name].entries("part of a name").items()
        ]
        for name in ("first", "last")
    )
    ranked = [((i + 1) * (j + 1), i, j) for i in range(len(first)) for j in range(len(last))]
    pairs = [(first[i], last[j]) for _, i, j in sorted(ranked)]
    return {a.key + b.key: _compound(a, b) for a, b in pairs}


def _compound(first: Entry, last: Entry) -> Entry:
    words = {name: _called(first.texts(name)[0] + last.texts(name)[0]) for name in LANGUAGES}
    return Entry(key=first.key + last.key, glosses=first.glosses + last.glosses, words=words)


def read_kind(key: str, value: Checked, lexicon: Mapping[str, Sign]) -> Kind:
    """One kind of clause."""
    required = ("weight", "of", "glosses", "adverbs", "frames")
    fields = value.fields(f"the kind {key}", required, (*KIND_FLAGS, "only"))
    adverbs = fields["adverbs"].fields("adverbs", LANGUAGES)
    frames = fields["frames"].fields("frames", LANGUAGES)
    return Kind(
        key=key,
        weight=fields["weight"].number(),
        table=fields["of"].text(),
        only=fields["only"].choice("flag", ENTRY_FLAGS) if "only" in fields else "",
        glosses=read_glosses(fields["glosses"], lexicon, tuple(f"{{{slot}}}" for slot in SLOTS)),
        flags=_flags(fields, KIND_FLAGS),
        adverbs={
            name: {grade: v.texts() for grade, v in adverbs[name].fields("adverbs", (), GRADES[1:]).items()}
            for name in LANGUAGES
        },
        frames={name: _read_tenses(frames[name]) for name in LANGUAGES},
    )


def read_frame(value: Checked) -> Frame:
    """ "subject / finite verb / rest", with slots in braces."""
    parts = [part.strip() for part in value.text().split("/")]
    if len(parts) != 3:
        raise value.refuse(f"a frame must be 'subject / finite verb / rest', but got {value.text()!r}.")
    subject, finite, rest = parts
    has_what = "{what" in subject + rest
    own_slot = "verb" if has_what else "what"  # without {what}, the frame's own words say what there is
    tokens = _read_tokens(value, rest, own_slot)
    own_words = any(token.words for token in tokens)
    singular, plural = spell_out(finite, 2)
    return Frame(
        subject=_read_tokens(value, subject, ""),
        finite=(singular, plural),
        finite_slot="" if own_words else own_slot,
        rest=tokens,
    )


def _read_tokens(value: Checked, text: str, own_slot: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    for word in text.split():
        match = SLOT.fullmatch(word)
        if match is None and "{" in word:
            raise value.refuse(
                f"a slot must stand alone, such as {{what}} or {{what:acc}}, but got {word!r}."
            )
        if match is None:
            tokens.append(Token(own_slot, word))
        elif match[1] not in SLOTS:
            raise value.refuse(f"there is no slot {match[1]!r}; {nearest(match[1], SLOTS)}")
        elif match[2] and match[2] not in (*CASES, "more"):
            raise value.refuse(f"there is no form {match[2]!r}; {nearest(match[2], (*CASES, 'more'))}")
        else:
            tokens.append(Token(match[1], "", match[2] or ""))
    return tuple(tokens)


def _read_words(value: Checked) -> Words:
    if not value.is_mapping:
        return Words(variants={"normal": _forms(value)}, frames={})
    fields = value.fields("the words", ("normal",), (*VARIANTS, "number", "gender", "frames"))
    gender = fields["gender"].choice("gender", GENDERS) if "gender" in fields else ""
    number = fields["number"].choice("number", ("singular", "plural")) if "number" in fields else ""
    return Words(
        variants={name: _forms(fields[name]) for name in VARIANTS if name in fields},
        plural=number == "plural" or gender == "p",
        gender=gender,
        frames=_read_tenses(fields["frames"]) if "frames" in fields else {},
    )


def _read_tenses(value: Checked) -> dict[str, tuple[Frame, ...]]:
    fields = value.fields("the frames", TENSES)
    return {tense: tuple(read_frame(item) for item in frames.items()) for tense, frames in fields.items()}


def _forms(value: Checked) -> tuple[tuple[str, ...], ...]:
    try:
        return tuple(spell_out(text, len(CASES)) for text in value.texts())
    except IndexError:
        raise value.refuse("alternatives must be three: <nominative|accusative|dative>.") from None


def _read_place(value: Checked) -> tuple[float, float]:
    numbers = [item.real() for item in value.items()]
    if len(numbers) != 2:
        raise value.refuse(f"a place must be [right, down], but got {len(numbers)} numbers.")
    return numbers[0], numbers[1]


def _called(key: str) -> Words:
    return Words(variants={"normal": (spell_out(key, len(CASES)),)}, frames={})


def _with_after(words: Words, after: str) -> Words:
    return Words(variants={**words.variants, "after": (spell_out(after, len(CASES)),)}, frames={})


def _flags(fields: Mapping[str, Checked], names: Collection[str]) -> frozenset[str]:
    found = {name: fields[name].choice("answer", ("yes", "no")) for name in names if name in fields}
    return frozenset(name for name, answer in found.items() if answer == "yes")
