"""Checks of chapter 2's exercises: finding a leak, and splitting without one. Chapter 2."""

from collections.abc import Callable
from typing import Any

Clip = tuple[str, str]  # signer, sentence

_TRAIN: list[Clip] = [
    ("ada", "rain in the north"),
    ("ada", "sun"),
    ("ben", "fog"),
    ("ben", "rain in the north"),
]
_TEST: list[Clip] = [
    ("ada", "sun"),  # the very clip
    ("ada", "fog"),  # signer and sentence, but not together
    ("ben", "snow"),  # signer alone
    ("eve", "fog"),  # sentence alone
    ("eve", "wind"),  # clean
]


def find_leaks(ask: Callable[[list[Clip], list[Clip]], Any]) -> str:
    """Exercise 2.1: the test clips whose signer or whose sentence the training data holds."""
    answer = ask(_TRAIN, _TEST)
    if isinstance(answer, (bool, int, str)) or not hasattr(answer, "__iter__"):
        return f"Return the leaking test clips themselves, as (signer, sentence); you returned {answer!r}."
    got = list(answer)
    if all(isinstance(entry, (bool, int)) for entry in got) and got:
        return "These are positions or flags; return the leaking clips themselves, as (signer, sentence)."
    found = {tuple(entry) for entry in got}
    if found == set(_TEST[:4]):
        return (
            "" if not list(ask(_TRAIN, _TEST[4:])) else "A test set without any leak gave leaks all the same."
        )
    by_mistake = {
        frozenset(_TEST[:1]): "You find clips that are in both. A leak is subtler: one shared signer, or one "
        "shared sentence, is enough.",
        frozenset(
            _TEST[:2]
        ): "You ask for signer and sentence; either alone tells a model too much: say `or`.",
        frozenset(
            _TEST[:3]
        ): "You find shared signers. A sentence that was trained on leaks too, whoever signs it.",
        frozenset(
            [_TEST[0], _TEST[1], _TEST[3]]
        ): "You find shared sentences. A signer who was trained on leaks too, whatever they sign.",
        frozenset(_TEST[4:]): "This is the clip that does not leak; the others are asked for.",
        frozenset(_TEST): "You return every test clip, but ('eve', 'wind') shares nothing with training.",
    }
    if frozenset(found) in by_mistake:
        return by_mistake[frozenset(found)]
    if found and found <= set(_TRAIN):
        return "These are training clips; the leaking clips of the test set are asked for."
    return f"Of five test clips four leak, all but ('eve', 'wind'); you returned {sorted(found)}."


_CLIPS: list[Clip] = [
    ("ada", "sun"),
    ("ada", "fog"),
    ("ada", "sun"),  # filmed twice
    ("ben", "rain"),
    ("ben", "fog"),
    ("eve", "fog"),
    ("eve", "wind"),
]


def split_by_signer(ask: Callable[[list[Clip], set[str]], Any]) -> str:
    """Exercise 2.2: training and test clips that share neither a signer nor a sentence."""
    answer = ask(_CLIPS, {"eve"})
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return f"Return two lists, training and test, in this order; you returned {answer!r}."
    train, test = (sorted(map(tuple, part)) for part in answer)
    want_train, want_test = sorted([*_CLIPS[:1], *_CLIPS[2:4]]), sorted(_CLIPS[5:])
    if (train, test) == (want_train, want_test):
        return ""
    if (train, test) == (want_test, want_train):
        return "The two lists are exchanged: training first, then test."
    if "eve" in {signer for signer, _ in train}:
        return "A test signer is among the training clips: the model would know how eve moves."
    if {signer for signer, _ in test} - {"eve"}:
        return (
            f"The test clips are {test}, with a signer who is trained on. A clip with a test sentence by a "
            "training signer belongs in neither list."
        )
    if test != want_test:
        return f"All clips of eve belong in the test list, but yours is {test}; leave clips out of training instead."
    if {sentence for _, sentence in train} & {sentence for _, sentence in test}:
        return (
            "'fog' is trained on (by ada and ben) and tested on (by eve): leave such clips out of training."
        )
    if train == sorted(set(want_train)):
        return "ada signed 'sun' twice, and one of the two clips is gone; a set drops repeated clips, a list keeps them."
    return f"Training should keep ada's two 'sun' and ben's 'rain', but your training list is {train}."
