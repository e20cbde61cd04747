from pathlib import Path

import pytest

from signlab.data.puppet.checked_yaml import Checked, read_yaml
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.table_reader import read_entry, read_frame, read_glosses, read_kind, read_places
from signlab.data.puppet.tables import Token

LEXICON = load_lexicon()


def read(folder: Path, text: str) -> Checked:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


def test_a_frame_in_three_parts(tmp_path: Path) -> None:
    frame = read_frame(read(tmp_path, '"es / <wird|werden> / {what:acc} geben"'))
    assert frame.subject == (Token("", "es"),)
    assert frame.finite == ("wird", "werden")
    assert frame.rest == (Token("what", "", "acc"), Token("verb", "geben"))
    assert frame.finite_slot == ""


def test_words_say_what_there_is_where_nothing_else_does(tmp_path: Path) -> None:
    present = read_frame(read(tmp_path, "es / regnet / {how}"))
    future = read_frame(read(tmp_path, '"es / wird / {how} regnen"'))
    assert present.finite_slot == "what"
    assert (future.finite_slot, future.rest[-1]) == ("", Token("what", "regnen"))


def test_an_entry_in_two_languages(tmp_path: Path) -> None:
    text = "glosses: SNOW STORM\ndangerous: yes\nen: {number: plural, normal: [a, b]}\nde: {gender: p, normal: c<||n>}"
    entry = read_entry("x", read(tmp_path, text), lexicon=LEXICON)
    assert entry.glosses == ("SNOW", "STORM")
    assert entry.texts("en") == ("a", "b")
    assert entry.texts("de", case="dat") == ("cn",)
    assert entry.words["en"].plural
    assert entry.words["de"].plural
    assert entry.flags == {"dangerous"}


def test_an_entry_of_glosses_only_is_called_by_its_key(tmp_path: Path) -> None:
    entry = read_entry("anna", read(tmp_path, "PERSON SUN"), lexicon=LEXICON)
    assert entry.texts("en") == entry.texts("de") == ("anna",)


def test_names_are_put_together_with_the_frequent_ones_first(tmp_path: Path) -> None:
    text = """
first: {old: {glosses: OLD, de: alten}, new: {glosses: NEW, de: neu}, big: {glosses: BIG, de: groß}}
last: {ton: {glosses: CITY, de: stadt}, mount: {glosses: MOUNTAIN, de: berg}}
"""
    places = read_places(read(tmp_path, text), lexicon=LEXICON)
    assert list(places) == ["oldton", "oldmount", "newton", "bigton", "newmount", "bigmount"]
    assert places["oldmount"].texts("de") == ("altenberg",)
    assert places["oldmount"].glosses == ("OLD", "MOUNTAIN")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("es / regnet", "a frame must be 'subject / finite verb / rest', but got 'es / regnet'"),
        ('"es / gibt / {wat}"', "there is no slot 'wat'; did you mean 'what'"),
        ('"es / gibt / {what:ac}"', "there is no form 'ac'; did you mean 'acc'"),
        ('"es / gibt / {what}s"', "a slot must stand alone"),
    ],
)
def test_a_wrong_frame_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^some.yaml:1: ") as caught:
        read_frame(read(tmp_path, text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "glosses: SNOW\nen: {normal: a, light: b}\nde: {normal: c}",
            r"both languages of x must have the variants",
        ),
        ("glosses: SNOW\nen: a\nde: kein<|en>", r"some.yaml:3: alternatives must be three"),
        ("glosses: SNOW\nplace: [1.0]", r"some.yaml:2: a place must be \[right, down\], but got 1 numbers"),
        (
            "glosses: SNOW\ndangerous: maybe",
            r"some.yaml:2: there is no answer 'maybe'",
        ),
        ("en: a", r"the entry x must have the field 'glosses'"),
        (
            "glosses: SNOW\nde: {gender: x, normal: a}",
            r"some.yaml:2: there is no gender 'x'; choose one of m, f",
        ),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_entry("x", read(tmp_path, text), lexicon=LEXICON)


def test_glosses_and_slots(tmp_path: Path) -> None:
    assert read_glosses(read(tmp_path, '"WARN {what}"'), LEXICON, ("{what}",)) == ("WARN", "{what}")
    with pytest.raises(ValueError, match="at least one gloss"):
        read_glosses(read(tmp_path, '""'), LEXICON)


def test_a_kind_needs_its_fields(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the kind x must have the field 'of'"):
        read_kind("x", read(tmp_path, "weight: 1"), LEXICON)
