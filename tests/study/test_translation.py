"""A run of a translation study: what is asked of a trained translator, and what is kept."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch

from signlab.data.example import SignExample
from signlab.study.translation import asked, one_wording
from signlab.translation.latent import LatentConfig
from signlab.translation.model import SignTranslator, TranslatorConfig

WORDS = ("rain", "sun", "in", "the", "north", "south", ".")
CONFIG = TranslatorConfig(
    dim=14, num_heads=7, num_encoder_layers=1, num_decoder_layers=1, features_dim=3, words=WORDS, max_tokens=11,
    latent=LatentConfig(dim=2), ends_marked=True, tied=True,
)  # fmt: skip


def examples(num: int = 5) -> list[SignExample]:
    generator = np.random.default_rng(0)
    return [
        SignExample(
            name=f"example {index}",
            features=generator.normal(size=(int(generator.integers(3, 7)), 3)).astype(np.float32),
            sentences=(f"{WORDS[index % 2]} in the {WORDS[4 + index % 2]} .",),
        )
        for index in range(num)
    ]


def translator(**changes) -> SignTranslator:
    torch.manual_seed(0)
    return SignTranslator(replace(CONFIG, **changes))


def test_a_model_without_oracles_is_asked_for_its_translation_alone() -> None:
    found = asked(translator(), examples(), oracles=False)
    there = {name for name, value in found.metrics.items() if np.isfinite(value)}
    assert there == {"nats", "bleu4", "exact"}
    assert set(asked(translator(), examples(), oracles=True).metrics) == set(found.metrics)
    assert found.per_sentence is not None
    assert np.mean(found.per_sentence["nats"]) == pytest.approx(found.metrics["nats"], abs=0.005)


def test_oracles_are_named_and_a_posterior_put_back_to_the_prior_says_the_same() -> None:
    model = translator(latent=LatentConfig(dim=2, memory="strict"))
    assert model.latent is not None
    for parameter in model.latent.posterior.parameters():
        torch.nn.init.zeros_(parameter)
    metrics = asked(model, examples(), oracles=True).metrics
    assert metrics["latent_kl"] == 0
    assert metrics["posterior_nats"] == pytest.approx(metrics["nats"], rel=1e-5)
    for name in ("posterior_bleu4", "context_only_bleu4", "latent_only_bleu4", "misled_bleu4"):
        assert metrics[name] == pytest.approx(metrics["bleu4"])


def test_one_wording_is_the_same_in_whatever_order_the_sentences_come() -> None:
    (example, *_) = examples()
    several = ("rain in the south .", "in the south rain .", "the south rain .")
    left = {one_wording(replace(example, sentences=order)).sentences for order in permutations(several)}
    assert left == {("in the south rain .",)}
    assert np.array_equal(one_wording(example).features, example.features)


def test_batches_do_not_matter(monkeypatch) -> None:
    whole = asked(translator(), examples(), oracles=True).metrics
    monkeypatch.setattr("signlab.study.translation.BATCH", 3)
    parts = asked(translator(), examples(), oracles=False).metrics
    for name, value in parts.items():
        if not np.isfinite(value):
            continue
        assert value == pytest.approx(whole[name], rel=1e-4)
