"""Presets: four names, configurations that hold together, and one sentence for any other name."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from signlab.training.scales import SCALES
from signlab.translation.latent import LatentConfig
from signlab.translation.model import SignTranslator
from signlab.translation.presets import text, translation, visual
from signlab.translation.text_model import check_language_parts


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_both_configurations(scale: str) -> None:
    recogniser, translator = visual(scale), translation(scale)
    assert translator.model.dim % translator.model.num_heads == 0
    assert recogniser.steps % recogniser.log_every == 0
    assert translator.steps % translator.log_every == 0
    assert text(scale).steps % text(scale).log_every == 0


@pytest.mark.parametrize("scale", ["quick", "colab", "paper"])
def test_a_translator_can_start_from_the_text_model_of_its_scale(scale: str) -> None:
    given, own = text(scale).model, translation(scale).model
    check_language_parts(given, own, Path("text"))
    assert given.ends_marked == own.ends_marked


def num_parameters(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def test_the_paper_scale_is_as_large_as_the_published_model() -> None:
    """With the 2,498 German pieces: 361.9 million behind the visual head, 4.53 of them the Gaussian network.

    mBART's two tables of positions have two rows more each than ours.
    """
    model = replace(
        translation("paper").model, features_dim=832, words=tuple(f"w{i}" for i in range(2498 - 4))
    )
    with torch.device("meta"):
        whole = SignTranslator(model)
    assert whole.latent is not None
    assert whole.encoder.visual_head is not None
    before = num_parameters(whole.encoder.visual_head) + num_parameters(whole.encoder.to_stream)
    assert round((num_parameters(whole) - before) / 1e6, 1) == 361.9
    assert round(num_parameters(whole.latent) / 1e6, 2) == 4.53
    glosses = 512 * 1094 + 1094  # of the head's last map, which is not made where no gloss is asked for
    assert (before + glosses) / 1e6 == pytest.approx(7.28 + 1.57, abs=0.01)


def test_the_paper_scale_is_the_published_recipe() -> None:
    config = translation("paper")
    aim = config.objective
    assert (aim.second, aim.agreement_weight, aim.latent_weight) == ("posterior", 3.0, 1.0)
    assert (aim.label_smoothing, aim.annealing.kind, aim.annealing.warmup_steps) == (0.2, "linear", 4_000)
    assert config.model.latent == LatentConfig()
    assert config.model.dropouts == (0.3, 0.1, 0.0)
    assert (config.batch_size, config.steps) == (16, 40 * math.ceil(7_096 / 16))
    assert config.learning_rate * config.new_rate == pytest.approx(1e-3)
    assert text("paper").steps == 80 * math.ceil(7_096 / 64)


def test_scales_grow() -> None:
    sizes = [visual(scale).model.dim for scale in SCALES]
    assert sizes == sorted(set(sizes))


def test_short_clips_of_the_production_system_are_always_trained_on() -> None:
    assert all(visual(scale).augmentation.shortest <= 16 for scale in SCALES)


def test_an_unknown_scale_is_one_sentence() -> None:
    for preset in (visual, translation, text):
        with pytest.raises(ValueError, match="smoke, quick, colab, paper, but got 'huge'"):
            preset("huge")
