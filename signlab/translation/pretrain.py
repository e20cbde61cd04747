"""Train the text model: what a large language model would bring along, learnt from the grammar. Chapter 9."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from signlab.data.batches import Batch, ShuffledBatches, collate
from signlab.data.example import SignExample
from signlab.data.text import Vocabulary
from signlab.training import (
    MetricsLog,
    grad_scaler,
    grouped,
    launch,
    leave_inputs,
    load_config,
    load_weights,
    named_as,
    save,
    share,
    track,
    update,
)
from signlab.training import resume as resume_run
from signlab.training.run_folder import seen_from
from signlab.translation.losses import translation_loss
from signlab.translation.mbart import mbart_config, start_from_mbart, start_glosses
from signlab.translation.mbart_folder import PIECES
from signlab.translation.model import TranslatorConfig
from signlab.translation.splits import AnyCorpus, texts
from signlab.translation.text_model import (
    NoiseConfig,
    Source,
    TextModel,
    check_language_parts,
    noised,
    source_of,
    stretched,
)
from signlab.translation.vocabularies import (
    keep_vocabulary,
    open_vocabulary,
    vocabulary_for,
    with_vocabulary,
)

Writes = Literal["sentences", "glosses"]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTrainingConfig:
    """How long and how fast the text model learns, and from how spoilt sentences."""

    model: TranslatorConfig = field(default_factory=TranslatorConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    share_of_glosses: float = 0.5  # of the rows of a batch; the others are to be denoised
    steps: int = 4_000  # optimizer updates, not epochs
    batch_size: int = 64  # sentences per update
    learning_rate: float = 1e-3  # at its peak
    warmup_steps: int = 200  # updates until the peak
    weight_decay: float = 0.05  # AdamW's, of matrices only
    label_smoothing: float = 0.1  # share of each target spread over the other words
    max_grad_norm: float = 15.0  # a longer gradient is scaled down to this length
    frozen: tuple[str, ...] = ()  # parts that stay as they are, such as "glosses" or "decoder.table"
    log_every: int = 50  # updates
    evaluate_every: int = 500  # updates
    save_every: int = 500  # updates
    precision: str = "32-true"  # or "bf16-mixed", faster where the machine has it
    seed: int = 0  # of weights, order, noise and dropout
    text_run: str = ""  # the mBART it starts from, seen from this run's folder; "" = from nothing
    language: str = ""  # of the sentences, such as de; from the data if not said
    writes: Writes = "sentences"  # or "glosses": the other way round, from a sentence to how it is signed

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )
        if self.writes == "glosses" and self.share_of_glosses != 1:
            raise ValueError(
                "Glosses are written from sentences alone, which stand where glosses do, but got "
                f"share_of_glosses={self.share_of_glosses:g} with writes=glosses; take share_of_glosses=1."
            )


def train_text(
    config: TextTrainingConfig,
    *,
    corpus: AnyCorpus,
    run: Path,
    resume: bool = False,
    text: Path | None = None,
    pieces: Path | None = None,
) -> TextModel:
    """Learn to restore sentences, and to write them from glosses, or glosses from them; no video is drawn or read.

    Args:
        config: What to do; words and glosses are filled in from the corpus.
        corpus: Sentences with glosses; its split "train" is learnt from, "valid" measured on.
        run: Folder of the run.
        resume: Go on where the run stopped, to the bit on a CPU.
        text: Folder of an mBART to start from, whose pieces are written; None starts from nothing.
        pieces: A SentencePiece model, to write pieces of words; None writes words, or as `text` does.

    Raises:
        ValueError: If an example has no sentence or no glosses, `text` and `pieces` are both given, or parts are
            frozen and there is no `text`.
    """
    train = readable(corpus, "train", writes=config.writes)
    valid = readable(corpus, "valid", writes=config.writes) if "valid" in corpus.splits else []
    config = replace(
        config,
        model=_model_of(config.model, train, text=text, pieces=pieces),
        text_run=seen_from(run, text),
        language=config.language or train[0].language,
    )
    fabric = launch(precision=config.precision, seed=config.seed)
    keep_vocabulary(config.model, run)
    leave_inputs(fabric)
    plain = TextModel(config.model)
    if text is not None:
        start_from_mbart(plain, text, language=config.language)
        start_glosses(plain.glosses, config.model.glosses, text)
    elif config.frozen:
        raise ValueError(
            f"What stays as it is must come from an mBART, but frozen names {', '.join(config.frozen)} and text is "
            "not given; give text, or set frozen= to nothing."
        )
    frozen = named_as(plain, config.frozen, setting="frozen")
    for name, parameter in plain.named_parameters():
        parameter.requires_grad_(name not in frozen)
    model, optimizer = fabric.setup(
        plain, torch.optim.AdamW(grouped(plain, weight_decay=config.weight_decay))
    )
    scaler = grad_scaler(fabric)
    start = resume_run(run, config=config, model=plain, optimizer=optimizer, scaler=scaler) if resume else 0
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train), config.batch_size, config.seed)
    for step in track(range(start, config.steps), "text model", total=config.steps - start):
        source, batch = spoilt([train[index] for index in share(batches.at(step))], config, step)
        terms = train_step(
            fabric, model, optimizer, _on(source, fabric.device), batch.to(fabric.device), config, step
        )
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if valid and (done % config.evaluate_every == 0 or done == config.steps):
            measured = measure_text(plain, valid)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: %.3f nats per token from glosses", done, measured["surprise"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, model=plain, optimizer=optimizer, step=done, scaler=scaler)
    return plain.eval()


def _model_of(
    model: TranslatorConfig, train: Sequence[SignExample], *, text: Path | None, pieces: Path | None
) -> TranslatorConfig:
    """The model with the words or pieces, and the glosses, that it learns."""
    if text is not None and pieces is not None:
        raise ValueError(
            f"A text model that starts from mBART writes its pieces, but got pieces={pieces} beside text={text}; "
            "leave one of them out."
        )
    if text is not None:
        check_language_parts(mbart_config(text), model, text)
        pieces = text / PIECES
    written = vocabulary_for((one for example in train for one in example.sentences), pieces=pieces)
    longest = max(len(written.encode(one)) for example in train for one in example.sentences)
    return replace(
        with_vocabulary(model, written),
        glosses=Vocabulary.from_sentences(example.glosses for example in train).words,
        max_tokens=(longest + 1) * 3 // 2,
    )


def train_step(
    fabric: Any,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    source: Source,
    batch: Batch,
    config: TextTrainingConfig,
    step: int,
) -> dict[str, float]:
    """Update `model` once; return surprise, accuracy, the gradient norm and the learning rate."""
    model.train()
    loss = translation_loss(model(source, batch), batch, label_smoothing=config.label_smoothing)
    terms = {"text": loss.text, "surprise": loss.surprise, "accuracy": loss.accuracy}
    return update(fabric, model, optimizer, loss.text, terms, config, step)


def spoilt(examples: Sequence[SignExample], config: TextTrainingConfig, step: int) -> tuple[Source, Batch]:
    """What is read and what is to be written in an update; a pure function of seed and step.

    Of several right sentences one is drawn, so that the model learns all ways to say a thing.
    """
    generator = np.random.default_rng((config.seed, step))
    words, glosses = config.model.vocabulary, config.model.gloss_vocabulary
    rows, kinds, targets = [], [], []
    for example in examples:
        sentence = example.sentences[int(generator.integers(len(example.sentences)))]
        from_gloss = bool(generator.random() < config.share_of_glosses)
        if from_gloss:
            rows.append(stretched(glosses.encode(example.glosses), config.noise, generator))
        else:
            rows.append(noised(words.encode(sentence), config.noise, generator))
        kinds.append(from_gloss)
        targets.append(replace(example, sentences=(sentence,)))
    return source_of(rows, is_gloss=kinds), collate(targets, vocabulary=words)


@torch.no_grad()
def measure_text(model: TextModel, examples: Sequence[SignExample]) -> dict[str, float]:
    """Nats per token and share of tokens guessed right, writing the first sentence from the glosses."""
    model.eval()
    device = next(model.parameters()).device
    sums, num_tokens = {"surprise": 0.0, "accuracy": 0.0}, 0
    for start in range(0, len(examples), 64):
        some = examples[start : start + 64]
        batch = collate(some, vocabulary=model.config.vocabulary).to(device)
        assert batch.tokens_mask is not None
        num = int(batch.tokens_mask[:, 1:].sum())
        loss = translation_loss(
            model(_on(from_glosses(model.config, [one.glosses for one in some]), device), batch), batch
        )
        sums["surprise"] += loss.surprise.item() * num
        sums["accuracy"] += loss.accuracy.item() * num
        num_tokens += num
    return {name: total / num_tokens for name, total in sums.items()}


def from_glosses(config: TranslatorConfig, glosses: Sequence[Sequence[str]]) -> Source:
    """Rows of glosses as they are."""
    rows = [config.gloss_vocabulary.encode(row) for row in glosses]
    return source_of(rows, is_gloss=[True] * len(rows))


def load_text_model(run: Path) -> TextModel:
    """The text model of a run, ready for use.

    Raises:
        ValueError: If the folder is no run of a text model.
    """
    config = load_config(run, TextTrainingConfig).model
    open_vocabulary(config, run)
    model = TextModel(config)
    load_weights(run, model)
    return model.eval()


def readable(corpus: AnyCorpus, split: str, *, writes: Writes = "sentences") -> list[SignExample]:
    """The sentences and glosses of a split, without videos and features.

    Args:
        corpus: Sentences with glosses.
        split: Which of its splits.
        writes: "glosses" turns each example round: its words stand where glosses do, its glosses are the sentence. One
            that can be said in several ways becomes as many examples.

    Raises:
        ValueError: If an example lacks one of them.
    """
    found = [
        replace(example, video=None, features=None, truth=None) for example in texts(corpus.split(split))
    ]
    for example in found:
        if not example.sentences or not example.glosses:
            raise ValueError(
                f"A text model learns from sentences with their glosses, but {example.name} of {corpus.name} "
                "lacks one of them; train it on puppet-weather, PHOENIX14T or CSL-Daily."
            )
    if writes == "sentences":
        return found
    return [turned(example, sentence) for example in found for sentence in example.sentences]


def turned(example: SignExample, sentence: str) -> SignExample:
    """An example whose words are read and whose glosses are written."""
    return replace(example, glosses=tuple(sentence.split()), sentences=(" ".join(example.glosses),))


def _on(source: Source, device: torch.device) -> Source:
    return Source(*(one.to(device) for one in source))
