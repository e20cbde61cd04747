"""Transformer layers with the norm in front: for encoders, and for decoders that read a memory. Chapter 6."""

from torch import Tensor, nn

from signlab.blocks.attention import Attention, KeysValues, KeyValueCache
from signlab.shapes import Bool, Float


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
        self.dropout = nn.Dropout(dropout)
        self.to_out = nn.Linear(hidden_dim, dim)

    def forward(self, tokens: Float[Tensor, "batch tokens dim"]) -> Float[Tensor, "batch tokens dim"]:
        return self.to_out(self.dropout(self.activation(self.to_hidden(tokens))))


class EncoderLayer(nn.Module):
    """Tokens read from one another, then each thinks for itself; both results are added to the stream.

    Args:
        dim: Width of the stream.
        num_heads: Must divide `dim`.
        hidden_dim: Width inside the feed-forward part; four times `dim` if None.
        dropout: Share dropped in training: of attention weights, hidden activations, and of both results.

    Source: Vaswani et al. (2017), Section 3.1.
    Departure: the norm comes before each part (pre-norm, Xiong et al., 2020), so that the stream itself is
    never rescaled and training needs little warm-up.
    """

    def __init__(
        self, *, dim: int, num_heads: int, hidden_dim: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, num_heads=num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim=dim, hidden_dim=hidden_dim, dropout=dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        stream: Float[Tensor, "batch tokens dim"],
        mask: Bool[Tensor, "#batch #tokens #keys"] | None = None,
        cache: KeyValueCache | None = None,
        *,
        causal: bool = False,
    ) -> Float[Tensor, "batch tokens dim"]:
        """One pass; with a `cache`, `stream` holds only the new tokens and `mask` all keys."""
        normed = self.attention_norm(stream)
        stream = stream + self.dropout(self.attention(normed, normed, mask, cache, causal=causal))
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
        self, *, dim: int, num_heads: int, hidden_dim: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim=dim, num_heads=num_heads, dropout=dropout)
        self.memory_norm = nn.LayerNorm(dim)
        self.memory_attention = Attention(dim=dim, num_heads=num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim=dim, hidden_dim=hidden_dim, dropout=dropout)
        self.dropout = nn.Dropout(dropout)

    def remember(self, memory: Float[Tensor, "batch steps dim"]) -> KeysValues:
        """What this layer's queries will see of `memory`: computed once for all tokens."""
        return self.memory_attention.keys_values(memory)

    def forward(
        self,
        stream: Float[Tensor, "batch tokens dim"],
        remembered: KeysValues,
        mask: Bool[Tensor, "#batch #tokens #keys"] | None = None,
        memory_mask: Bool[Tensor, "#batch #tokens #steps"] | None = None,
        cache: KeyValueCache | None = None,
    ) -> Float[Tensor, "batch tokens dim"]:
        """One pass; with a `cache`, `stream` holds only the new tokens and `mask` all keys."""
        normed = self.attention_norm(stream)
        stream = stream + self.dropout(self.attention(normed, normed, mask, cache))
        read = self.memory_attention.attend(self.memory_norm(stream), remembered, memory_mask)
        stream = stream + self.dropout(read)
        return stream + self.dropout(self.feed_forward(self.feed_forward_norm(stream)))
