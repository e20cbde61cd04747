"""Video to features: a small factorised 3D CNN, and the word recogniser it is trained in. Chapter 3.

The encoder takes the place that S3D has in the papers: it looks at a few frames at a time, writes one
vector for every four of them, and learns what to look for by naming isolated signs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Bool, Float

TEMPORAL_STRIDE = 4  # frames for each step of the feature sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class VisualConfig:
    """How large the encoder is, and what the recogniser can name."""

    channels: tuple[int, int, int, int] = (24, 48, 96, 128)  # after the stem and after each stage
    grid: int = 4  # places along each side of the image that a feature still tells apart
    dim: int = 256  # width of a feature
    dropout: float = 0.3  # share of each feature dropped before the gloss is named
    glosses: tuple[str, ...] = ()  # what can be named, sorted; filled in from the data


class Features(NamedTuple):
    """A feature sequence: one vector for every `TEMPORAL_STRIDE` frames."""

    features: Float[Tensor, "batch steps dim"]  # zeros in the padding
    steps_mask: Bool[Tensor, "batch steps"]


class Stage(nn.Module):
    """Convolve over the image, then over time: a (2+1)D convolution.

    Args:
        in_channels: Channels of what comes in.
        out_channels: Channels of what goes out.
        temporal_stride: Frames for each frame that goes out.

    Source: Tran et al. (2018), R(2+1)D; Xie et al. (2018), S3D. Built by hand in chapter 3.
    Departure: real frames lie packed one after another, so that padding costs nothing and batch
    normalisation counts real frames only; only the convolution over time unpacks them, into zeros.
    """

    def __init__(self, in_channels: int, out_channels: int, *, temporal_stride: int) -> None:
        super().__init__()
        self.temporal_stride = temporal_stride
        self.over_image = nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1, bias=False)
        self.image_norm = nn.BatchNorm2d(out_channels)
        self.over_time = nn.Conv2d(
            out_channels, out_channels, (3, 1), stride=(temporal_stride, 1), padding=(1, 0), bias=False
        )  # time takes the place of rows, all places of the image that of columns: fast on a CPU
        self.time_norm = nn.BatchNorm2d(out_channels)

    def forward(
        self, frames: Float[Tensor, "real channel height width"], mask: Bool[Tensor, "batch frames"]
    ) -> Float[Tensor, "real_out channel_out height_out width_out"]:
        """Real frames in, real frames out; the mask of the latter is ``mask[:, ::temporal_stride]``."""
        frames = F.relu(self.image_norm(self.over_image(frames)), inplace=True)
        height = frames.shape[2]
        padded = unpack(rearrange(frames, "real channel height width -> real height width channel"), mask)
        # Behind a clip's end there are zeros, the same that the convolution sees behind the batch's end.
        mixed = self.over_time(
            rearrange(padded, "batch frames height width channel -> batch channel frames (height width)")
        )
        packed = rearrange(
            mixed, "batch channel frames (height width) -> batch frames height width channel", height=height
        )[mask[:, :: self.temporal_stride]]
        packed = rearrange(packed, "real height width channel -> real channel height width")
        return F.relu(self.time_norm(packed), inplace=True)


class VisualEncoder(nn.Module):
    """Clips of any length and size become feature sequences with one step for every four frames.

    Args:
        config: Its size.

    Source: the role of S3D in CV-SLT (temporal stride 4); the architecture is ours.
    Departure: the image is pooled to a small grid, not to a point: where a hand is tells signs apart.
    """

    def __init__(self, config: VisualConfig) -> None:
        super().__init__()
        self.config = config
        stem, *stages = config.channels
        self.stem = nn.Conv2d(3, stem, 5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(stem)
        self.stages = nn.ModuleList(
            Stage(before, after, temporal_stride=stride)
            for before, after, stride in zip(config.channels, stages, (1, 2, 2), strict=False)
        )
        self.to_features = nn.Linear(stages[-1] * config.grid**2, config.dim)
        self.features_norm = nn.LayerNorm(config.dim)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(
        self, video: Float[Tensor, "batch 3 frames height width"], frames_mask: Bool[Tensor, "batch frames"]
    ) -> Features:
        """Look at clips in [-1, 1].

        Returns:
            ``ceil(frames / 4)`` steps for each clip; step i is centred on frame 4i and sees up to 8 frames
            to either side.
        """
        mask = frames_mask
        pixels = rearrange(video, "batch colour frames height width -> batch frames height width colour")
        changes = without_mean(pixels, mask)[mask]
        frames = rearrange(changes, "real height width colour -> real colour height width")
        frames = F.relu(self.stem_norm(self.stem(frames)), inplace=True)
        for stage in self.stages:
            assert isinstance(stage, Stage)
            frames = stage(frames, mask)
            mask = mask[:, :: stage.temporal_stride]
        places = F.adaptive_avg_pool2d(frames, self.config.grid)
        flat = self.to_features(rearrange(places, "real channel row column -> real (row column channel)"))
        return Features(features=unpack(F.gelu(self.features_norm(flat)), mask), steps_mask=mask)


class WordRecognizer(nn.Module):
    """Names the sign in a clip: visual encoder, weighted mean over time, one score for each gloss.

    Args:
        config: Sizes and glosses.

    Raises:
        ValueError: If there are fewer than two glosses to choose from.
    """

    def __init__(self, config: VisualConfig) -> None:
        super().__init__()
        if len(config.glosses) < 2:
            raise ValueError(
                f"A recogniser must have two glosses or more to choose from, but got {len(config.glosses)}; "
                "train it on a corpus of isolated signs."
            )
        self.config = config
        self.encoder = VisualEncoder(config)
        self.to_importance = nn.Linear(config.dim, 1)  # how much a step says about the sign
        self.dropout = nn.Dropout(config.dropout)
        self.to_logits = nn.Linear(config.dim, len(config.glosses))

    def forward(
        self, video: Float[Tensor, "batch 3 frames height width"], frames_mask: Bool[Tensor, "batch frames"]
    ) -> Float[Tensor, "batch vocab"]:
        """One logit for each of `config.glosses`."""
        return self.to_logits(self.dropout(self.pooled(video, frames_mask))).float()

    def pooled(
        self, video: Float[Tensor, "batch 3 frames height width"], frames_mask: Bool[Tensor, "batch frames"]
    ) -> Float[Tensor, "batch dim"]:
        """The mean feature of each clip, weighted by how much a step says about the sign."""
        features, steps_mask = self.encoder(video, frames_mask)
        importance = rearrange(self.to_importance(features), "batch steps 1 -> batch steps")
        weights = importance.float().masked_fill(~steps_mask, -torch.inf).softmax(dim=1)
        weighted = features * rearrange(weights, "batch steps -> batch steps 1").to(features)
        return reduce(weighted, "batch steps dim -> batch dim", "sum")


def without_mean(
    pixels: Float[Tensor, "batch frames height width colour"], mask: Bool[Tensor, "batch frames"]
) -> Float[Tensor, "batch frames height width colour"]:
    """How each real frame differs from its clip's mean, in units of the clip's mean difference.

    What never changes goes: background, clothes, most of what tells signers apart. What is left is who
    moves where, which also is what a sign is made of.
    """
    real = rearrange(mask, "batch frames -> batch frames 1 1 1").to(pixels)
    num = reduce(real, "batch frames 1 1 1 -> batch 1 1 1 1", "sum")
    mean = reduce(pixels * real, "batch frames ... -> batch 1 ...", "sum") / num
    changes = (pixels - mean) * real
    power = reduce(changes.square(), "batch frames h w colour -> batch 1 1 1 1", "mean")
    share = num / mask.shape[1]  # of the batch's frames that are this clip's
    return changes / (power / share + 1e-4).sqrt()


def unpack(packed: Float[Tensor, "real ..."], mask: Bool[Tensor, "batch length"]) -> Tensor:
    """Spread packed rows over a padded batch; the inverse of ``padded[mask]``, zeros elsewhere."""
    padded = packed.new_zeros(*mask.shape, *packed.shape[1:])
    padded[mask] = packed
    return padded
