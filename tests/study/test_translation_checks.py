"""Second looks ask what the first ones left open, and share no more with them than they say."""

from signlab.study.translation_checks import NOISE, PRECISION, SECOND_LOOKS
from signlab.study.translation_studies import ABLATIONS, POOL, STUDIES


def test_no_name_stands_twice() -> None:
    assert not set(STUDIES) & set(SECOND_LOOKS)


def test_the_second_look_has_seeds_that_nobody_had_seen() -> None:
    assert not set(NOISE.seeds) & set(ABLATIONS.seeds)
    assert NOISE.pool != POOL
    assert all(NOISE.settings_of(name) == ABLATIONS.settings_of(name) for name in NOISE.names)


def test_the_precision_is_compared_with_the_published_runs() -> None:
    assert PRECISION.pool == POOL
    assert PRECISION.digest_of("bfloat16") == ABLATIONS.digest_of("published")
    assert PRECISION.digest_of("single") not in {
        study.digest_of(name) for study in STUDIES.values() for name in study.names
    }
