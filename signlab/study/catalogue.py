"""The studies that there are, by name: each is imported when it is asked for. Chapter 10."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from signlab.data.files import data_folder
from signlab.study.design import Runner, Study

if TYPE_CHECKING:
    from signlab.study.report import Report


class Entry(NamedTuple):
    """A study, what runs it, and what is done once before the first of its runs."""

    study: Study
    runner: Runner
    prepare: Callable[[], None] | None = None  # quick if there is nothing to do


def _coin() -> Entry:
    from signlab.study.coin import COIN, toss

    return Entry(COIN, toss)


def _of_translation(name: str) -> Callable[[], Entry]:
    def entry() -> Entry:
        from signlab.study.translation import prepare, translate
        from signlab.study.translation_checks import SECOND_LOOKS
        from signlab.study.translation_studies import STUDIES

        return Entry((STUDIES | SECOND_LOOKS)[name], translate, prepare)

    return entry


def _of_stage_1(name: str) -> Callable[[], Entry]:
    def entry() -> Entry:
        from signlab.study.production import encode, prepare_clips
        from signlab.study.production_studies import STAGE_1

        return Entry(STAGE_1[name], encode, prepare_clips)

    return entry


def _of_stage_2(name: str) -> Callable[[], Entry]:
    def entry() -> Entry:
        from signlab.study.production import generate, prepare_known
        from signlab.study.production_studies import STAGE_2

        return Entry(STAGE_2[name], generate, prepare_known)

    return entry


def _round_trip() -> Entry:
    from signlab.study.round_trip import ROUND_TRIP, travel

    return Entry(ROUND_TRIP, travel)


TRANSLATION = (
    "paths",
    "divergences",
    "posterior",
    "attention",
    "lambda",
    "annealing",
    "glosses",
    "amount",
    "start",
    "updates",
    "ablations",
    "wording",
    "noise",
    "precision",
    "direction",
)  # of the translator; what each asks is in its own description
AUTOENCODER = ("critics", "motion", "codebook", "codes", "sight", "hands")  # of production's stage 1
LATENT = ("mask", "gloss", "pixels", "context")  # of its stage 2
CATALOGUE: dict[str, Callable[[], Entry]] = {
    "coin": _coin,
    **{name: _of_translation(name) for name in TRANSLATION},
    **{name: _of_stage_1(name) for name in AUTOENCODER},
    **{name: _of_stage_2(name) for name in LATENT},
    "round-trip": _round_trip,
}  # the name is that of the study


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


def shipped_report(name: str) -> "Report | None":
    """What the ledger among the project's results says about a study; None if it has no run of it yet.

    Raises:
        ValueError: If there is no study of this name, or the ledger is damaged.
    """
    from signlab.study.claims import runs_there
    from signlab.study.report import report_of

    study = find_study(name).study
    ledger = data_folder() / "results" / "studies" / f"{study.ledger_name}.jsonl"
    found, _ = runs_there([study], ledger) if ledger.exists() else (0, 0)
    return report_of(study, ledger) if found else None
