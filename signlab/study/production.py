"""One run of a production study: an autoencoder, or a latent transformer on codes of the shipped one. Chapter 16.

Every run draws its training clips from the same pool; the seed decides which, and in which order, and all chance in
training. The questions are put to clips of puppets that no training of the autoencoder has seen; those of the
latent transformer to new clips of the two puppets that it knows, as a production system is asked for signers it knows.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, overload

import numpy as np

from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.listing import Examples
from signlab.data.puppet.cache import cached
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, PuppetWords
from signlab.data.puppet.lexicon import face_twins, load_lexicon
from signlab.production import presets
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import load_clips
from signlab.production.evaluate import MEASURES, evaluate_autoencoder, evaluate_production
from signlab.production.following import following
from signlab.production.judges import Judgement, Judges
from signlab.production.system import load_production
from signlab.production.train_autoencoder import train_autoencoder
from signlab.production.train_estimator import load_estimator
from signlab.production.train_transformer import train_transformer
from signlab.production.windows import windows_of
from signlab.study.conditions import made_of
from signlab.study.design import Outcome
from signlab.training import override, read_metrics
from signlab.translation.evaluate import pooled_features, recognise_videos
from signlab.translation.train_visual import load_recognizer

CACHE = Path("runs") / "cache"  # of drawn clips, below the folder that a study is run from
UNSEEN = PuppetConfig(train=2_400, valid=137)  # puppets of "valid" are not those of "train"; every gloss once
KNOWN = PuppetConfig(train=4_800, valid=822, split_rule="leaky-signers", signers=2)
SENTENCES = PuppetConfig(train=700, valid=60, split_rule="leaky-signers", signers=2)
EVERY = 7  # of the glosses, in the order of the alphabet, one in so many is learnt: twenty
DRAWN = 1_200  # clips of stage 1's pool that a run learns from
ASKED = 120  # clips that a latent transformer is asked for
BESIDE = ("learns=",)  # settings of a run that are no fields of a configuration
SMALL_AUTOENCODER = (
    "model.width=48",
    "model.num_codes=1024",
    "model.free_batches=50",
    "steps=800",
    "learning_rate=0.003",
    "hands_weight=0.4",
    "face_weight=0.1",
    "evaluate_every=800",
    "save_every=800",
)  # settings that the studies of stage 1 share
SMALL_TRANSFORMER = (
    "model.dim=128",
    "model.num_layers=2",
    "model.num_heads=2",
    "model.code_width=64",
    "steps=800",
    "evaluate_every=800",
    "save_every=800",
)  # settings that the studies of stage 2 share


class Signs(NamedTuple):
    """A corpus of signs at hand."""

    name: str
    parts: dict[str, Sequence[SignExample]]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.parts)

    def split(self, name: str) -> Sequence[SignExample]:
        return self.parts[name]


def prepare_clips() -> None:
    """Draw the pool of stage 1's studies, once for all runs; nothing to do if it is there."""
    unseen()


def prepare_known() -> None:
    """Draw the pools of stage 2's studies, once for all runs; nothing to do if they are there."""
    known()
    in_context()


@lru_cache(maxsize=1)
def unseen() -> Signs:
    """Isolated signs, those of "valid" by other puppets than those of "train"."""
    words = PuppetWords(UNSEEN)
    return Signs(words.name, {name: cached(words.split(name), CACHE) for name in ("train", "valid")})


@lru_cache(maxsize=1)
def known() -> Signs:
    """Isolated signs of a few glosses by two puppets, in both splits the same two."""
    words = PuppetWords(KNOWN)
    few = set(words.glosses[::EVERY])
    parts = {}
    for name in ("train", "valid"):
        split = words.split(name)
        kept = cached(split, CACHE)
        parts[name] = [kept[index] for index in range(len(split)) if split.gloss(index) in few]
    return Signs(words.name, parts)


@lru_cache(maxsize=1)
def in_context() -> Signs:
    """The same few signs by the same two puppets, cut out of sentences."""
    sentences, few = PuppetWeather(SENTENCES), set(PuppetWords(KNOWN).glosses[::EVERY])
    parts = {}
    for name in ("train", "valid"):
        kept = cached(sentences.split(name), CACHE)
        signs = (window for sentence in kept for window in windows_of(sentence))
        parts[name] = [window for window in signs if window.glosses[0] in few]
    return Signs(f"{sentences.name}-signs", parts)


@lru_cache(maxsize=1)
def judges() -> Judges:
    """The shipped recogniser, whose features also stand for sets, and the shipped estimator."""
    recogniser = load_recognizer(shipped("checkpoints", "visual"))
    return Judges(
        recogniser=partial(recognise_videos, recogniser),
        features=partial(pooled_features, recogniser),
        features_named="word recogniser (a proxy)",
        estimator=load_estimator(shipped("checkpoints", "estimator")),
    )


@made_of(
    "production", "blocks", "training", "metrics", "data", "translation/features.py", "study/production.py"
)
def encode(settings: tuple[str, ...], seed: int) -> Outcome:
    """Train an autoencoder, and measure what it leaves of clips of unseen puppets.

    Args:
        settings: Fields of `AutoencoderTrainingConfig` that differ from the `quick` preset.
        seed: Of the draw of clips, the weights, the order, the colours and the codes.
    """
    config = replace(override(presets.autoencoder("quick"), fields_of(settings)), seed=seed)
    pool = unseen()
    corpus = Signs(
        pool.name, {"train": some_of(pool.split("train"), DRAWN, seed), "valid": pool.split("valid")}
    )
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        model = train_autoencoder(config, corpus=corpus, run=run)
        curve = [line["train/pixels"] for line in read_metrics(run) if "train/pixels" in line]
    twins = face_twins(load_lexicon())
    report = evaluate_autoencoder(model, pool.split("valid"), judges(), twins=twins)
    assert report.judged is not None
    metrics = {name: getattr(report, name) for name in (*MEASURES, "perplexity", "usage")}
    metrics["steadiness"] *= 100
    metrics |= {"bits": math.prod(model.config.grid) * math.log2(codes_of(model))}
    metrics |= told_of(report.judged, "reconstructed") | looks(model, pool.split("valid"))
    return Outcome(metrics, {"curve_pixels": [round(value, 5) for value in curve]})


@made_of(
    "production", "blocks", "training", "metrics", "data", "translation/features.py", "study/production.py"
)
def generate(settings: tuple[str, ...], seed: int) -> Outcome:
    """Train a latent transformer on the shipped autoencoder's codes, and judge the clips that it makes.

    Args:
        settings: Fields of `LatentTrainingConfig` that differ from the `quick` preset; "learns=words" (if not
            said), "learns=sentences" or "learns=both" is what it learns from.
        seed: Of the weights, the order and all that is hidden or drawn.
    """
    config = replace(override(presets.latent("quick"), fields_of(settings)), seed=seed)
    learns = next((one.split("=")[1] for one in settings if one.startswith("learns=")), "words")
    sources = {"words": [known()], "sentences": [in_context()], "both": [known(), in_context()]}[learns]
    corpus = Signs(
        learns,
        {name: [one for source in sources for one in source.split(name)] for name in ("train", "valid")},
    )
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        train_transformer(
            config, corpus=corpus, autoencoder_run=shipped("checkpoints", "autoencoder"), run=run
        )
        lines = read_metrics(run)
        system = load_production(run)
        report = evaluate_production(
            system,
            known().split("valid")[:ASKED],
            judges(),
            seed=seed,
            twins=face_twins(load_lexicon()),
            without_frame=False,
        )
    last = [line for line in lines if "valid/codes" in line][-1]
    metrics = {"nats": last["valid/codes"], "without_gloss": last["valid/codes_without_gloss"]}
    metrics |= {
        f"{name}_of_reconstructed": value for name, value in told_of(report.judged, "reconstructed").items()
    }
    metrics |= told_of(report.judged, "generated") | {"identity_psnr": report.identity_psnr}
    if report.from_reconstructed is not None:
        metrics["from_reconstructed"] = report.from_reconstructed.value
    curve = [line["train/codes"] for line in lines if "train/codes" in line]
    return Outcome(metrics, {"curve_codes": [round(value, 4) for value in curve]})


def fields_of(settings: Sequence[str]) -> list[str]:
    """Those of a run's settings that are fields of its configuration."""
    return [one for one in settings if not one.startswith(BESIDE)]


def some_of(examples: Sequence[SignExample], num: int, seed: int) -> Sequence[SignExample]:
    """So many of the examples, in the order of a draw that the seed decides; read when asked for."""
    return Some(examples, np.random.default_rng(seed).permutation(len(examples))[:num].tolist())


class Some(Examples):
    """Examples of a split by their numbers."""

    def __init__(self, examples: Sequence[SignExample], numbers: list[int]) -> None:
        self.examples, self.numbers = examples, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> SignExample: ...
    @overload
    def __getitem__(self, index: slice) -> list[SignExample]: ...
    def __getitem__(self, index: int | slice) -> SignExample | list[SignExample]:
        if isinstance(index, slice):
            return [self.examples[number] for number in self.numbers[index]]
        return self.examples[self.numbers[index]]


def codes_of(model: VideoAutoencoder) -> int:
    """Codes that the codebook has in the end; an adaptive one finds its own size."""
    return int(getattr(model.codebook, "size", model.config.num_codes))


def told_of(judged: Judgement, kind: str) -> dict[str, float]:
    """What the judges say of one kind of clips; relative to real ones where only that is fair."""
    poses, real = judged.poses[kind], judged.poses["real"]
    return {
        "recognised": 100 * judged.recognised[kind],
        "recognised_of_real": 100 * judged.recognised[kind] / max(judged.recognised["real"], 1e-9),
        "twins": 100 * judged.twins.get(kind, math.nan),
        "handshape": 100 * poses.parameters["handshape"],
        "handshape_of_real": 100 * poses.parameters["handshape"] / max(real.parameters["handshape"], 1e-9),
        "non_manual": 100 * poses.non_manual,
        "marked": 100 * poses.marked,
        "hand_error": poses.aligned["hand"],
        "face_error": poses.aligned["face"],
        "body_error": poses.aligned["body"],
        "distance": judged.distances[kind].value,
    }


def looks(model: VideoAutoencoder, examples: Sequence[SignExample]) -> dict[str, float]:
    """Where the encoder's motion transformer looks; NaN without one."""
    names = ("followed", "stayed", "even")
    if model.encoder_motion is None:
        return dict.fromkeys(names, math.nan)
    clips = load_clips(examples, frames=model.config.frames, size=model.config.size)
    found = following(model, clips)
    return {name: 100 * getattr(found, name) for name in names}
