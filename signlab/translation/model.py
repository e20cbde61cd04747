"""The path from a feature sequence to a sentence, in one forward. Chapter 9."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from signlab.blocks.cache import KeysValues
from signlab.blocks.gaussian import DiagonalGaussian, sample
from signlab.blocks.layers import Dropout
from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch
from signlab.data.pieces import PieceVocabulary, StoredPieces
from signlab.data.text import BOS, EOS, PAD, SPECIALS, Tokenizer, Vocabulary
from signlab.shapes import Bool, Float
from signlab.translation.decoder import TextDecoder
from signlab.translation.encoder import SignEncoder
from signlab.translation.latent import GaussianNetwork, LatentConfig, Sequences
from signlab.translation.reading import Reading, read_both, read_clip, with_ends_marked
from signlab.translation.visual_head import GlossesToLanguage, VisualHeadConfig

NEVER = -1e4  # a logit of what is certainly not so
SecondPath = Literal["none", "prior", "posterior"]
WhichPath = Literal["prior", "posterior"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslatorConfig:
    """How large the translator is, what it reads and what it can write."""

    dim: int = 192  # width of both streams
    num_encoder_layers: int = 2
    num_decoder_layers: int = 2
    num_heads: int = 4  # must divide dim
    dropout: float = 0.2  # share of activations dropped in training
    attention_dropout: float | None = None  # share of attention weights; as dropout if none
    hidden_dropout: float | None = None  # inside the feed-forward parts; as dropout if none
    learnt_positions: bool = False  # a table of places with a norm after it, as mBART; else fixed waves
    tied: bool = False  # words are written by the table they are read by
    ends_marked: bool = False  # eos and bos follow each clip's last step, as in CV-SLT
    latent: LatentConfig | None = None  # none: a plain translator
    visual_head: VisualHeadConfig | None = None  # between features and encoder; none: a linear map
    features_dim: int = 0  # width of a feature; filled in from the data
    max_tokens: int = 60  # after which a sentence is cut off, eos included; filled in from the data
    words: tuple[str, ...] = ()  # the vocabulary without special tokens; filled in from the data
    pieces: StoredPieces | None = None  # in place of words; filled in where they are asked for
    glosses: tuple[str, ...] = ()  # what a gloss head names; filled in where glosses are asked for

    @property
    def vocabulary(self) -> Tokenizer:
        """Words, or pieces once the run they belong to has been opened."""
        return Vocabulary(self.words) if self.pieces is None else PieceVocabulary.opened(self.pieces)

    @property
    def num_tokens(self) -> int:
        """Ids of the vocabulary, special tokens included; no SentencePiece model is needed to know that."""
        return len(SPECIALS) + len(self.words if self.pieces is None else self.pieces.pieces)

    @property
    def gloss_vocabulary(self) -> Vocabulary:
        return Vocabulary(self.glosses)

    @property
    def maps_glosses(self) -> bool:
        return self.visual_head is not None and self.visual_head.mapper == "glosses"

    @property
    def dropouts(self) -> Dropout:
        weights, hidden = self.attention_dropout, self.hidden_dropout
        return Dropout(
            results=self.dropout,
            weights=self.dropout if weights is None else weights,
            hidden=self.dropout if hidden is None else hidden,
        )


class Paths(NamedTuple):
    """Both ways through encoder and latent, up to the decoder; the second is there only where asked for."""

    clip: Reading  # what the steps mean: to the prior, and to the second path
    prior: DiagonalGaussian | None  # none: a translator without latent
    second: DiagonalGaussian | None
    shift: DiagonalGaussian | None  # from prior to posterior, if the latent is residual
    seen: Sequences | None = None  # what the visual head made of the steps, if there is one


class Prediction(NamedTuple):
    """What the translator says about each word of the sentences, being shown those before; packed."""

    text: Float[Tensor, "all_tokens vocab"]  # logits, by the prior path
    second: Float[Tensor, "all_tokens vocab"] | None  # by the second path
    real: Bool[Tensor, " all_tokens"]  # which of them count; all, unless filling was asked for
    glosses: Float[Tensor, "batch steps glosses"] | None  # logits of the gloss head, if there is one
    paths: Paths


class Memory(NamedTuple):
    """What the decoder reads while it writes."""

    remembered: tuple[KeysValues, ...]  # one pair for each decoder layer
    steps_mask: Bool[Tensor, "batch steps"]

    def settled(self) -> "Memory":
        """The same, laid out for a search, which reads it once for every token: see `KeysValues.settled`."""
        return self._replace(remembered=tuple(one.settled() for one in self.remembered))


class SignTranslator(nn.Module):
    """Translate feature sequences into sentences: encoder, latent, decoder.

    Two paths go through the same weights. The prior path sees the clip; it alone translates. The second path
    exists in training: the posterior, which has read the sentence, or once more the prior with other noise
    (R-Drop), a control without which a gain cannot be put down to the sentence.

    Args:
        config: Its size, its latent, the width of its features and its words.

    Raises:
        ValueError: If the config knows no features or no words.

    Source: CV-SLT (Zhao et al., 2024). Built in chapters 4 to 9.
    Departure: both paths go through in one pass without padding; text has places of its own, after the
    clip's own last step, where the released code counts from the longest clip of the batch.
    """

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        num_words = config.num_tokens - len(SPECIALS)
        if config.features_dim < 1 or not num_words:
            raise ValueError(
                f"A translator must know the width of its features and its words, but got "
                f"features_dim={config.features_dim} and {num_words} words; take them from the data."
            )
        if config.maps_glosses and not config.glosses:
            raise ValueError(
                "A visual head that maps glosses must know them, but the config has none; take them from the data."
            )
        self.config = config
        self.encoder = SignEncoder(
            features_dim=config.features_dim,
            dim=config.dim,
            num_layers=config.num_encoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropouts,
            learnt_positions=config.learnt_positions,
            visual_head=config.visual_head,
            num_glosses=len(config.gloss_vocabulary),
        )
        self.latent = None
        if config.latent is not None:
            self.latent = GaussianNetwork(dim=config.dim, num_heads=config.num_heads, config=config.latent)
        self.to_gloss = None
        if config.glosses and not config.maps_glosses:
            named_dim = config.dim if config.visual_head is None else config.visual_head.dim
            self.to_gloss = nn.Linear(named_dim, len(config.gloss_vocabulary))
        self.decoder = TextDecoder(
            vocab=config.num_tokens,
            dim=config.dim,
            num_layers=config.num_decoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropouts,
            learnt_positions=config.learnt_positions,
            tied=config.tied,
        )

    def forward(self, batch: Batch, *, second: SecondPath = "none", keep_filling: bool = False) -> Prediction:
        """Features -> context -> latent -> logits, the decoder being fed the true sentence.

        Args:
            batch: Clips with features, and their sentences.
            second: Which path goes beside the prior.
            keep_filling: Compute what stands in the padding too, for losses that count it.
        """
        assert batch.tokens is not None
        assert batch.tokens_mask is not None
        paths = self.paths(batch, second=second, keep_filling=keep_filling)
        real = batch.tokens_mask[:, 1:]
        layout = Ragged(torch.ones_like(real) if keep_filling else real)
        memories = [self.memory(paths, context="prior", latent="prior")]
        if paths.clip.second is not None:
            memories.append(self.memory(paths, context="posterior", latent="posterior"))
        logits = self.write(batch.tokens[:, :-1], layout, memories)
        text, *others = logits.chunk(len(memories))
        glosses = self._gloss_logits(paths) if self.gloss_head else None
        return Prediction(text, others[0] if others else None, real[layout.mask], glosses, paths)

    @property
    def gloss_head(self) -> nn.Linear | None:
        """What names the glosses of steps: a part of the mapper, if that maps glosses."""
        mapper = self.encoder.to_stream
        return mapper.to_gloss if isinstance(mapper, GlossesToLanguage) else self.to_gloss

    def paths(self, batch: Batch, *, second: SecondPath = "none", keep_filling: bool = False) -> Paths:
        """Everything before the decoder; only the posterior looks at the sentence."""
        embedded, mask, seen = self._embedded(batch)
        if second == "posterior":
            assert batch.tokens is not None
            assert batch.tokens_mask is not None
            text = self.decoder.embed(batch.tokens[:, 1:])
            read = read_both(self.encoder, embedded, mask, text, batch.tokens_mask[:, 1:], keep_filling)
        else:
            read = read_clip(self.encoder, embedded, mask, keep_filling, times=1 if second == "none" else 2)
        if self.latent is None:
            return Paths(read, None, None, None, seen)
        if read.second is None or read.text is None:
            others = None if read.second is None else self.latent.from_clip(read.second).prior
            return Paths(read, self.latent.from_clip(read.prior).prior, others, None, seen)
        latents = self.latent.from_clip_and_text(read.prior, read.second, read.text)
        return Paths(read, latents.prior, latents.posterior, latents.shift, seen)

    def memory(self, paths: Paths, *, context: WhichPath, latent: WhichPath) -> Sequences:
        """What the decoder will read: a path's context, and in it a path's latent.

        In training the latent is a draw, in use its mean. With a strict latent, the second path's own
        context is the prior's: its sentence comes through the latent or not at all.

        Args:
            paths: Of a batch, with a second path if one is asked for.
            context: Whose context.
            latent: Whose latent; a translator without one has none to give.
        """
        strict = self.config.latent is not None and self.config.latent.memory == "strict"
        second = context == "posterior" and not (strict and paths.clip.text is not None)
        steps = paths.clip.second if second else paths.clip.prior
        gaussian = paths.second if latent == "posterior" else paths.prior
        assert steps is not None
        if self.latent is None or gaussian is None:
            return steps
        z = sample(gaussian) if self.training else gaussian.mean
        return steps._replace(tokens=self.latent.fuse(steps.tokens, z))

    def read(self, batch: Batch) -> Memory:
        """Everything that is done once a clip, however long its sentence: the prior path, without any text."""
        return self.remembered(self.memory(self.paths(batch), context="prior", latent="prior"))

    def remembered(self, memory: Sequences) -> Memory:
        """A memory in the form in which a search asks it again and again."""
        return Memory(self.decoder.remember(memory.tokens, memory.layout), memory.real)

    def write(
        self, tokens: Tensor, layout: Ragged, memories: list[Sequences]
    ) -> Float[Tensor, "all_tokens vocab"]:
        """The logits of one sentence under several memories, one memory after another."""
        num = len(memories)
        both = Ragged(torch.cat([memory.layout.mask for memory in memories]))
        tokens_of = torch.cat([memory.layout.trim(memory.tokens) for memory in memories])
        remembered = self.decoder.remember(both.fit(tokens_of), both)
        real = torch.cat([memory.real for memory in memories])
        sentences = Ragged(layout.mask.repeat(num, 1))
        return self.decoder.packed(tokens.repeat(num, 1), sentences, remembered, real)

    def _embedded(self, batch: Batch) -> tuple[Tensor, Tensor, Sequences | None]:
        """Steps at the width of the model, which of them are real, and what the visual head saw."""
        given = None if batch.features is None else batch.features.shape[-1]
        if batch.features is None or batch.steps_mask is None or given != self.config.features_dim:
            raise ValueError(
                f"A translator reads features of the width it was trained on, {self.config.features_dim}, "
                f"but got {given}; compute them with the visual encoder of its run."
            )
        mask, seen = batch.steps_mask, None
        steps = self.encoder.see(batch.features, mask)
        if self.encoder.visual_head is not None:
            layout = Ragged(mask)
            seen = Sequences(layout.pack(steps), layout, mask)
        embedded = self.encoder.to_stream(steps)
        if self.config.ends_marked:
            marks = self.decoder.embed(torch.tensor([[EOS, BOS]], device=embedded.device))
            embedded, mask = with_ends_marked(embedded, mask, marks)
        return embedded, mask, seen

    def _gloss_logits(self, paths: Paths) -> Float[Tensor, "batch steps glosses"]:
        """For each step that was not hidden, how likely it shows each gloss; PAD is none of them.

        Read off what the visual head saw, as MMTLB and CV-SLT do, or off the context if there is none. What
        follows a clip in its context, such as marks, the head has not seen: it shows no gloss for certain.
        """
        assert self.gloss_head is not None
        tokens, layout, _ = paths.clip.prior if paths.seen is None else paths.seen
        rows = layout.trim(self.gloss_head(tokens)).float().split(layout.mask.sum(dim=1).tolist())
        longest = int(paths.clip.prior.layout.mask.sum(dim=1).max())
        nothing = rows[0].new_full((longest, rows[0].shape[1]), NEVER)
        nothing[:, PAD] = 0
        return torch.stack([torch.cat([row, nothing[len(row) :]]) for row in rows])
