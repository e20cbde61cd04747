"""The reports: what they count, by a recogniser that cheats and one that cannot know."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from signlab.production.evaluate import evaluate_autoencoder, evaluate_production
from signlab.production.judges import Judges
from signlab.production.system import load_production
from signlab.production.train_autoencoder import load_autoencoder


def brightness(clips: Tensor) -> Tensor:
    return torch.stack([clips.mean(dim=(1, 2, 3, 4)), clips.square().mean(dim=(1, 2, 3, 4))], dim=1)


def test_the_autoencoder_report(runs: Path, squares) -> None:
    report = evaluate_autoencoder(
        load_autoencoder(runs / "autoencoder"), squares.split("valid")[:7], batch_size=3
    )
    assert report.num_clips == 7
    assert 5 < report.hand_psnr < report.psnr < 60
    assert 0 < report.ssim < 1
    assert 1 <= report.perplexity <= 64 * report.usage
    assert report.face_psnr != report.face_psnr  # NaN: squares have no face
    assert "judged" not in report.as_dict()


def test_judges_look_at_the_reconstructions(runs: Path, squares) -> None:
    judges = Judges(by_the_square, brightness, "brightness")
    report = evaluate_autoencoder(load_autoencoder(runs / "autoencoder"), squares.split("valid")[:7], judges)
    assert report.judged is not None
    assert report.judged.recognised["real"] == 1
    assert report.judged.distances["reconstructed"].value > 0
    assert report.as_dict()["judged"]["distances"]["reconstructed"]["features"] == "brightness"


def test_the_production_report_counts_what_the_recogniser_says(runs: Path, squares) -> None:
    asked: list[int] = []

    def always_left(videos: np.ndarray) -> Sequence[str]:
        asked.append(len(videos))
        return ["LEFT"] * len(videos)

    examples = squares.split("valid")[:7]  # DOWN LEFT RIGHT UP WAIT DOWN LEFT
    judges = Judges(always_left, brightness, "brightness")
    report = evaluate_production(
        load_production(runs / "latent"), examples, judges, batch_size=4, twins={"LEFT", "UP"}
    )
    assert asked == [7] * 4
    assert set(report.judged.recognised.values()) == {2 / 7}
    assert set(report.judged.twins.values()) == {2 / 3}
    assert report.from_reconstructed is not None
    assert report.from_reconstructed.num_real == report.from_reconstructed.num_made == 7
    assert report.chance == pytest.approx(1 / 5)
    assert (report.num_clips, report.num_glosses) == (7, 5)
    assert report.as_dict()["judged"]["recognised"]["real"] == 2 / 7


def test_clips_without_a_first_frame_are_made_if_asked_for(runs: Path, squares) -> None:
    judges = Judges(by_the_square, brightness, "brightness")
    system, examples = load_production(runs / "latent"), squares.split("valid")[:3]
    report = evaluate_production(system, examples, judges, without_frame=False)
    assert set(report.judged.recognised) == {"real", "reconstructed", "generated"}


def by_the_square(videos: np.ndarray) -> Sequence[str]:
    """Name each clip by where its brightest pixels end up."""
    names = []
    for video in videos:
        brightness = video[-1].max(axis=-1)
        rows, columns = np.nonzero(brightness == brightness.max())
        down, right = rows.mean() - 15.5, columns.mean() - 15.5
        if max(abs(down), abs(right)) < 3:
            names.append("WAIT")
        elif abs(right) > abs(down):
            names.append("RIGHT" if right > 0 else "LEFT")
        else:
            names.append("DOWN" if down > 0 else "UP")
    return names


def test_a_recogniser_that_sees_movement_is_right_about_real_clips(runs: Path, squares) -> None:
    judges = Judges(by_the_square, brightness, "brightness")
    report = evaluate_production(load_production(runs / "latent"), squares.split("valid")[:5], judges)
    assert report.judged.recognised["real"] == 1
    assert 5 < report.identity_psnr < 60
