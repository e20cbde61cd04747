"""The network is the published one, and it minds other things than the squared difference does."""

import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from signlab.data.puppet.corpus import PuppetConfig, PuppetWords
from signlab.production.perceptual import FeatureDistance, VGGFeatures, frames_of, perceptual_distance


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    video = PuppetWords(PuppetConfig(test=1)).split("test")[0].video
    assert video is not None
    return torch.from_numpy(video[:1].astype(np.float32)).permute(0, 3, 1, 2) / 127.5 - 1


def blurred(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    places = torch.arange(-12, 13)
    line = torch.exp(-(places**2) / (2 * sigma**2))
    kernel = (line[:, None] * line / line.sum() ** 2).expand(3, 1, 25, 25)
    return F.conv2d(F.pad(picture, (12,) * 4, mode="replicate"), kernel, groups=3)


def test_the_layers_are_those_of_vgg16() -> None:
    found = VGGFeatures()(torch.zeros(2, 3, 20, 28))
    assert [tuple(one.shape) for one in found] == [(2, 64, 20, 28), (2, 128, 10, 14), (2, 256, 5, 7)]
    assert not any(parameter.requires_grad for parameter in VGGFeatures().parameters())


def test_red_reaches_the_filters_for_red() -> None:
    """Blue comes first in the network. By hand, for a red picture: two convolutions of what it wants to be given."""
    network = VGGFeatures()
    red = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
    wanted = torch.tensor([0.0, 0.0, 255.0]) - torch.tensor([103.939, 116.779, 123.68])
    features = wanted.reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
    for layer in (network.blocks[0][0], network.blocks[0][2]):
        features = F.conv2d(features, layer.weight, layer.bias, padding=1).relu()
    torch.testing.assert_close(network(red)[0], features, atol=1e-2, rtol=1e-4)


def test_it_minds_blur_and_not_brightness(picture: torch.Tensor) -> None:
    distance = FeatureDistance()
    changed = {
        "same": picture,
        "brighter": (picture + 0.16).clamp(-1, 1),
        "a little blurred": blurred(picture, 0.6),
        "blurred": blurred(picture, 3.0),
    }
    far = {name: distance(picture, one).item() for name, one in changed.items()}
    squared = {name: F.mse_loss(picture, one).item() for name, one in changed.items()}
    assert far["same"] == 0
    assert 0 < far["brighter"] < far["a little blurred"] < far["blurred"]
    assert squared["brighter"] > squared["a little blurred"]


def test_each_picture_has_its_own_distance_and_gradients_reach_the_pictures(picture: torch.Tensor) -> None:
    distance = FeatureDistance()
    pictures = torch.cat([picture, blurred(picture, 1.0)]).requires_grad_()
    apart = distance(pictures, picture.expand(2, -1, -1, -1))
    assert apart.shape == (2,)
    assert apart[0] == 0
    apart[1].backward()
    assert pictures.grad is not None
    assert pictures.grad[1].abs().sum() > 0
    assert pictures.grad[0].abs().sum() == 0


def test_frames_are_pictures() -> None:
    videos = torch.rand(2, 3, 5, 7, 11)
    assert torch.equal(frames_of(videos)[5 + 2], videos[1, :, 2])


def test_lpips_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(ValueError, match="needs the package lpips, and the internet at its first use"):
        perceptual_distance("lpips")
    assert isinstance(perceptual_distance("vgg"), FeatureDistance)
