"""Who judges clips: a recogniser names the sign, an estimator reads poses, features compare whole sets. Chapter 16."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from signlab.metrics.estimator import Estimate, PoseEstimator
from signlab.metrics.frechet import Features, FrechetDistance, clip_distance, features_of
from signlab.metrics.joints import (
    best_alignment,
    in_step,
    joint_distances,
    mean_along,
    parts_of,
    shoulder_width,
)
from signlab.production.clips import Clips, to_videos
from signlab.production.train_estimator import named_right, shown_parameters
from signlab.shapes import Float, Int, UInt8

Recogniser = Callable[[UInt8[np.ndarray, "clips frames height width 3"]], Sequence[str]]
NON_MANUAL = (
    "brows",
    "eyes",
    "mouth",
    "head",
)  # parameters that are on the face; their first value is the neutral
PART = 16  # clips that are looked at together
FEWEST = 2  # clips of which a covariance can be taken


class Judges(NamedTuple):
    """None of them may be part of a loss: who is judged by what it was trained to please learns to please."""

    recogniser: Recogniser
    features: Features  # clips in [-1, 1] to a row of numbers each
    features_named: str  # "I3D (Kinetics-400)" makes their distance FVD, anything else a proxy
    estimator: PoseEstimator | None = None  # for clips whose joints are known
    glosses: Collection[str] | None = None  # that the recogniser can name; None = those of all clips


@dataclass(frozen=True, kw_only=True, slots=True)
class PoseReport:
    """What an estimator reads off clips, against what is true of the examples; shares and means over clips.

    Distances are means over joints and frames in shoulder widths. A clip that was generated is another
    performance of the sign, so for it only the aligned ones are fair, and even these are never zero.
    """

    joints: dict[str, float]  # distance at the same time, of "hand", "face" and "body"
    aligned: dict[str, float]  # the same along the best alignment of all joints in time
    parameters: dict[str, float]  # share of clips whose "handshape", "mouth", ... is read right
    non_manual: float  # share of clips with all parameters of the face right; NaN if there are none
    marked: float  # share right of those that are not neutral; NaN if there are none


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What judges say of several kinds of clips, of which one is "real"; by the name of the kind."""

    recognised: dict[str, float]  # share of clips whose sign is named right; empty where none can be
    twins: dict[str, float]  # the same among signs that differ from another on the face only
    poses: dict[str, PoseReport]  # empty where nobody knows the true ones
    distances: dict[str, FrechetDistance]  # of each other kind from the real clips


def judged(
    kinds: Mapping[str, UInt8[Tensor, "clips frames height width 3"]],
    truth: Clips,
    judges: Judges,
    *,
    twins: Collection[str] = (),
) -> Judgement:
    """Show clips of several kinds to all judges.

    Args:
        kinds: Under each name one clip for each example, in the same order.
        truth: The examples.
        judges: Who looks.
        twins: Glosses of signs that differ from another on the face only.
    """
    can_name = judges.glosses is None or not set(truth.glosses).isdisjoint(judges.glosses)
    asked = kinds if can_name else {}
    named = {kind: judges.recogniser(videos.numpy()) for kind, videos in asked.items()}
    right = {
        kind: [name == gloss for name, gloss in zip(names, truth.glosses, strict=True)]
        for kind, names in named.items()
    }
    has_twin = [gloss in twins for gloss in truth.glosses]
    estimator = judges.estimator
    knows = estimator is not None and estimator.config.joints == truth.joint_names
    enough = len(truth.videos) >= FEWEST
    return Judgement(
        recognised={kind: sum(answers) / len(answers) for kind, answers in right.items()},
        twins={
            kind: sum(answer for answer, twin in zip(answers, has_twin, strict=True) if twin) / sum(has_twin)
            for kind, answers in right.items()
            if any(has_twin)
        },
        poses={kind: judge_poses(estimator, videos, truth) for kind, videos in kinds.items()}
        if knows and estimator is not None
        else {},
        distances={
            kind: set_distance(kinds["real"], videos, judges)
            for kind, videos in kinds.items()
            if kind != "real" and enough
        },
    )


def set_distance(
    real: UInt8[Tensor, "real frames height width 3"],
    made: UInt8[Tensor, "made frames height width 3"],
    judges: Judges,
) -> FrechetDistance:
    """How far two sets of clips are apart in the judges' features."""
    rows = [
        features_of((to_videos(part) for part in videos.split(PART)), judges.features)
        for videos in (real, made)
    ]
    return clip_distance(*rows, named=judges.features_named)


@torch.no_grad()
def judge_poses(
    estimator: PoseEstimator, videos: UInt8[Tensor, "clips frames height width 3"], truth: Clips
) -> PoseReport:
    """Read poses off clips that should show what `truth` shows, clip for clip.

    Args:
        estimator: In eval mode, trained on true clips.
        videos: True, reconstructed or generated; of as many frames as those of `truth`.
        truth: The examples, with joints and parameters.
    """
    device = next(estimator.parameters()).device
    estimates = [
        estimator(to_videos(videos[start : start + PART].to(device))) for start in range(0, len(videos), PART)
    ]
    guessed = torch.cat([estimate.joints.cpu() for estimate in estimates]).numpy()
    distances = [
        _distances(guess, joints, truth.joint_names)
        for guess, joints in zip(guessed, truth.joints.numpy(), strict=True)
    ]
    shown = shown_parameters(truth)
    logits = tuple(
        torch.cat(parts) for parts in zip(*(estimate.parameters for estimate in estimates), strict=True)
    )
    right = named_right(Estimate(truth.joints, logits), shown)
    shares = right.nanmean(dim=0).tolist()
    return PoseReport(
        joints={part: float(np.mean([same[part] for same, _ in distances])) for part in distances[0][0]},
        aligned={part: float(np.mean([best[part] for _, best in distances])) for part in distances[0][1]},
        parameters=dict(zip(truth.parameter_names, shares, strict=True)),
        **_of_the_face(right, shown, truth.parameter_names),
    )


def _distances(
    guess: Float[np.ndarray, "frames joints 2"],
    joints: Float[np.ndarray, "frames joints 2"],
    names: Sequence[str],
) -> tuple[dict[str, float], dict[str, float]]:
    """Of one clip: of each part of the body at the same time, and aligned."""
    distances = joint_distances(guess, joints) / shoulder_width(joints, names)
    parts = {part: places for part, places in parts_of(names).items() if places}
    paths = in_step(len(joints)), best_alignment(distances.mean(axis=-1))
    same, best = ({part: mean_along(distances, path, at) for part, at in parts.items()} for path in paths)
    return same, best


def _of_the_face(
    right: Float[Tensor, "clips kinds"], shown: Int[Tensor, "clips kinds"], names: Sequence[str]
) -> dict[str, float]:
    columns = [place for place, name in enumerate(names) if name in NON_MANUAL]
    if not columns:
        return {"non_manual": float("nan"), "marked": float("nan")}
    face, marked = right[:, columns], shown[:, columns] > 0
    every = face.nan_to_num(1.0).min(dim=1).values
    return {"non_manual": every.mean().item(), "marked": face[marked].mean().item()}
