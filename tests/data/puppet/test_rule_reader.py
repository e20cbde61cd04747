from pathlib import Path

import pytest

from signlab.data.files import shipped
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.rule_reader import read_rules

TEXT = shipped("puppet", "grammar.yaml").read_text(encoding="utf-8")


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("    glosses: SHOWER", "    glosses: SHOVER", "there is no gloss 'SHOVER'; did you mean 'SHOWER'"),
        ("minus: MINUS", "minus: MINUSS", "there is no gloss 'MINUSS'; did you mean 'MINUS'"),
        ("signs: {but: BUT", "signs: {but: BUTT", "there is no gloss 'BUTT'; did you mean 'BUT'"),
        (
            '"GREETING {person} {place}"',
            '"GREETING {persn}"',
            "there is no gloss '{persn}'; did you mean '{person}'",
        ),
        ("  second: 0.42", "  second: 1.42", "a probability must lie between 0 and 1, but got 1.42"),
        ("  second: 0.42", "  secnd: 0.42", "there is no field of chances 'secnd'; did you mean 'second'"),
        ("usual: 0.7", "usul: 0.7", "there is no field of the grammar 'usul'; did you mean 'usual'"),
        ("of: qualities", "of: quality", "there is no table 'quality'; did you mean 'qualities'"),
        (
            "only: dangerous",
            "only: compass",
            "the kind warning must have an entry, but none of phenomena is 'compass'",
        ),
        ("tense: past", "tense: passed", "there is no tense 'passed'; did you mean 'past'"),
        ("opposite: south,", "opposite: soth,", "there is no direction 'soth'; did you mean 'south'"),
        ("today night:", "today nigt:", "parts has no 'nigt'; did you mean 'night'"),
        ("because: cause  ", "because: course2 ", "there is no kind 'course2'; did you mean 'course'"),
        ("en: [from the north, to the north]", "en: [from the north]", "two phrases must stand here"),
        ("links: {and: 5, but: 2, because: 3}", "links: {and: 0}", "the weights must have the field 'but'"),
        ("[ZERO, ONE, TWO,", "[ZERO, ONE,", "ten glosses, zero to nine, must stand here, but got 9"),
        ("[january, february,", "[january,", "12 months must stand here, but got 11"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^mine.yaml:\d+: ") as caught:
        read_rules(path, load_lexicon())
    assert message in str(caught.value)


def test_the_line_is_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("glosses: SHOWER", "glosses: SHOVER", 1), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^mine.yaml:{line_of('glosses: SHOWER')}: "):
        read_rules(path, load_lexicon())


def test_the_shipped_rules_by_hand() -> None:
    rules = read_rules(shipped("puppet", "grammar.yaml"), load_lexicon())
    assert rules.entry("days", "yesterday").tense == "past"
    assert rules.together["today", "night"]["en"] == ("tonight",)
    assert rules.negation["de"].determiner["m"] == ("kein", "keinen", "keinem")
    assert rules.compass["west"].opposite == "east"
    assert "cause" not in rules.weighted["kinds"][0]
