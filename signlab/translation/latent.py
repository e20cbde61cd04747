"""ARGD: what a clip leaves open as a Gaussian at each step, and what its sentence makes of it. Chapter 6.

Two paths lead to a Gaussian for each step. The prior has seen the clip only. The posterior has seen the
sentence too, and says how much the prior has to be shifted. Each alternative to a published part is a small
module of its own, so that an ablation takes out one thing and leaves the rest.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from einops import rearrange
from torch import Tensor, nn

from signlab.blocks.attention import Attention
from signlab.blocks.dropout import ByteDropout
from signlab.blocks.gaussian import DiagonalGaussian, shifted
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float


@dataclass(frozen=True, kw_only=True, slots=True)
class LatentConfig:
    """The latent's size, and which of its parts are as published."""

    dim: int = 64  # components of z at each step
    posterior: Literal["residual", "absolute"] = "residual"  # a shift of the prior, or a Gaussian of its own
    attention: Literal["shared", "separate", "none"] = "shared"  # one module for both paths, two, or none
    fusion: Literal["prefix", "postfix"] = "prefix"  # norm before z joins the context, or after
    memory: Literal["published", "strict"] = "published"  # strict: text reaches the decoder through z alone
    dropout: float = 0.3  # share of what attention has read
    attention_dropout: float = 0.1  # share of attention weights


class Sequences(NamedTuple):
    """Packed tokens of several rows, and where they stand."""

    tokens: Float[Tensor, "tokens dim"]
    layout: Ragged
    real: Bool[Tensor, "rows longest"]  # the same as the layout's mask, unless filling is computed too


class Latents(NamedTuple):
    """The Gaussians of both paths, packed; `shift` is what leads from prior to posterior, if anything does."""

    prior: DiagonalGaussian
    posterior: DiagonalGaussian | None = None
    shift: DiagonalGaussian | None = None


class SharedReading(nn.Module):
    """One attention for two readings: of the clip in itself, and of the sentence by the clip.

    Args:
        dim: Width of a token.
        num_heads: Must divide `dim`.
        config: Its shares of dropout.

    Source: CV-SLT (Zhao et al., 2024), the shared "SelfAttn" and "CrossAttn" of ARGD; as in its released
    code, neither a residual connection nor a norm goes round it. Built by hand in chapter 6.
    """

    def __init__(self, *, dim: int, num_heads: int, config: LatentConfig) -> None:
        super().__init__()
        self.attention = Attention(dim=dim, num_heads=num_heads, dropout=config.attention_dropout)
        self.dropout = ByteDropout(config.dropout)

    def prior(self, sign: Sequences) -> Float[Tensor, "tokens dim"]:
        """What each step reads in its own clip."""
        return self.dropout(_read(self.attention, sign, sign))

    def posterior(self, sign: Sequences, text: Sequences) -> Float[Tensor, "tokens dim"]:
        """What each step reads in the sentence."""
        return self.dropout(_read(self.attention, sign, text))


class SeparateReading(nn.Module):
    """As `SharedReading`, but each reading has an attention of its own: twice the weights, nothing shared."""

    def __init__(self, *, dim: int, num_heads: int, config: LatentConfig) -> None:
        super().__init__()
        self.prior_attention = Attention(dim=dim, num_heads=num_heads, dropout=config.attention_dropout)
        self.posterior_attention = Attention(dim=dim, num_heads=num_heads, dropout=config.attention_dropout)
        self.dropout = ByteDropout(config.dropout)

    def prior(self, sign: Sequences) -> Float[Tensor, "tokens dim"]:
        return self.dropout(_read(self.prior_attention, sign, sign))

    def posterior(self, sign: Sequences, text: Sequences) -> Float[Tensor, "tokens dim"]:
        return self.dropout(_read(self.posterior_attention, sign, text))


class NoReading(nn.Module):
    """No attention: each step's Gaussian is read off its own context; text is in it by the encoder only."""

    def prior(self, sign: Sequences) -> Float[Tensor, "tokens dim"]:
        return sign.tokens

    def posterior(self, sign: Sequences, text: Sequences) -> Float[Tensor, "tokens dim"]:  # noqa: ARG002
        return sign.tokens


class ResidualPosterior(nn.Module):
    """The posterior as a shift of the prior: means added, variances multiplied.

    Source: CV-SLT, the residual Gaussian of ARGD; Vahdat and Kautz (2020), Section 3.2. Built in chapter 5.
    """

    def __init__(self, *, dim: int, latent: int) -> None:
        super().__init__()
        self.to_shift = nn.Linear(dim, 2 * latent)

    def forward(self, read: Float[Tensor, "tokens dim"], prior: DiagonalGaussian) -> Latents:
        shift = _gaussian(self.to_shift(read))
        return Latents(prior=prior, posterior=shifted(prior, shift), shift=shift)


class AbsolutePosterior(nn.Module):
    """The posterior as a Gaussian of its own, with no head start."""

    def __init__(self, *, dim: int, latent: int) -> None:
        super().__init__()
        self.to_gaussian = nn.Linear(dim, 2 * latent)

    def forward(self, read: Float[Tensor, "tokens dim"], prior: DiagonalGaussian) -> Latents:
        return Latents(prior=prior, posterior=_gaussian(self.to_gaussian(read)))


class PrefixFusion(nn.Module):
    """Context plus the normed latent: H + LN(W z). CV-SLT's setting for PHOENIX14T."""

    def __init__(self, *, dim: int, latent: int) -> None:
        super().__init__()
        self.from_latent = nn.Linear(latent, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(
        self, context: Float[Tensor, "*tokens dim"], z: Float[Tensor, "*tokens latent"]
    ) -> Float[Tensor, "*tokens dim"]:
        return context + self.norm(self.from_latent(z))


class PostfixFusion(nn.Module):
    """The norm of both together: LN(H + W z). CV-SLT's setting for CSL-Daily."""

    def __init__(self, *, dim: int, latent: int) -> None:
        super().__init__()
        self.from_latent = nn.Linear(latent, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(
        self, context: Float[Tensor, "*tokens dim"], z: Float[Tensor, "*tokens latent"]
    ) -> Float[Tensor, "*tokens dim"]:
        return self.norm(context + self.from_latent(z))


class GaussianNetwork(nn.Module):
    """From contexts to Gaussians at each step, and from draws of these to what the decoder reads.

    Args:
        dim: Width of the contexts.
        num_heads: Of its attention.
        config: Which parts it is made of.

    Source: CV-SLT, ARGD; formulas, sizes and initial weights (PyTorch's own) as in its released code.
    """

    def __init__(self, *, dim: int, num_heads: int, config: LatentConfig) -> None:
        super().__init__()
        self.config = config
        if config.attention == "none":
            self.reading = NoReading()
        else:
            reading = SharedReading if config.attention == "shared" else SeparateReading
            self.reading = reading(dim=dim, num_heads=num_heads, config=config)
        self.to_prior = nn.Linear(dim, 2 * config.dim)
        posterior = ResidualPosterior if config.posterior == "residual" else AbsolutePosterior
        self.posterior = posterior(dim=dim, latent=config.dim)
        fusion = PrefixFusion if config.fusion == "prefix" else PostfixFusion
        self.fuse = fusion(dim=dim, latent=config.dim)

    def from_clip(self, sign: Sequences) -> Latents:
        """The prior alone: all there is at test time."""
        return Latents(prior=_gaussian(self.to_prior(self.reading.prior(sign))))

    def from_clip_and_text(self, sign: Sequences, informed: Sequences, text: Sequences) -> Latents:
        """Both Gaussians.

        Args:
            sign: Steps that have seen the clip.
            informed: The same steps, having seen the sentence as well.
            text: Words that have seen the clip.
        """
        prior = self.from_clip(sign).prior
        return self.posterior(self.reading.posterior(informed, text), prior)


def _gaussian(both: Float[Tensor, "tokens twice"]) -> DiagonalGaussian:
    mean, log_variance = rearrange(both.float(), "tokens (part latent) -> part tokens latent", part=2)
    return DiagonalGaussian(mean, log_variance)


def _read(attention: Attention, sign: Sequences, offered: Sequences) -> Float[Tensor, "tokens dim"]:
    keys_values = attention.keys_values(offered.tokens, offered.layout)
    mask = rearrange(offered.real, "rows keys -> rows 1 keys")
    return attention.attend(sign.tokens, keys_values, mask, layout=sign.layout)
