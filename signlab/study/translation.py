"""One run of a translation study: a translator, trained on a draw of signing, asked all that studies ask. Chapter 10.

Every run starts from the shipped text model and sees so many signed sentences as its settings say; the seed
decides which, and in which order, and all chance in training. The questions are put to sentences and puppets
that no training has seen.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch

from signlab.data.batches import Batch
from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather
from signlab.metrics.text import bleu
from signlab.study.conditions import made_of
from signlab.study.design import Outcome
from signlab.training import override, read_metrics
from signlab.translation.alignment import alignment, signs_of_steps, words_of_glosses
from signlab.translation.diagnostics import Diagnosis, diagnose
from signlab.translation.feature_cache import with_features
from signlab.translation.material import steps_of
from signlab.translation.model import Memory, SignTranslator
from signlab.translation.oracle import (
    POSTERIOR,
    PRIOR,
    SWAPS,
    oracle_memory,
    oracle_paths,
    surprise_by_sentence,
    with_sentences_of,
)
from signlab.translation.presets import translation
from signlab.translation.search import greedy_search
from signlab.translation.train import collated, train_translation
from signlab.translation.train_visual import load_recognizer

CACHE = Path("runs") / "cache"  # of features, below the folder that a study is run from
ORACLES = (
    "posterior_nats",
    "posterior_bleu4",
    "context_only_bleu4",
    "latent_only_bleu4",
    "misled_bleu4",
    "misled_other_bleu4",
    *(name for name in Diagnosis._fields if name != "surprise"),
)  # what only a model with a posterior can be asked
BATCH = 100  # sentences written side by side
SCARCE = (
    "num_train=1000",
    "steps=1000",
    "objective.annealing.warmup_steps=333",
    "evaluate_every=250",
    "save_every=1000",
    "log_every=25",
)  # settings that the studies share: little signing, and as many updates as five seeds leave time for
ALIGNED = 100  # examples whose signs are looked up
BESIDE = ("text=", "wording=")  # settings of a run that are no fields of a configuration
CURVES = ("latent_kl", "agreement", "surprise", "second_surprise")  # kept of the course of a training


POOL = PuppetConfig(train=6_000, valid=500, test=500)  # enough sentences for several draws


class Featured(NamedTuple):
    """A corpus whose features are at hand."""

    name: str
    parts: dict[str, list[SignExample]]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.parts)

    def split(self, name: str) -> list[SignExample]:
        return self.parts[name]


def prepare() -> None:
    """Draw the corpus and compute its features, once for all runs; nothing to do if they are there."""
    corpus()


@lru_cache(maxsize=1)
def corpus() -> Featured:
    """Puppet's weather with the features of the shipped visual encoder: splits "train" and "valid"."""
    encoder = load_recognizer(shipped("checkpoints", "visual")).encoder
    weather = PuppetWeather(POOL)
    parts = {name: with_features(encoder, weather.split(name), folder=CACHE) for name in ("train", "valid")}
    return Featured("puppet-weather, featured", parts)


@lru_cache(maxsize=1)
def worded_alike() -> Featured:
    """The same clips, each with one right sentence only, so that hardly any choice of words is left.

    Not quite none: of a clip with more right sentences than the grammar lists, others may be listed elsewhere.
    """
    name, parts = corpus()
    alike = {part: [one_wording(example) for example in examples] for part, examples in parts.items()}
    return Featured(f"{name}, one wording", alike)


def one_wording(example: SignExample) -> SignExample:
    """An example whose listed right sentences are cut down to the first by the alphabet."""
    return replace(example, sentences=(min(example.sentences),))


def fields_of(settings: Sequence[str]) -> list[str]:
    """Those of a run's settings that are fields of its configuration."""
    return [one for one in settings if not one.startswith(BESIDE)]


@made_of("translation", "blocks", "training", "metrics", "data", "study/translation.py")
def translate(settings: tuple[str, ...], seed: int) -> Outcome:
    """Train and ask.

    Args:
        settings: Fields of `TranslationTrainingConfig` that differ from the `quick` preset; "text=none" trains
            without the text model, "wording=one" and asks on sentences as `worded_alike` cuts them down.
        seed: Of the draw of sentences, the weights, the order, dropout and noise.
    """
    from_text = "text=none" not in settings
    told = worded_alike() if "wording=one" in settings else corpus()
    config = override(translation("quick"), fields_of(settings))
    config = replace(config, seed=seed, draw_seed=seed)
    text = shipped("checkpoints", "text") if from_text else None
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        model = train_translation(config, corpus=told, run=run, text=text)
        curves = _curves(run)
    found = asked(model, told.split("valid"), oracles=config.objective.second == "posterior")
    return Outcome({**found.metrics, **aligned(model, told)}, {**(found.per_sentence or {}), **curves})


def aligned(model: SignTranslator, told: Featured) -> dict[str, float]:
    """Where attention looks, beside where the first examples' signs really are: see `Alignment`."""
    split, examples = PuppetWeather(POOL).split("valid"), told.split("valid")[:ALIGNED]
    belonging = words_of_glosses(told.split("train"))
    signs = [signs_of_steps(split, index, len(steps_of(one))) for index, one in enumerate(examples)]
    return alignment(model, collated(examples, model.config), examples, signs, belonging)._asdict()


@torch.no_grad()
def asked(model: SignTranslator, examples: list[SignExample], *, oracles: bool) -> Outcome:
    """All scores of a trained translator, those of its oracles named as such; greedy search throughout.

    Args:
        model: Trained; in evaluation mode afterwards.
        examples: With features and sentences.
        oracles: Whether the posterior path is asked too.

    Returns:
        "nats" (of a sentence, to its first reference), "bleu4" and "exact" (to all references, in per cent)
        are of the prior path, the one that translates. With `oracles` also: "posterior_nats" and
        "posterior_bleu4", which have read the answer; "context_only_bleu4" and "latent_only_bleu4", the swaps;
        "misled_bleu4", of a posterior that was given another sentence, to the right one, and
        "misled_other_bleu4", to the one it was given; and the diagnoses. Per sentence: nats.
    """
    model.eval()
    batches = [
        collated(examples[start : start + BATCH], model.config) for start in range(0, len(examples), BATCH)
    ]
    right = [several for batch in batches for several in batch.references]
    written = [sentence for batch in batches for sentence in write(model, model.read(batch))]
    nats = torch.cat([surprise_by_sentence(model, model.paths(batch), batch, PRIOR) for batch in batches])
    metrics = {
        "nats": nats.mean().item(),
        "bleu4": bleu(written, right).bleu4,
        "exact": 100 * float(np.mean([one in several for one, several in zip(written, right, strict=True)])),
    }
    metrics |= _oracles(model, batches) if oracles else dict.fromkeys(ORACLES, math.nan)
    return Outcome(metrics, {"nats": [round(one, 2) for one in nats.tolist()]})


def _oracles(model: SignTranslator, batches: Sequence[Batch]) -> dict[str, float]:
    """What only an oracle can say, and what the diagnoses say."""
    written: dict[str, list[str]] = {name: [] for name in (*SWAPS, "misled")}
    right, others, nats, diagnoses = [], [], [], []
    for batch in batches:
        elsewhere = with_sentences_of(batch, [(index + 1) % len(batch) for index in range(len(batch))])
        right += batch.references
        others += elsewhere.references
        paths = oracle_paths(model, batch)
        nats += surprise_by_sentence(model, paths, batch, POSTERIOR).tolist()
        for name, swap in SWAPS.items():
            if swap != PRIOR:
                written[name] += write(model, oracle_memory(model, paths, swap))
        misled = oracle_memory(model, oracle_paths(model, elsewhere), POSTERIOR)
        written["misled"] += write(model, misled)
        diagnoses.append(diagnose(model, batch))
    found = {
        "posterior_nats": float(np.mean(nats)),
        "posterior_bleu4": bleu(written["posterior"], right).bleu4,
        "context_only_bleu4": bleu(written["context only"], right).bleu4,
        "latent_only_bleu4": bleu(written["latent only"], right).bleu4,
        "misled_bleu4": bleu(written["misled"], right).bleu4,
        "misled_other_bleu4": bleu(written["misled"], others).bleu4,
    }
    fields = [name for name in diagnoses[0]._fields if name != "surprise"]
    return found | {name: float(np.mean([getattr(one, name) for one in diagnoses])) for name in fields}


def write(model: SignTranslator, memory: Memory) -> list[str]:
    """Sentences, each word the likeliest after those before it."""
    vocabulary = model.config.vocabulary
    return [vocabulary.decode(row.tolist()) for row in greedy_search(model, memory).tokens]


def _curves(run: Path) -> dict[str, list[float]]:
    """What was logged on the way: updates, and nats at each of them."""
    lines = [line for line in read_metrics(run) if "train/text" in line]
    found = {f"curve_{name}": [round(line[f"train/{name}"], 4) for line in lines] for name in CURVES}
    valid = [line for line in read_metrics(run) if "valid/surprise" in line]
    return {
        "curve_steps": [line["step"] for line in lines],
        **found,
        "curve_valid_steps": [line["step"] for line in valid],
        "curve_valid_surprise": [round(line["valid/surprise"], 4) for line in valid],
    }
