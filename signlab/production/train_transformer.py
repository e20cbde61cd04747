"""Train stage 2: from a gloss and a first frame to codes. Chapter 14."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from signlab.data.batches import ShuffledBatches
from signlab.data.example import SignExample
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import SignCorpus, gloss_numbers, load_clips, to_videos
from signlab.production.codes import Codes, kept_codes
from signlab.production.gumbel import (
    PixelLossConfig,
    as_grid,
    drawn_window,
    pixel_loss,
    temperature_at,
)
from signlab.production.losses import LatentLoss, latent_loss
from signlab.production.perceptual import Distance, perceptual_distance
from signlab.production.train_autoencoder import digest, load_autoencoder
from signlab.production.transformer import LatentTransformer, LatentTransformerConfig, without
from signlab.shapes import Bool, Float, Int, UInt8
from signlab.training.checkpoint import resume as resume_run
from signlab.training.checkpoint import save
from signlab.training.device import grad_scaler, launch, share
from signlab.training.log import MetricsLog
from signlab.training.muon import MuonAdamW
from signlab.training.progress import track
from signlab.training.update import update

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class LatentTrainingConfig:
    """How long and how fast the latent transformer learns, and which autoencoder's codes."""

    model: LatentTransformerConfig = field(default_factory=LatentTransformerConfig)
    autoencoder: str = ""  # its run, as seen from this run's folder; filled in by the training
    autoencoder_digest: str = ""  # of what decides its codes; filled in by the training
    recolourings: int = 1  # further copies of each training clip, in other colours
    absent_gloss: float = 0.1  # share of clips whose gloss is hidden
    absent_frame: float = 0.1  # share of clips whose first frame is hidden
    hidden_codes: float = 0.0  # largest share of a clip's codes hidden where they are read, drawn for each
    hands_weight: float = 0.0  # of the nats of codes near the hands, relative to those of all codes
    face_weight: float = 0.0  # of the nats of the face's codes, relative to those of all codes
    pixels: PixelLossConfig = field(default_factory=PixelLossConfig)  # what pixels say, if anything
    steps: int = 4_000  # optimizer updates, not epochs
    batch_size: int = 4  # clips per update
    optimizer: Literal["muon", "adamw"] = "muon"  # of the layers' matrices; AdamW has the rest in any case
    learning_rate: float = 1e-2  # at its peak
    warmup_steps: int = 200  # updates until the peak
    weight_decay: float = 0.01  # of either optimizer
    max_grad_norm: float = 1.0  # a longer gradient is scaled down to this length
    log_every: int = 50  # updates
    evaluate_every: int = 500  # updates
    save_every: int = 500  # updates
    num_valid: int = 64  # clips of the validation split to look at
    precision: str = "bf16-mixed"  # or "32-true"
    devices: int = 1  # processes, one on each device
    seed: int = 0  # of weights, order, colours and hiding

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )
        for name in ("absent_gloss", "absent_frame", "hidden_codes"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be a share, 0 to 1, but got {getattr(self, name)}.")
        if self.pixels.wanted and self.pixels.target == "clip" and self.recolourings:
            raise ValueError(
                "Pixels can be compared with the clips only where none is recoloured, but got "
                f"recolourings={self.recolourings}; take recolourings=0 or pixels.target=reconstruction."
            )


class Seen(NamedTuple):
    """What a training that looks at pixels needs besides codes."""

    autoencoder: VideoAutoencoder  # frozen
    distance: Distance | None  # between frames
    clips: UInt8[Tensor, "clips frames height width 3"] | None  # as they were, for the target "clip"


def train_transformer(
    config: LatentTrainingConfig,
    *,
    corpus: SignCorpus,
    autoencoder_run: Path,
    run: Path,
    resume: bool = False,
) -> LatentTransformer:
    """Learn to write a clip's codes, given its gloss and first frame.

    Args:
        config: What to do; glosses, grid and codebook are filled in from corpus and autoencoder.
        corpus: Isolated signs with splits "train" and "valid".
        autoencoder_run: A finished training of stage 1; it stays as it is.
        run: Folder of the run; keep its place relative to the autoencoder's.
        resume: Go on where the run stopped, to the bit on a CPU.
    """
    autoencoder = load_autoencoder(autoencoder_run)
    made_by = digest(autoencoder_run, codes_only=True)
    fabric = launch(precision=config.precision, devices=config.devices, seed=config.seed)
    examples = {"train": corpus.split("train"), "valid": corpus.split("valid")[: config.num_valid]}
    train, valid = (
        kept_codes(
            examples[split],
            autoencoder.to(fabric.device),
            file=run / f"codes-{split}.safetensors",
            made_by=made_by,
            recolourings=config.recolourings if split == "train" else 0,
            seed=config.seed,
        )
        for split in ("train", "valid")
    )
    config = replace(
        config,
        model=replace(
            config.model,
            glosses=tuple(sorted(set(train.glosses))),
            grid=autoencoder.config.grid,
            num_codes=autoencoder.config.num_codes,
        ),
        autoencoder=Path(os.path.relpath(autoencoder_run, run)).as_posix(),
        autoencoder_digest=made_by,
    )

    torch.manual_seed(config.seed)  # the same start whether the codes were made just now or found
    plain = LatentTransformer(config.model)
    plain.begin_with(autoencoder.codebook.codes.cpu())
    model, optimizer = fabric.setup(plain, _optimizer(plain, config))
    scaler, start = grad_scaler(fabric), 0
    if resume:
        start = resume_run(run, config=config, model=plain, optimizer=optimizer, scaler=scaler)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train.clips), config.batch_size, config.seed)
    seen = None
    if config.pixels.wanted:
        seen = _seen(config, autoencoder, examples["train"], fabric.device)

    for step in track(range(start, config.steps), "latent transformer", total=config.steps - start):
        mine = share(batches.at(step))
        terms = train_step(fabric, model, optimizer, train.some(mine), config, step, seen=_part(seen, mine))
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if done % config.evaluate_every == 0 or done == config.steps:
            measured = measure(model, valid, config.model)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: %.3f nats a code on unseen clips", done, measured["codes"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, model=plain, optimizer=optimizer, step=done, scaler=scaler)
    return plain.eval()


def train_step(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    codes: Codes,
    config: LatentTrainingConfig,
    step: int,
    *,
    seen: Seen | None = None,
) -> dict[str, float]:
    """Update `model` once on some clips; return every term and the gradient norm."""
    model.train()
    num, device = len(codes.clips), fabric.device
    foretold = foretell(
        model,
        codes,
        config.model,
        no_gloss=torch.rand(num) < config.absent_gloss,
        no_frame=torch.rand(num) < config.absent_frame,
        hidden=drawn_places(codes.clips, config.hidden_codes) if config.hidden_codes else None,
        device=device,
    )
    loss, wanted = foretold.loss(), config.pixels
    in_codes = loss.codes + config.hands_weight * loss.hands + config.face_weight * loss.face
    objective, terms = in_codes, loss._asdict()
    if seen is not None and (step + 1) % wanted.every == 0:  # so that a logged update is among them
        look = pixel_loss(
            as_grid(foretold.logits, config.model.grid),
            foretold.codes,
            seen.autoencoder,
            wanted,
            temperature=temperature_at(step, wanted, steps=config.steps),
            window=drawn_window(config.model.grid, wanted.window),
            videos=None if seen.clips is None else to_videos(seen.clips.to(device)),
            distance=seen.distance,
        )
        objective = (
            in_codes
            + wanted.reconstruction_weight * look.reconstruction
            + wanted.perceptual_weight * look.perceptual
        )
        terms |= look._asdict()
    return update(fabric, model, optimizer, objective, terms | {"objective": objective}, config, step)


class Foretold(NamedTuple):
    """What the model says of each code of some clips, the codes themselves, and which of them matter more."""

    logits: Float[Tensor, "batch targets vocab"]
    codes: Int[Tensor, "batch frames height width"]
    hands: Bool[Tensor, "batch frames height width"] | None
    face: Bool[Tensor, "batch frames height width"] | None

    def loss(self) -> LatentLoss:
        """How surprised the model is."""
        return latent_loss(self.logits, self.codes, hands=self.hands, face=self.face)


def foretell(
    model: nn.Module,
    codes: Codes,
    config: LatentTransformerConfig,
    *,
    no_gloss: Tensor,
    no_frame: Tensor,
    hidden: Tensor | None = None,
    device: torch.device,
) -> Foretold:
    """The logits of some clips' codes, with the gloss, the first frame or single codes of some of them hidden."""
    glosses = without(gloss_numbers(codes.glosses, config.glosses), no_gloss, len(config.glosses))
    first_frames = without(codes.first_frames, no_frame, config.num_codes)
    clips = codes.clips.to(device)
    read = clips if hidden is None else clips.masked_fill(hidden.to(device), config.num_codes)
    logits = model(glosses.to(device), first_frames.to(device), read)
    hands, face = (None if mask is None else mask.to(device) for mask in (codes.hands, codes.face))
    return Foretold(logits, clips, hands, face)


def drawn_places(
    clips: Int[Tensor, "batch frames height width"], most: float
) -> Bool[Tensor, "batch frames height width"]:
    """Random places of each clip: a share of them that is drawn anew for each, up to `most`."""
    share = most * torch.rand(len(clips), 1, 1, 1)
    return torch.rand(clips.shape) < share


@torch.no_grad()
def measure(model: nn.Module, codes: Codes, config: LatentTransformerConfig) -> dict[str, float]:
    """Nats per code and accuracy with everything given, and nats per code with the gloss hidden."""
    model.eval()
    device, batch_size = next(model.parameters()).device, 8
    sums = {"codes": 0.0, "accuracy": 0.0, "codes_without_gloss": 0.0}
    for start in range(0, len(codes.clips), batch_size):
        some = codes.some(list(range(start, min(start + batch_size, len(codes.clips)))))
        num = len(some.clips)
        nothing = torch.zeros(num, dtype=torch.bool)
        told, untold = (
            foretell(model, some, config, no_gloss=hidden, no_frame=nothing, device=device).loss()
            for hidden in (nothing, ~nothing)
        )
        sums["codes"] += told.codes.item() * num
        sums["accuracy"] += told.accuracy.item() * num
        sums["codes_without_gloss"] += untold.codes.item() * num
    return {name: total / len(codes.clips) for name, total in sums.items()}


def _optimizer(model: LatentTransformer, config: LatentTrainingConfig) -> torch.optim.Optimizer:
    chosen = model.layers.parameters() if config.optimizer == "muon" else ()
    matrices = [one for one in chosen if one.ndim == 2]
    return MuonAdamW(model, matrices=matrices, weight_decay=config.weight_decay)


def _seen(
    config: LatentTrainingConfig,
    autoencoder: VideoAutoencoder,
    examples: Sequence[SignExample],
    device: torch.device,
) -> Seen:
    """What is needed to look at pixels: nothing of it learns."""
    frozen = autoencoder.to(device).eval().requires_grad_(False)
    size = autoencoder.config
    distance = clips = None
    if config.pixels.perceptual_weight:
        distance = perceptual_distance(config.pixels.perception, device=device)
    if config.pixels.target == "clip":
        clips = load_clips(examples, frames=size.frames, size=size.size).videos
    return Seen(frozen, distance, clips)


def _part(seen: Seen | None, indices: list[int]) -> Seen | None:
    if seen is None or seen.clips is None:
        return seen
    return seen._replace(clips=seen.clips[indices])
