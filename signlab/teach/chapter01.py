"""Checks of chapter 1's exercises: minimal pairs, and what collides when a channel is deleted. Chapter 1."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

from signlab.data.puppet.phonology import NON_MANUAL, PARAMETERS, Sign

_SIGN = Sign(gloss="A", handshape="flat", location="chin", movement="down", orientation="back")


def differing_parameter(ask: Callable[[Sign, Sign], Any]) -> str:
    """Exercise 1.1: the one parameter in which two signs differ; an empty string if there is not just one."""
    pairs = {
        name: replace(_SIGN, gloss="B", **{name: next(v for v in values if v != getattr(_SIGN, name))})
        for name, values in PARAMETERS.items()
    }
    got = {name: ask(_SIGN, other) for name, other in pairs.items()}
    wrong = [name for name in pairs if got[name] != name]
    if wrong:
        first = wrong[0]
        told = f"Two signs that differ only in {first} gave {got[first]!r}, where {first!r} is right."
        if set(wrong) == set(NON_MANUAL):
            return f"{told} Hands are only half of it: PARAMETERS names the face and the head too."
        if got[first] in (getattr(_SIGN, first), getattr(pairs[first], first)):
            return f"{told} That is the parameter's value; its name is asked for."
        if got[first] in ("gloss", "") and len(wrong) == len(pairs):
            return f"{told} Is the gloss among what you compare? Two signs never share it, it is only a name."
        return told
    return _no_minimal_pair(ask, pairs["handshape"])


def _no_minimal_pair(ask: Callable[[Sign, Sign], Any], other: Sign) -> str:
    far = ask(_SIGN, replace(other, location="belly"))
    if far is None:
        return "Signs that differ in two parameters gave None; return an empty string there."
    if far != "":
        return (
            f"Signs that differ in handshape and in location gave {far!r}. They are no minimal pair: one "
            "difference must be the only one, so find all before you answer."
        )
    same = ask(_SIGN, replace(_SIGN, gloss="B"))
    if same != "":
        return f"Two signs that differ in nothing gave {same!r}; an empty string is right."
    return ""


def num_collisions(ask: Callable[[list[Sign], tuple[str, ...]], Any]) -> str:
    """Exercise 1.2: how many pairs of signs become the same when some parameters are deleted."""
    signs = [
        *(replace(_SIGN, gloss=f"A{at}", brows=brows) for at, brows in enumerate(PARAMETERS["brows"])),
        *(
            replace(_SIGN, gloss=f"B{at}", handshape="fist", brows=b)
            for at, b in enumerate(("neutral", "raised"))
        ),
        replace(_SIGN, gloss="C", location="belly", head="nod"),
        replace(_SIGN, gloss="D", location="nose", mouth="open"),
    ]
    got = ask(signs, ("brows",))
    mistakes = {
        0: "Did you compare whole Sign objects? Their glosses differ always; compare the parameters that are left.",
        8: "Each pair is counted twice: A with B is the same pair as B with A.",
        5: "5 is the number of signs that collide with some other; count the pairs.",
        2: "2 is the number of groups of equal signs; a group of three holds three pairs.",
        3: "3 is how many distinct signs were lost; a group of three holds three pairs, not two.",
        _pairs(signs, keep=("brows",)): "Did you keep the named parameters and delete all the others?",
    }
    if got != 4:
        return _collision_message(got, mistakes)
    if ask(signs, ()) != 0:
        return f"With nothing deleted no two of these signs are the same, but you count {ask(signs, ())}."
    everything = ask(signs, tuple(PARAMETERS))
    if everything != 21:
        return (
            f"With everything deleted all 7 signs are the same, which makes 21 pairs; you count {everything}."
        )
    return ""


def _collision_message(got: Any, mistakes: dict[int, str]) -> str:
    told = f"Without brows, 3 of 7 signs become one and 2 others become one: 3 + 1 = 4 pairs, but you count {got!r}."
    hint = mistakes.get(got, "") if isinstance(got, int) else "The answer is a whole number."
    return f"{told} {hint}".strip()


def _pairs(signs: list[Sign], *, keep: tuple[str, ...]) -> int:
    left = [tuple(getattr(sign, name) for name in keep) for sign in signs]
    return sum(a == b for a, b in combinations(left, 2))
