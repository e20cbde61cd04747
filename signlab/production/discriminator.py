"""Two critics of a clip, one for its pictures and one for its movement, and what each side is told. Chapter 13."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Float, Int

GROUP = 8  # channels that are normalized together
LARGEST_WEIGHT = 1e4  # that `adaptive_weight` gives


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscriminatorConfig:
    """The size of both critics."""

    picture_width: int = (
        32  # channels after the first convolution of the critic of pictures; 0 = no such critic
    )
    video_width: int = 16  # the same for the critic of clips; 0 = no such critic
    num_halvings: int = 2  # of height, width and, in clips, time
    pictures: int = 1  # frames of each clip that are shown to the critic of pictures, drawn anew each time


class Opinion(NamedTuple):
    """What one critic says of each patch, and what it looked at on the way."""

    scores: Float[Tensor, "..."]  # above 0 real, below 0 made; one for each patch
    features: tuple[Float[Tensor, "..."], ...]  # of each layer but the last


class Discriminators(nn.Module):
    """The critic of pictures and the critic of clips.

    Source: PatchGAN (Isola et al., 2017), as in VQGAN (Esser et al., 2021); a second critic for clips, and few
    frames for the first, as in TATS (Ge et al., 2022). That LMT's VQ-GAN has both is our guess.
    Departure: groups of channels are normalized within one clip, not over a batch, so that no clip is judged by
    its company; widths and depth are smaller, for a CPU.

    Raises:
        ValueError: If there is neither of the two.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        widths = {2: config.picture_width, 3: config.video_width}
        if not any(widths.values()):
            raise ValueError("There must be a critic, but picture_width and video_width are both 0.")
        self.config = config
        self.critics = nn.ModuleList(
            Critic(axes=axes, width=width, num_halvings=config.num_halvings)
            for axes, width in widths.items()
            if width
        )

    def forward(
        self, videos: Float[Tensor, "batch 3 frames height width"], frames: Int[Tensor, "batch pictures"]
    ) -> list[Opinion]:
        """One opinion for each critic there is.

        Args:
            videos: Clips in [-1, 1].
            frames: Which frames of each clip the critic of pictures sees.
        """
        clips = torch.arange(len(videos), device=videos.device)
        pictures = rearrange(
            videos[clips[:, None], :, frames],
            "batch pictures c height width -> (batch pictures) c height width",
        )
        return [critic(pictures if critic.axes == 2 else videos) for critic in self.critics]

    def drawn_frames(
        self, videos: Tensor, generator: torch.Generator | None = None
    ) -> Int[Tensor, "batch pictures"]:
        """Random frames of each clip, for one update."""
        shape = (len(videos), self.config.pictures)
        return torch.randint(videos.shape[2], shape, generator=generator, device=videos.device)


def halves(opinions: Sequence[Opinion]) -> tuple[list[Opinion], list[Opinion]]:
    """What was said of two sets of clips that came as one batch, the first set first."""
    split = [
        (one.scores.chunk(2), tuple(zip(*(layer.chunk(2) for layer in one.features), strict=True)))
        for one in opinions
    ]
    first, second = ([Opinion(scores[at], features[at]) for scores, features in split] for at in (0, 1))
    return first, second


class Critic(nn.Module):
    """Convolutions that end in a score for each patch.

    Args:
        axes: 2 for pictures, 3 for clips.
        width: Channels after the first convolution; doubled at each further halving.
        num_halvings: Of every side.
    """

    def __init__(self, *, axes: int, width: int, num_halvings: int) -> None:
        super().__init__()
        self.axes = axes
        convolution = nn.Conv2d if axes == 2 else nn.Conv3d
        layers, channels = [], 3
        for number in range(num_halvings + 1):
            wider, halved = width * 2**number, number < num_halvings
            kernel, stride = (4, 2) if halved else (3, 1)
            layer: list[nn.Module] = [convolution(channels, wider, kernel, stride=stride, padding=1)]
            if number:
                layer.append(nn.GroupNorm(max(1, wider // GROUP), wider))
            layers.append(nn.Sequential(*layer, nn.LeakyReLU(0.2)))
            channels = wider
        self.layers = nn.ModuleList(layers)
        self.to_scores = convolution(channels, 1, 3, padding=1)

    def forward(self, shown: Float[Tensor, "batch 3 *sides"]) -> Opinion:
        features = []
        for layer in self.layers:
            shown = layer(shown)
            features.append(shown)
        return Opinion(self.to_scores(shown), tuple(features))


def discriminator_loss(real: Sequence[Opinion], made: Sequence[Opinion]) -> Float[Tensor, ""]:
    """Real patches should score above 1, made ones below -1; mean over patches, summed over critics.

    Source: the hinge of Lim and Ye (2017), halved as in VQGAN.
    """
    return sum(
        (
            0.5 * (F.relu(1 - one.scores.float()).mean() + F.relu(1 + other.scores.float()).mean())
            for one, other in zip(real, made, strict=True)
        ),
        start=torch.zeros((), device=real[0].scores.device),
    )


class AdversarialLoss(NamedTuple):
    """What an autoencoder is told of its critics; summed over critics, unweighted."""

    adversarial: Float[Tensor, ""]  # minus the mean score of what it made
    matching: Float[Tensor, ""]  # absolute difference of features, averaged over values and layers


def adversarial_loss(real: Sequence[Opinion], made: Sequence[Opinion]) -> AdversarialLoss:
    """What to make better, patch by patch, and what real clips look like to the critics.

    Source: the matching of features as in TATS, after Salimans et al. (2016).
    """
    nothing = torch.zeros((), device=made[0].scores.device)
    matching = nothing
    for one, other in zip(real, made, strict=True):
        apart = [
            F.l1_loss(b.float(), a.float().detach())
            for a, b in zip(one.features, other.features, strict=True)
        ]
        matching = matching + torch.stack(apart).mean()
    return AdversarialLoss(
        adversarial=nothing - sum(one.scores.float().mean() for one in made), matching=matching
    )


def adaptive_weight(
    faithful: Float[Tensor, ""], adversarial: Float[Tensor, ""], last: Tensor
) -> Float[Tensor, ""]:
    """How much the critics may weigh so that both pull equally hard at the last layer; has no gradient.

    |gradient of `faithful`| / (|gradient of `adversarial`| + 1e-4), at most `LARGEST_WEIGHT`.

    Args:
        faithful: All terms that say how near the clip is to what it should be, weighted.
        adversarial: The critics' term.
        last: Weights of the decoder's last layer.

    Source: Esser et al. (VQGAN, 2021); their public code multiplies by 0.8 besides.
    """
    one, other = (
        torch.autograd.grad(term, last, retain_graph=True)[0].float().norm()
        for term in (faithful, adversarial)
    )
    return (one / (other + 1e-4)).clamp(max=LARGEST_WEIGHT).detach()


@contextmanager
def held(critics: nn.Module) -> Iterator[None]:
    """Gradients pass through the critics meanwhile and leave none with them."""
    learning = [parameter for parameter in critics.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_()
