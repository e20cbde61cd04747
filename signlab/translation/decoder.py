"""Context to words, each read off the words before it and the context. Chapter 9."""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.cache import KeysValues, KeyValueCache
from signlab.blocks.layers import DecoderLayer, Dropout
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float, Int
from signlab.translation.encoder import Entrance


class TextDecoder(nn.Module):
    """For each place in the sentence, one logit for each word that could come next.

    Args:
        vocab: Words and special tokens.
        dim: Width of the model; even.
        num_layers: Decoder layers.
        num_heads: Must divide `dim`.
        dropout: Share dropped in training, also of what enters the first layer.
        learnt_positions: As in `SignEncoder`.
        tied: Whether words are written by the table they are read by.

    Source: Vaswani et al. (2017), Section 3.1; tied tables from Section 3.4, and mBART has them too.
    Departure: untied by default. With a hundred words, tying spares nothing and makes a barely trained
    decoder repeat the word it has just read; with a pretrained one, as CV-SLT has, it is right.
    """

    def __init__(
        self,
        *,
        vocab: int,
        dim: int,
        num_layers: int,
        num_heads: int,
        dropout: float | Dropout = 0.0,
        learnt_positions: bool = False,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab, dim)
        nn.init.normal_(self.table.weight, std=dim**-0.5)
        self.entrance = Entrance(dim=dim, dropout=dropout, learnt_positions=learnt_positions)
        self.layers = nn.ModuleList(
            DecoderLayer(dim=dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.to_logits = None if tied else nn.Linear(dim, vocab)
        self.bias = nn.Parameter(torch.zeros(vocab)) if tied else None

    def embed(self, tokens: Int[Tensor, "batch tokens"]) -> Float[Tensor, "batch tokens dim"]:
        """What each word is, at the scale of a stream; the encoder reads sentences by the same table."""
        return self.table(tokens) * self.table.embedding_dim**0.5

    def remember(
        self, context: Float[Tensor, "*steps dim"], layout: Ragged | None = None
    ) -> tuple[KeysValues, ...]:
        """Keys and values of the context, one pair a layer: computed once for a whole sentence."""
        return tuple(layer.remember(context, layout) for layer in self._layers())

    def caches(self, *, capacity: int) -> tuple[KeyValueCache, ...]:
        """Empty caches for up to `capacity` tokens, one a layer."""
        return tuple(KeyValueCache(capacity=capacity) for _ in self.layers)

    def forward(
        self,
        tokens: Int[Tensor, "clips tokens"],
        remembered: Sequence[KeysValues],
        steps_mask: Bool[Tensor, "clips steps"],
        caches: Sequence[KeyValueCache] | None = None,
        ancestry: Bool[Tensor, "clips tokens held"] | None = None,
    ) -> Float[Tensor, "clips tokens vocab"]:
        """Logits of the token after each of `tokens`.

        Args:
            tokens: The sentence so far from bos on; with `caches`, only the next token of it; with
                `ancestry`, the next token of each of several sentences.
            remembered: From `remember`, a row for each clip.
            steps_mask: Real steps of the context.
            caches: From `caches`; they hold the tokens before and grow by these.
            ancestry: For each of `tokens`, which of all that the caches will hold then it follows, itself
                included. Beams of one clip so share one cache, and none is ever moved.
        """
        num, held = tokens.shape[1], caches[0].length if caches else 0
        places = torch.arange(held, held + num, device=tokens.device)
        if ancestry is not None:
            places = places.new_full((num,), held // num)  # beams grow side by side
        stream = self.entrance(self.embed(tokens), places.expand(tokens.shape))
        return self._write(stream, remembered, steps_mask, caches, ancestry, None)

    def packed(
        self,
        tokens: Int[Tensor, "batch tokens"],
        layout: Ragged,
        remembered: Sequence[KeysValues],
        steps_mask: Bool[Tensor, "batch steps"],
    ) -> Float[Tensor, "all_tokens vocab"]:
        """As `forward`, for whole sentences and without their padding: logits packed by `layout`."""
        places = torch.arange(tokens.shape[1], device=tokens.device).expand(tokens.shape)
        stream = self.entrance(layout.pack(self.embed(tokens)), layout.places(places))
        return layout.trim(self._write(stream, remembered, steps_mask, None, None, layout))

    def _write(
        self,
        stream: Float[Tensor, "*tokens dim"],
        remembered: Sequence[KeysValues],
        steps_mask: Bool[Tensor, "clips steps"],
        caches: Sequence[KeyValueCache] | None,
        ancestry: Bool[Tensor, "clips tokens held"] | None,
        layout: Ragged | None,
    ) -> Float[Tensor, "*tokens vocab"]:
        memory_mask = rearrange(steps_mask, "clips steps -> clips 1 steps")
        for index, layer in enumerate(self._layers()):
            cache = caches[index] if caches else None
            stream = layer(stream, remembered[index], memory_mask, cache, ancestry, layout=layout)
        stream = self.norm(stream)
        return self.to_logits(stream) if self.to_logits else F.linear(stream, self.table.weight, self.bias)

    def _layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.layers if isinstance(layer, DecoderLayer)]
