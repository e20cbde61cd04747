"""A translator that has never seen signing: sentences, noised or as glosses, to sentences. Chapter 9."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch, pad_sequences
from signlab.data.text import BOS, EOS, UNK
from signlab.shapes import Bool, Int
from signlab.translation.decoder import TextDecoder
from signlab.translation.encoder import SignEncoder
from signlab.translation.latent import Sequences
from signlab.translation.model import Memory, Paths, Prediction, TranslatorConfig
from signlab.translation.reading import Reading, with_ends_marked

MASK = UNK  # stands where words were taken out; never written
# what a translator must have in common with the text model it starts from
LANGUAGE_PARTS = ("num_encoder_layers", "num_decoder_layers", "dim", "num_heads", "learnt_positions", "tied")


class Source(NamedTuple):
    """What the text model reads: words, some of them noised, or glosses."""

    tokens: Int[Tensor, "batch tokens"]
    mask: Bool[Tensor, "batch tokens"]
    is_gloss: Bool[Tensor, " batch"]  # which table each row is read by


class TextModel(nn.Module):
    """Encoder and decoder of a translator, and a table of glosses in place of its features.

    What it learns is what mBART brings to CV-SLT: to read and write the language, and to make a sentence of
    glosses. Its weights have the names that they have in `SignTranslator`.

    Args:
        config: Of the translator to come, with words and glosses.

    Source: mBART (Liu et al., 2020) for learning by denoising; MMTLB (Chen et al., 2022), Section 3.2, for
    the step from glosses to text.
    """

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.config = config
        self.glosses = nn.Embedding(len(config.gloss_vocabulary), config.dim)
        nn.init.normal_(self.glosses.weight, std=config.dim**-0.5)
        self.encoder = SignEncoder(
            features_dim=None,
            dim=config.dim,
            num_layers=config.num_encoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropouts,
            learnt_positions=config.learnt_positions,
        )
        self.decoder = TextDecoder(
            vocab=config.num_tokens,
            dim=config.dim,
            num_layers=config.num_decoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropouts,
            learnt_positions=config.learnt_positions,
            tied=config.tied,
        )

    def forward(self, source: Source, batch: Batch) -> Prediction:
        """The sentences of `batch`, written from `source`."""
        assert batch.tokens is not None
        assert batch.tokens_mask is not None
        read = self.encode(source)
        layout = Ragged(batch.tokens_mask[:, 1:])
        remembered = self.decoder.remember(read.tokens, read.layout)
        logits = self.decoder.packed(batch.tokens[:, :-1], layout, remembered, read.real)
        everything = torch.ones(len(layout), dtype=torch.bool, device=logits.device)
        return Prediction(logits, None, everything, None, Paths(Reading(read), None, None, None))

    def encode(self, source: Source) -> Sequences:
        """What each word or gloss means, given all the others."""
        glosses = self.glosses(source.tokens.clamp(max=self.glosses.num_embeddings - 1))
        words = self.decoder.embed(source.tokens.clamp(max=self.decoder.table.num_embeddings - 1))
        scaled = glosses * self.config.dim**0.5
        embedded, mask = torch.where(source.is_gloss[:, None, None], scaled, words), source.mask
        if self.config.ends_marked:
            marks = self.decoder.embed(torch.tensor([[EOS, BOS]], device=mask.device))
            embedded, mask = with_ends_marked(embedded, mask, marks)
        layout = Ragged(mask)
        places = torch.arange(mask.shape[1], device=mask.device).expand(mask.shape)
        return Sequences(self.encoder.read(embedded, places, layout), layout, mask)

    def read(self, source: Source) -> Memory:
        """What a search needs of `source`."""
        read = self.encode(source)
        return Memory(self.decoder.remember(read.tokens, read.layout), read.real)


def check_language_parts(given: TranslatorConfig, own: TranslatorConfig, where: Path) -> None:
    """Refuse a translator of another shape than the text model it is to start from.

    Args:
        given: Of the text model.
        own: Of the translator.
        where: Of the text model.

    Raises:
        ValueError: Naming the first part that differs, and all settings that would make them equal.
    """
    other = [name for name in LANGUAGE_PARTS if getattr(given, name) != getattr(own, name)]
    if other:
        settings = ", ".join(f"model.{name}={getattr(given, name)}" for name in other)
        raise ValueError(
            f"A translator that starts from a text model must have its {other[0]}, but {where} has "
            f"{getattr(given, other[0])} and the translator {getattr(own, other[0])}; set {settings}."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NoiseConfig:
    """How a sentence is spoilt before it has to be restored, and how glosses are stretched."""

    masked: float = 0.3  # share of words replaced by a mask, several in a row by one
    deleted: float = 0.1  # share of words that are gone without a trace
    moved: int = 3  # places by which a word may leave its own
    repeated: int = 3  # times a gloss may stand in a row, as a sign lasts several steps


def noised(ids: Sequence[int], config: NoiseConfig, generator: np.random.Generator) -> list[int]:
    """A sentence with words masked, deleted and moved; at least one token long.

    Source: Lewis et al. (2020), Section 2.2, for infilling and deletion; Lample et al. (2018), Section 3.3,
    for moving words a little.
    """
    words = np.array(ids)
    order = np.argsort(
        np.arange(len(words)) + generator.uniform(0, config.moved + 1, len(words)), kind="stable"
    )
    chance = generator.random(len(words))
    kept: list[int] = []
    for word, lot in zip(words[order].tolist(), chance.tolist(), strict=True):
        if lot < config.masked:
            if not kept or kept[-1] != MASK:
                kept.append(MASK)
        elif lot >= config.masked + config.deleted:
            kept.append(word)
    return kept or [MASK]


def stretched(ids: Sequence[int], config: NoiseConfig, generator: np.random.Generator) -> list[int]:
    """Glosses, each several times in a row."""
    times = generator.integers(1, config.repeated + 1, len(ids))
    return np.repeat(np.array(ids), times).tolist()


def source_of(rows: Sequence[Sequence[int]], *, is_gloss: Sequence[bool]) -> Source:
    """Rows of words or glosses, side by side."""
    padded = pad_sequences([torch.tensor(row) for row in rows])
    assert padded is not None
    return Source(padded.values, padded.mask, torch.tensor(is_gloss))
