"""Each term by hand, and where its gradient goes."""

import math

import pytest
import torch

from signlab.blocks.quantizer import Quantized
from signlab.production.autoencoder import Reconstruction
from signlab.production.losses import autoencoder_loss, latent_loss

# Sizes of their own: 2 batch, 3 channels, 5 frames, 7 height, 11 width.


def reconstruction(videos: torch.Tensor) -> Reconstruction:
    nothing = torch.zeros(())
    indices = torch.zeros(2, 1, 1, 1, dtype=torch.long)
    quantized = Quantized(torch.zeros(2, 1, 1, 1, 3), indices, torch.tensor(0.25), nothing, nothing, nothing)
    return Reconstruction(videos=videos, quantized=quantized)


@pytest.mark.parametrize(("distance", "of_the_row"), [("absolute", 0.7), ("squared", 0.49)])
def test_pixels_hands_and_face_by_hand(distance: str, of_the_row: float) -> None:
    truth = torch.zeros(2, 3, 5, 7, 11)
    guess = truth.clone()
    guess[:, :, :, 0] = 0.7  # one row of seven
    mask = torch.zeros(2, 5, 7, 11, dtype=torch.bool)
    mask[:, :, :2, 3] = True  # half of its pixels lie in that row
    face = torch.zeros_like(mask)
    face[:, :, :5, 2] = True  # a fifth of them
    loss = autoencoder_loss(reconstruction(guess), truth, hands=mask, face=face, distance=distance)
    torch.testing.assert_close(loss.pixels, torch.tensor(of_the_row / 7))
    torch.testing.assert_close(loss.hands, torch.tensor(of_the_row / 2))
    torch.testing.assert_close(loss.face, torch.tensor(of_the_row / 5))
    assert loss.commitment == 0.25


def test_an_unknown_distance_is_named() -> None:
    truth = torch.zeros(2, 3, 5, 7, 11)
    with pytest.raises(ValueError, match="'squared' or 'absolute', but got 'square'"):
        autoencoder_loss(reconstruction(truth), truth, distance="square")


def test_without_known_hands_their_term_is_zero() -> None:
    truth = torch.rand(2, 3, 5, 7, 11)
    assert autoencoder_loss(reconstruction(truth + 1), truth).hands == 0
    empty = torch.zeros(2, 5, 7, 11, dtype=torch.bool)
    loss = autoencoder_loss(reconstruction(truth + 1), truth, hands=empty, face=empty)
    assert loss.hands == loss.face == 0


def test_the_hands_term_moves_only_what_is_near_the_hands() -> None:
    guess = torch.zeros(2, 3, 5, 7, 11, requires_grad=True)
    mask = torch.zeros(2, 5, 7, 11, dtype=torch.bool)
    mask[1, 2, 3:5, 4:9] = True
    autoencoder_loss(reconstruction(guess), torch.ones(2, 3, 5, 7, 11), hands=mask).hands.backward()
    assert guess.grad is not None
    assert torch.equal(guess.grad.ne(0).any(dim=1), mask)


def test_knowing_nothing_costs_the_logarithm_of_the_choices() -> None:
    codes = torch.randint(13, (2, 3, 5, 7))
    loss = latent_loss(torch.zeros(2, 105, 13), codes)
    torch.testing.assert_close(loss.codes, torch.tensor(math.log(13)))


def test_knowing_everything_costs_nothing() -> None:
    codes = torch.randint(13, (2, 3, 5, 7))
    logits = 100 * torch.nn.functional.one_hot(codes.reshape(2, 105), 13).float()
    loss = latent_loss(logits, codes)
    assert loss.codes < 1e-6
    assert loss.accuracy == 1


def test_hands_and_face_have_nats_of_their_own() -> None:
    codes = torch.randint(13, (2, 3, 5, 7))
    logits = torch.randn(2, 105, 13)
    nats = torch.nn.functional.cross_entropy(logits.mT, codes.flatten(1), reduction="none").view(2, 3, 5, 7)
    hands, face = torch.rand(2, 3, 5, 7) < 0.3, torch.zeros(2, 3, 5, 7, dtype=torch.bool)
    loss = latent_loss(logits, codes, hands=hands, face=face)
    torch.testing.assert_close(loss.codes, nats.mean())
    torch.testing.assert_close(loss.hands, nats[hands].mean())
    assert loss.face == 0
    assert latent_loss(logits, codes).hands == 0
