import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from signlab.data.files import shipped
from signlab.data.puppet.glossing import lay_out
from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.meaning import Clause, Meaning
from signlab.data.puppet.phonology import Utterance

GRAMMAR = load_grammar()


def sample(count: int, language: str = "en", seed: int = 0) -> list[Utterance]:
    generator = np.random.default_rng(seed)
    return [GRAMMAR.utterance(generator, language) for _ in range(count)]


def test_the_same_generator_utters_the_same() -> None:
    assert sample(40) == sample(40)


def test_another_process_utters_the_same() -> None:
    code = (
        "import numpy as np; from signlab.data.puppet.grammar import load_grammar;"
        "g, r = load_grammar(), np.random.default_rng(11);"
        "print('\\n'.join(' '.join(u.glosses + u.sentences) for u in (g.utterance(r, 'de') for _ in range(20))).encode('utf-8').hex())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    ).stdout
    expected = "\n".join(" ".join(u.glosses + u.sentences) for u in sample(20, "de", seed=11))
    assert bytes.fromhex(printed.decode().strip()).decode("utf-8") == expected


def test_references_differ_and_are_bounded() -> None:
    utterances = sample(120)
    for utterance in utterances:
        assert 1 <= len(utterance.sentences) <= GRAMMAR.rules.references
        assert len(set(utterance.sentences)) == len(utterance.sentences)
    assert np.mean([len(utterance.sentences) for utterance in utterances]) > 4


def test_the_first_sentence_varies_with_the_generator_and_the_rest_does_not_go_missing() -> None:
    meaning = Meaning(day="tomorrow", clauses=(Clause(kind="change", what="dry", region="north"),))
    drawn = [GRAMMAR.utter(meaning, "en", np.random.default_rng(seed)).sentences for seed in range(30)]
    usual = GRAMMAR.utter(meaning, "en").sentences
    assert len({sentences[0] for sentences in drawn}) > 3
    assert all(set(sentences) == set(usual) for sentences in drawn)


def test_the_signs_do_not_depend_on_the_language() -> None:
    generator = np.random.default_rng(5)
    for _ in range(50):
        meaning = GRAMMAR.meaning(generator)
        english, german = GRAMMAR.utter(meaning, "en"), GRAMMAR.utter(meaning, "de")
        assert english.uses == german.uses
        assert english.spans == german.spans


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_sentence_belongs_to_two_usual_sentences(language: str) -> None:
    generator = np.random.default_rng(9)
    owner: dict[str, str] = {}
    for _ in range(120):
        meaning = GRAMMAR.meaning(generator)
        usual = GRAMMAR.usual(meaning)
        for sentence in GRAMMAR.utter(meaning, language).sentences:
            assert owner.setdefault(sentence, usual) == usual


def test_the_usual_sentence_is_the_first_without_a_generator() -> None:
    generator = np.random.default_rng(10)
    for _ in range(50):
        meaning = GRAMMAR.meaning(generator)
        assert GRAMMAR.usual(meaning, "de") == GRAMMAR.utter(meaning, "de").sentences[0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_about_as_long_as_the_real_thing(language: str) -> None:
    utterances = sample(200, language)
    words = np.mean([len(utterance.sentences[0].split()) for utterance in utterances])
    assert 11 < words < 17
    assert 5 < np.mean([len(utterance.uses) for utterance in utterances]) < 9


def test_every_sign_of_the_lexicon_is_used() -> None:
    generator = np.random.default_rng(0)
    used: set[str] = set()
    for _ in range(4000):
        signed = lay_out(GRAMMAR.rules, GRAMMAR.meaning(generator))
        used |= {placed.use.sign.gloss for placed in signed.placed}
    assert used == set(load_lexicon())


def test_alignment_by_hand() -> None:
    meaning = Meaning(
        day="today",
        part="night",
        clauses=(Clause(kind="phenomenon", what="rain", region="north-west", negated="emphatic"),),
    )
    aligned = GRAMMAR.align(meaning, "en")
    assert aligned.utterance.sentences[0] == "tonight it will not rain at all in the north-west ."
    assert aligned.utterance.glosses == ("TODAY", "NIGHT", "NORTH", "WEST", "RAIN", "NOT")
    assert aligned.alignment == (0, 0, 7, 7, 4, 3)


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match="language must be one of en, de, but got 'fr'"):
        GRAMMAR.utter(Meaning(clauses=(Clause(kind="state", what="dry"),)), "fr")


def test_a_grammar_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = shipped("puppet", "grammar.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("references: 12", "references: 2"), encoding="utf-8")
    grammar = load_grammar(path)
    assert max(len(grammar.utterance(np.random.default_rng(seed)).sentences) for seed in range(30)) == 2


def test_a_lexicon_of_ones_own_must_have_the_signs() -> None:
    lexicon = load_lexicon()
    del lexicon["RAINBOW"]
    with pytest.raises(
        ValueError, match=r"grammar.yaml:\d+: there is no gloss 'RAINBOW'; did you mean 'RAIN'"
    ):
        load_grammar(lexicon=lexicon)


def test_uttering_is_quick() -> None:
    start = time.process_time()
    sample(100)
    assert time.process_time() - start < 3.0
