"""Transformer layers with the norm in front: for encoders, and for decoders that read a memory. Chapter 6."""

from typing import NamedTuple

from torch import Tensor, nn

from signlab.blocks.attention import Attention
from signlab.blocks.cache import KeysValues, KeyValueCache
from signlab.blocks.dropout import ByteDropout
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float


class Dropout(NamedTuple):
    """What a layer drops in training: three shares, each of what it names."""

    results: float = 0.0  # of what a part adds to the stream
    weights: float = 0.0  # of attention weights
    hidden: float = 0.0  # of activations inside the feed-forward part


class FeedForward(nn.Module):
    """Two linear maps with a GELU between them, applied to each token alone.

    Args:
        dim: Width of a token.
        hidden_dim: Width between the two maps; four times `dim` if None.
        dropout: Share of hidden activations dropped in training.

    Source: Vaswani et al. (2017), Section 3.3.
    Departure: GELU instead of ReLU, as in mBART.
    """

    def __init__(self, *, dim: int, hidden_dim: int | None = None, dropout: float = 0.0) -> None:
        super().__init__()
        hidden_dim = hidden_dim or 4 * dim
        self.to_hidden = nn.Linear(dim, hidden_dim)
        self.activation = nn.GELU()
        self.dropout = ByteDropout(dropout)
        self.to_out = nn.Linear(hidden_dim, dim)

    def forward(self, tokens: Float[Tensor, "*tokens dim"]) -> Float[Tensor, "*tokens dim"]:
        return self.to_out(self.dropout(self.activation(self.to_hidden(tokens))))


class EncoderLayer(nn.Module):
    """Tokens read from one another, then each thinks for itself; both results are added to the stream.

    Args:
        dim: Width of the stream.
        num_heads: Must divide `dim`.
        hidden_dim: Width inside the feed-forward part; four times `dim` if None.
        dropout: Shares dropped in training; one number stands for all three.

    Source: Vaswani et al. (2017), Section 3.1.
    Departure: the norm comes before each part (pre-norm, Xiong et al., 2020), so that the stream itself is
    never rescaled and training needs little warm-up.
    """

    def __init__(
        self, *, dim: int, num_heads: int, hidden_dim: int | None = None, dropout: float | Dropout = 0.0
    ) -> None:
        super().__init__()
        results, weights, hidden = _three(dropout)
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, num_heads=num_heads, dropout=weights)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim=dim, hidden_dim=hidden_dim, dropout=hidden)
        self.dropout = ByteDropout(results)

    def forward(
        self,
        stream: Float[Tensor, "*tokens dim"],
        mask: Bool[Tensor, "#batch #tokens #keys"] | None = None,
        cache: KeyValueCache | None = None,
        *,
        causal: bool = False,
        prefix: int = 0,
        layout: Ragged | None = None,
    ) -> Float[Tensor, "*tokens dim"]:
        """One pass; with a `cache`, `stream` holds only the new tokens and `mask` all keys.

        `causal` and `prefix` are those of `Attention.forward`.

        With a `layout`, `stream` is packed: ``tokens dim`` instead of ``batch tokens dim``.
        """
        normed = self.attention_norm(stream)
        read = self.attention(normed, normed, mask, cache, causal=causal, prefix=prefix, layout=layout)
        stream = stream + self.dropout(read)
        return stream + self.dropout(self.feed_forward(self.feed_forward_norm(stream)))


class DecoderLayer(nn.Module):
    """Tokens read from the tokens before them, then from a memory, then each thinks for itself.

    Args:
        dim: Width of the stream and of the memory.
        num_heads: Must divide `dim`.
        hidden_dim: Width inside the feed-forward part; four times `dim` if None.
        dropout: Share dropped in training, as in `EncoderLayer`.

    Source: Vaswani et al. (2017), Section 3.1; pre-norm as in `EncoderLayer`.
    """

    def __init__(
        self, *, dim: int, num_heads: int, hidden_dim: int | None = None, dropout: float | Dropout = 0.0
    ) -> None:
        super().__init__()
        results, weights, hidden = _three(dropout)
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, num_heads=num_heads, dropout=weights)
        self.memory_norm = nn.LayerNorm(dim)
        self.memory_attention = Attention(dim=dim, num_heads=num_heads, dropout=weights)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim=dim, hidden_dim=hidden_dim, dropout=hidden)
        self.dropout = ByteDropout(results)

    def remember(self, memory: Float[Tensor, "*steps dim"], layout: Ragged | None = None) -> KeysValues:
        """What this layer's queries will see of `memory`: computed once for all tokens."""
        return self.memory_attention.keys_values(memory, layout)

    def forward(
        self,
        stream: Float[Tensor, "*tokens dim"],
        remembered: KeysValues,
        memory_mask: Bool[Tensor, "#batch #tokens #steps"] | None = None,
        cache: KeyValueCache | None = None,
        mask: Bool[Tensor, "#batch #tokens #keys"] | None = None,
        *,
        layout: Ragged | None = None,
    ) -> Float[Tensor, "*tokens dim"]:
        """One pass; with a `cache`, `stream` holds only what is new; with a `layout`, it is packed.

        What is new is one token, or with a `mask` several: it says which of all keys, those in the cache
        included, each of them may look at.
        """
        normed = self.attention_norm(stream)
        read = self.attention(normed, normed, mask, cache, causal=cache is None, layout=layout)
        stream = stream + self.dropout(read)
        normed = self.memory_norm(stream)
        read = self.memory_attention.attend(normed, remembered, memory_mask, layout=layout)
        stream = stream + self.dropout(read)
        return stream + self.dropout(self.feed_forward(self.feed_forward_norm(stream)))


def _three(dropout: float | Dropout) -> Dropout:
    return dropout if isinstance(dropout, Dropout) else Dropout(dropout, dropout, dropout)
