"""Generated corpora: example i is example i, wherever and in whatever order it is asked for; splits keep apart."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import pytest

from signlab.data.example import SignExample
from signlab.data.puppet import corpus as module
from signlab.data.puppet.body import PUPPETS
from signlab.data.puppet.corpus import (
    PuppetConfig,
    PuppetSplit,
    PuppetWeather,
    PuppetWords,
    draw_sentence,
    word,
)
from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.splits import SPLITS
from signlab.data.puppet.timing import Strengths

SMALL = PuppetConfig(size=32, train=7, valid=5, test=3)
ASKED = [("puppet-words", "train", 5), ("puppet-weather", "test", 1), ("puppet-weather", "train", 2)]

DIGEST = """
import hashlib, sys
import cv2
from signlab.data.puppet.corpus import PuppetConfig, PuppetSplit
cv2.setNumThreads(int(sys.argv[1]))
config = PuppetConfig(size=32, train=7, valid=5, test=3)
for corpus, split, index in reversed({asked}):
    example = PuppetSplit(corpus, config, split)[index]
    print(hashlib.sha256(example.video.tobytes() + example.truth.joints.tobytes()).hexdigest(), *example.sentences)
"""


def digest(example: SignExample) -> str:
    assert example.video is not None
    assert example.truth is not None
    return hashlib.sha256(example.video.tobytes() + example.truth.joints.tobytes()).hexdigest()


def in_another_process(threads: int) -> list[str]:
    """The same examples in a fresh interpreter: other threads, other hashes of texts, the last one first."""
    environment = os.environ | {"PYTHONHASHSEED": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", DIGEST.replace("{asked}", repr(ASKED)), str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()[::-1]


def test_the_same_bytes_in_every_process_on_any_number_of_threads_in_any_order() -> None:
    here = []
    for corpus, split, index in ASKED:
        example = PuppetSplit(corpus, SMALL, split)[index]
        here.append(" ".join([digest(example), *example.sentences]))
    assert in_another_process(3) == here
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        assert digest(PuppetSplit(ASKED[0][0], SMALL, ASKED[0][1])[ASKED[0][2]]) == here[0].split()[0]
    finally:
        cv2.setNumThreads(before)


def test_an_example_does_not_depend_on_how_many_there_are_or_what_was_drawn_before() -> None:
    few, many = PuppetWeather(SMALL).split("train"), PuppetWeather(replace(SMALL, train=1000)).split("train")
    many[3]
    assert digest(few[2]) == digest(many[2])
    assert few.text(6) == many.text(6)


def told(**changes: Any) -> list[tuple[Any, ...]]:
    """What is said by whom in the first examples of test."""
    split = PuppetWeather(replace(SMALL, test=13, **changes)).split("test")
    return [(split.text(i).signer, split.text(i).glosses, split.text(i).sentences) for i in range(13)]


def test_size_and_difficulty_change_neither_what_is_said_nor_who_says_it() -> None:
    assert told() == told(size=128, strengths=Strengths(jitter=0.0), fps=12.5)
    one, other = PuppetWords(SMALL).split("test")[1], PuppetWords(replace(SMALL, size=64)).split("test")[1]
    assert one.truth is not None
    assert other.truth is not None
    np.testing.assert_array_equal(one.truth.joints, other.truth.joints)  # only the picture is larger


def test_another_seed_is_another_corpus_and_no_split_repeats_another() -> None:
    assert told() != told(seed=1)
    glosses = [[PuppetWords(SMALL).split(name).gloss(i) for i in range(20)] for name in SPLITS]
    assert all(one != other for one, other in combinations(glosses, 2))


def test_german_says_the_same_with_the_same_signs() -> None:
    for (who, signs, english), (same, also, german) in zip(told(), told(language="de"), strict=True):
        assert (who, signs) == (same, also)
        assert set(english).isdisjoint(german)


def sentences_and_signers(rule: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    corpus = PuppetWeather(PuppetConfig(split_rule=rule, train=60, valid=11, test=17))
    sentences: dict[str, set[str]] = {}
    signers: dict[str, set[str]] = {}
    for name in SPLITS:
        examples = [corpus.split(name).text(index) for index in range(len(corpus.split(name)))]
        sentences[name] = {sentence for example in examples for sentence in example.sentences[:1]}
        signers[name] = {example.signer for example in examples}
    return sentences, signers


def test_unless_asked_to_leak_no_sentence_and_no_signer_is_in_two_splits() -> None:
    sentences, signers = sentences_and_signers("signer-independent")
    for one, other in combinations(SPLITS, 2):
        assert sentences[one].isdisjoint(sentences[other])
        assert signers[one].isdisjoint(signers[other])
    assert [len(signers[name]) for name in SPLITS] == [10, 3, 3]
    assert len(sentences["test"]) > 13  # and they are not a few sentences over and over


def test_leaky_signers_leak_signers_and_nothing_else() -> None:
    sentences, signers = sentences_and_signers("leaky-signers")
    assert signers["train"] & signers["test"] == signers["test"]
    assert sentences["train"].isdisjoint(sentences["test"])


def test_leaky_sentences_leak_sentences_and_nothing_else() -> None:
    sentences, signers = sentences_and_signers("leaky-sentences")
    assert sentences["test"] | sentences["valid"] <= sentences["train"]
    assert signers["train"].isdisjoint(signers["test"])


def test_every_gloss_is_shown_equally_often() -> None:
    glosses = sorted(load_lexicon())
    split = PuppetWords(replace(SMALL, train=2 * len(glosses))).split("train")
    shown = [split.gloss(index) for index in range(len(split))]
    assert sorted(shown[: len(glosses)]) == sorted(shown[len(glosses) :]) == glosses
    assert shown[: len(glosses)] != shown[len(glosses) :]  # in another order each time
    assert [split.text(index).glosses for index in range(5)] == [(gloss,) for gloss in shown[:5]]
    assert PuppetWords(SMALL).glosses == tuple(glosses)


def test_what_an_example_holds() -> None:
    example = PuppetWeather(SMALL).split("valid")[4]
    assert example.video is not None
    assert example.truth is not None
    assert (example.name, example.language, example.fps) == ("puppet-weather/valid/000004", "en", 25.0)
    assert example.video.shape[1:] == (32, 32, 3)
    assert len(example.video) == len(example.truth.sign)
    assert set(range(len(example.glosses))) == set(example.truth.sign.tolist()) - {-1}  # every sign is signed
    text = PuppetWeather(SMALL).split("valid").text(4)
    assert replace(example, video=None, truth=None) == text
    assert PuppetWeather(SMALL).utterance("valid", 4).glosses == text.glosses
    assert PuppetWeather(SMALL).sentences("valid")[4] == text.sentences[0]


def test_numbers_as_a_list_has_them() -> None:
    split = PuppetWords(SMALL).split("test")
    assert [example.name for example in split[1:]] == [split.text(1).name, split.text(2).name]
    assert split.text(-1) == split.text(2)
    for wrong in (3, -4):
        with pytest.raises(IndexError, match=f"puppet-words test has 3 examples, but got index {wrong}"):
            split.text(wrong)


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"size": 64}, {"fps": 12.5}, {"language": "de"}, {"test": 4}, {"split_rule": "leaky-signers"},
     {"signers": 2}, {"strengths": Strengths(jitter=0.5)}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_decides_what_is_drawn_is_in_the_fingerprint(change: dict[str, Any]) -> None:
    split = PuppetWords(SMALL).split("test")
    assert split.fingerprint() == PuppetWords(replace(SMALL)).split("test").fingerprint()
    assert split.fingerprint() != PuppetWords(replace(SMALL, **change)).split("test").fingerprint()


def test_so_are_corpus_split_code_and_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        split.fingerprint()
        for split in (
            PuppetWords(SMALL).split("test"),
            PuppetWords(SMALL).split("valid"),
            PuppetWeather(SMALL).split("test"),
        )
    }
    assert len(known) == 3
    monkeypatch.setattr(module, "_code", lambda: "another program")
    assert PuppetWords(SMALL).split("test").fingerprint() not in known


def test_code_is_what_it_does_not_how_it_is_laid_out() -> None:
    code = module._code()
    for name in ("render.py", "motion.py", "body.py", "grammar.py"):
        assert f"{name}: Module(" in code
    for name in ("cache.py", "statistics.py"):
        assert f"{name}: Module(" not in code
    assert "Which corpus to generate" not in code  # a docstring


def test_no_meaning_for_a_split_is_told_and_not_searched_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "belongs", lambda sentence, split: False)
    monkeypatch.setattr(module, "MOST_DRAWS", 5)
    with pytest.raises(ValueError, match="none of 5 draws belonged to 'valid'; add to its tables"):
        draw_sentence(load_grammar(), np.random.default_rng(0), "valid", "en")


def test_a_corpus_of_few_signers_has_no_others() -> None:
    few = PuppetWords(replace(SMALL, split_rule="leaky-signers", signers=2, train=24, test=24))
    for name in ("train", "test"):
        split = few.split(name)
        assert {split.text(at).signer for at in range(len(split))} == {one.name for one in PUPPETS[:2]}


def test_a_word_is_one_sign_and_says_nothing() -> None:
    gloss = sorted(load_lexicon())[3]
    assert (word(gloss).glosses, word(gloss).sentences) == ((gloss,), ())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 15}, "at least 16 pixels wide .* size=15"),
        ({"fps": 0.0}, "fps=0.0"),
        ({"language": "fr"}, "'en' or 'de', but got 'fr'"),
        ({"valid": 0}, "at least one example, but valid=0"),
        ({"signers": 0}, "signers must lie in .1, 16., as there are 16 puppets, but got 0"),
        ({"signers": 17}, "but got 17"),
        ({"split_rule": "random"}, "signer-independent, leaky-signers, leaky-sentences, but got 'random'"),
    ],
)
def test_impossible_corpora_are_one_sentence(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PuppetConfig(**wrong)


def test_a_misspelled_field_is_python_s_own_error() -> None:
    with pytest.raises(TypeError, match="sise"):
        PuppetConfig(**json.loads('{"sise": 32}'))
