"""From logits to a sentence: greedily, or with a beam of several at once. Chapter 9."""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from einops import rearrange, repeat
from torch import Tensor

from signlab.data.text import BOS, EOS, PAD, UNK
from signlab.shapes import Bool, Float, Int
from signlab.translation.decoder import TextDecoder
from signlab.translation.model import Memory, TranslatorConfig

NEVER_WRITTEN = (PAD, BOS, UNK)  # filling, begin, "unknown": no words of a sentence


@runtime_checkable
class Writer(Protocol):
    """What a search asks: a translator, or a text model."""

    @property
    def config(self) -> TranslatorConfig: ...
    @property
    def decoder(self) -> TextDecoder: ...


class Found(NamedTuple):
    """The best sentence found for each clip."""

    tokens: Int[Tensor, "batch tokens"]  # without bos; eos where the sentence ends, then pad
    scores: Float[Tensor, " batch"]  # log-probability over length^length_penalty


@torch.no_grad()
def greedy_search(model: Writer, memory: Memory, *, max_tokens: int | None = None) -> Found:
    """Always take the likeliest next token.

    Args:
        model: In evaluation mode.
        memory: What it has read: `model.read(batch)`, which is the prior path.
        max_tokens: Tokens after which a sentence is cut off, its eos included; the model's own if None.
    """
    max_tokens = max_tokens or model.config.max_tokens
    memory, size = memory.settled(), len(memory.steps_mask)
    caches = model.decoder.caches(capacity=max_tokens)
    last = torch.full((size, 1), BOS, device=memory.steps_mask.device)
    written, total = [], torch.zeros(size, device=last.device)
    done = torch.zeros_like(last, dtype=torch.bool)
    for _ in range(max_tokens):
        logits = model.decoder(last, memory.remembered, memory.steps_mask, caches)
        likeliest = log_probabilities(logits[:, -1]).max(dim=-1)
        last = rearrange(likeliest.indices, "batch -> batch 1").masked_fill(done, PAD)
        total = total + likeliest.values.masked_fill(done[:, 0], 0)
        written.append(last)
        done = done | (last == EOS)
        if done.all():
            break
    tokens = torch.cat(written, dim=1)
    return Found(tokens=tokens, scores=total / (tokens != PAD).sum(dim=1))


@torch.no_grad()
def beam_search(
    model: Writer,
    memory: Memory,
    *,
    beams: int,
    max_tokens: int | None = None,
    length_penalty: float = 1.0,
) -> Found:
    """Carry the `beams` likeliest beginnings along, and return the best-scored sentence they led to.

    A sentence of n tokens (eos included) scores its log-probability over ``n ** length_penalty``: 0 favours
    short sentences, 1 compares log-probabilities per token. A beginning that ends leaves the beam, which
    narrows it; the search stops when nothing alive can score better any more. What has not ended after
    `max_tokens` competes as it is. One beam gives the greedy sentence, enough beams the best of all.

    Raises:
        ValueError: If `beams` is not positive.

    Source: Graves (2012) for narrowing the beam; the score as in Hugging Face's transformers (CV-SLT: 5
    beams, length_penalty 1).
    Departure: transformers' ``generate`` keeps as many living beginnings as there are beams, taking the next
    best where one ends; stops when the best of them, at its present length, is below the worst of as many
    finished sentences; may write special tokens; and for mBART makes the last token an eos. While nothing
    ends, and with enough beams, both find the same; with five beams mostly.
    """
    if beams < 1:
        raise ValueError(f"beams must be at least 1, but got {beams}; one searches greedily.")
    max_tokens = max_tokens or model.config.max_tokens
    memory, size = memory.settled(), len(memory.steps_mask)
    caches = model.decoder.caches(capacity=max_tokens * beams)
    device = memory.steps_mask.device
    ancestry = torch.eye(beams, dtype=torch.bool, device=device).expand(size, beams, beams)
    totals = torch.full((size, beams), -torch.inf, device=device)
    totals[:, 0] = 0  # all beams begin alike: only one of them counts
    tokens = torch.full((size, beams, max_tokens + 1), PAD, device=device)
    tokens[:, :, 0] = BOS
    best = Found(tokens=tokens[:, 0], scores=totals.new_full((size,), -torch.inf))
    for length in range(1, max_tokens + 1):
        logits = model.decoder(
            tokens[:, :, length - 1], memory.remembered, memory.steps_mask, caches, ancestry
        )
        vocab = logits.shape[-1]
        steps = log_probabilities(rearrange(logits, "batch beams vocab -> (batch beams) vocab"))
        steps = rearrange(steps, "(batch beams) vocab -> batch beams vocab", batch=size)
        candidates = rearrange(totals[:, :, None] + steps, "batch beams vocab -> batch (beams vocab)")
        totals, chosen = candidates.topk(beams, dim=1)
        origin = chosen // vocab
        tokens = tokens.gather(1, repeat(origin, "batch beams -> batch beams tokens", tokens=max_tokens + 1))
        tokens[:, :, length] = chosen % vocab
        ancestry = descended(ancestry, origin)
        ended = tokens[:, :, length] == EOS
        complete = ended if length < max_tokens else torch.ones_like(ended)
        best = _better(best, tokens, (totals / length**length_penalty).masked_fill(~complete, -torch.inf))
        totals = totals.masked_fill(ended, -torch.inf)
        # A total only falls, so no living beginning can end better than at the greatest length.
        hope = totals.amax(dim=1) / max_tokens ** max(length_penalty, 0.0)
        if (hope <= best.scores).all():
            break
    longest = int((best.tokens != PAD).sum(dim=1).max())
    return Found(tokens=best.tokens[:, 1:longest], scores=best.scores)


def sentences_from(
    model: Writer,
    memory: Memory,
    *,
    beams: int,
    max_tokens: int | None = None,
    length_penalty: float = 1.0,
) -> list[str]:
    """A sentence for each clip of a memory; one beam searches greedily.

    Args:
        model: In evaluation mode.
        memory: As in `greedy_search`.
        beams: As in `beam_search`.
        max_tokens: As in `greedy_search`.
        length_penalty: As in `beam_search`.
    """
    if beams == 1:
        found = greedy_search(model, memory, max_tokens=max_tokens)
    else:
        found = beam_search(model, memory, beams=beams, max_tokens=max_tokens, length_penalty=length_penalty)
    return [model.config.vocabulary.decode(row.tolist()) for row in found.tokens]


def descended(
    ancestry: Bool[Tensor, "batch beams held"], origin: Int[Tensor, "batch beams"]
) -> Bool[Tensor, "batch beams more"]:
    """Whom the next tokens follow: beam i all that beam `origin[i]` followed, and itself."""
    _, beams, held = ancestry.shape
    inherited = ancestry.gather(1, repeat(origin, "batch beams -> batch beams held", held=held))
    itself = torch.eye(beams, dtype=torch.bool, device=ancestry.device)
    return torch.cat([inherited, itself.expand(len(ancestry), beams, beams)], dim=2)


def log_probabilities(logits: Float[Tensor, "rows vocab"]) -> Float[Tensor, "rows vocab"]:
    """Log-probabilities of the tokens that may be written; minus infinity for the others."""
    allowed = logits.to(torch.float32, copy=True)
    allowed[:, list(NEVER_WRITTEN)] = -torch.inf
    return allowed.log_softmax(dim=-1)


def _better(
    best: Found, tokens: Int[Tensor, "batch beams tokens"], scores: Float[Tensor, "batch beams"]
) -> Found:
    """`best`, or whichever beam scores higher."""
    top = scores.max(dim=1)
    winners = tokens[torch.arange(len(tokens), device=tokens.device), top.indices]
    higher = top.values > best.scores
    return Found(
        tokens=torch.where(higher[:, None], winners, best.tokens),
        scores=torch.where(higher, top.values, best.scores),
    )
