"""Presets: four names, configurations that hold together, and one sentence for any other name."""

import pytest

from signlab.training.scales import SCALES
from signlab.translation.presets import translation, visual


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_both_configurations(scale: str) -> None:
    recogniser, translator = visual(scale), translation(scale)
    assert translator.model.dim % translator.model.num_heads == 0
    assert recogniser.steps % recogniser.log_every == 0
    assert translator.steps % translator.log_every == 0


def test_scales_grow() -> None:
    sizes = [visual(scale).model.dim for scale in SCALES]
    assert sizes == sorted(set(sizes))


def test_short_clips_of_the_production_system_are_always_trained_on() -> None:
    assert all(visual(scale).augmentation.shortest <= 16 for scale in SCALES)


def test_an_unknown_scale_is_one_sentence() -> None:
    for preset in (visual, translation):
        with pytest.raises(ValueError, match="smoke, quick, colab, paper, but got 'huge'"):
            preset("huge")
