"""The studies that there are, by name: each is imported when it is asked for. Chapter 10."""

from collections.abc import Callable
from typing import NamedTuple

from signlab.study.design import Runner, Study


class Entry(NamedTuple):
    """A study, and what runs it."""

    study: Study
    runner: Runner


def _coin() -> Entry:
    from signlab.study.coin import COIN, toss

    return Entry(COIN, toss)


CATALOGUE: dict[str, Callable[[], Entry]] = {"coin": _coin}  # the name is that of the study


def find_study(name: str) -> Entry:
    """A study of the catalogue with its runner.

    Raises:
        ValueError: If there is none of this name.
    """
    if name not in CATALOGUE:
        from difflib import get_close_matches

        close = get_close_matches(name, CATALOGUE, 1, 0.5)
        hint = f"; did you mean {close[0]!r}?" if close else "; signlab study list tells what each asks."
        raise ValueError(f"A study must be one of {', '.join(CATALOGUE)}, but got {name!r}{hint}")
    return CATALOGUE[name]()
