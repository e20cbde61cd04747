"""Train stage 1: clips to codes to clips. Chapter 11."""

import hashlib
import logging
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file
from torch import nn

from signlab.data.batches import ShuffledBatches
from signlab.metrics.video import psnr
from signlab.production.adversarial import (
    AdversarialConfig,
    discriminator_step,
    opponent_of,
    told_by_critics,
)
from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder, draws
from signlab.production.clips import FACE, HANDS, Clips, SignCorpus, load_clips, recoloured, to_videos
from signlab.production.discriminator import Discriminators
from signlab.production.losses import autoencoder_loss
from signlab.production.perceptual import Distance, Perception, frames_apart, perceptual_distance
from signlab.training.checkpoint import Opponent, save
from signlab.training.checkpoint import resume as resume_run
from signlab.training.config import load_config
from signlab.training.device import grad_scaler, launch, plain_model, share
from signlab.training.log import MetricsLog
from signlab.training.progress import track
from signlab.training.update import update
from signlab.training.weights import load_weights

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderTrainingConfig:
    """How long and how fast the autoencoder learns, and what it is asked to get right."""

    model: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    steps: int = 10_000  # optimizer updates, not epochs
    batch_size: int = 8  # clips per update
    learning_rate: float = 3e-3  # at its peak
    warmup_steps: int = 100  # updates until the peak
    weight_decay: float = 1e-4  # AdamW's
    distance: str = "squared"  # between colour values, or "absolute": sharper, but more decibels lost
    pixels_weight: float = 4.0  # weight of that distance; about one over the variance of the colours
    hands_weight: float = 0.2  # of the same near the hands, relative to the whole frame's
    face_weight: float = 0.0  # of the same in the face, relative to the whole frame's
    commitment_weight: float = 0.25  # weight of the distance from encoding to code
    perceptual_weight: float = 0.0  # of the perceptual distance of frames; 0 = never looked at
    perceptual_frames: int = 2  # of each clip that are compared so, drawn anew at each update
    perception: Perception = "vgg"  # whose: vgg comes with the project, lpips is fetched
    adversarial: AdversarialConfig | None = None  # critics, which make a VQ-GAN of the VQ-VAE
    learns: Literal["all", "decoder"] = "all"  # decoder: codes stay, only how they are drawn changes
    began_with: str = ""  # digest of the weights that it started from; filled in by the training
    colour_change: float = 0.3  # colours are scaled and shifted by up to this share; signers differ in them
    max_grad_norm: float = 1.0  # a longer gradient is scaled down to this length
    log_every: int = 50  # updates
    evaluate_every: int = 1_000  # updates
    save_every: int = 500  # updates
    num_valid: int = 64  # clips of the validation split to look at
    precision: str = "bf16-mixed"  # or "32-true"
    devices: int = 1  # processes, one on each device
    seed: int = 0  # of weights, order, colours and codes

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )
        if self.learns == "decoder" and self.commitment_weight:
            raise ValueError(
                "Where the decoder learns alone nothing commits to codes, but got "
                f"commitment_weight={self.commitment_weight:g} with learns=decoder; take commitment_weight=0."
            )
        if self.adversarial is not None and self.adversarial.start + self.adversarial.alone >= self.steps:
            raise ValueError(
                "Critics must be heard before the training ends, but got "
                f"start={self.adversarial.start} and alone={self.adversarial.alone} with steps={self.steps}."
            )


def train_autoencoder(
    config: AutoencoderTrainingConfig,
    *,
    corpus: SignCorpus,
    run: Path,
    begin_with: Path | None = None,
    resume: bool = False,
) -> VideoAutoencoder:
    """Learn to tell a clip in codes and to draw it again.

    Args:
        config: What to do.
        corpus: Isolated signs with splits "train" and "valid".
        run: Folder of the run.
        begin_with: A run of the same model whose weights are the start; its codebook may be a whole part of this
            one's, and then each code becomes several. None = from nothing.
        resume: Go on where the run stopped, to the bit on a CPU.

    Raises:
        ValueError: If the gradients would come out wrong on this device in this precision, if the run to begin
            with has another model, or if a decoder is to learn alone without one.
    """
    config = _beginning(config, begin_with)
    fabric = launch(precision=config.precision, devices=config.devices, seed=config.seed)
    _check_gradients(fabric.device, config)
    frames, size = config.model.frames, config.model.size
    train = load_clips(corpus.split("train"), frames=frames, size=size)
    valid = load_clips(corpus.split("valid")[: config.num_valid], frames=frames, size=size)

    plain = VideoAutoencoder(config.model)
    if begin_with is not None:
        plain.begin_with(load_autoencoder(begin_with))
    if config.learns == "decoder":
        plain.keep_codes()
    learning = [weight for weight in plain.parameters() if weight.requires_grad]
    model, optimizer = fabric.setup(
        plain, torch.optim.AdamW(learning, betas=(0.9, 0.99), weight_decay=config.weight_decay)
    )
    opponent = opponent_of(config.adversarial, fabric) if config.adversarial else None
    distance = None
    if config.perceptual_weight:
        distance = perceptual_distance(config.perception, device=fabric.device)
    scaler, start = grad_scaler(fabric), 0
    kept: dict[str, Any] = {"model": plain, "optimizer": optimizer, "scaler": scaler, "opponent": opponent}
    if resume:
        start = resume_run(run, config=config, **kept)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train.videos), config.batch_size, config.seed)

    for step in track(range(start, config.steps), "autoencoder", total=config.steps - start):
        mine = share(batches.at(step))
        terms = train_step(
            fabric, model, optimizer, train, mine, config, step, opponent=opponent, distance=distance
        )
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if done % config.evaluate_every == 0 or done == config.steps:
            measured = measure(plain, valid)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: %.2f dB on unseen clips", done, measured["psnr"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, step=done, **kept)
    return plain.eval()


def train_step(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    clips: Clips,
    indices: list[int],
    config: AutoencoderTrainingConfig,
    step: int,
    *,
    opponent: Opponent | None = None,
    distance: Distance | None = None,
) -> dict[str, float]:
    """Update `model` once on some clips, and its critics; return every term, the codes' use and lengths of gradients.

    VQ-VAE: pixels + commitment. VQ-GAN: the perceptual distance besides, and what the critics say.
    """
    model.train()
    if config.learns == "decoder":
        autoencoder = plain_model(model)
        assert isinstance(autoencoder, VideoAutoencoder)
        autoencoder.codebook.eval()
    some = clips.some(indices)
    videos = recoloured(to_videos(some.videos.to(fabric.device)), share=config.colour_change)
    reconstruction = model(videos)
    loss = autoencoder_loss(
        reconstruction,
        videos,
        hands=some.near(HANDS, videos.device),
        face=some.near(FACE, videos.device),
        distance=config.distance,
    )
    in_boxes = config.hands_weight * loss.hands + config.face_weight * loss.face
    objective = (
        config.pixels_weight * (loss.pixels + in_boxes)
        + config.commitment_weight * loss.commitment
        + loss.codebook
    )
    quantized, made = reconstruction.quantized, reconstruction.videos.float()
    terms = loss._asdict() | {"perplexity": quantized.perplexity, "usage": quantized.usage}
    if distance is not None:
        terms["perceptual"] = frames_apart(distance, made, videos, num=config.perceptual_frames)
        objective = objective + config.perceptual_weight * terms["perceptual"]
    against = config.adversarial
    if opponent is None or against is None or step < against.start:
        return update(fabric, model, optimizer, objective, terms | {"objective": objective}, config, step)

    critics, plain = plain_model(opponent.model), plain_model(model)
    assert isinstance(critics, Discriminators)
    assert isinstance(plain, VideoAutoencoder)
    frames = critics.drawn_frames(videos)
    if against.heard_at(step):
        told = told_by_critics(
            against, opponent.model, plain, made, videos, frames=frames, faithful=objective
        )
        objective, terms = objective + told.objective, terms | told.terms
    values = update(fabric, model, optimizer, objective, terms | {"objective": objective}, config, step)
    return values | discriminator_step(
        fabric, opponent, against, made, videos, frames=frames, step=step, steps=config.steps
    )


@torch.no_grad()
def measure(model: VideoAutoencoder, clips: Clips) -> dict[str, float]:
    """Mean PSNR in decibels of the clips as they are: over the frame; where joints are known, near hands and face."""
    model.eval()
    device = next(model.parameters()).device
    frame, hands, face = [], [], []
    for start in range(0, len(clips.videos), 16):
        some = clips.some(slice(start, start + 16))
        videos = to_videos(some.videos.to(device))
        decoded = model.decode(model.encode(videos))
        frame.append(psnr(decoded, videos))
        hands.append(psnr(decoded, videos, mask=some.near(HANDS, device)))
        face.append(psnr(decoded, videos, mask=some.near(FACE, device)))
    found = {"psnr": frame, "hand_psnr": hands, "face_psnr": face}
    means = {name: torch.cat(values).nanmean().item() for name, values in found.items()}
    return {name: mean for name, mean in means.items() if not math.isnan(mean)}


def load_autoencoder(run: str | Path) -> VideoAutoencoder:
    """The autoencoder of a run, ready for use."""
    model = VideoAutoencoder(load_config(run, AutoencoderTrainingConfig).model)
    load_weights(run, model)
    return model.eval()


def digest(run: str | Path, *, codes_only: bool = False) -> str:
    """A fingerprint of a run's weights, the same for the full run and for its half-precision export.

    Args:
        run: Folder of the run.
        codes_only: Leave out what only draws: a decoder that learnt alone keeps the codes' fingerprint.
    """
    found = hashlib.sha256()
    for name, weight in sorted(load_file(Path(run) / "weights.safetensors").items()):
        if codes_only and draws(name):
            continue
        rounded = weight.half() if weight.is_floating_point() else weight
        found.update(name.encode() + rounded.contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def _beginning(config: AutoencoderTrainingConfig, run: Path | None) -> AutoencoderTrainingConfig:
    """The configuration with the digest of what it begins with.

    Raises:
        ValueError: If that has another model, or is missing and needed.
    """
    if run is None:
        if config.learns == "decoder":
            raise ValueError(
                "A decoder can learn alone only on codes that there are, but got learns=decoder and nothing to begin "
                "with; name a run (--autoencoder RUN), or take learns=all."
            )
        return config
    begins = load_config(run, AutoencoderTrainingConfig).model
    if begins.num_codes != config.model.num_codes and config.learns == "decoder":
        raise ValueError(
            f"Where the decoder learns alone the codes stay what they are, but {run} has {begins.num_codes} of them "
            f"and model.num_codes={config.model.num_codes}; take as many, or learns=all."
        )
    if replace(begins, num_codes=config.model.num_codes) != config.model:
        raise ValueError(
            f"A training must have the model that it begins with, but {run} has another; take its settings of model."
        )
    return replace(config, began_with=digest(run))


def _check_gradients(device: torch.device, config: AutoencoderTrainingConfig) -> None:
    """Refuse a convolution whose gradient has parts that nobody computed, as torch 2.13's has on a CPU."""
    frames_of_codes = config.model.grid[0]
    if device.type == "cpu" and config.precision.startswith("bf16") and frames_of_codes == 2:
        raise ValueError(
            "On a CPU, clips must not have two frames of codes in bfloat16, where PyTorch's convolutions give "
            f"wrong gradients, but got frames={config.model.frames} with precision={config.precision}; "
            "use precision=32-true or another number of frames."
        )
