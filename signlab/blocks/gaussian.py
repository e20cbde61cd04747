"""Gaussians with independent components: drawn from, shifted, compared. Chapter 5."""

from typing import NamedTuple

import torch
from torch import Tensor

from signlab.shapes import Float


class DiagonalGaussian(NamedTuple):
    """A Gaussian at each place; its components are independent of one another."""

    mean: Float[Tensor, "*place latent"]
    log_variance: Float[Tensor, "*place latent"]  # any number is a variance then


def sample(
    gaussian: DiagonalGaussian, *, generator: torch.Generator | None = None
) -> Float[Tensor, "*place latent"]:
    """Draw once, so that gradients reach mean and variance: z = mean + noise * deviation.

    Args:
        gaussian: What to draw from.
        generator: Draws the noise; None takes the seeded global one.

    Source: Kingma and Welling (2014), Section 2.4, the reparameterisation trick. Built by hand in chapter 4.
    """
    mean, log_variance = gaussian
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + noise * (0.5 * log_variance).exp()


def shifted(gaussian: DiagonalGaussian, by: DiagonalGaussian) -> DiagonalGaussian:
    """Means added, variances multiplied: where `by` is all zeros, nothing changes.

    Source: Vahdat and Kautz (2020), Section 3.2, residual normal distributions. Built by hand in chapter 5.
    """
    return DiagonalGaussian(gaussian.mean + by.mean, gaussian.log_variance + by.log_variance)


def kl_divergence(q: DiagonalGaussian, p: DiagonalGaussian) -> Float[Tensor, "*place"]:
    """KL(q || p) at each place: how many nats it costs to tell a draw of q to someone who expects p.

    Source: Kingma and Welling (2014), Appendix B, for any two Gaussians. Built by hand in chapter 5.
    """
    return kl_of_components(q, p).sum(dim=-1)


def kl_of_components(q: DiagonalGaussian, p: DiagonalGaussian) -> Float[Tensor, "*place latent"]:
    """KL(q || p), component by component; independent components add up."""
    ratio = (q.log_variance - p.log_variance).exp()  # of the variances
    distance = (q.mean - p.mean).square() * (-p.log_variance).exp()  # in squared deviations of p
    return 0.5 * (ratio + distance - 1 - q.log_variance + p.log_variance)


def residual_kl(shift: DiagonalGaussian, p: DiagonalGaussian) -> Float[Tensor, "*place"]:
    """KL(p shifted || p) at each place; the mean of p cancels, so no gradient ever reaches it.

    Source: Vahdat and Kautz (2020), Section 3.2. Built by hand in chapter 5.
    """
    return residual_kl_of_components(shift, p).sum(dim=-1)


def residual_kl_of_components(shift: DiagonalGaussian, p: DiagonalGaussian) -> Float[Tensor, "*place latent"]:
    """KL(p shifted || p), component by component."""
    distance = shift.mean.square() * (-p.log_variance).exp()
    return 0.5 * (shift.log_variance.expm1() - shift.log_variance + distance)
