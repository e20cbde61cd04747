"""The studies' levels are configurations that exist, differ, and share the runs that they have in common."""

import pytest

from signlab.production import presets
from signlab.study.production import fields_of
from signlab.study.production_studies import (
    CODEBOOK,
    CRITICS,
    KIND,
    MOTION_ATTENTION,
    STAGE_1,
    STAGE_2,
    WEIGHTED,
)
from signlab.training import override


@pytest.mark.parametrize("name", [*STAGE_1, *STAGE_2])
def test_every_level_is_a_configuration_of_its_own(name: str) -> None:
    study = (STAGE_1 | STAGE_2)[name]
    preset = presets.autoencoder("quick") if name in STAGE_1 else presets.latent("quick")
    configs = set()
    for level in study.names:
        settings = study.settings_of(level)
        beside = tuple(sorted(set(settings) - set(fields_of(settings))))
        assert set(beside) <= {"learns=sentences", "learns=both"}
        configs.add((override(preset, fields_of(settings)), beside))
    assert len(configs) == len(study.levels)
    assert len(study.seeds) >= 5


def test_what_several_studies_ask_of_the_same_autoencoder_is_trained_once() -> None:
    same = {
        CRITICS.digest_of("VQ-VAE"),
        MOTION_ATTENTION.digest_of("none"),
        CODEBOOK.digest_of("1024"),
        KIND.digest_of("running means"),
        WEIGHTED.digest_of("shipped"),
    }
    assert len(same) == 1
