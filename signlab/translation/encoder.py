"""Feature sequence to context: what each step means, given all the others. Chapter 3."""

import torch
from einops import rearrange
from torch import Tensor, nn

from signlab.blocks.layers import EncoderLayer
from signlab.blocks.positions import sinusoidal_positions
from signlab.shapes import Bool, Float


class SignEncoder(nn.Module):
    """Standardise features, bring them to the model's width, add positions, let steps read one another.

    Args:
        features_dim: Width of the features: 256 from our visual encoder, 832 from S3D, 8 for hand tracks.
        dim: Width of the model; even.
        num_layers: Encoder layers.
        num_heads: Must divide `dim`.
        dropout: Share dropped in training, also of what enters the first layer.

    Source: Vaswani et al. (2017), Section 3.1, with pre-norm; the features' own normalisation as in MMTLB's
    visual head, but with the training split's fixed mean and deviation, so that batches do not matter.
    """

    features_mean: Tensor
    features_deviation: Tensor

    def __init__(
        self, *, features_dim: int, dim: int, num_layers: int, num_heads: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.register_buffer("features_mean", torch.zeros(features_dim))
        self.register_buffer("features_deviation", torch.ones(features_dim))
        self.to_stream = nn.Linear(features_dim, dim)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            EncoderLayer(dim=dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(
        self, features: Float[Tensor, "batch steps features_dim"], steps_mask: Bool[Tensor, "batch steps"]
    ) -> Float[Tensor, "batch steps dim"]:
        """The context; what stands in the padding is meaningless and must stay masked."""
        standard = (features - self.features_mean) / self.features_deviation
        stream = self.to_stream(standard)
        positions = sinusoidal_positions(stream.shape[1], stream.shape[2], device=stream.device)
        stream = self.dropout(stream + positions)
        mask = rearrange(steps_mask, "batch steps -> batch 1 steps")
        for layer in self.layers:
            stream = layer(stream, mask)
        return self.norm(stream)

    @torch.no_grad()
    def standardise_by(self, features: Float[Tensor, "rows features_dim"]) -> None:
        """Remember mean and deviation of the training split; a constant column keeps deviation 1."""
        deviation = features.std(dim=0, correction=0)
        self.features_mean.copy_(features.mean(dim=0))
        self.features_deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))
