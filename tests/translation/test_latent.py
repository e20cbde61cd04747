"""The parts of ARGD, each against its formula; sharing by parameter count."""

from dataclasses import replace

import pytest
import torch

from signlab.blocks.gaussian import DiagonalGaussian, shifted
from signlab.blocks.ragged import Ragged
from signlab.translation.latent import (
    AbsolutePosterior,
    GaussianNetwork,
    LatentConfig,
    PostfixFusion,
    PrefixFusion,
    ResidualPosterior,
    Sequences,
)

# Sizes of their own: rows 2, steps 5, words 3, dim 14, heads 7, latent 11.
CONFIG = LatentConfig(dim=11, dropout=0.0, attention_dropout=0.0)


def sequences(mask: torch.Tensor) -> Sequences:
    layout = Ragged(mask)
    return Sequences(layout.fit(torch.randn(len(layout), 14)), layout, mask)


def clip() -> Sequences:
    return sequences(torch.tensor([[True] * 5, [True] * 3 + [False] * 2]))


def text() -> Sequences:
    return sequences(torch.tensor([[True, True, False], [True] * 3]))


def network(**changes) -> GaussianNetwork:
    return GaussianNetwork(dim=14, num_heads=7, config=replace(CONFIG, **changes))


def count(model: torch.nn.Module) -> int:
    return sum(one.numel() for one in model.parameters())


def test_sharing_saves_exactly_one_attention() -> None:
    attention = 4 * (14 * 14 + 14)  # to_q, to_k, to_v, to_out
    assert count(network(attention="separate")) - count(network()) == attention
    assert count(network()) - count(network(attention="none")) == attention


def test_the_published_size_at_the_width_of_mbart() -> None:
    """4.53 million in all: attention 4.20, both heads .13 each, from z .067, and the norm."""
    with torch.device("meta"):
        published = GaussianNetwork(dim=1024, num_heads=16, config=LatentConfig())
    attention, head, back = 4 * (1024 * 1024 + 1024), 1024 * 128 + 128, 64 * 1024 + 1024
    assert count(published) == attention + 2 * head + back + 2 * 1024
    assert round(count(published) / 1e6, 2) == 4.53


@pytest.mark.parametrize("attention", ["shared", "separate", "none"])
def test_the_prior_never_sees_the_words(attention) -> None:
    model, sign, informed = network(attention=attention), clip(), clip()
    alone = model.from_clip(sign).prior
    for words in (text(), text()):
        both = model.from_clip_and_text(sign, informed, words)
        assert torch.equal(both.prior.mean, alone.mean)


def test_without_attention_words_come_by_the_context_alone() -> None:
    sign, informed = clip(), clip()
    one, other = (network(attention="none") for _ in range(2))
    other.load_state_dict(one.state_dict())
    found = [m.from_clip_and_text(sign, informed, text()).posterior for m in (one, other)]
    assert torch.equal(found[0].mean, found[1].mean)  # other words, the same posterior


def test_a_residual_posterior_is_the_prior_shifted() -> None:
    torch.manual_seed(0)
    posterior, read = ResidualPosterior(dim=14, latent=11), torch.randn(5, 14)
    prior = DiagonalGaussian(torch.randn(5, 11), torch.randn(5, 11))
    latents = posterior(read, prior)
    mean, log_variance = posterior.to_shift(read).chunk(2, dim=-1)
    by_hand = shifted(prior, DiagonalGaussian(mean, log_variance))
    torch.testing.assert_close(latents.posterior, by_hand)
    torch.testing.assert_close(latents.shift, DiagonalGaussian(mean, log_variance))


def test_an_absolute_posterior_knows_nothing_of_the_prior() -> None:
    posterior, read = AbsolutePosterior(dim=14, latent=11), torch.randn(5, 14)
    one, other = (posterior(read, DiagonalGaussian(torch.randn(5, 11), torch.randn(5, 11))) for _ in range(2))
    assert torch.equal(one.posterior.mean, other.posterior.mean)
    assert one.shift is None


def test_both_fusions_by_hand() -> None:
    context, z = torch.randn(5, 14), torch.randn(5, 11)

    def normed(x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean(dim=-1, keepdim=True)
        return centred / (x.var(dim=-1, correction=0, keepdim=True) + 1e-5).sqrt()

    prefix, postfix = PrefixFusion(dim=14, latent=11), PostfixFusion(dim=14, latent=11)
    torch.testing.assert_close(prefix(context, z), context + normed(prefix.from_latent(z)))
    torch.testing.assert_close(postfix(context, z), normed(context + postfix.from_latent(z)))


def test_gaussians_are_kept_in_full_precision() -> None:
    """An exponential of a log-variance in half precision overflows from 11.1 on."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        prior = network().from_clip(clip()).prior
    assert prior.mean.dtype == prior.log_variance.dtype == torch.float32
