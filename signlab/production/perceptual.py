"""Pictures compared by what a network trained on photographs sees in them. Chapter 11."""

from collections.abc import Callable
from typing import Literal

import torch
from einops import rearrange, reduce
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.data.files import shipped
from signlab.shapes import Float

MEANS = (103.939, 116.779, 123.68)  # of blue, green and red in ImageNet, from 0 to 255
BLOCKS = (
    ((0, 3, 64), (2, 64, 64)),
    ((5, 64, 128), (7, 128, 128)),
    ((10, 128, 256), (12, 256, 256), (14, 256, 256)),
)  # of VGG16: number, channels in and out of each convolution; the size is halved between blocks
Perception = Literal["vgg", "lpips"]
Distance = Callable[[Tensor, Tensor], Tensor]  # of pictures in [-1, 1] to as many others: a number for each


class VGGFeatures(nn.Module):
    """The early layers of VGG16, with the weights that come with the project; they never change.

    Source: Simonyan and Zisserman (2015), configuration D, up to conv3_3.
    """

    means: Tensor

    def __init__(self) -> None:
        super().__init__()
        weights = load_file(shipped("weights", "vgg16-relu3-3.safetensors"))
        self.blocks = nn.ModuleList()
        for block in BLOCKS:
            layers = nn.Sequential()
            for number, channels_in, channels_out in block:
                convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1)
                convolution.load_state_dict(
                    {name: weights[f"features.{number}.{name}"] for name in ("weight", "bias")}
                )
                layers.extend([convolution, nn.ReLU()])
            self.blocks.append(layers)
        self.register_buffer("means", torch.tensor(MEANS).reshape(3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(
        self, pictures: Float[Tensor, "pictures 3 height width"]
    ) -> list[Float[Tensor, "pictures channels rows columns"]]:
        """The last activations of each of the three blocks, for pictures in [-1, 1]."""
        features = (pictures.flip(1) + 1) * 127.5 - self.means
        found = []
        for block in self.blocks:
            features = block(F.max_pool2d(features, 2) if found else features)
            found.append(features)
        return found


class FeatureDistance(nn.Module):
    """VGG feature distance: how differently the early layers of VGG16 see two pictures; 0 = alike.

    At each place, the activations of a layer are a direction: brought to length one, they differ by a squared
    distance. Its mean over places, summed over the three layers. A shift by two pixels or a slight blur counts
    for much, another brightness for little: the reverse of what the squared difference of colours says.

    Source: Zhang et al. (2018), Eq. 1, with all weights w_l equal to one.
    Departure: LPIPS weighs the channels as people's judgements taught it, and looks at five layers. This is
    not LPIPS, and no number of it may be called so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = VGGFeatures()

    def forward(
        self,
        pictures: Float[Tensor, "pictures 3 height width"],
        others: Float[Tensor, "pictures 3 height width"],
    ) -> Float[Tensor, " pictures"]:
        total = pictures.new_zeros(len(pictures), dtype=torch.float32)
        # One after the other: those that want no gradient cost no backward pass.
        for layers in zip(self.features(pictures), self.features(others), strict=True):
            one, other = (F.normalize(seen.float(), dim=1) for seen in layers)
            total = total + reduce(
                (one - other).square(), "pictures channel rows columns -> pictures rows columns", "sum"
            ).mean(dim=(1, 2))
        return total


def perceptual_distance(perception: Perception, *, device: torch.device | None = None) -> Distance:
    """A distance between pictures in [-1, 1].

    Args:
        perception: "vgg", which comes with the project; or "lpips", which wants the package of that name and
            fetches its network over the internet the first time.
        device: Where the pictures will be.

    Raises:
        ValueError: If the package is not installed, or its network cannot be had.
    """
    if perception == "vgg":
        return FeatureDistance().to(device)
    try:
        from lpips import LPIPS  # pyright: ignore[reportMissingImports]

        network = LPIPS(net="vgg", verbose=False)
    except (ImportError, OSError) as error:
        raise ValueError(
            f"LPIPS needs the package lpips, and the internet at its first use, but got: {error}; "
            "pip install lpips where torchvision is, or take vgg."
        ) from error
    network.to(device).requires_grad_(False)
    return lambda pictures, others: network(pictures, others).flatten()


def frames_apart(
    distance: Distance,
    made: Float[Tensor, "batch 3 frames height width"],
    wanted: Float[Tensor, "batch 3 frames height width"],
    *,
    num: int,
    generator: torch.Generator | None = None,
) -> Float[Tensor, ""]:
    """The mean distance of `num` frames of each clip, drawn at random, the same of all clips."""
    drawn = torch.randint(made.shape[2], (num,), generator=generator).to(made.device)
    return distance(frames_of(made[:, :, drawn]), frames_of(wanted[:, :, drawn])).mean()


def frames_of(
    videos: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, "pictures 3 height width"]:
    """All frames of all clips as pictures, clip after clip."""
    return rearrange(videos, "batch channel frames height width -> (batch frames) channel height width")
