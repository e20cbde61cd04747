"""Drawing the codes of a clip, one after another, from the latent transformer. Chapter 14."""

from dataclasses import dataclass

import torch
from torch import Tensor

from signlab.blocks.cache import KeyValueCache
from signlab.production.capturing import CapturedStepper
from signlab.production.stepping import Stepper
from signlab.production.transformer import LatentTransformer, flatten_codes, unflatten_codes
from signlab.shapes import Float, Int

FEW = 256  # codes among which a nucleus mostly ends; to order all of them takes longer than the transformer's step


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingConfig:
    """How boldly to draw."""

    temperature: float = 1.0  # logits are divided by it; 0 = always the likeliest code
    top_k: int | None = None  # only the k likeliest codes; None = all
    top_p: float | None = None  # only the likeliest codes that together hold this probability; None = all
    guidance: float = 1.0  # how far to go from what any gloss would get to what this one gets, and beyond

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise ValueError(f"temperature must be 0 or more, but got {self.temperature}.")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(f"top_k must be 1 or more, or None for all codes, but got {self.top_k}.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must lie in (0, 1], or be None for all codes, but got {self.top_p}.")


@torch.no_grad()
def sample_codes(
    transformer: LatentTransformer,
    glosses: Int[Tensor, " batch"],
    first_frame: Int[Tensor, "batch height width"],
    *,
    sampling: SamplingConfig | None = None,
    generator: torch.Generator | None = None,
    captured: bool = False,
) -> Int[Tensor, "batch frames height width"]:
    """The codes of one clip for each gloss.

    The prefix is read in one pass; after it each code costs one token, for the keys and values of all
    tokens before are kept in memory taken once. The clips of a batch share every weight that is read,
    so ten clips cost little more than one.

    Args:
        transformer: In eval mode.
        glosses: Positions in `config.glosses`; `absent_gloss` = any.
        first_frame: Codes of the first frame; `absent_code` everywhere = any.
        sampling: Temperature, truncation, guidance; None = draw from the model's own distribution.
        generator: Draws the codes; None takes the global one. The same generator state and batch give
            the same clips.
        captured: Take steps of one shape, on a CUDA GPU as one graph: for many clips of a small transformer,
            where launching kernels takes longer than running them.

    Source: guidance by Ho and Salimans (2022), Eq. 6, there for diffusion; here on logits.
    """
    sampling, config = sampling or SamplingConfig(), transformer.config
    guided, num = sampling.guidance != 1, len(glosses)
    if guided:  # each clip twice, the second time without its gloss
        glosses = torch.cat([glosses, torch.full_like(glosses, transformer.absent_gloss)])
        first_frame = torch.cat([first_frame, first_frame])
    prefix = flatten_codes(first_frame[:, None])
    written = torch.cat([prefix, prefix.new_empty(len(prefix), config.num_targets)], dim=1)
    capacity = config.num_prefix + config.num_targets - 1  # nothing follows the last code
    caches = [KeyValueCache(capacity=capacity) for _ in range(config.num_layers)]
    logits = transformer.step(transformer.embed(glosses, prefix), caches)
    step = (CapturedStepper if captured else Stepper)(transformer, glosses, caches)
    for place in range(prefix.shape[1], written.shape[1]):
        if guided:
            told, untold = logits[:num], logits[num:]
            logits = untold + sampling.guidance * (told - untold)
        drawn = draw(logits, sampling, generator=generator)
        written[:, place] = torch.cat([drawn, drawn]) if guided else drawn
        if place + 1 < written.shape[1]:
            logits = step(written[:, : place + 1])
    drawn_codes = written[:num, prefix.shape[1] :]
    return unflatten_codes(drawn_codes, config.grid)


def draw(
    logits: Float[Tensor, "batch vocab"],
    sampling: SamplingConfig,
    *,
    generator: torch.Generator | None = None,
) -> Int[Tensor, " batch"]:
    """One code for each row of logits."""
    if sampling.temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = truncated(logits.float(), sampling).softmax(dim=-1)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


def truncated(logits: Float[Tensor, "batch vocab"], sampling: SamplingConfig) -> Float[Tensor, "batch vocab"]:
    """The logits over the temperature, minus infinity for all codes that may not be drawn.

    Both truncations may be given, then a code must pass both; top-p counts what top-k left, and always
    keeps the likeliest code. What is as likely as the last that is kept is kept too.

    Source: Fan et al. (2018) for top-k, Holtzman et al. (2020), Section 3.1, for top-p (the nucleus).
    """
    logits = logits / sampling.temperature
    if sampling.top_k is not None and sampling.top_k < logits.shape[-1]:
        least = logits.topk(sampling.top_k, dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < least, float("-inf"))
    if sampling.top_p is not None and sampling.top_p < 1:
        logits = logits.masked_fill(logits < _least_likely(logits, sampling.top_p), float("-inf"))
    return logits


def _least_likely(
    logits: Float[Tensor, "batch vocab"], top_p: float, *, of: int = FEW
) -> Float[Tensor, "batch 1"]:
    """The last logit of each row's nucleus, looked for among some of the likeliest and, if need be, among all."""
    vocab = logits.shape[-1]
    ordered = logits.topk(min(of, vocab), dim=-1).values
    shares = (ordered - logits.logsumexp(dim=-1, keepdim=True)).exp()
    before = shares.cumsum(dim=-1) - shares  # probability of all likelier codes
    if of < vocab and bool((before[:, -1] < top_p).any()):
        return _least_likely(logits, top_p, of=vocab)
    return ordered.masked_fill(before >= top_p, float("inf")).amin(dim=-1, keepdim=True)
