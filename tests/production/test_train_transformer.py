"""Training stage 2: it learns, resumes to the bit, and knows its autoencoder."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from signlab.production import presets
from signlab.production.gumbel import PixelLossConfig
from signlab.production.train_autoencoder import digest
from signlab.production.train_transformer import LatentTrainingConfig, train_transformer
from signlab.production.transformer import LatentTransformer
from signlab.training.config import load_config
from signlab.training.log import read_metrics

SHORT = replace(presets.latent("smoke"), steps=6, save_every=3, evaluate_every=6, log_every=1)


def test_it_learns(runs: Path) -> None:
    losses = [row["train/codes"] for row in read_metrics(runs / "latent") if "train/codes" in row]
    assert losses[-1] < 0.7 * losses[0]


def test_the_run_knows_what_it_was_trained_on(runs: Path) -> None:
    config = load_config(runs / "latent", LatentTrainingConfig)
    assert config.autoencoder == "../autoencoder"
    assert config.autoencoder_digest == digest(runs / "autoencoder", codes_only=True)
    assert config.model.glosses == ("DOWN", "LEFT", "RIGHT", "UP", "WAIT")
    assert (config.model.grid, config.model.num_codes) == ((2, 8, 8), 64)


def test_a_resumed_training_ends_in_the_same_weights(runs: Path, squares, tmp_path: Path) -> None:
    def train(run: str, *, resume: bool = False) -> dict[str, torch.Tensor]:
        made_from = runs / "autoencoder"
        model = train_transformer(
            SHORT, corpus=squares, autoencoder_run=made_from, run=tmp_path / run, resume=resume
        )
        return model.state_dict()

    whole = train("whole")

    class KilledError(Exception):
        """Stands for a kill after the first save."""

    def killed(step: int) -> None:
        if step == 4:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signlab.training.log.MetricsLog.write", lambda self, step, values: killed(step))
        with pytest.raises(KilledError):
            train("resumed")
    torch.rand(5)  # whatever happened in between
    resumed = train("resumed", resume=True)
    for name, weight in whole.items():
        assert torch.equal(weight, resumed[name]), name


@pytest.mark.parametrize("target", ["clip", "reconstruction"])
def test_pixels_have_a_say_where_they_are_asked(runs: Path, squares, tmp_path: Path, target) -> None:
    pixels = PixelLossConfig(
        reconstruction_weight=1.0, perceptual_weight=0.1, every=2, window=(2, 4, 4), target=target
    )
    config = replace(SHORT, pixels=pixels, recolourings=0)
    train_transformer(config, corpus=squares, autoencoder_run=runs / "autoencoder", run=tmp_path / "run")
    rows = [row for row in read_metrics(tmp_path / "run") if "train/codes" in row]
    assert ["train/reconstruction" in row for row in rows] == [False, True] * 3
    assert all(row["train/reach"] == pytest.approx(1 / 4) for row in rows[1::2])
    for row in rows[1::2]:
        told = row["train/codes"] + row["train/reconstruction"] + 0.1 * row["train/perceptual"]
        assert row["train/objective"] == pytest.approx(told, rel=1e-4)


def test_hands_have_a_say_where_they_are_asked(runs: Path, squares, tmp_path: Path) -> None:
    config = replace(SHORT, hands_weight=2.0, face_weight=1.0)
    train_transformer(config, corpus=squares, autoencoder_run=runs / "autoencoder", run=tmp_path / "run")
    for row in [row for row in read_metrics(tmp_path / "run") if "train/codes" in row]:
        assert row["train/face"] == 0  # a square has none
        assert row["train/objective"] == pytest.approx(row["train/codes"] + 2 * row["train/hands"], rel=1e-4)


def test_only_the_layers_matrices_learn_otherwise_with_another_optimizer(
    runs: Path, squares, tmp_path: Path
) -> None:
    first = replace(SHORT, steps=1, warmup_steps=0, save_every=1, evaluate_every=1)
    muon, adamw = (
        train_transformer(
            replace(first, optimizer=optimizer),
            corpus=squares,
            autoencoder_run=runs / "autoencoder",
            run=tmp_path / optimizer,
        )
        for optimizer in ("muon", "adamw")
    )
    for name, weight in muon.state_dict().items():
        is_matrix = name.startswith("layers.") and weight.ndim == 2
        assert torch.equal(weight, adamw.state_dict()[name]) != is_matrix, name


def test_hidden_codes_are_foretold_all_the_same(runs: Path, squares, tmp_path: Path) -> None:
    forward = LatentTransformer.forward
    learnt, measured = [], []

    def watched(model: LatentTransformer, *read: torch.Tensor) -> torch.Tensor:
        hidden = (read[-1] == 64).flatten(1).float().mean(dim=1)
        (learnt if model.training else measured).append(hidden)
        return forward(model, *read)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LatentTransformer, "forward", watched)
        config = replace(SHORT, hidden_codes=0.8)
        train_transformer(config, corpus=squares, autoencoder_run=runs / "autoencoder", run=tmp_path / "run")
    shares = torch.cat(learnt)
    assert shares.max() < 0.9
    assert 0.2 < shares.mean() < 0.6  # .4 on average, drawn for each clip
    assert shares.std() > 0.1
    assert torch.cat(measured).sum() == 0
    row = next(row for row in read_metrics(tmp_path / "run") if "train/codes" in row)
    assert row["train/codes"] == pytest.approx(math.log(64), abs=0.5)  # no code 64 was a target


@pytest.mark.parametrize("name", ["absent_gloss", "absent_frame", "hidden_codes"])
@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_what_is_no_share_is_refused(name: str, share: float) -> None:
    with pytest.raises(ValueError, match=rf"{name} must be a share, 0 to 1, but got {share}"):
        LatentTrainingConfig(**{name: share})


def test_recoloured_clips_are_not_what_their_codes_show() -> None:
    with pytest.raises(ValueError, match=r"but got recolourings=1; take recolourings=0 or pixels\.target"):
        LatentTrainingConfig(pixels=PixelLossConfig(reconstruction_weight=1.0, target="clip"))


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match=r"warmup_steps.*got 7 with steps=5"):
        LatentTrainingConfig(steps=5, warmup_steps=7)
