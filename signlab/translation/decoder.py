"""Context to words, each read off the words before it and the context. Chapter 9."""

from collections.abc import Sequence

from einops import rearrange
from torch import Tensor, nn

from signlab.blocks.attention import KeysValues, KeyValueCache, causal_mask
from signlab.blocks.layers import DecoderLayer
from signlab.blocks.positions import sinusoidal_positions
from signlab.shapes import Bool, Float, Int


class TextDecoder(nn.Module):
    """For each place in the sentence, one logit for each word that could come next.

    Args:
        vocab: Words and special tokens.
        dim: Width of the model; even.
        num_layers: Decoder layers.
        num_heads: Must divide `dim`.
        dropout: Share dropped in training, also of what enters the first layer.

    Source: Vaswani et al. (2017), Section 3.1.
    Departure: words have two tables, one to be read by and one to be written by. Vaswani et al. (Section
    3.4) and mBART tie them, which spares millions of weights with large vocabularies; with a hundred words
    it spares nothing, and makes a barely trained decoder repeat the word it has just read.
    """

    def __init__(
        self, *, vocab: int, dim: int, num_layers: int, num_heads: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab, dim)
        nn.init.normal_(self.table.weight, std=dim**-0.5)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            DecoderLayer(dim=dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.to_logits = nn.Linear(dim, vocab)

    def remember(self, context: Float[Tensor, "batch steps dim"]) -> tuple[KeysValues, ...]:
        """Keys and values of the context, one pair a layer: computed once for a whole sentence."""
        return tuple(layer.remember(context) for layer in self._layers())

    def caches(self, *, capacity: int) -> tuple[KeyValueCache, ...]:
        """Empty caches for sentences of up to `capacity` tokens, one a layer."""
        return tuple(KeyValueCache(capacity=capacity) for _ in self.layers)

    def forward(
        self,
        tokens: Int[Tensor, "batch tokens"],
        remembered: Sequence[KeysValues],
        steps_mask: Bool[Tensor, "batch steps"],
        caches: Sequence[KeyValueCache] | None = None,
    ) -> Float[Tensor, "batch tokens vocab"]:
        """Logits of the token after each of `tokens`.

        Args:
            tokens: The sentence so far from bos on; with `caches`, only the next token of it.
            remembered: From `remember`.
            steps_mask: Real steps of the context.
            caches: From `caches`; they hold the tokens before and grow by one.
        """
        start = caches[0].length if caches else 0
        num, dim = tokens.shape[1], self.table.embedding_dim
        embedded = self.table(tokens) * dim**0.5
        stream = self.dropout(embedded + sinusoidal_positions(num, dim, start=start, device=tokens.device))
        mask = None if caches else causal_mask(num, device=tokens.device)
        memory_mask = rearrange(steps_mask, "batch steps -> batch 1 steps")
        for index, layer in enumerate(self._layers()):
            cache = caches[index] if caches else None
            stream = layer(stream, remembered[index], mask, memory_mask, cache)
        return self.to_logits(self.norm(stream))

    def _layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.layers if isinstance(layer, DecoderLayer)]
