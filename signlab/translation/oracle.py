"""What the posterior path would write: oracles that have read the answer, and swaps that show its way. Chapter 6.

Nothing here is a translation. Each function is given the true sentence, and a score of what it writes is a
bound or a diagnosis, never a result.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from einops import reduce
from torch import Tensor

from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch
from signlab.shapes import Float
from signlab.translation.latent import Sequences
from signlab.translation.model import Memory, Paths, SignTranslator, WhichPath
from signlab.translation.word_terms import smoothed_surprise


class Swap(NamedTuple):
    """From which path the decoder gets the context, and from which the latent."""

    context: WhichPath
    latent: WhichPath


PRIOR = Swap("prior", "prior")  # what translates
POSTERIOR = Swap("posterior", "posterior")  # what is trained beside it
CONTEXT_ONLY = Swap("posterior", "prior")  # of the two ways text can go, only the one beside the latent
LATENT_ONLY = Swap("prior", "posterior")  # only the one through the latent
SWAPS = {"prior": PRIOR, "posterior": POSTERIOR, "context only": CONTEXT_ONLY, "latent only": LATENT_ONLY}


def oracle_paths(model: SignTranslator, batch: Batch) -> Paths:
    """Both paths of clips and their true sentences; the model is best in evaluation mode."""
    with torch.no_grad():
        return model.paths(batch, second="posterior")


def oracle_memory(model: SignTranslator, paths: Paths, swap: Swap) -> Memory:
    """What a search would read: `PRIOR` gives what `model.read` gives, all others have seen the sentence."""
    with torch.no_grad():
        return model.remembered(_memory(model, paths, swap))


@torch.no_grad()
def surprise_by_sentence(
    model: SignTranslator, paths: Paths, batch: Batch, swap: Swap = PRIOR
) -> Float[Tensor, " batch"]:
    """Nats of each sentence of `batch`, its words shown one after another.

    Args:
        model: Best in evaluation mode.
        paths: Of the same clips; of other sentences, if one wants to know how these are told.
        batch: The sentences.
        swap: From which path context and latent come.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    layout = Ragged(batch.tokens_mask[:, 1:])
    logits = model.write(batch.tokens[:, :-1], layout, [_memory(model, paths, swap)])
    targets = batch.tokens[:, 1:][layout.mask]
    nats = smoothed_surprise(logits.float().log_softmax(dim=-1), targets, label_smoothing=0.0)
    return reduce(layout.unpack(layout.fit(nats[:, None])), "batch tokens 1 -> batch", "sum")


def with_sentences_of(batch: Batch, others: Sequence[int]) -> Batch:
    """The clips of a batch, each with the sentence of another of its examples.

    Args:
        batch: With tokens.
        others: For each example, the position of the one whose sentence it gets.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    order = torch.as_tensor(others, device=batch.tokens.device)
    references = tuple(batch.references[other] for other in others) if batch.references else ()
    return replace(
        batch, tokens=batch.tokens[order], tokens_mask=batch.tokens_mask[order], references=references
    )


def _memory(model: SignTranslator, paths: Paths, swap: Swap) -> Sequences:
    return model.memory(paths, context=swap.context, latent=swap.latent)
