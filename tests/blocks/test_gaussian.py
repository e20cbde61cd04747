"""Gaussians by hand, against torch.distributions, and against many draws."""

import pytest
import torch
from torch.distributions import Independent, Normal, kl

from signlab.blocks.gaussian import DiagonalGaussian, kl_divergence, residual_kl, sample, shifted


def gaussian(*shape: int) -> DiagonalGaussian:
    return DiagonalGaussian(torch.randn(shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64))


def as_distribution(of: DiagonalGaussian) -> Independent:
    return Independent(Normal(of.mean, (0.5 * of.log_variance).exp()), 1)


def test_unit_gaussians_one_apart_differ_by_half_a_nat() -> None:
    q = DiagonalGaussian(torch.tensor([[1.0, 0.0, 0.0]]), torch.zeros(1, 3))
    p = DiagonalGaussian(torch.zeros(1, 3), torch.zeros(1, 3))
    torch.testing.assert_close(kl_divergence(q, p), torch.tensor([0.5]))


def test_divergence_is_that_of_torch_and_of_many_draws() -> None:
    q, p = gaussian(2, 3, 5), gaussian(2, 3, 5)
    divergence = kl_divergence(q, p)
    torch.testing.assert_close(divergence, kl.kl_divergence(as_distribution(q), as_distribution(p)))
    draws = as_distribution(q).sample((100_000,))
    ratios = as_distribution(q).log_prob(draws) - as_distribution(p).log_prob(draws)
    error = ratios.std(dim=0) / 100_000**0.5
    assert ((ratios.mean(dim=0) - divergence).abs() < 5 * error).all()


def test_a_gaussian_is_no_nat_from_itself_and_some_from_any_other() -> None:
    q, p = gaussian(7, 3), gaussian(7, 3)
    torch.testing.assert_close(kl_divergence(q, q), torch.zeros(7, dtype=torch.float64))
    assert (kl_divergence(q, p) > 0).all()


def test_the_short_form_for_a_shift_is_the_long_one() -> None:
    p, shift = gaussian(2, 5, 3), gaussian(2, 5, 3)
    torch.testing.assert_close(residual_kl(shift, p), kl_divergence(shifted(p, shift), p))


@pytest.mark.parametrize("form", ["short", "long"])
def test_no_gradient_reaches_the_mean_that_is_shifted(form: str) -> None:
    p, shift = gaussian(2, 5, 3), gaussian(2, 5, 3)
    for part in (*p, *shift):
        part.requires_grad_()
    loss = residual_kl(shift, p) if form == "short" else kl_divergence(shifted(p, shift), p)
    loss.sum().backward()
    assert p.mean.grad is None or not p.mean.grad.any()
    assert all(part.grad is not None and part.grad.all() for part in (p.log_variance, *shift))


def test_draws_have_the_mean_and_the_deviation_and_a_seed_repeats_them() -> None:
    one = DiagonalGaussian(
        torch.tensor([3.0, -2.0]).expand(100_000, 2), torch.tensor([0.0, 2.0]).expand(100_000, 2)
    )
    drawn = sample(one, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(drawn.mean(dim=0), torch.tensor([3.0, -2.0]), atol=0.05, rtol=0)
    torch.testing.assert_close(drawn.std(dim=0), torch.tensor([1.0, 2.718]), atol=0.05, rtol=0)
    assert torch.equal(drawn, sample(one, generator=torch.Generator().manual_seed(5)))
    assert not torch.equal(drawn, sample(one, generator=torch.Generator().manual_seed(7)))


def test_gradients_of_a_draw_reach_mean_and_variance() -> None:
    one = gaussian(2, 3)
    for part in one:
        part.requires_grad_()
    sample(one).sum().backward()
    assert torch.equal(one.mean.grad, torch.ones(2, 3, dtype=torch.float64))  # pyright: ignore[reportArgumentType]
    assert one.log_variance.grad is not None
    assert one.log_variance.grad.all()
