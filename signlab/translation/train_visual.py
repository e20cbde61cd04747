"""Train the word recogniser, and in it the visual encoder. Chapter 9."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from signlab.data.batches import Batch, ShuffledBatches, collate
from signlab.data.example import SignExample
from signlab.data.text import SPECIALS, Vocabulary
from signlab.shapes import Int
from signlab.training import (
    MetricsLog,
    grad_scaler,
    grouped,
    launch,
    load_config,
    load_weights,
    save,
    share,
    track,
    update,
)
from signlab.training import resume as resume_run
from signlab.translation.augmentation import AugmentationConfig, recoloured, varied
from signlab.translation.features import VisualConfig, WordRecognizer
from signlab.translation.losses import word_loss
from signlab.translation.splits import AnyCorpus, at_hand, glosses_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class VisualTrainingConfig:
    """How long and how fast the recogniser learns, and how varied its clips are."""

    model: VisualConfig = field(default_factory=VisualConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    steps: int = 4_000  # optimizer updates, not epochs
    batch_size: int = 32  # clips per update
    learning_rate: float = 3e-3  # at its peak
    warmup_steps: int = 200  # updates until the peak
    weight_decay: float = 0.05  # AdamW's, of matrices only
    label_smoothing: float = 0.1  # share of the target spread over all glosses
    max_grad_norm: float = 5.0  # a longer gradient is scaled down to this length
    log_every: int = 50  # updates
    evaluate_every: int = 1_000  # updates
    save_every: int = 500  # updates
    num_valid: int = 240  # clips of the validation split to look at
    precision: str = "32-true"  # or "bf16-mixed", faster where the machine has it
    seed: int = 0  # of weights, order and variation

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )


def train_visual(
    config: VisualTrainingConfig,
    *,
    corpus: AnyCorpus,
    run: Path,
    resume: bool = False,
    cache: Path | None = None,
) -> WordRecognizer:
    """Learn to name isolated signs.

    Args:
        config: What to do; its glosses are filled in from the corpus.
        corpus: Isolated signs with splits "train" and "valid".
        run: Folder of the run.
        resume: Go on where the run stopped, to the bit on a CPU.
        cache: Where generated clips are kept; a folder in the run if None.
    """
    config = replace(config, model=replace(config.model, glosses=glosses_of(corpus)))
    kept = cache or run / "cache"
    train, valid = at_hand(corpus.split("train"), kept), at_hand(corpus.split("valid"), kept)

    fabric = launch(precision=config.precision, seed=config.seed)
    plain = WordRecognizer(config.model)
    model, optimizer = fabric.setup(
        plain, torch.optim.AdamW(grouped(plain, weight_decay=config.weight_decay))
    )
    scaler = grad_scaler(fabric)
    start = 0
    if resume:
        start = resume_run(run, config=config, model=plain, optimizer=optimizer, scaler=scaler)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train), config.batch_size, config.seed)

    for step in track(range(start, config.steps), "recogniser", total=config.steps - start):
        batch = draw([train[index] for index in share(batches.at(step))], config, step).to(fabric.device)
        terms = train_step(fabric, model, optimizer, batch, config, step)
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if done % config.evaluate_every == 0 or done == config.steps:
            measured = measure(plain, valid[: config.num_valid], glosses=config.model.glosses)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: accuracy on unseen puppets %.3f", done, measured["accuracy"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, model=plain, optimizer=optimizer, step=done, scaler=scaler)
    return plain.eval()


def draw(examples: Sequence[SignExample], config: VisualTrainingConfig, step: int) -> Batch:
    """The batch of update `step`: its clips, varied; a pure function of seed and step."""
    generator = np.random.default_rng((config.seed, step))
    batch = collate(
        [varied(example, config.augmentation, generator) for example in examples],
        gloss_vocabulary=Vocabulary(config.model.glosses),
    )
    assert batch.video is not None
    return replace(batch, video=recoloured(batch.video, config.augmentation, generator))


def train_step(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    config: VisualTrainingConfig,
    step: int,
) -> dict[str, float]:
    """Update `model` once; return every term, the gradient norm and the learning rate."""
    model.train()
    logits = model(batch.video, batch.frames_mask)
    loss = word_loss(logits, labels(batch), label_smoothing=config.label_smoothing)
    return update(fabric, model, optimizer, loss.gloss, loss._asdict(), config, step)


def labels(batch: Batch) -> Int[Tensor, " batch"]:
    """Positions of the signs' glosses among the recogniser's."""
    assert batch.glosses is not None
    return batch.glosses[:, 0] - len(SPECIALS)


@torch.no_grad()
def measure(model: nn.Module, examples: Sequence[SignExample], *, glosses: Sequence[str]) -> dict[str, float]:
    """Mean loss (nats per clip) and accuracy on clips as they are."""
    model.eval()
    device = next(model.parameters()).device
    sums = {"gloss": 0.0, "accuracy": 0.0}
    for start in range(0, len(examples), 32):
        some = examples[start : start + 32]
        batch = collate(some, gloss_vocabulary=Vocabulary(tuple(glosses))).to(device)
        loss = word_loss(model(batch.video, batch.frames_mask), labels(batch))
        for name, value in loss._asdict().items():
            sums[name] += value.item() * len(some)
    return {name: total / len(examples) for name, total in sums.items()}


def load_recognizer(run: Path) -> WordRecognizer:
    """The recogniser of a run, ready for use.

    Raises:
        ValueError: If the folder is no run of a recogniser.
    """
    config = load_config(run, VisualTrainingConfig)
    recognizer = WordRecognizer(config.model)
    load_weights(run, recognizer)
    return recognizer.eval()
