import numpy as np
import pytest

from signlab.data.puppet.forks import Forks, joined
from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.meaning import Clause, Meaning
from signlab.data.puppet.sentences import say_degrees, write_sentence

GRAMMAR = load_grammar()


def rain(**changes: object) -> Clause:
    fields: dict[str, object] = {"kind": "phenomenon", "what": "rain", "region": "north", **changes}
    return Clause(**fields)  # type: ignore[arg-type]


def usual(meaning: Meaning, language: str) -> str:
    return joined(write_sentence(GRAMMAR.rules, meaning, language, Forks()))


TOMORROW_RAIN = Meaning(day="tomorrow", clauses=(rain(),))


@pytest.mark.parametrize(
    ("meaning", "english", "german"),
    [
        (TOMORROW_RAIN, "tomorrow it will rain in the north .", "morgen regnet es im norden ."),
        (
            Meaning(day="yesterday", clauses=(rain(grade="heavy"),)),
            "yesterday there was heavy rain in the north .",
            "gestern hat es im norden stark geregnet .",
        ),
        (
            Meaning(day="now", clauses=(rain(),), question="whether"),
            "is it raining in the north now ?",
            "regnet es jetzt im norden ?",
        ),
        (
            Meaning(clauses=(rain(),), question="when"),
            "when will it rain in the north ?",
            "wann regnet es im norden ?",
        ),
        (
            Meaning(day="today", clauses=(rain(region=""),), question="where"),
            "where will it rain today ?",
            "wo regnet es heute ?",
        ),
        (
            Meaning(day="today", part="night", clauses=(rain(region="", negated="plain"),)),
            "tonight it will not rain .",
            "heute nacht regnet es nicht .",
        ),
        (
            Meaning(day="monday", part="evening", clauses=(rain(what="fog", negated="emphatic"),)),
            "on monday evening there will be no fog at all in the north .",
            "am montag abend gibt es im norden überhaupt keinen nebel .",
        ),
        (
            Meaning(day="tomorrow", clauses=(rain(certainty="maybe"),)),
            "tomorrow it will perhaps rain in the north .",
            "morgen regnet es vielleicht im norden .",
        ),
        (
            Meaning(
                day="tomorrow",
                clauses=(rain(), Clause(kind="cause", what="low", air="cold", heading="east")),
                link="because",
            ),
            "tomorrow it will rain in the north , because a low will bring cold air from the west .",
            "morgen regnet es im norden , weil ein tief kalte luft von westen bringt .",
        ),
        (
            Meaning(day="tomorrow", clauses=(rain(), rain(what="sun", region="newbridge")), link="but"),
            "tomorrow it will rain in the north , but in newbridge the sun will shine .",
            "morgen regnet es im norden , aber in neubrück scheint die sonne .",
        ),
        (
            Meaning(day="tomorrow", clauses=(Clause(kind="temperature", what="plain", numbers=(-1, 1)),)),
            "tomorrow temperatures will be between minus one and one degrees .",
            "morgen liegen die temperaturen zwischen minus einem und einem grad .",
        ),
        (
            Meaning(formula="greeting", slots=(("person", "anna"), ("place", "snowmount"))),
            "greetings to anna in snowmount .",
            "grüße an anna in schneeberg .",
        ),
    ],
)
def test_the_usual_sentence(meaning: Meaning, english: str, german: str) -> None:
    assert usual(meaning, "en") == english
    assert usual(meaning, "de") == german


def test_one_meaning_many_sentences() -> None:
    found = GRAMMAR.utter(TOMORROW_RAIN, "en").sentences
    assert "in the north it will rain tomorrow ." in found
    assert (
        "there will be rain in the north tomorrow ." in found
        or "tomorrow there will be rain in the north ." in found
    )
    assert "im norden regnet es morgen ." in GRAMMAR.utter(TOMORROW_RAIN, "de").sentences


def test_german_puts_the_verb_last_after_a_subordinating_conjunction() -> None:
    meaning = Meaning(day="tomorrow", clauses=(rain(), rain(what="sun", region="south")), link="and")
    sentences = GRAMMAR.utter(meaning, "de").sentences
    assert "morgen regnet es im norden und im süden scheint die sonne ." in sentences
    assert "morgen regnet es im norden , während im süden die sonne scheint ." in sentences


@pytest.mark.parametrize(
    ("numbers", "english", "german"),
    [
        ((1,), "one degree", "bei einem grad"),
        ((21,), "twenty-one degrees", "bei einundzwanzig grad"),
        ((5, 10), "between five and ten degrees", "zwischen fünf und zehn grad"),
    ],
)
def test_degrees(numbers: tuple[int, ...], english: str, german: str) -> None:
    assert say_degrees(GRAMMAR.rules, numbers, "en") == english
    assert say_degrees(GRAMMAR.rules, numbers, "de") == german


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_sentence_is_made_of_lower_case_tokens(language: str) -> None:
    generator = np.random.default_rng(4)
    for _ in range(120):
        meaning = GRAMMAR.meaning(generator)
        for sentence in GRAMMAR.utter(meaning, language, generator).sentences:
            assert sentence == sentence.lower()
            assert sentence.split() == sentence.split(" ")
            assert sentence.endswith(" ?" if meaning.question else " .")
            assert not set(sentence) & set("{}<>|/_")
            assert all(word.strip(",.?") == word or len(word) == 1 for word in sentence.split())


def test_no_language_runs_out_of_words() -> None:
    """Every entry can be said in every kind, tense, grade and polarity that the grammar allows."""
    rules = GRAMMAR.rules
    for kind in rules.kinds.values():
        for what in rules.whats[kind.key].keys:
            entry = rules.entry(kind.table, what)
            grades = [
                "normal",
                *(g for g in ("light", "heavy") if "graded" in kind.flags or g in entry.words["en"].variants),
            ]
            for day in ("yesterday", "now", "tomorrow"):
                for grade in grades:
                    clause = Clause(
                        kind=kind.key, what=what, grade=grade, numbers=(5,), heading="north", air="cold"
                    )
                    for language in ("en", "de"):
                        sentences = GRAMMAR.utter(Meaning(day=day, clauses=(clause,)), language).sentences
                        assert all(len(sentence.split()) >= 4 for sentence in sentences)
