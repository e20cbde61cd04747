"""Answers to chapter 1's exercises, right and wrong."""

from collections import Counter
from dataclasses import fields
from itertools import combinations

from signlab.data.puppet.phonology import NON_MANUAL, PARAMETERS, Sign
from signlab.teach.checks import check


def stub_pair(a: Sign, b: Sign) -> str: ...


def pair_by_list(a, b):
    different = [name for name in PARAMETERS if getattr(a, name) != getattr(b, name)]
    return different[0] if len(different) == 1 else ""


def pair_by_loop(a, b):
    found = ""
    for field in fields(a):
        if field.name == "gloss" or getattr(a, field.name) == getattr(b, field.name):
            continue
        if found:
            return ""
        found = field.name
    return found


def pair_first_found(a, b):
    return next((name for name in PARAMETERS if getattr(a, name) != getattr(b, name)), "")


def pair_hands_only(a, b):
    manual = [name for name in PARAMETERS if name not in NON_MANUAL]
    different = [name for name in manual if getattr(a, name) != getattr(b, name)]
    return different[0] if len(different) == 1 else ""


def pair_with_gloss(a, b):
    different = [field.name for field in fields(a) if getattr(a, field.name) != getattr(b, field.name)]
    return different[0] if len(different) == 1 else ""


def pair_value(a, b):
    different = [getattr(b, name) for name in PARAMETERS if getattr(a, name) != getattr(b, name)]
    return different[0] if len(different) == 1 else ""


def pair_none(a, b):
    different = [name for name in PARAMETERS if getattr(a, name) != getattr(b, name)]
    return different[0] if len(different) == 1 else None


def pair_always_something(a, b):
    return pair_by_list(a, b) or ("" if pair_first_found(a, b) else "handshape")


def pair_typo(a, b):
    return next(name for name in PARAMETERS if a[name] != b[name])


def left(sign, deleted):
    return tuple(getattr(sign, name) for name in PARAMETERS if name not in deleted)


def stub_collisions(signs, deleted): ...


def collisions_by_pairs(signs, deleted):
    return sum(left(a, deleted) == left(b, deleted) for a, b in combinations(signs, 2))


def collisions_by_counting(signs, deleted):
    return sum(n * (n - 1) // 2 for n in Counter(left(sign, deleted) for sign in signs).values())


def collisions_both_ways(signs, deleted):
    return sum(left(a, deleted) == left(b, deleted) for a in signs for b in signs if a is not b)


def collisions_signs(signs, deleted):
    return sum(n for n in Counter(left(sign, deleted) for sign in signs).values() if n > 1)


def collisions_groups(signs, deleted):
    return sum(n > 1 for n in Counter(left(sign, deleted) for sign in signs).values())


def collisions_lost(signs, deleted):
    return len(signs) - len({left(sign, deleted) for sign in signs})


def collisions_kept(signs, deleted):
    kept = [tuple(getattr(sign, name) for name in deleted) for sign in signs]
    return sum(a == b for a, b in combinations(kept, 2))


def collisions_whole_signs(signs, deleted):
    return sum(a == b for a, b in combinations(signs, 2))


ANSWERS = {
    "1.1": {
        "stub": stub_pair,
        "right": [pair_by_list, pair_by_loop],
        "wrong": [
            (pair_first_found, "one difference must be the only one"),
            (pair_hands_only, "the face and the head"),
            (pair_with_gloss, "Is the gloss among what you compare"),
            (pair_value, "its name is asked for"),
            (pair_none, "return an empty string there"),
            (pair_always_something, "differ in nothing gave 'handshape'"),
            (pair_typo, "stopped with TypeError"),
        ],
    },
    "1.2": {
        "stub": stub_collisions,
        "right": [collisions_by_pairs, collisions_by_counting],
        "wrong": [
            (collisions_both_ways, "counted twice"),
            (collisions_signs, "number of signs that collide"),
            (collisions_groups, "number of groups"),
            (collisions_lost, "distinct signs were lost"),
            (collisions_kept, "keep the named parameters"),
            (collisions_whole_signs, "whole Sign objects"),
            (lambda signs, deleted: "4", "a whole number"),
            (lambda signs, deleted: 4, "With nothing deleted"),
            (lambda signs, deleted: 4 if deleted else 0, "21 pairs"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
