"""The distance of Gaussians for which it is known, SciPy's way, and what too few clips do."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from signlab.metrics.frechet import FeatureGaussian, clip_distance, features_of, frechet_distance, gaussian_of


def gaussian(mean: list[float], variances: list[float]) -> FeatureGaussian:
    return FeatureGaussian(torch.tensor(mean).double(), torch.diag(torch.tensor(variances).double()), 2)


def test_independent_components_by_hand() -> None:
    one, other = gaussian([0, 0, 1], [1, 4, 9]), gaussian([3, 0, 1], [1, 1, 16])
    assert frechet_distance(one, other) == pytest.approx(9 + (2 - 1) ** 2 + (4 - 3) ** 2)


def test_of_itself_it_is_zero_and_both_ways_it_is_the_same() -> None:
    one, other = (gaussian_of(torch.randn(53, 11) @ torch.randn(11, 11)) for _ in range(2))
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one), rel=1e-9)


@pytest.mark.parametrize("num", [7, 53])
def test_it_is_what_scipy_says(num: int) -> None:
    """With fewer clips than features, too: SciPy's root then needs a little help."""
    one, other = (gaussian_of(torch.randn(num, 11) @ torch.randn(11, 11)) for _ in range(2))
    jitter = 1e-9 * np.eye(11)
    root = sqrtm((one.covariance.numpy() + jitter) @ (other.covariance.numpy() + jitter)).real
    expected = (one.mean - other.mean).square().sum() + one.covariance.trace() + other.covariance.trace()
    assert frechet_distance(one, other) == pytest.approx(expected.item() - 2 * np.trace(root), rel=1e-3)


def test_few_clips_make_it_too_large() -> None:
    torch.manual_seed(0)
    found = []
    for num in (64, 256, 1024):
        both = [gaussian_of(torch.randn(num, 40)) for _ in range(2)]
        found.append(frechet_distance(*both))
    assert found[0] > 2.5 * found[1] > 6 * found[2]


def test_the_features_are_left_as_they_are() -> None:
    rows = torch.randn(5, 3) + 7
    kept = rows.clone()
    found = gaussian_of(rows)
    assert torch.equal(rows, kept)
    torch.testing.assert_close(found.covariance, torch.from_numpy(np.cov(rows.double().numpy().T)))


def test_a_result_says_what_it_rests_on() -> None:
    clips = [torch.rand(4, 3, 2, 5, 5), torch.rand(3, 3, 2, 5, 5)]
    real = features_of(clips, lambda batch: batch.mean(dim=(2, 3, 4)))
    assert real.shape == (7, 3)
    found = clip_distance(real, real[:5] + 1, named="mean colour")
    assert (found.num_real, found.num_made, found.features) == (7, 5, "mean colour")
    assert found.value > 2.5


@pytest.mark.parametrize(
    ("rows", "message"),
    [(torch.zeros(1, 3), "two clips or more, but got 1"), (torch.full((5, 3), torch.nan), "must be finite")],
)
def test_no_covariance_is_one_sentence(rows: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gaussian_of(rows)
