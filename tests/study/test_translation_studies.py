"""The studies' levels are configurations that exist, and differ in what their factor says."""

import pytest

from signlab.study.translation import fields_of
from signlab.study.translation_checks import SECOND_LOOKS
from signlab.study.translation_studies import ABLATIONS, POOL, STUDIES
from signlab.training import override
from signlab.translation.presets import translation

ALL = STUDIES | SECOND_LOOKS


@pytest.mark.parametrize("study", ALL.values(), ids=ALL)
def test_every_level_is_a_configuration_of_its_own(study) -> None:
    configs = {}
    for name in study.names:
        settings = study.settings_of(name)
        beside = set(settings) - set(fields_of(settings))
        assert beside <= {"text=none", "wording=one"}
        configs[name] = (override(translation("quick"), fields_of(settings)), *beside)
    assert len(set(configs.values())) == len(study.levels)
    assert len(study.seeds) >= 5


@pytest.mark.parametrize("study", ALL.values(), ids=ALL)
def test_annealing_ends_within_the_training(study) -> None:
    for name in study.names:
        config = override(translation("quick"), fields_of(study.settings_of(name)))
        assert config.objective.annealing.warmup_steps <= config.steps


def test_the_ablations_need_no_run_of_their_own() -> None:
    others = [study for study in STUDIES.values() if study != ABLATIONS and study.pool == POOL]
    made = {study.digest_of(name): (study.name, name) for study in others for name in study.names}
    shared = {name: made.get(ABLATIONS.digest_of(name)) for name in ABLATIONS.names}
    assert all(shared.values()), shared
    assert all(set(ABLATIONS.seeds) <= set(study.seeds) for study in others)
    assert ABLATIONS.pool == POOL
    assert shared["absolute posterior"] == ("posterior", "absolute")
    assert shared["no annealing"] == ("annealing", "none")
    assert shared["plain"] is not None
