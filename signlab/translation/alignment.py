"""Does attention look where the sign is? Shares of attention against what the puppet really did. Chapter 6.

For Puppet it is known which sign is on the hands in each frame. Which words speak of which sign is read off
many pairs of glosses and sentences: a word belongs to a gloss if it hardly ever stands where the gloss does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from signlab.blocks.attention import Attention, watched
from signlab.blocks.layers import DecoderLayer
from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch
from signlab.data.example import SignExample
from signlab.data.puppet.corpus import PuppetSplit
from signlab.data.puppet.motion import perform
from signlab.shapes import Bool, Float, Int
from signlab.translation.model import SignTranslator
from signlab.translation.oracle import oracle_paths

FAITHFUL = 0.95  # share of a word's sentences in which its gloss is signed
SEEN = 20  # sentences in which a word must have stood
EITHER = 0.05  # share of a gloss's sentences in which a word of it stands, or it is there by chance


class Alignment(NamedTuple):
    """Shares of attention that lie where they should, beside what an even look would give; nan if unknown."""

    words_on_signs: float  # of a word's look at the clip, by the decoder's last layer
    words_even: float
    signs_on_words: float  # of a step's look at the sentence, by the posterior's attention
    signs_even: float


def words_of_glosses(examples: Iterable[SignExample]) -> dict[str, str]:
    """For each word that speaks of one gloss, that gloss.

    Args:
        examples: With glosses and sentences; the more, the surer.
    """
    words, glosses, both = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for example in examples:
        signed = set(example.glosses)
        glosses.update(signed)
        for word in set(example.sentences[0].split()):
            words[word] += 1
            both.update((word, gloss) for gloss in signed)
    found: dict[str, tuple[float, str]] = {}
    for (word, gloss), times in both.items():
        telling = times / glosses[gloss]  # share of the gloss's sentences in which the word stands
        if words[word] >= SEEN and times / words[word] >= FAITHFUL and telling >= EITHER:
            found[word] = max(found.get(word, (0.0, "")), (telling, gloss))
    return {word: gloss for word, (_, gloss) in found.items()}


def signs_of_steps(split: PuppetSplit, index: int, steps: int) -> Int[np.ndarray, " steps"]:
    """Which of an example's glosses is on the hands at each step of its features; -1 between signs.

    Nothing is drawn. A step stands for the same share of the clip as all others.
    """
    utterance, puppet, generator = split.plan(index)
    truth = perform(utterance, puppet, split.config.strengths, generator, fps=split.config.fps).truth
    middles = (np.arange(steps) + 0.5) * len(truth.sign) / steps
    return truth.sign[middles.astype(int)]


@torch.no_grad()
def alignment(
    model: SignTranslator,
    batch: Batch,
    examples: Sequence[SignExample],
    signs: Sequence[Int[np.ndarray, " _steps"]],
    belonging: Mapping[str, str],
) -> Alignment:
    """How much of two looks goes where the puppet's truth says.

    Args:
        model: In evaluation mode.
        batch: Of the examples, in their order.
        examples: With glosses.
        signs: For each, from `signs_of_steps`.
        belonging: From `words_of_glosses`.
    """
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    last = list(model.decoder.layers)[-1]
    assert isinstance(last, DecoderLayer)
    latent = [] if model.latent is None else [m for m in model.latent.modules() if isinstance(m, Attention)]
    with ExitStack() as stack:
        by_words = stack.enter_context(watched(last.memory_attention))
        by_latent = [stack.enter_context(watched(one)) for one in latent]
        paths = oracle_paths(model, batch)
        layout = Ragged(batch.tokens_mask[:, 1:])
        memory = model.memory(paths, context="prior", latent="prior")
        model.write(batch.tokens[:, :-1], layout, [memory])
    right = _meetings(batch, examples, signs, belonging)
    looks = [look for one in by_latent for look in one]
    words = _share(by_words[0].mean(dim=1)[:, :, : right.shape[2]], right)
    steps = (float("nan"), float("nan"))
    if len(looks) == 2:
        steps = _share(looks[1].mean(dim=1)[:, : right.shape[2]], right.mT)
    return Alignment(*words, *steps)


def _meetings(
    batch: Batch,
    examples: Sequence[SignExample],
    signs: Sequence[Int[np.ndarray, " _steps"]],
    belonging: Mapping[str, str],
) -> Bool[Tensor, "batch words steps"]:
    """Where a word speaks of the sign that is on the hands."""
    assert batch.tokens is not None
    assert batch.steps_mask is not None
    right = torch.zeros(len(batch), batch.tokens.shape[1] - 1, batch.steps_mask.shape[1], dtype=torch.bool)
    for row, (example, shown) in enumerate(zip(examples, signs, strict=True)):
        glosses = np.array([*example.glosses, ""])[shown]
        for place, word in enumerate(example.sentences[0].split()):
            if word in belonging:
                right[row, place, : len(glosses)] = torch.from_numpy(glosses == belonging[word])
    return right


def _share(
    look: Float[Tensor, "batch queries keys"], right: Bool[Tensor, "batch queries keys"]
) -> tuple[float, float]:
    """The mean share of a look that lies right, and of an even look over the same keys."""
    asked = right.any(dim=2)
    if not bool(asked.any()):
        return float("nan"), float("nan")
    keys = (look > 0).sum(dim=2)
    right = right.to(look.device)
    return float((look * right).sum(dim=2)[asked].mean()), float((right.sum(dim=2) / keys)[asked].mean())
