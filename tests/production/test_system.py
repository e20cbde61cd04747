"""Both stages from disk: clips come out, seeds repeat them, and wrong wishes and runs are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from signlab.production.sample import SamplingConfig
from signlab.production.system import load_production
from signlab.training.weights import export


def picture() -> np.ndarray:
    return np.full((32, 32, 3), 77, np.uint8)


def test_a_gloss_becomes_a_clip_and_a_seed_repeats_it(runs: Path) -> None:
    system = load_production(runs / "latent")
    clip = system.produce("LEFT", picture(), seed=3)
    assert clip.shape == (8, 32, 32, 3)
    assert clip.dtype == np.uint8
    assert np.array_equal(clip, system.produce("LEFT", picture(), seed=3))
    bold = SamplingConfig(temperature=2.0)
    one, other = (system.produce("LEFT", picture(), sampling=bold, seed=seed) for seed in (3, 5))
    assert not np.array_equal(one, other)


def test_gloss_and_first_frame_are_optional(runs: Path) -> None:
    system = load_production(runs / "latent")
    for gloss, first_frame in ((None, None), ("UP", None), (None, picture())):
        clip = system.produce(gloss, first_frame, sampling=SamplingConfig(top_k=5))
        assert clip.shape == (8, 32, 32, 3)


def test_a_sentence_is_made_window_after_window(runs: Path) -> None:
    system = load_production(runs / "latent")
    clip = system.produce_sentence(["LEFT", "UP", "WAIT"], picture(), seed=3)
    assert clip.shape == (8 + 7 + 7, 32, 32, 3)
    first = system.produce("LEFT", picture(), seed=3)
    second = system.produce("UP", first[-1], seed=4)
    assert np.array_equal(clip[:8], first)
    assert np.array_equal(clip[8:15], second[1:])
    assert np.array_equal(system.produce_sentence(["LEFT"], picture(), seed=3), first)
    with pytest.raises(ValueError, match="one gloss or more"):
        system.produce_sentence([])
    with pytest.raises(ValueError, match="got 'rihgt'"):
        system.produce_sentence(["LEFT", "rihgt"])


def test_sentences_of_unequal_length_are_made_side_by_side(runs: Path) -> None:
    system = load_production(runs / "latent")
    sentences = [["LEFT"], ["UP", "WAIT", "DOWN"], ["RIGHT", "LEFT"]]
    pictures = np.stack([picture()] * 3)
    clips = system.produce_sentences(sentences, pictures, seed=3)
    assert [len(clip) for clip in clips] == [8, 22, 15]
    together = system.produce_many(["LEFT", "UP", "RIGHT"], pictures, seed=3)
    assert all(np.array_equal(clip[:8], window) for clip, window in zip(clips, together, strict=True))
    second = system.produce_many(["WAIT", "LEFT"], together[1:, -1], seed=4)
    assert np.array_equal(clips[2][8:], second[1, 1:])
    assert system.produce_sentences([]) == []
    with pytest.raises(ValueError, match="one gloss or more"):
        system.produce_sentences([["UP"], []])


def test_exported_runs_moved_together_still_work(runs: Path, tmp_path: Path) -> None:
    for stage in ("autoencoder", "latent"):
        export(runs / stage, tmp_path / "elsewhere" / stage)
    system = load_production(tmp_path / "elsewhere" / "latent")
    assert system.glosses == ("DOWN", "LEFT", "RIGHT", "UP", "WAIT")
    assert system.produce("UP").shape == (8, 32, 32, 3)


def test_an_unknown_gloss_names_the_nearest(runs: Path) -> None:
    with pytest.raises(
        ValueError, match="one of the 5 this model learnt, but got 'rihgt'; the nearest is 'RIGHT'"
    ):
        load_production(runs / "latent").produce("rihgt")


def test_a_picture_of_another_size_is_refused(runs: Path) -> None:
    with pytest.raises(ValueError, match=r"must be 32 x 32 pixels.*\(1, 30, 32, 3\)"):
        load_production(runs / "latent").produce("UP", picture()[:30])


def test_another_autoencoder_is_refused(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "latent", tmp_path / "latent")
    with pytest.raises(ValueError, match=r"needs the autoencoder.*none at .*autoencoder;"):
        load_production(tmp_path / "latent")
    shutil.copytree(runs / "latent", tmp_path / "autoencoder")
    with pytest.raises(ValueError, match="learnt the codes of an autoencoder with digest"):
        load_production(tmp_path / "latent")
    found = load_production(tmp_path / "latent", autoencoder=runs / "autoencoder")
    assert torch.equal(
        found.autoencoder.last_weights, load_production(runs / "latent").autoencoder.last_weights
    )
