"""A run of a production study: draws, what judges say, and one autoencoder from training to numbers."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from signlab.data.example import SignExample
from signlab.metrics.frechet import FrechetDistance
from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder
from signlab.production.judges import Judgement, Judges, PoseReport
from signlab.study import production
from signlab.study.production import Signs, codes_of, encode, looks, some_of, told_of


def signs(num: int) -> list[SignExample]:
    generator = np.random.default_rng(0)
    return [
        SignExample(
            name=f"noise/{index}",
            video=generator.integers(0, 255, (9, 32, 32, 3), dtype=np.uint8),
            glosses=(("RAIN", "SNOW")[index % 2],),
        )
        for index in range(num)
    ]


def test_a_draw_is_the_seed_s_and_nobody_is_drawn_twice() -> None:
    examples = signs(10)
    drawn = some_of(examples, 6, seed=3)
    names = [example.name for example in drawn]
    assert len(set(names)) == 6
    assert names == [example.name for example in some_of(examples, 6, seed=3)]
    assert names != [example.name for example in some_of(examples, 6, seed=4)]
    assert [example.name for example in drawn[1:3]] == names[1:3]


def report(handshape: float) -> PoseReport:
    error = {"hand": 0.2, "face": 0.1, "body": 0.3}
    return PoseReport(
        joints=error, aligned=error, parameters={"handshape": handshape}, non_manual=0.5, marked=0.25
    )


def test_shares_become_per_cent_and_are_held_against_real_clips() -> None:
    judged = Judgement(
        recognised={"real": 0.8, "made": 0.6},
        twins={"real": 0.5, "made": 0.25},
        poses={"real": report(0.9), "made": report(0.45)},
        distances={"made": FrechetDistance(value=7.0, num_real=3, num_made=3, features="a proxy")},
    )
    found = told_of(judged, "made")
    assert found["recognised"] == pytest.approx(60)
    assert found["recognised_of_real"] == pytest.approx(75)
    assert found["handshape_of_real"] == pytest.approx(50)
    assert (found["twins"], found["marked"], found["distance"]) == (25, 25, 7)
    assert (found["hand_error"], found["body_error"]) == (0.2, 0.3)


def test_without_a_motion_transformer_nobody_looks() -> None:
    plain = VideoAutoencoder(
        AutoencoderConfig(frames=8, size=32, width=8, num_blocks=1, num_codes=8, code_dim=4)
    )
    assert all(math.isnan(share) for share in looks(plain, signs(2)).values())
    assert codes_of(plain) == 8


def test_one_run_from_training_to_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Signs("noise", {"train": signs(12), "valid": signs(4)})
    monkeypatch.setattr(production, "unseen", lambda: corpus)

    def brightness(clips: Tensor) -> Tensor:
        return torch.stack([clips.mean(dim=(1, 2, 3, 4)), clips.square().mean(dim=(1, 2, 3, 4))], dim=1)

    def rain(videos: np.ndarray) -> list[str]:
        return ["RAIN"] * len(videos)

    def told(judged: Judgement, kind: str) -> dict[str, float]:
        return {"recognised": 100 * judged.recognised[kind]}  # noise has no joints to be read

    monkeypatch.setattr(production, "judges", lambda: Judges(rain, brightness, "brightness"))
    monkeypatch.setattr(production, "told_of", told)
    tiny = ("model.frames=4", "model.size=32", "model.width=8", "model.num_blocks=1", "model.num_codes=16")
    tiny += ("model.free_batches=0", "steps=3", "warmup_steps=1", "batch_size=2", "precision=32-true")
    tiny += ("log_every=1", "evaluate_every=3", "save_every=3", "num_valid=2")
    outcome = encode(tiny, 0)
    assert outcome.metrics["recognised"] == 50
    assert outcome.metrics["bits"] == 1 * 8 * 8 * 4
    assert 0 < outcome.metrics["psnr"] < 40
    assert outcome.per_sentence is not None
    assert len(outcome.per_sentence["curve_pixels"]) == 3
    again = encode(tiny, 0).metrics
    assert again["psnr"] == outcome.metrics["psnr"]
