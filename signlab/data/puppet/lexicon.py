"""The signs of the puppet's code, read from a file that people edit. Chapter 1."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from signlab.data.files import shipped
from signlab.data.puppet.checked_yaml import Checked, edited_at, read_yaml
from signlab.data.puppet.phonology import NON_MANUAL, PARAMETERS, Sign

REQUIRED = ("handshape", "location", "movement", "orientation")
OPTIONAL = tuple(name for name in PARAMETERS if name not in REQUIRED)


class MinimalPair(NamedTuple):
    """Two signs that differ in one parameter, or only in non-manuals."""

    a: str
    b: str
    parameter: str  # "handshape", ... "hands", or "non-manual"


def load_lexicon(path: Path | None = None) -> dict[str, Sign]:
    """All signs by gloss, in the order of the file.

    Args:
        path: A lexicon of your own; None = the one that ships with the project.

    Raises:
        ValueError: Naming file, line, value and the nearest valid value, if a field, a parameter's value or
            a gloss is wrong, if a gloss occurs twice, or if two signs look the same.
    """
    path = shipped("puppet", "lexicon.yaml") if path is None else path
    return dict(_read(path, edited_at(path)))


def parameters_of(sign: Sign) -> tuple[str, ...]:
    """The values of a sign, in the order of `PARAMETERS`."""
    return tuple(getattr(sign, name) for name in PARAMETERS)


def face_twins(lexicon: Mapping[str, Sign]) -> frozenset[str]:
    """Glosses of signs that differ from some other sign on the face only: their hands alone do not tell."""
    pairs = (pair for pair in minimal_pairs(lexicon) if pair.parameter == "non-manual")
    return frozenset(gloss for pair in pairs for gloss in (pair.a, pair.b))


def minimal_pairs(lexicon: Mapping[str, Sign]) -> list[MinimalPair]:
    """Every pair of signs that differ in exactly one manual parameter, or in nothing but non-manuals."""
    found = []
    for a, b in combinations(lexicon.values(), 2):
        different = [name for name in PARAMETERS if getattr(a, name) != getattr(b, name)]
        if all(name in NON_MANUAL for name in different):
            found.append(MinimalPair(a.gloss, b.gloss, "non-manual"))
        elif len(different) == 1:
            found.append(MinimalPair(a.gloss, b.gloss, different[0]))
    return found


@lru_cache(maxsize=8)
def _read(path: Path, _edited: int) -> dict[str, Sign]:
    signs: dict[str, Sign] = {}
    known: dict[tuple[str, ...], str] = {}
    for gloss, entry in read_yaml(path).entries("gloss").items():
        if gloss != gloss.upper() or len(gloss.split()) != 1:
            raise entry.refuse(f"a gloss must be one word in capitals, but got {gloss!r}.")
        signs[gloss] = sign = _sign(gloss, entry)
        twin = known.setdefault(parameters_of(sign), gloss)
        if twin != gloss:
            raise entry.refuse(f"{gloss} must differ from {twin} in a parameter; change one of the two.")
    return signs


def _sign(gloss: str, entry: Checked) -> Sign:
    fields = entry.fields(f"the sign {gloss}", REQUIRED, OPTIONAL)
    return Sign(gloss=gloss, **{name: value.choice(name, PARAMETERS[name]) for name, value in fields.items()})
