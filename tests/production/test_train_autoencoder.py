"""Training stage 1: it learns, resumes to the bit, and its digest survives the export."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from signlab.production import presets
from signlab.production.clips import load_clips, to_videos
from signlab.production.train_autoencoder import (
    AutoencoderTrainingConfig,
    digest,
    load_autoencoder,
    measure,
    train_autoencoder,
)
from signlab.training.config import load_config
from signlab.training.log import read_metrics
from signlab.training.weights import export

SHORT = replace(presets.autoencoder("smoke"), steps=6, save_every=3, evaluate_every=6, log_every=1)


def test_it_learns(runs: Path) -> None:
    rows = read_metrics(runs / "autoencoder")
    objectives = [row["train/objective"] for row in rows if "train/objective" in row]
    assert objectives[-1] < 0.7 * objectives[0]
    assert [row["step"] for row in rows if "valid/psnr" in row] == [20, 40]


def test_a_loaded_run_is_the_trained_model(runs: Path, squares) -> None:
    clips = load_clips(squares.split("valid")[:8], frames=8, size=32)
    measured = measure(load_autoencoder(runs / "autoencoder"), clips)
    last = next(row for row in reversed(read_metrics(runs / "autoencoder")) if "valid/psnr" in row)
    assert measured["psnr"] == pytest.approx(last["valid/psnr"], rel=1e-4)
    assert measured["hand_psnr"] < measured["psnr"]


def test_a_resumed_training_ends_in_the_same_weights(squares, tmp_path: Path) -> None:
    whole = train_autoencoder(SHORT, corpus=squares, run=tmp_path / "whole")

    class KilledError(Exception):
        """Stands for a kill after the first save."""

    def killed(step: int, values: dict[str, float]) -> None:
        if step == 4:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "signlab.training.log.MetricsLog.write", lambda self, step, values: killed(step, values)
        )
        with pytest.raises(KilledError):
            train_autoencoder(SHORT, corpus=squares, run=tmp_path / "resumed")
    torch.rand(5)  # whatever happened in between
    resumed = train_autoencoder(SHORT, corpus=squares, run=tmp_path / "resumed", resume=True)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name


def test_the_digest_survives_the_export_and_sees_a_change(runs: Path, tmp_path: Path, squares) -> None:
    export(runs / "autoencoder", tmp_path / "slim")
    assert digest(tmp_path / "slim") == digest(runs / "autoencoder")
    other = replace(presets.autoencoder("smoke"), steps=6, seed=1)
    train_autoencoder(other, corpus=squares, run=tmp_path / "other")
    assert digest(tmp_path / "other") != digest(runs / "autoencoder")


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match=r"warmup_steps.*got 7 with steps=5"):
        AutoencoderTrainingConfig(steps=5, warmup_steps=7)


def test_gradients_that_would_be_wrong_are_refused(squares, tmp_path: Path) -> None:
    config = replace(SHORT, precision="bf16-mixed")
    if torch.cuda.is_available():
        pytest.skip("only a CPU gets them wrong")
    with pytest.raises(
        ValueError, match=r"wrong gradients, but got frames=8 with precision=bf16-mixed; use "
    ):
        train_autoencoder(config, corpus=squares, run=tmp_path)


def test_a_decoder_learns_alone_and_codes_stay_what_they_are(runs: Path, squares, tmp_path: Path) -> None:
    config = replace(presets.autoencoder("smoke"), learns="decoder", commitment_weight=0.0, steps=10)
    begin_with = runs / "autoencoder"
    train_autoencoder(config, corpus=squares, run=tmp_path / "run", begin_with=begin_with)
    before, after = load_autoencoder(begin_with), load_autoencoder(tmp_path / "run")
    videos = to_videos(load_clips(squares.split("valid")[:4], frames=8, size=32).videos)
    assert torch.equal(before.encode(videos), after.encode(videos))
    assert not torch.allclose(before.decode(before.encode(videos)), after.decode(after.encode(videos)))
    assert load_config(tmp_path / "run", type(config)).began_with == digest(begin_with)
    assert digest(tmp_path / "run") != digest(begin_with)
    assert digest(tmp_path / "run", codes_only=True) == digest(begin_with, codes_only=True)


def test_a_training_can_begin_with_fewer_codes(runs: Path, squares, tmp_path: Path) -> None:
    smoke, begin_with = presets.autoencoder("smoke"), runs / "autoencoder"
    grown = replace(smoke, model=replace(smoke.model, num_codes=128), steps=5, learning_rate=1e-6)
    before = load_autoencoder(begin_with)
    after = train_autoencoder(grown, corpus=squares, run=tmp_path / "run", begin_with=begin_with)
    assert after.config.num_codes == 2 * before.config.num_codes
    videos = to_videos(load_clips(squares.split("valid")[:4], frames=8, size=32).videos)
    same = after.encode(videos) // 2 == before.encode(videos)
    assert same.float().mean() > 0.5  # most vectors stay with a copy of the code that they had


def test_what_a_training_cannot_begin_with_is_refused(runs: Path, squares, tmp_path: Path) -> None:
    config = presets.autoencoder("smoke")
    other = replace(config, model=replace(config.model, width=16))
    with pytest.raises(ValueError, match="must have the model that it begins with"):
        train_autoencoder(other, corpus=squares, run=tmp_path, begin_with=runs / "autoencoder")
    odd = replace(config, model=replace(config.model, num_codes=96))
    with pytest.raises(ValueError, match="has 96 codes of 8 and got 64 codes of 8"):
        train_autoencoder(odd, corpus=squares, run=tmp_path, begin_with=runs / "autoencoder")
    alone = replace(config, learns="decoder", commitment_weight=0.0)
    with pytest.raises(ValueError, match="nothing to begin with"):
        train_autoencoder(alone, corpus=squares, run=tmp_path)
    grown = replace(alone, model=replace(config.model, num_codes=128))
    with pytest.raises(
        ValueError, match=r"has 64 of them and model\.num_codes=128; take as many, or learns=all"
    ):
        train_autoencoder(grown, corpus=squares, run=tmp_path, begin_with=runs / "autoencoder")
    with pytest.raises(ValueError, match="nothing commits to codes"):
        replace(config, learns="decoder")
