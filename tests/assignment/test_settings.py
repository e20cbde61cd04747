"""Which corpus a run learns from."""

import pytest

from signlab.assignment.settings import corpus_seed, fields_of


def test_the_corpus_is_told_apart_from_fields() -> None:
    settings = ("steps=7", "corpus=11", "model.dim=16")
    assert corpus_seed(settings) == 11
    assert fields_of(settings) == ["steps=7", "model.dim=16"]
    assert corpus_seed((*settings, "corpus = 13")) == 13  # the last one counts, as everywhere


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (("steps=7",), "must say which corpus"),
        (("corpus=-1",), "whole number from 0"),
        (("corpus=2147483648",), "2147483648"),
        (("corpus=٣",), "whole number"),
        (("corpus=1e3",), "1e3"),
    ],
)
def test_what_is_no_seed_is_refused(settings: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        corpus_seed(settings)
