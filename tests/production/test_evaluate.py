"""The reports: what they count, by a recogniser that cheats and one that cannot know."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from signlab.production.evaluate import evaluate_autoencoder, evaluate_production
from signlab.production.system import load_production
from signlab.production.train_autoencoder import load_autoencoder


def test_the_autoencoder_report(runs: Path, squares) -> None:
    report = evaluate_autoencoder(
        load_autoencoder(runs / "autoencoder"), squares.split("valid")[:7], batch_size=3
    )
    assert report.num_clips == 7
    assert 5 < report.hand_psnr < report.psnr < 60
    assert 0 < report.ssim < 1
    assert 1 <= report.perplexity <= 64 * report.usage


def test_the_production_report_counts_what_the_recogniser_says(runs: Path, squares) -> None:
    asked: list[int] = []

    def always_left(videos: np.ndarray) -> Sequence[str]:
        asked.append(len(videos))
        return ["LEFT"] * len(videos)

    examples = squares.split("valid")[:7]  # DOWN LEFT RIGHT UP WAIT DOWN LEFT
    report = evaluate_production(load_production(runs / "latent"), examples, always_left, batch_size=4)
    assert asked == [4] * 4 + [3] * 4
    expected = pytest.approx(2 / 7)
    assert (
        report.real == report.reconstructed == report.generated == report.generated_without_frame == expected
    )
    assert report.chance == pytest.approx(1 / 5)
    assert (report.num_clips, report.num_glosses) == (7, 5)
    assert report.as_dict()["real"] == report.real


def test_a_recogniser_that_sees_movement_is_right_about_real_clips(runs: Path, squares) -> None:
    def by_the_square(videos: np.ndarray) -> Sequence[str]:
        names = []
        for video in videos:
            bright = video[-1].max(axis=-1) > 150
            y, x = (place.mean() - 15.5 for place in np.nonzero(bright))
            names.append(
                "WAIT"
                if max(abs(x), abs(y)) < 3
                else ("LEFT" if x < 0 else "RIGHT")
                if abs(x) > abs(y)
                else ("UP" if y < 0 else "DOWN")
            )
        return names

    def fallible(videos: np.ndarray) -> Sequence[str]:
        try:
            return by_the_square(videos)
        except (ValueError, RuntimeWarning):
            return ["WAIT"] * len(videos)

    report = evaluate_production(load_production(runs / "latent"), squares.split("valid")[:5], fallible)
    assert report.real == 1
    assert report.identity_psnr < 60
