"""Feature sequence to context: what each step means, given all the others. Chapter 3."""

import torch
from einops import rearrange
from torch import Tensor, nn

from signlab.blocks.dropout import ByteDropout
from signlab.blocks.layers import Dropout, EncoderLayer
from signlab.blocks.positions import sinusoidal_positions
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float, Int
from signlab.translation.visual_head import (
    GlossesToLanguage,
    VisionToLanguage,
    VisualHead,
    VisualHeadConfig,
)

MBART_POSITIONS = 1024  # rows of a learnt table of positions, as in mBART


class SignEncoder(nn.Module):
    """Standardise features, bring them to the model's width, add positions, let steps read one another.

    Args:
        features_dim: Width of the features: 256 from our visual encoder, 832 from S3D, 8 for hand tracks;
            None for an encoder that will read sentences only.
        dim: Width of the model; even.
        num_layers: Encoder layers.
        num_heads: Must divide `dim`.
        dropout: Share dropped in training, also of what enters the first layer.
        learnt_positions: A table of positions and a norm after adding them, as mBART has; fixed waves if
            False.
        visual_head: Brings features to the model's width by CV-SLT's visual head; by a linear map if None.
        num_glosses: Of a visual head that maps glosses, special tokens included.

    Source: Vaswani et al. (2017), Section 3.1, with pre-norm.
    Departure: MMTLB and CV-SLT take features as they are; here they are standardised by the training split's
    fixed mean and deviation first, since they may be hand tracks in pixels as well.
    """

    features_mean: Tensor
    features_deviation: Tensor

    def __init__(
        self,
        *,
        features_dim: int | None,
        dim: int,
        num_layers: int,
        num_heads: int,
        dropout: float | Dropout = 0.0,
        learnt_positions: bool = False,
        visual_head: VisualHeadConfig | None = None,
        num_glosses: int = 0,
    ) -> None:
        super().__init__()
        self.visual_head = None
        if features_dim is not None:
            self.register_buffer("features_mean", torch.zeros(features_dim))
            self.register_buffer("features_deviation", torch.ones(features_dim))
            if visual_head is None:
                self.to_stream = nn.Linear(features_dim, dim)
            else:
                self.visual_head = VisualHead(features_dim=features_dim, config=visual_head)
                self.to_stream = _mapper(visual_head, num_glosses=num_glosses, dim=dim)
        self.entrance = Entrance(dim=dim, dropout=dropout, learnt_positions=learnt_positions)
        self.layers = nn.ModuleList(
            EncoderLayer(dim=dim, num_heads=num_heads, dropout=dropout) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(
        self, features: Float[Tensor, "batch steps features_dim"], steps_mask: Bool[Tensor, "batch steps"]
    ) -> Float[Tensor, "batch steps dim"]:
        """The context; what stands in the padding is zero and must stay masked."""
        layout = Ragged(steps_mask)
        places = torch.arange(steps_mask.shape[1], device=steps_mask.device).expand(steps_mask.shape)
        return layout.unpack(self.read(self.to_stream(self.see(features, steps_mask)), places, layout))

    def see(
        self, features: Float[Tensor, "batch steps features_dim"], steps_mask: Bool[Tensor, "batch steps"]
    ) -> Float[Tensor, "batch steps seen"]:
        """Each step's features, standardised; or what the visual head makes of them and their neighbours."""
        standard = (features - self.features_mean) / self.features_deviation
        return standard if self.visual_head is None else self.visual_head(standard, steps_mask)

    def read(
        self,
        embedded: Float[Tensor, "rows longest dim"],
        places: Int[Tensor, "rows longest"],
        layout: Ragged,
        keys_mask: Bool[Tensor, "rows longest"] | None = None,
    ) -> Float[Tensor, "tokens dim"]:
        """Tokens that read one another, be they steps of a clip or words of a sentence.

        Args:
            embedded: What the tokens are, padded.
            places: Where each stands, from 0.
            layout: Which of them are computed.
            keys_mask: Which of them may be read; those that are computed if None.

        Returns:
            What each token means, packed by `layout`.
        """
        stream = self.entrance(layout.pack(embedded), layout.places(places))
        mask = rearrange(layout.mask if keys_mask is None else keys_mask, "rows longest -> rows 1 longest")
        for layer in self.layers:
            stream = layer(stream, mask, layout=layout)
        return self.norm(stream)

    @torch.no_grad()
    def standardise_by(self, features: Float[Tensor, "rows features_dim"]) -> None:
        """Remember mean and deviation of the training split; a constant column keeps deviation 1."""
        deviation = features.std(dim=0, correction=0)
        self.features_mean.copy_(features.mean(dim=0))
        self.features_deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))


def _mapper(head: VisualHeadConfig, *, num_glosses: int, dim: int) -> nn.Module:
    if head.mapper == "steps":
        return VisionToLanguage(seen_dim=head.dim, dim=dim)
    return GlossesToLanguage(seen_dim=head.dim, num_glosses=num_glosses, dim=dim)


class Entrance(nn.Module):
    """What happens to tokens before the first layer: positions are added, some components dropped.

    Args:
        dim: Width of a token; even.
        dropout: Share dropped in training.
        learnt_positions: As in `SignEncoder`.

    Source: Vaswani et al. (2017), Section 3.5, for the waves; mBART (Liu et al., 2020) for the table and the
    norm after it.
    """

    def __init__(self, *, dim: int, dropout: float | Dropout = 0.0, learnt_positions: bool = False) -> None:
        super().__init__()
        self.dim = dim
        self.positions = nn.Embedding(MBART_POSITIONS, dim) if learnt_positions else None
        self.norm = nn.LayerNorm(dim) if learnt_positions else nn.Identity()
        self.dropout = ByteDropout(dropout.results if isinstance(dropout, Dropout) else dropout)

    def forward(
        self, stream: Float[Tensor, "*tokens dim"], places: Int[Tensor, "*tokens"]
    ) -> Float[Tensor, "*tokens dim"]:
        """The stream with each token's place in it.

        Raises:
            ValueError: If a place is beyond the learnt table.
        """
        if self.positions is None:
            waves = sinusoidal_positions(int(places.max()) + 1, self.dim, device=stream.device)
            return self.dropout(stream + waves[places])
        if int(places.max()) >= MBART_POSITIONS:
            raise ValueError(
                f"A model with learnt positions reads at most {MBART_POSITIONS} tokens, but got "
                f"{int(places.max()) + 1}; cut the clip or use fixed positions."
            )
        return self.dropout(self.norm(stream + self.positions(places)))
