"""Train the translator on feature sequences, computed from video first where need be. Chapter 9."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from signlab.data.batches import Batch, ShuffledBatches, collate
from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.text import Vocabulary
from signlab.training import (
    MetricsLog,
    grad_scaler,
    launch,
    save,
    share,
    track,
    update,
)
from signlab.training import resume as resume_run
from signlab.translation.feature_cache import weights_hash, with_features
from signlab.translation.losses import translation_loss
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.splits import AnyCorpus, at_hand, vocabulary_of
from signlab.translation.train_visual import grouped, load_recognizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationTrainingConfig:
    """How long and how fast the translator learns, and where its features come from."""

    model: TranslatorConfig = field(default_factory=TranslatorConfig)
    steps: int = 4_000  # optimizer updates, not epochs
    batch_size: int = 32  # sentences per update
    learning_rate: float = 1e-3  # at its peak
    warmup_steps: int = 200  # updates until the peak
    weight_decay: float = 0.05  # AdamW's, of matrices only
    label_smoothing: float = 0.1  # share of each target spread over all words
    max_grad_norm: float = 1.0  # a longer gradient is scaled down to this length
    steps_dropped: float = 0.1  # share of feature steps hidden from the encoder in training
    log_every: int = 50  # updates
    evaluate_every: int = 500  # updates
    save_every: int = 500  # updates
    precision: str = "32-true"  # or "bf16-mixed", faster where the machine has it
    seed: int = 0  # of weights, order and dropout
    visual_run: str = ""  # of the visual encoder, seen from this run's folder; "" = the data has features
    visual_hash: str = ""  # of that encoder's weights; filled in

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )


class Material(NamedTuple):
    """What the translator learns from, and the configuration completed by what was found in it."""

    config: TranslationTrainingConfig
    train: list[SignExample]
    valid: list[SignExample]


def train_translation(
    config: TranslationTrainingConfig,
    *,
    corpus: AnyCorpus,
    run: Path,
    resume: bool = False,
    visual: Path | None = None,
    cache: Path | None = None,
) -> SignTranslator:
    """Learn to translate.

    Args:
        config: What to do; words and widths are filled in from the corpus.
        corpus: Sentences with a split "train", and "valid" if there is one.
        run: Folder of the run.
        resume: Go on where the run stopped, to the bit on a CPU.
        visual: Run of the visual encoder, for a corpus of videos; the shipped one if None. A corpus with
            features of its own needs none.
        cache: Where generated clips and features are kept; a folder in the run if None.
    """
    config, train, valid = prepare(config, corpus, run=run, visual=visual, cache=cache or run / "cache")
    fabric = launch(precision=config.precision, seed=config.seed)
    plain = SignTranslator(config.model)
    plain.encoder.standardise_by(torch.from_numpy(np.concatenate([_steps(example) for example in train])))
    model, optimizer = fabric.setup(
        plain, torch.optim.AdamW(grouped(plain, weight_decay=config.weight_decay))
    )
    scaler = grad_scaler(fabric)
    start = 0
    if resume:
        start = resume_run(run, config=config, model=plain, optimizer=optimizer, scaler=scaler)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train), config.batch_size, config.seed)
    vocabulary = config.model.vocabulary

    for step in track(range(start, config.steps), "translator", total=config.steps - start):
        batch = collate([train[index] for index in share(batches.at(step))], vocabulary=vocabulary)
        batch = with_steps_dropped(batch, config, step).to(fabric.device)
        terms = train_step(fabric, model, optimizer, batch, config, step)
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if valid and (done % config.evaluate_every == 0 or done == config.steps):
            measured = measure(plain, valid, vocabulary=vocabulary)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: %.3f nats per unseen token", done, measured["surprise"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, model=plain, optimizer=optimizer, step=done, scaler=scaler)
    return plain.eval()


def prepare(
    config: TranslationTrainingConfig, corpus: AnyCorpus, *, run: Path, visual: Path | None, cache: Path
) -> Material:
    """Features for every split, and the configuration with what is known only from the data."""
    train = at_hand(corpus.split("train"), cache)
    valid = at_hand(corpus.split("valid"), cache) if "valid" in corpus.splits else []
    if train[0].features is None:
        visual = visual or shipped("checkpoints", "visual")
        encoder = load_recognizer(visual).encoder
        train = with_features(encoder, train, folder=cache)
        valid = with_features(encoder, valid, folder=cache) if valid else []
        config = replace(
            config,
            visual_run=os.path.relpath(visual.resolve(), run.resolve()),
            visual_hash=weights_hash(encoder),
        )
    width, words = _steps(train[0]).shape[1], vocabulary_of(corpus).words
    longest = 1 + max(len(example.sentences[0].split()) for example in train)
    model = replace(config.model, features_dim=width, words=words, max_tokens=longest * 3 // 2)
    return Material(
        config=replace(config, model=model),
        train=list(train),
        valid=list(valid),
    )


def train_step(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    config: TranslationTrainingConfig,
    step: int,
) -> dict[str, float]:
    """Update `model` once; return every term, the gradient norm and the learning rate."""
    model.train()
    loss = translation_loss(model(batch), batch, label_smoothing=config.label_smoothing)
    return update(fabric, model, optimizer, loss.text, loss._asdict(), config, step)


def with_steps_dropped(batch: Batch, config: TranslationTrainingConfig, step: int) -> Batch:
    """Hide random steps from the encoder, never the first; a pure function of seed and step."""
    assert batch.steps_mask is not None
    generator = np.random.default_rng((config.seed, step))
    kept = torch.from_numpy(generator.random(batch.steps_mask.shape) >= config.steps_dropped)
    kept[:, 0] = True
    return replace(batch, steps_mask=batch.steps_mask & kept)


@torch.no_grad()
def measure(model: nn.Module, examples: Sequence[SignExample], *, vocabulary: Vocabulary) -> dict[str, float]:
    """Nats per token and share of tokens guessed right, over all tokens of the examples."""
    model.eval()
    device = next(model.parameters()).device
    sums, num_tokens = {"surprise": 0.0, "accuracy": 0.0}, 0
    for start in range(0, len(examples), 32):
        batch = collate(examples[start : start + 32], vocabulary=vocabulary).to(device)
        assert batch.tokens_mask is not None
        num = int(batch.tokens_mask[:, 1:].sum())
        loss = translation_loss(model(batch), batch)
        sums["surprise"] += loss.surprise.item() * num
        sums["accuracy"] += loss.accuracy.item() * num
        num_tokens += num
    return {name: total / num_tokens for name, total in sums.items()}


def _steps(example: SignExample) -> np.ndarray:
    assert example.features is not None
    return np.asarray(example.features, dtype=np.float32)
