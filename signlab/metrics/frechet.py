"""How far two sets of clips are apart, each seen as a Gaussian of features: the Frechet distance of FVD. Chapter 16."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from signlab.shapes import Float

Features = Callable[[Tensor], Tensor]  # clips in [-1, 1], of any size, to a row of numbers for each


class FeatureGaussian(NamedTuple):
    """Mean and covariance of the features of a set of clips, in double precision."""

    mean: Float[Tensor, " dim"]
    covariance: Float[Tensor, "dim dim"]
    num_clips: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FrechetDistance:
    """The distance, and what it rests on; without the numbers of clips it means nothing."""

    value: float
    num_real: int
    num_made: int
    features: str  # whose: "I3D (Kinetics-400)" makes it FVD, anything else a proxy


def gaussian_of(features: Float[Tensor, "clips dim"]) -> FeatureGaussian:
    """Mean and covariance (over n - 1) of rows of features, which are left as they are.

    Raises:
        ValueError: If there are fewer than two clips, or features are not finite.
    """
    if len(features) < 2:
        raise ValueError(f"A covariance needs two clips or more, but got {len(features)}.")
    rows = features.double()
    if not rows.isfinite().all():
        raise ValueError("Features must be finite, but some are not; look at the clips they come from.")
    return FeatureGaussian(mean=rows.mean(dim=0), covariance=rows.T.cov(), num_clips=len(rows))


def frechet_distance(one: FeatureGaussian, other: FeatureGaussian) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)): the squared Wasserstein-2 distance of two Gaussians.

    The trace of the root comes from two symmetric eigenvalue problems: (S1 S2)^(1/2) has the trace of
    (S1^(1/2) S2 S1^(1/2))^(1/2). No general matrix root is taken, none can turn out complex, and covariances of
    fewer clips than features are welcome.

    Few clips make it too large: of the same Gaussian twice, roughly in inverse proportion to their number. So only
    distances of equal numbers of clips may be compared.

    Source: Dowson and Landau (1982); of video features, Unterthiner et al. (2018).
    """
    values, vectors = torch.linalg.eigh(one.covariance)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    crossed = torch.linalg.eigvalsh(root @ other.covariance @ root).clamp(min=0).sqrt().sum()
    spread = one.covariance.trace() + other.covariance.trace() - 2 * crossed
    return max(0.0, ((one.mean - other.mean).square().sum() + spread).item())


@torch.no_grad()
def features_of(clips: Iterable[Tensor], features: Features) -> Tensor:
    """The features of all clips, which come in batches of any size."""
    return torch.cat([features(batch).float().cpu() for batch in clips])


def clip_distance(
    real: Float[Tensor, "real dim"], made: Float[Tensor, "made dim"], *, named: str
) -> FrechetDistance:
    """The distance between the features of two sets of clips.

    Args:
        real: Features of clips of the corpus, not those of the training.
        made: Features of generated or reconstructed clips.
        named: Whose features they are.
    """
    value = frechet_distance(gaussian_of(real), gaussian_of(made))
    return FrechetDistance(value=value, num_real=len(real), num_made=len(made), features=named)
