"""The path from a feature sequence to a sentence, in one forward. Chapter 9."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from signlab.blocks.attention import KeysValues
from signlab.data.batches import Batch
from signlab.data.text import Vocabulary
from signlab.shapes import Bool, Float
from signlab.translation.decoder import TextDecoder
from signlab.translation.encoder import SignEncoder


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslatorConfig:
    """How large the translator is, what it reads and what it can write."""

    dim: int = 192  # width of both streams
    num_encoder_layers: int = 2
    num_decoder_layers: int = 2
    num_heads: int = 4  # must divide dim
    dropout: float = 0.2  # share of activations dropped in training
    features_dim: int = 0  # width of a feature; filled in from the data
    max_tokens: int = 60  # after which a sentence is cut off, eos included; filled in from the data
    words: tuple[str, ...] = ()  # the vocabulary without special tokens; filled in from the data

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words)


class Prediction(NamedTuple):
    """What the translator says about the words of a sentence, being shown those before."""

    text: Float[Tensor, "batch tokens vocab"]  # logits of the tokens after the first


class Memory(NamedTuple):
    """What the decoder reads while it writes."""

    remembered: tuple[KeysValues, ...]  # one pair for each decoder layer
    steps_mask: Bool[Tensor, "batch steps"]


class SignTranslator(nn.Module):
    """Translate feature sequences into sentences: encoder, then decoder; no latent yet.

    Args:
        config: Its size, the width of its features and its words.

    Raises:
        ValueError: If the config knows no features or no words.
    """

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        if config.features_dim < 1 or not config.words:
            raise ValueError(
                f"A translator must know the width of its features and its words, but got "
                f"features_dim={config.features_dim} and {len(config.words)} words; take them from the data."
            )
        self.config = config
        self.encoder = SignEncoder(
            features_dim=config.features_dim,
            dim=config.dim,
            num_layers=config.num_encoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropout,
        )
        self.decoder = TextDecoder(
            vocab=len(config.vocabulary),
            dim=config.dim,
            num_layers=config.num_decoder_layers,
            num_heads=config.num_heads,
            dropout=config.dropout,
        )

    def forward(self, batch: Batch) -> Prediction:
        """Features -> context -> logits, the decoder being fed the true sentence."""
        assert batch.tokens is not None
        memory = self.read(batch)
        return Prediction(text=self.decoder(batch.tokens[:, :-1], memory.remembered, memory.steps_mask))

    def read(self, batch: Batch) -> Memory:
        """Everything that is done once a clip, however long its sentence.

        Raises:
            ValueError: If the batch has no features, or features of another width.
        """
        given = None if batch.features is None else batch.features.shape[-1]
        if batch.features is None or batch.steps_mask is None or given != self.config.features_dim:
            raise ValueError(
                f"A translator reads features of the width it was trained on, {self.config.features_dim}, "
                f"but got {given}; compute them with the visual encoder of its run."
            )
        context = self.encoder(batch.features, batch.steps_mask)
        return Memory(remembered=self.decoder.remember(context), steps_mask=batch.steps_mask)
