"""Settings of a student's runs: those of a study, and which corpus is theirs. Chapter 10."""

from collections.abc import Sequence

CORPUS = "corpus"  # the setting that is no field of a configuration
LARGEST = 2**31  # seeds of corpora lie below it


def corpus_seed(settings: Sequence[str]) -> int:
    """The seed of the corpus that a run learns from.

    Raises:
        ValueError: If there is none, or it is no seed.
    """
    told = [one.partition("=")[2].strip() for one in settings if _is_corpus(one)]
    if not told:
        raise ValueError(
            f"A run must say which corpus it learns from, but its settings do not; add {CORPUS}=7 for seed 7."
        )
    if not (told[-1].isascii() and told[-1].isdigit() and int(told[-1]) < LARGEST):
        raise ValueError(
            f"The seed of a corpus must be a whole number from 0 to {LARGEST - 1:,}, but got {told[-1][:40]!r}."
        )
    return int(told[-1])


def fields_of(settings: Sequence[str]) -> list[str]:
    """Those of a run's settings that are fields of its configuration."""
    return [one for one in settings if not _is_corpus(one)]


def _is_corpus(setting: str) -> bool:
    return setting.partition("=")[0].strip() == CORPUS
