import pytest

from signlab.data.puppet.grammar import load_grammar


@pytest.mark.parametrize(
    ("number", "signs", "english", "german"),
    [
        (0, "ZERO", "zero", "null"),
        (1, "ONE", "one", "eins"),
        (7, "SEVEN", "seven", "sieben"),
        (10, "TEN", "ten", "zehn"),
        (15, "TEN FIVE", "fifteen", "fünfzehn"),
        (20, "TWO TEN", "twenty", "zwanzig"),
        (21, "TWO TEN ONE", "twenty-one", "einundzwanzig"),
        (39, "THREE TEN NINE", "thirty-nine", "neununddreißig"),
        (-3, "MINUS THREE", "minus three", "minus drei"),
        (-12, "MINUS TEN TWO", "minus twelve", "minus zwölf"),
    ],
)
def test_a_number_in_signs_and_words(number: int, signs: str, english: str, german: str) -> None:
    rules = load_grammar().rules
    assert rules.number_signs.show(number) == tuple(signs.split())
    assert rules.number_words["en"].say(number) == english
    assert rules.number_words["de"].say(number) == german


def test_every_temperature_has_signs_and_words_of_its_own() -> None:
    rules = load_grammar().rules
    numbers = range(rules.degrees.lowest - 7, rules.degrees.highest + 1)
    assert len({rules.number_signs.show(number) for number in numbers}) == len(numbers)
    for words in rules.number_words.values():
        assert len({words.say(number) for number in numbers}) == len(numbers)


def test_dates_in_words() -> None:
    dates = load_grammar().rules.dates
    assert dates.say(3, 7, "en") == "third of july"
    assert dates.say(28, 12, "de") == "achtundzwanzigsten dezember"
