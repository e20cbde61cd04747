"""Train the estimator of poses, on true clips only: an instrument to measure made ones with. Chapter 16."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.data.batches import ShuffledBatches
from signlab.data.example import SignExample
from signlab.metrics.estimator import Estimate, EstimatorConfig, PoseEstimator
from signlab.production.clips import Clips, SignCorpus, load_clips, recoloured, to_videos
from signlab.shapes import Float, Int
from signlab.training.checkpoint import resume as resume_run
from signlab.training.checkpoint import save
from signlab.training.config import load_config
from signlab.training.device import grad_scaler, launch, share
from signlab.training.log import MetricsLog
from signlab.training.progress import track
from signlab.training.update import update
from signlab.training.weights import load_weights

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimatorTrainingConfig:
    """How long and how fast the estimator learns, and how varied its clips are."""

    model: EstimatorConfig = field(default_factory=EstimatorConfig)
    steps: int = 3_000  # optimizer updates, not epochs
    batch_size: int = 8  # clips per update
    learning_rate: float = 2e-3  # at its peak
    warmup_steps: int = 100  # updates until the peak
    weight_decay: float = 1e-2  # AdamW's
    joints_weight: float = 20.0  # of the mean distance of joints, as a fraction of the frame's side
    colour_change: float = 0.3  # colours are scaled and shifted by up to this share
    shift: float = 1 / 16  # clips are moved by up to this share of the frame
    max_grad_norm: float = 5.0  # a longer gradient is scaled down to this length
    log_every: int = 50  # updates
    evaluate_every: int = 500  # updates
    save_every: int = 500  # updates
    num_valid: int = 96  # clips of the validation split to look at
    precision: str = "bf16-mixed"  # or "32-true"
    seed: int = 0  # of weights, order, colours and shifts

    def __post_init__(self) -> None:
        if not 0 <= self.warmup_steps <= self.steps:
            raise ValueError(
                f"warmup_steps must lie in [0, steps], but got {self.warmup_steps} with steps={self.steps}."
            )


class EstimatorLoss(NamedTuple):
    """Both averaged over all they look at."""

    joints: Float[Tensor, ""]  # distance of joints, as a fraction of the frame's side
    parameters: Float[Tensor, ""]  # surprise at what hands and face show, in nats a parameter


def train_estimator(
    config: EstimatorTrainingConfig, *, corpus: SignCorpus, run: Path, resume: bool = False
) -> PoseEstimator:
    """Learn to read joints and parameters off clips.

    Args:
        config: What to do; names of joints and parameters are filled in from the corpus.
        corpus: Isolated signs with splits "train" and "valid", whose joints are known.
        run: Folder of the run.
        resume: Go on where the run stopped, to the bit on a CPU.

    Raises:
        ValueError: If the corpus does not know its joints.
    """
    fabric = launch(precision=config.precision, seed=config.seed)
    frames, size = config.model.frames, config.model.size
    train = load_clips(corpus.split("train"), frames=frames, size=size)
    valid = load_clips(corpus.split("valid")[: config.num_valid], frames=frames, size=size)
    config = replace(config, model=_filled_in(config.model, train, corpus.name))

    plain = PoseEstimator(config.model)
    model, optimizer = fabric.setup(
        plain, torch.optim.AdamW(plain.parameters(), weight_decay=config.weight_decay)
    )
    scaler, start = grad_scaler(fabric), 0
    kept: dict[str, Any] = {"model": plain, "optimizer": optimizer, "scaler": scaler}
    if resume:
        start = resume_run(run, config=config, **kept)
    log = MetricsLog(run, resume_step=start)
    batches = ShuffledBatches(len(train.videos), config.batch_size, config.seed)
    for step in track(range(start, config.steps), "estimator", total=config.steps - start):
        some = train.some(share(batches.at(step)))
        terms = train_step(fabric, model, optimizer, some, config, step)
        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            log.write(done, {f"train/{name}": value for name, value in terms.items()})
        if done % config.evaluate_every == 0 or done == config.steps:
            measured = measure(plain, valid)
            log.write(done, {f"valid/{name}": value for name, value in measured.items()})
            logger.info("update %d: joints off by %.4f of the frame", done, measured["joints"])
        if done % config.save_every == 0 or done == config.steps:
            save(run, config=config, step=done, **kept)
    return plain.eval()


def train_step(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    clips: Clips,
    config: EstimatorTrainingConfig,
    step: int,
) -> dict[str, float]:
    """Update `model` once; return every term, the gradient's length and the learning rate."""
    model.train()
    videos = recoloured(to_videos(clips.videos.to(fabric.device)), share=config.colour_change)
    videos, joints = shifted(videos, clips.joints.to(fabric.device), most=config.shift)
    loss = estimator_loss(model(videos), joints, shown_parameters(clips).to(fabric.device))
    objective = config.joints_weight * loss.joints + loss.parameters
    return update(fabric, model, optimizer, objective, loss._asdict(), config, step)


def estimator_loss(
    estimate: Estimate, joints: Float[Tensor, "batch frames joints 2"], parameters: Int[Tensor, "batch kinds"]
) -> EstimatorLoss:
    """How far the joints are off, and how surprising the parameters are; -1 = nothing shown, nothing asked."""
    distance = (estimate.joints - joints).square().sum(dim=-1).add(1e-8).sqrt().mean()
    surprises = [
        F.cross_entropy(logits, shown, ignore_index=-1, reduction="sum") / (shown >= 0).sum().clamp(min=1)
        for logits, shown in zip(estimate.parameters, parameters.unbind(dim=1), strict=True)
    ]
    return EstimatorLoss(joints=distance, parameters=torch.stack(surprises).mean())


def shown_parameters(clips: Clips) -> Int[Tensor, "clips kinds"]:
    """What a clip of one sign shows: of each parameter the value seen at most frames; -1 where none is."""
    values = clips.parameters
    most = int(values.max()) + 1 if values.numel() else 0
    counts = torch.stack(
        [
            reduce((values == value).long(), "clips frames kinds -> clips kinds", "sum")
            for value in range(most)
        ],
        dim=-1,
    )
    return counts.argmax(dim=-1).masked_fill(counts.sum(dim=-1) == 0, -1)


def shifted(
    videos: Float[Tensor, "batch 3 frames height width"],
    joints: Float[Tensor, "batch frames joints 2"],
    *,
    most: float,
) -> tuple[Float[Tensor, "batch 3 frames height width"], Float[Tensor, "batch frames joints 2"]]:
    """Each clip moved by its own whole number of pixels, its edge repeated; its joints move along."""
    size = videos.shape[-1]
    reach = int(most * size)
    if not reach:
        return videos, joints
    padded = F.pad(videos, (reach, reach, reach, reach, 0, 0), mode="replicate")
    moved = torch.randint(-reach, reach + 1, (len(videos), 2)).tolist()  # x and y of the drawing
    cut = [
        clip[:, :, reach - y : reach - y + size, reach - x : reach - x + size]
        for clip, (x, y) in zip(padded, moved, strict=True)
    ]
    by = torch.tensor(moved, device=joints.device) / size
    return torch.stack(cut), joints + rearrange(by, "batch xy -> batch 1 1 xy")


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimatorReport:
    """How well joints and parameters are read off real clips."""

    joints: float  # mean distance, as a fraction of the frame's side
    parameters: dict[str, float]  # share of clips whose value is named right
    num_clips: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def evaluate_estimator(estimator: PoseEstimator, examples: Sequence[SignExample]) -> EstimatorReport:
    """Read every example and compare with what is true of it.

    Raises:
        ValueError: If the examples have other joints than those it learnt.
    """
    clips = load_clips(examples, frames=estimator.config.frames, size=estimator.config.size)
    if clips.joint_names != estimator.config.joints:
        raise ValueError(
            f"The clips must have the {len(estimator.config.joints)} joints that the estimator learnt, but have "
            f"{len(clips.joint_names)}; evaluate it on the kind of corpus it was trained on."
        )
    found = measure(estimator, clips)
    return EstimatorReport(joints=found.pop("joints"), parameters=found, num_clips=len(clips.videos))


@torch.no_grad()
def measure(model: PoseEstimator, clips: Clips) -> dict[str, float]:
    """Distance of joints as a fraction of the frame's side, and the share of values named right for each parameter."""
    model.eval()
    device = next(model.parameters()).device
    distances, right = [], []
    shown = shown_parameters(clips)
    for start in range(0, len(clips.videos), 16):
        part = slice(start, start + 16)
        estimate = model(to_videos(clips.videos[part].to(device)))
        distances.append((estimate.joints.cpu() - clips.joints[part]).norm(dim=-1).mean(dim=(1, 2)))
        right.append(named_right(estimate, shown[part]))
    shares = torch.cat(right).nanmean(dim=0).tolist()
    return {
        "joints": torch.cat(distances).mean().item(),
        **dict(zip(clips.parameter_names, shares, strict=True)),
    }


def named_right(estimate: Estimate, shown: Int[Tensor, "batch kinds"]) -> Float[Tensor, "batch kinds"]:
    """1 where the likeliest value is the one shown, 0 where it is not, NaN where nothing is shown."""
    guessed = torch.stack([logits.argmax(dim=-1).cpu() for logits in estimate.parameters], dim=1)
    return (guessed == shown).float().masked_fill(shown < 0, torch.nan)


def load_estimator(run: str | Path) -> PoseEstimator:
    """The estimator of a run, ready for use."""
    model = PoseEstimator(load_config(run, EstimatorTrainingConfig).model)
    load_weights(run, model)
    return model.eval()


def _filled_in(config: EstimatorConfig, clips: Clips, corpus: str) -> EstimatorConfig:
    """With the names that the corpus has."""
    missing: Sequence[str] = sorted(set(config.looks) - set(clips.joint_names))
    if missing:
        raise ValueError(
            f"An estimator of poses needs a corpus whose joints are known, but {corpus} has no joint {missing[0]!r}; "
            "use puppet-words, or name joints of the corpus in model.looks."
        )
    num_values = (
        clips.parameters.amax(dim=(0, 1)).clamp(min=0) + 1 if clips.parameter_names else torch.zeros(0)
    )
    return replace(
        config,
        joints=clips.joint_names,
        parameters=clips.parameter_names,
        num_values=tuple(int(values) for values in num_values),
    )
