"""Train the translator on feature sequences, computed from video first where need be. Chapter 9."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from signlab.data.batches import Batch, ShuffledBatches, collate
from signlab.data.example import SignExample
from signlab.data.text import Tokenizer
from signlab.metrics.protocols import protocol_of
from signlab.training import (
    MetricsLog,
    grad_scaler,
    grouped,
    launch,
    leave_inputs,
    named_as,
    read_metrics,
    save,
    share,
    track,
    update,
)
from signlab.training import resume as resume_run
from signlab.training.run_folder import seen_from
from signlab.translation.annealing import share_at
from signlab.translation.best import BLEU, BestSoFar
from signlab.translation.diagnostics import alarms, diagnose
from signlab.translation.losses import translation_loss
from signlab.translation.material import (
    VocabularySplits,
    drawn,
    gather,
    standardise,
    start_from_text,
    steps_of,
)
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.objective import ObjectiveConfig, objective
from signlab.translation.splits import AnyCorpus
from signlab.translation.vocabularies import keep_vocabulary

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationTrainingConfig:
    """How long and how fast the translator learns, and where its features and its language come from."""

    model: TranslatorConfig = field(default_factory=TranslatorConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)  # what is minimised
    steps: int = 4_000  # optimizer updates, not epochs
    batch_size: int = 32  # sentences per update
    learning_rate: float = 1e-3  # at its peak
    new_rate: float = 1.0  # how many times as fast layers learn that the text model did not have
    slow: tuple[str, ...] = ()  # parts that learn no faster though they are new, such as "latent"
    warmup_steps: int = 200  # updates until the peak
    weight_decay: float = 0.05  # AdamW's, of matrices only
    max_grad_norm: float = 15.0  # a longer gradient is scaled down to this length
    steps_dropped: float = 0.1  # share of feature steps hidden from the encoder in training
    vocabulary_from: VocabularySplits = "train"  # whose words can be written; all: as published
    num_train: int | None = None  # sentences drawn from the training split; none = all
    draw_seed: int = 0  # which sentences these are
    log_every: int = 50  # updates
    evaluate_every: int = 500  # updates
    keep_best: bool = False  # the weights with the best BLEU-4 on "valid", too, in the run's folder "best"
    save_every: int = 500  # updates
    precision: str = "32-true"  # or "bf16-mixed", faster where the machine has it
    seed: int = 0  # of weights, order, dropout and latent noise
    text_run: str = ""  # of the text model it starts from, seen from this run's folder; "" = from nothing
    language: str = ""  # of the sentences, such as de; from the data if not said
    visual_run: str = ""  # of the visual encoder, seen from this run's folder; "" = the data has features
    visual_hash: str = ""  # of that encoder's weights; filled in

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )


def train_translation(
    config: TranslationTrainingConfig,
    *,
    corpus: AnyCorpus,
    run: Path,
    resume: bool = False,
    visual: Path | None = None,
    text: Path | None = None,
    pieces: Path | None = None,
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
        text: Run of a text model to start from, or folder of an mBART; None starts from nothing.
        pieces: A SentencePiece model, to write pieces of words; None writes words, or as `text` does.
        cache: Where generated clips and features are kept; a folder in the run if None.
    """
    found = gather(
        config.model,
        corpus,
        cache=cache or run / "cache",
        visual=visual,
        text=text,
        pieces=pieces,
        vocabulary_from=config.vocabulary_from,
        with_glosses=config.objective.gloss_weight > 0,
    )
    config = replace(
        config,
        model=found.model,
        text_run=seen_from(run, text),
        visual_run=seen_from(run, found.visual_run),
        visual_hash=found.visual_hash,
        language=config.language or found.language,
    )
    train = drawn(found.train, config.num_train, seed=config.draw_seed)
    fabric = launch(precision=config.precision, seed=config.seed)
    leave_inputs(fabric)
    keep_vocabulary(config.model, run)
    plain = SignTranslator(config.model)
    standardise(plain, train)
    known: set[str] = set()
    if text is not None:
        known = start_from_text(plain, text, language=config.language) | named_as(
            plain, config.slow, setting="slow"
        )
    groups = grouped(plain, weight_decay=config.weight_decay, known=known, new_rate=config.new_rate)
    model, optimizer = fabric.setup(plain, torch.optim.AdamW(groups, fused=True))
    scaler = grad_scaler(fabric)
    start = 0
    if resume:
        start = resume_run(run, config=config, model=plain, optimizer=optimizer, scaler=scaler)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train), config.batch_size, config.seed)
    best = _best_so_far(run, config, corpus.name, found.valid) if config.keep_best and found.valid else None

    for step in track(range(start, config.steps), "translator", total=config.steps - start):
        chosen = [train[index] for index in share(batches.at(step))]
        chosen.sort(key=lambda example: len(steps_of(example)))  # neighbours of like length waste little
        batch = collated(chosen, config.model)
        batch = with_steps_dropped(batch, config, step).to(fabric.device)
        terms = train_step(fabric, model, optimizer, batch, config, step)
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if found.valid and (done % config.evaluate_every == 0 or done == config.steps):
            measured = measure(plain, found.valid, vocabulary=config.model.vocabulary)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: %.3f nats per unseen token", done, measured["surprise"])
            if best is not None:
                log.write(done, {BLEU: best.look(plain, step=done)})
            log.write(done, looked_into(plain, found.valid, config, done))
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, model=plain, optimizer=optimizer, step=done, scaler=scaler)
    return plain.eval()


def _best_so_far(
    run: Path, config: TranslationTrainingConfig, corpus: str, valid: Sequence[SignExample]
) -> BestSoFar:
    """What is kept in the folder "best": a run that names the same runs, seen from one folder further down."""
    folder = run / "best"
    named = {name: getattr(config, name) for name in ("text_run", "visual_run")}
    config = replace(config, **{name: seen_from(folder, run / way) for name, way in named.items() if way})
    return BestSoFar(folder, valid, config=config, protocol=protocol_of(corpus), log=read_metrics(run))


def collated(examples: Sequence[SignExample], model: TranslatorConfig) -> Batch:
    """Examples side by side, with what the model has to learn from them."""
    glosses = model.gloss_vocabulary if model.glosses else None
    return collate(examples, vocabulary=model.vocabulary, gloss_vocabulary=glosses)


def looked_into(
    model: SignTranslator, valid: Sequence[SignExample], config: TranslationTrainingConfig, done: int
) -> dict[str, float]:
    """The diagnosis of a batch of unseen clips; once the KLs weigh in full, what is wrong is said in the log."""
    if len(valid) < 2:
        return {}
    device = next(model.parameters()).device
    found = diagnose(model, collated(valid[: config.batch_size], config.model).to(device))
    if share_at(done, config.objective.annealing) == 1:
        for alarm in alarms(found, text_is_read=config.objective.second == "posterior"):
            logger.warning("update %d: %s", done, alarm)
    named = {f"diagnosis/{name}": value for name, value in found._asdict().items()}
    return {name: value for name, value in named.items() if math.isfinite(value)}


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
    aim = config.objective
    prediction = model(batch, second=aim.second, keep_filling=aim.count_filling)
    total, loss = objective(prediction, batch, aim, step)
    return update(fabric, model, optimizer, total, loss._asdict(), config, step)


def with_steps_dropped(batch: Batch, config: TranslationTrainingConfig, step: int) -> Batch:
    """Hide random steps from the encoder, never the first; a pure function of seed and step."""
    assert batch.steps_mask is not None
    generator = np.random.default_rng((config.seed, step))
    kept = torch.from_numpy(generator.random(batch.steps_mask.shape) >= config.steps_dropped)
    kept[:, 0] = True
    return replace(batch, steps_mask=batch.steps_mask & kept)


@torch.no_grad()
def measure(model: nn.Module, examples: Sequence[SignExample], *, vocabulary: Tokenizer) -> dict[str, float]:
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
