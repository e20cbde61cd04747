"""An autoencoder small enough for a class: eight frames of 32 x 32 pixels, out of a corpus of the student's own. Chapter 11."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from signlab.assignment.settings import corpus_seed, fields_of
from signlab.data.example import SignExample
from signlab.data.puppet.corpus import PuppetConfig, PuppetWords
from signlab.metrics.video import psnr
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import load_clips, to_videos
from signlab.production.evaluate import MEASURES, evaluate_autoencoder
from signlab.production.presets import autoencoder
from signlab.production.train_autoencoder import AutoencoderTrainingConfig, train_autoencoder
from signlab.study.conditions import made_of
from signlab.study.design import Outcome
from signlab.study.production import Signs, Some
from signlab.training import override, read_metrics

CLIPS, UNSEEN = 300, 60  # of the corpus
LEARNT = 120  # of them, drawn by the seed
COMMON = (
    "model.width=32",
    "steps=250",
    "evaluate_every=250",
    "save_every=250",
    "log_every=10",
)  # settings of all levels: less than twenty seconds on one core, critics and perceptual distance aside
MAY_DIFFER = (
    "model.num_codes",
    "model.code_dim",
    "model.codebook",
    "model.padding",
    "model.encoder_",
    "model.decoder_motion",
    "learning_rate",
    "distance",
    "hands_weight",
    "face_weight",
    "commitment_weight",
    "perceptual_weight",
    "adversarial.",
    "colour_change",
)  # in a level of one's own


def config_of(settings: tuple[str, ...]) -> AutoencoderTrainingConfig:
    """What a run is trained with.

    Raises:
        ValueError: If a setting is not one of an autoencoder's.
    """
    return override(autoencoder("smoke"), fields_of(settings))


@made_of("production", "blocks", "training", "metrics", "data", "study/production.py", "assignment/clips.py")
def reconstruct(settings: tuple[str, ...], seed: int) -> Outcome:
    """Train an autoencoder, and measure what it leaves of clips of unseen puppets.

    Args:
        settings: Fields of `AutoencoderTrainingConfig` that differ from the `smoke` preset; "corpus=7" is the seed
            of the corpus.
        seed: Of the draw of clips, the weights, the order, the colours and the codes.
    """
    config = replace(config_of(settings), seed=seed)
    words = PuppetWords(
        PuppetConfig(seed=corpus_seed(settings), size=config.model.size, train=CLIPS, valid=UNSEEN)
    )
    train, valid = (words.split(name) for name in ("train", "valid"))
    corpus = Signs(words.name, {"train": Some(train, chosen(seed)), "valid": valid})
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        model = train_autoencoder(config, corpus=corpus, run=run)
        curve = [line["train/pixels"] for line in read_metrics(run) if "train/pixels" in line]
    unseen = valid[:]
    report = evaluate_autoencoder(model, unseen)
    metrics = {name: float(getattr(report, name)) for name in (*MEASURES, "perplexity", "usage")}
    metrics["fingerprint"] = fingerprint(settings, seed)
    return Outcome(
        metrics, {"psnr": psnr_of_each(model, unseen), "curve": [round(value, 4) for value in curve]}
    )


def chosen(seed: int) -> list[int]:
    """Which clips of the corpus a seed learns from."""
    return np.random.default_rng(seed).permutation(CLIPS)[:LEARNT].tolist()


@torch.no_grad()
def psnr_of_each(model: VideoAutoencoder, examples: Sequence[SignExample]) -> list[float]:
    """Decibels of each clip's reconstruction."""
    clips = load_clips(examples, frames=model.config.frames, size=model.config.size)
    videos = to_videos(clips.videos)
    return [round(value, 3) for value in psnr(model.decode(model.encode(videos)), videos).tolist()]


def fingerprint(settings: tuple[str, ...], seed: int) -> float:
    """A number that tells which clips a run has learnt from: the same on every machine, quick to compute."""
    shown = _shown(corpus_seed(settings))
    told = "\n".join(shown[index] for index in chosen(seed))
    return float(zlib.crc32(told.encode()))


@lru_cache(maxsize=64)
def _shown(corpus: int) -> list[str]:
    """Who shows what in the clips that seeds draw from."""
    split = PuppetWords(PuppetConfig(seed=corpus, train=CLIPS, valid=UNSEEN)).split("train")
    examples = (split.text(index) for index in range(CLIPS))
    return [f"{example.signer}: {example.glosses[0]}" for example in examples]
