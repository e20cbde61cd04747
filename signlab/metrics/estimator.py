"""An estimator of poses: where every joint is in a clip, and what hands and face show, from pixels alone. Chapter 16."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Float

WINDOW = 9  # samples along each side of a look at a hand or a face
REACH = 18 / 64  # side of that look as a fraction of the frame's


@dataclass(frozen=True, kw_only=True, slots=True)
class EstimatorConfig:
    """What there is to be read off a clip, and how large the estimator is."""

    frames: int = 16  # of a clip, sampled evenly over one sign
    size: int = 64  # height and width of a clip in pixels
    joints: tuple[str, ...] = ()  # names, in the order of the corpus; filled in from the data
    looks: tuple[str, ...] = ("left_middle_knuckle", "right_middle_knuckle", "head")  # looked at closely
    parameters: tuple[str, ...] = ()  # names of what hands and face show; filled in from the data
    num_values: tuple[int, ...] = ()  # values that each parameter can have; filled in from the data
    channels: int = 32  # at half the frame's resolution; twice and four times as many below
    dim: int = 128  # width of what is known of one frame


class Estimate(NamedTuple):
    """What a clip looks like it shows."""

    joints: Float[Tensor, "batch frames joints 2"]  # x and y as fractions of the frame's sides
    parameters: tuple[Tensor, ...]  # for each parameter the logits of its values, "batch values"


class PoseEstimator(nn.Module):
    """Frames become heatmaps of joints; hands and face are looked at where they were found; time joins the looks.

    A joint is where its heatmap has its mean, so that places between pixels can be named and gradients flow. What
    a clip shows as a whole is read with an attention over frames, for a sign fills only some of them.

    It is an instrument: it measures generated clips and is no part of any loss.

    Source: Sun et al. (2018), integral regression, for the mean of a heatmap; the network is ours.
    """

    def __init__(self, config: EstimatorConfig) -> None:
        super().__init__()
        self.config = config
        some, more, most = (config.channels * times for times in (1, 2, 4))
        self.to_half = nn.Sequential(_convolution(3, some, stride=2), _convolution(some, some))
        self.to_quarter = nn.Sequential(_convolution(some, more, stride=2), _convolution(more, more))
        self.to_eighth = nn.Sequential(_convolution(more, most, stride=2), _convolution(most, most))
        self.to_whole = nn.Sequential(_convolution(most, most, stride=2), _convolution(most, most))
        self.from_whole, self.from_eighth = nn.Conv2d(most, most, 1), nn.Conv2d(most, more, 1)
        self.from_quarter = nn.Conv2d(more, some, 1)
        self.fused = _convolution(some, some)
        self.to_heat = nn.Conv2d(some, len(config.joints), 1)
        self.sharpness = nn.Parameter(torch.tensor(1.0))
        self.closely = nn.Linear(some * WINDOW**2, config.dim)
        self.frame = nn.Linear(len(config.looks) * config.dim + 2 * len(config.joints), config.dim)
        self.over_time = nn.ModuleList(nn.Conv1d(config.dim, config.dim, 5, padding=2) for _ in range(2))
        self.readers = nn.ModuleList(Reader(config.dim, values) for values in config.num_values)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, videos: Float[Tensor, "batch 3 frames height width"]) -> Estimate:
        """Look at clips in [-1, 1]."""
        batch = len(videos)
        frames = rearrange(videos, "batch colour frames height width -> (batch frames) colour height width")
        half = self.to_half(frames.contiguous(memory_format=torch.channels_last))
        quarter = self.to_quarter(half)
        eighth = self.to_eighth(quarter)
        eighth = eighth + _twice(self.from_whole(self.to_whole(eighth)), eighth)
        quarter = quarter + _twice(self.from_eighth(eighth), quarter)
        fused = self.fused(half + _twice(self.from_quarter(quarter), half))
        joints = mean_place(self.sharpness.exp() * self.to_heat(fused).float())
        centres = joints[:, [self.config.joints.index(name) for name in self.config.looks]].detach()
        known = torch.cat(
            [
                rearrange(self.closely(windows(fused, centres)), "frame looks dim -> frame (looks dim)"),
                rearrange(joints - joints.mean(dim=1, keepdim=True), "frame joints xy -> frame (joints xy)"),
            ],
            dim=1,
        )
        stream = rearrange(F.gelu(self.frame(known)), "(batch frames) dim -> batch dim frames", batch=batch)
        for convolution in self.over_time:
            stream = stream + F.gelu(convolution(stream))
        return Estimate(
            joints=rearrange(joints, "(batch frames) joints xy -> batch frames joints xy", batch=batch),
            parameters=tuple(reader(stream).float() for reader in self.readers),
        )


class Reader(nn.Module):
    """One value for a clip, from the frames that show it best."""

    def __init__(self, dim: int, values: int) -> None:
        super().__init__()
        self.worth, self.value = nn.Conv1d(dim, 1, 1), nn.Conv1d(dim, values, 1)

    def forward(self, stream: Float[Tensor, "batch dim frames"]) -> Float[Tensor, "batch values"]:
        weights = self.worth(stream).softmax(dim=-1)
        return reduce(weights * self.value(stream), "batch values frames -> batch values", "sum")


def mean_place(heat: Float[Tensor, "frame joints height width"]) -> Float[Tensor, "frame joints 2"]:
    """The mean place of each heatmap after a softmax: x and y as fractions of the frame."""
    height, width = heat.shape[2:]
    shares = heat.flatten(2).softmax(dim=-1).reshape(heat.shape)
    x = (torch.arange(width, device=heat.device) + 0.5) / width
    y = (torch.arange(height, device=heat.device) + 0.5) / height
    return torch.stack([(shares.sum(dim=2) * x).sum(dim=-1), (shares.sum(dim=3) * y).sum(dim=-1)], dim=-1)


def windows(
    features: Float[Tensor, "frame channels height width"], centres: Float[Tensor, "frame looks 2"]
) -> Float[Tensor, "frame looks values"]:
    """What lies around each centre, sampled between the pixels; beyond the edge there is nothing.

    Args:
        features: Of whole frames.
        centres: x and y as fractions of the frame's sides.
    """
    looks = centres.shape[1]
    steps = torch.linspace(-REACH, REACH, WINDOW, device=features.device)  # the frame is 2 wide here
    offsets = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)
    places = 2 * centres[:, :, None, None] - 1 + offsets
    grid = rearrange(places, "frame looks y x xy -> frame (looks y) x xy").to(features.dtype)
    sampled = F.grid_sample(features, grid, align_corners=False)
    return rearrange(sampled, "frame channels (looks y) x -> frame looks (channels y x)", looks=looks)


def _convolution(channels: int, wider: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, wider, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.ReLU(inplace=True),
    )


def _twice(small: Tensor, large: Tensor) -> Tensor:
    """Enlarged to the size of the other."""
    return F.interpolate(small, size=large.shape[-2:], mode="nearest")
