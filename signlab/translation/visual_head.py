"""CV-SLT's visual head: each step seen with its neighbours, and the way from there to a language model's width. Chapter 9."""

from dataclasses import dataclass
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.dropout import ByteDropout
from signlab.blocks.positions import sinusoidal_positions
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float

NORM_EPS = 1e-6  # of the two layer norms, as published


@dataclass(frozen=True, kw_only=True, slots=True)
class VisualHeadConfig:
    """Sizes as published; the norm is what keeps a clip's result from depending on its batch."""

    dim: int = 512  # width of a step; even
    hidden_dim: int = 2048  # width between the two convolutions
    kernel: int = 3  # steps that a convolution looks at; odd
    norm: Literal["layer", "batch"] = "layer"  # each step by itself, or by all steps of a batch, as published
    dropout: float = 0.1  # share of what enters, and of what each convolution gives
    mapper: Literal["steps", "glosses"] = (
        "steps"  # what is brought to the model's width: see the two modules below
    )

    def __post_init__(self) -> None:
        if self.kernel % 2 == 0:
            raise ValueError(
                f"kernel must be odd, as many steps before as after, but got {self.kernel}; try {self.kernel + 1}."
            )


class VisualHead(nn.Module):
    """Features to steps that know their neighbours: a linear map, then two convolutions over time.

    Linear, norm, ReLU, positions; then a feed-forward part whose two maps are convolutions, added to what
    went in; a last norm. Each convolution looks one step to either side.

    Args:
        features_dim: Width of the features; 832 from S3D.
        config: Its sizes.

    Source: the visual head of MMTLB (Chen et al., 2022), as CV-SLT (Zhao et al., 2024) uses it.
    Departure: their first norm is a batch norm over all valid frames, which makes a clip's result in training
    depend on its batch (``norm="batch"``); by default each step is normed by itself. Their convolutions see
    what stands in the padding, so that the last two steps of a short clip depend on the longest clip of the
    batch; here padding and hidden steps are zeros to either convolution.
    """

    def __init__(self, *, features_dim: int, config: VisualHeadConfig) -> None:
        super().__init__()
        dim, around = config.dim, config.kernel // 2
        self.to_dim = nn.Linear(features_dim, dim)
        self.norm = nn.LayerNorm(dim) if config.norm == "layer" else nn.BatchNorm1d(dim)
        self.dropout = ByteDropout(config.dropout)
        self.convolutions_norm = nn.LayerNorm(dim, eps=NORM_EPS)
        self.to_hidden = nn.Conv1d(dim, config.hidden_dim, config.kernel, padding=around)
        self.from_hidden = nn.Conv1d(config.hidden_dim, dim, config.kernel, padding=around)
        self.last_norm = nn.LayerNorm(dim, eps=NORM_EPS)

    def forward(
        self, features: Float[Tensor, "batch steps features_dim"], mask: Bool[Tensor, "batch steps"]
    ) -> Float[Tensor, "batch steps dim"]:
        """What each real step shows; zeros elsewhere."""
        layout = Ragged(mask)
        waves = sinusoidal_positions(mask.shape[1], self.to_dim.out_features, device=mask.device)
        places = torch.arange(mask.shape[1], device=mask.device).expand(mask.shape)
        mapped = layout.trim(self.to_dim(layout.pack(features)))  # spare tokens must not enter a batch's mean
        stream = F.relu(layout.fit(self.norm(mapped)))
        stream = self.dropout(stream + waves[layout.places(places)])
        seen = layout.pack(self._convolved(layout.unpack(self.convolutions_norm(stream)), mask))
        return layout.unpack(self.last_norm(stream + seen))

    def _convolved(
        self, padded: Float[Tensor, "batch steps dim"], mask: Bool[Tensor, "batch steps"]
    ) -> Float[Tensor, "batch steps dim"]:
        real = rearrange(mask, "batch steps -> batch 1 steps")
        steps = rearrange(padded, "batch steps dim -> batch dim steps")
        hidden = self.dropout(F.relu(self.to_hidden(steps))) * real
        return rearrange(self.dropout(self.from_hidden(hidden)), "batch dim steps -> batch steps dim")


class VisionToLanguage(nn.Module):
    """Two linear maps with a ReLU between them, at the scale of a language model's embeddings.

    Args:
        seen_dim: Width of a step.
        dim: Width of the language model.

    Source: MMTLB's visual-language mapper, in CV-SLT's form for PHOENIX14T.
    """

    def __init__(self, *, seen_dim: int, dim: int) -> None:
        super().__init__()
        self.to_hidden = nn.Linear(seen_dim, dim)
        self.to_out = nn.Linear(dim, dim)

    def forward(self, seen: Float[Tensor, "*steps seen_dim"]) -> Float[Tensor, "*steps dim"]:
        return self.to_out(F.relu(self.to_hidden(seen))) * self.to_out.out_features**0.5


class GlossesToLanguage(nn.Module):
    """Each step as the mean of all glosses' embeddings, weighted by how likely it shows each of them.

    Glosses come in through the back door: a translator with this mapper reads nothing but what a recogniser of
    glosses says, so it is not free of gloss supervision even where no gloss loss is in its sum.

    Args:
        seen_dim: Width of a step.
        num_glosses: Size of the vocabulary of glosses, special tokens included.
        dim: Width of the language model.

    Source: CV-SLT's mapper for CSL-Daily (Zhao et al., 2024; from MMTLB): softmax, then a linear map without
    bias that begins as the text model's table of glosses.
    Departure: the head that names glosses has not been trained before; give its loss a weight
    (``objective.gloss_weight``), where theirs comes from a recogniser.
    """

    def __init__(self, *, seen_dim: int, num_glosses: int, dim: int) -> None:
        super().__init__()
        self.to_gloss = nn.Linear(seen_dim, num_glosses)
        self.glosses = nn.Embedding(num_glosses, dim)
        nn.init.normal_(self.glosses.weight, std=dim**-0.5)

    def forward(self, seen: Float[Tensor, "*steps seen_dim"]) -> Float[Tensor, "*steps dim"]:
        shares = self.to_gloss(seen).softmax(dim=-1)
        return shares @ self.glosses.weight * self.glosses.embedding_dim**0.5
