"""A translation small enough for a class: from joints in place of video, out of a corpus of the student's own. Chapter 10."""

import zlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from einops import rearrange

from signlab.assignment.settings import corpus_seed, fields_of
from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetSplit, PuppetWeather
from signlab.study.conditions import made_of
from signlab.study.design import Outcome
from signlab.study.translation import Featured, asked
from signlab.training import override, read_metrics
from signlab.translation.material import drawn
from signlab.translation.presets import translation
from signlab.translation.train import TranslationTrainingConfig, train_translation

SENTENCES, UNSEEN = 600, 100  # performed; of the former each seed draws some
EVERY = 4  # frames from one step to the next
COMMON = (
    "num_train=300",
    "steps=150",
    "batch_size=16",
    "warmup_steps=20",
    "objective.annealing.warmup_steps=50",
    "evaluate_every=150",
    "save_every=150",
    "log_every=10",
)  # settings of all levels: twenty seconds on one core
MAY_DIFFER = (
    "objective.",
    "model.latent",
    "learning_rate",
    "new_rate",
    "steps_dropped",
)  # in a level of one's own


def config_of(settings: tuple[str, ...]) -> TranslationTrainingConfig:
    """What a run is trained with.

    Raises:
        ValueError: If a setting is not one of a translator's.
    """
    return override(translation("quick"), fields_of(settings))


@made_of(
    "translation", "blocks", "training", "metrics", "data", "study/translation.py", "assignment/poses.py"
)
def translate_poses(settings: tuple[str, ...], seed: int) -> Outcome:
    """Train a translator from joints, beginning with the shipped text model, and ask it about unseen sentences.

    Args:
        settings: Fields of `TranslationTrainingConfig` that differ from the `quick` preset; "corpus=7" is the seed
            of the corpus.
        seed: Of the draw of sentences, the weights, the order, dropout and noise.
    """
    config = replace(config_of(settings), seed=seed, draw_seed=seed)
    corpus = performed(corpus_seed(settings))
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        model = train_translation(config, corpus=corpus, run=run, text=shipped("checkpoints", "text"))
        curve = [line["train/surprise"] for line in read_metrics(run) if "train/surprise" in line]
    found = asked(model, corpus.split("valid"), oracles=config.objective.second == "posterior")
    metrics = {**found.metrics, "fingerprint": fingerprint(settings, seed)}
    per_sentence = {**(found.per_sentence or {}), "curve": [round(value, 3) for value in curve]}
    return Outcome(metrics, per_sentence)


def performed(seed: int) -> Featured:
    """A corpus of performances that nobody has drawn: their joints are the features."""
    weather = PuppetWeather(PuppetConfig(seed=seed, train=SENTENCES, valid=UNSEEN))
    parts = {
        name: [with_joints(weather.split(name), index) for index in range(num)]
        for name, num in (("train", SENTENCES), ("valid", UNSEEN))
    }
    return Featured(f"puppet-weather, joints, seed {seed}", parts)


def with_joints(split: PuppetSplit, index: int) -> SignExample:
    """An example whose features are the joints of every fourth frame."""
    example = split.perform(index)
    assert example.truth is not None
    joints = rearrange(example.truth.joints[::EVERY], "steps joints axes -> steps (joints axes)")
    return replace(example, truth=None, features=joints.astype(np.float32))


def fingerprint(settings: tuple[str, ...], seed: int) -> float:
    """A number that tells which sentences a run has learnt from: the same on every machine, quick to compute."""
    config = config_of(settings)
    told = drawn(_said(corpus_seed(settings)), config.num_train, seed=seed)
    return float(zlib.crc32("\n".join(told).encode()))


@lru_cache(maxsize=64)
def _said(corpus: int) -> list[str]:
    """Who says what in the sentences that seeds draw from."""
    split = PuppetWeather(PuppetConfig(seed=corpus, train=SENTENCES, valid=UNSEEN)).split("train")
    examples = (split.text(index) for index in range(SENTENCES))
    return [f"{example.signer}: {example.sentences[0]}" for example in examples]
