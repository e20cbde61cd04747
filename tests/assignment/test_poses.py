"""Translation from joints: a corpus for each seed, runs that can be repeated, fingerprints that tell corpora apart."""

import math
from statistics import fmean

import numpy as np
import pytest

from signlab.assignment import poses

TWO = (*poses.COMMON, "steps=2", "warmup_steps=1", "objective.annealing.warmup_steps=1", "log_every=1")


def test_a_run_measures_and_repeats_to_the_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poses, "UNSEEN", 7)
    settings = (*TWO, "corpus=5")
    one, again = (poses.translate_poses(settings, 3) for _ in range(2))
    assert one.metrics.keys() >= {"nats", "bleu4", "posterior_nats", "latent_kl", "fingerprint"}
    assert all(value == again.metrics[name] or math.isnan(value) for name, value in one.metrics.items())
    assert one.per_sentence is not None
    assert len(one.per_sentence["nats"]) == 7
    assert abs(fmean(one.per_sentence["nats"]) - one.metrics["nats"]) < 0.006
    assert len(one.per_sentence["curve"]) == 2
    other = poses.translate_poses((*TWO, "corpus=6"), 3)
    assert other.metrics["nats"] != one.metrics["nats"]


def test_features_are_the_joints_of_every_fourth_frame() -> None:
    weather = poses.PuppetWeather(poses.PuppetConfig(seed=9, train=3, valid=1))
    split = weather.split("train")
    example, drawn = poses.with_joints(split, 2), split.draw(2)
    assert drawn.truth is not None
    assert example.features is not None
    np.testing.assert_allclose(example.features[1], drawn.truth.joints[4].ravel(), rtol=1e-6)
    assert example.sentences == drawn.sentences
    assert example.video is None


def test_a_fingerprint_is_of_corpus_and_seed_and_of_nothing_else() -> None:
    base = (*poses.COMMON, "corpus=5")
    first = poses.fingerprint(base, 0)
    assert poses.fingerprint((*base, "objective.agreement_weight=0"), 0) == first
    others = {poses.fingerprint(base, 1), poses.fingerprint((*poses.COMMON, "corpus=6"), 0)}
    assert first not in others
    assert len(others) == 2
