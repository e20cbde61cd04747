"""Draws have the right odds, a window decodes to the crop, and gradients reach the window and nothing else."""

from dataclasses import replace

import pytest
import torch

from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder
from signlab.production.gumbel import (
    PixelLossConfig,
    Window,
    as_grid,
    decoded_window,
    drawn_window,
    pixel_loss,
    soft_codes,
    temperature_at,
)
from signlab.production.motion import MotionConfig
from signlab.production.perceptual import FeatureDistance

TINY = AutoencoderConfig(frames=12, size=60, width=7, num_blocks=1, num_codes=11, code_dim=3)
GRID = (3, 15, 15)
CONFIG = PixelLossConfig(reconstruction_weight=1.0, window=(3, 5, 6), surroundings=3)
WINDOW = Window((0, 4, 3), (3, 5, 6))


@pytest.fixture
def autoencoder() -> VideoAutoencoder:
    torch.manual_seed(0)
    model = VideoAutoencoder(TINY)
    model(torch.rand(2, 3, 12, 60, 60) * 2 - 1)
    return model.eval().requires_grad_(False)


def test_draws_follow_the_probabilities_at_any_temperature() -> None:
    logits = torch.tensor([0.1, 0.2, 0.7]).log().expand(20_000, 3)
    for temperature in (0.1, 1.0, 5.0):
        drawn = soft_codes(logits, temperature=temperature, straight_through=True)
        torch.testing.assert_close(drawn.mean(dim=0), torch.tensor([0.1, 0.2, 0.7]), atol=0.015, rtol=0)
        assert set(drawn.unique().tolist()) <= {0.0, 1.0}


def test_the_temperature_decides_how_soft_shares_are() -> None:
    logits = 3 * torch.randn(500, 23)
    entropies = []
    for temperature in (0.1, 1.0, 5.0):
        shares = soft_codes(logits, temperature=temperature, straight_through=False)
        torch.testing.assert_close(shares.sum(dim=-1), torch.ones(500))
        entropies.append(torch.special.entr(shares).sum(dim=-1).mean().item())
    assert entropies[0] < 0.5 * entropies[1] < 0.5 * entropies[2]


def test_straight_through_has_the_value_of_the_choice_and_the_slope_of_the_shares() -> None:
    logits, wanted = torch.randn(5, 7, requires_grad=True), torch.randn(5, 7)
    slopes = []
    for straight in (True, False):
        generator = torch.Generator().manual_seed(1)
        shares = soft_codes(logits, temperature=0.7, straight_through=straight, generator=generator)
        slopes.append(torch.autograd.grad((shares * wanted).sum(), logits)[0])
    torch.testing.assert_close(*slopes)


def test_temperature_falls_by_the_same_share() -> None:
    config = PixelLossConfig(temperature=2.0, last_temperature=0.5)
    at = [temperature_at(step, config, steps=101) for step in (0, 50, 100, 500)]
    assert at == pytest.approx([2.0, 1.0, 0.5, 0.5])


def test_a_window_decodes_to_the_crop_of_the_whole(autoencoder: VideoAutoencoder) -> None:
    """With as many true codes around it as the decoder sees: two convolutions and one a block."""
    codes = torch.randint(11, (2, *GRID))
    certain = 100 * torch.nn.functional.one_hot(codes, 11).float()
    whole = autoencoder.decode_vectors(autoencoder.codebook.lookup(codes))
    crop = whole[:, :, :, 16:36, 12:36]
    made = decoded_window(certain, codes, autoencoder, CONFIG, temperature=0.2, window=WINDOW)
    torch.testing.assert_close(made, crop, atol=1e-5, rtol=1e-5)
    cut = replace(CONFIG, surroundings=0)
    made = decoded_window(certain, codes, autoencoder, cut, temperature=0.2, window=WINDOW)
    assert (made - crop).abs().max() > 1e-3
    compensated = pixel_loss(certain, codes, autoencoder, cut, temperature=0.2, window=WINDOW)
    assert compensated.reconstruction < 1e-6


def test_where_the_decoder_looks_everywhere_a_window_is_still_a_crop() -> None:
    torch.manual_seed(0)
    model = VideoAutoencoder(replace(TINY, decoder_motion=MotionConfig(num_heads=1)))
    model(torch.rand(2, 3, 12, 60, 60) * 2 - 1)
    model.eval()
    codes = torch.randint(11, (2, *GRID))
    certain = 100 * torch.nn.functional.one_hot(codes, 11).float()
    crop = model.decode_vectors(model.codebook.lookup(codes))[:, :, :, 16:36, 12:36]
    made = decoded_window(certain, codes, model, CONFIG, temperature=0.2, window=WINDOW)
    torch.testing.assert_close(made, crop, atol=1e-5, rtol=1e-5)


def test_gradients_reach_the_window_and_nothing_else(autoencoder: VideoAutoencoder) -> None:
    codes = torch.randint(11, (2, *GRID))
    logits = torch.randn(2, *GRID, 11, requires_grad=True)
    loss = pixel_loss(logits, codes, autoencoder, CONFIG, temperature=1.0, window=WINDOW)
    loss.reconstruction.backward()
    assert logits.grad is not None
    reached = logits.grad.abs().sum(dim=-1) > 0
    inside = torch.zeros_like(reached)
    inside[:, 0:3, 4:9, 3:9] = True
    assert torch.equal(reached, inside)
    assert loss.reach.item() == pytest.approx(90 / 675)
    assert all(parameter.grad is None for parameter in autoencoder.parameters())


def test_the_perceptual_term_reaches_as_far(autoencoder: VideoAutoencoder) -> None:
    codes, logits = torch.randint(11, (1, *GRID)), torch.randn(1, *GRID, 11, requires_grad=True)
    config = replace(CONFIG, perceptual_frames=3)
    loss = pixel_loss(
        logits, codes, autoencoder, config, temperature=1.0, window=WINDOW, distance=FeatureDistance()
    )
    assert loss.perceptual > 0
    loss.perceptual.backward()
    assert logits.grad is not None
    assert logits.grad[:, 0:3, 4:9, 3:9].abs().sum() > 0


def test_the_target_is_the_clip_or_its_reconstruction(autoencoder: VideoAutoencoder) -> None:
    videos = torch.rand(2, 3, 12, 60, 60) * 2 - 1
    codes = autoencoder.encode(videos)
    certain = 100 * torch.nn.functional.one_hot(codes, 11).float()
    config = replace(CONFIG, target="clip")
    raw = pixel_loss(certain, codes, autoencoder, config, temperature=0.2, window=WINDOW, videos=videos)
    whole = autoencoder.decode_vectors(autoencoder.codebook.lookup(codes))
    crop = (slice(None), slice(None), slice(None), slice(16, 36), slice(12, 36))
    torch.testing.assert_close(raw.reconstruction, (whole[crop] - videos[crop]).abs().mean())
    with pytest.raises(ValueError, match="needs the clips, but there are codes only"):
        pixel_loss(certain, codes, autoencoder, config, temperature=0.2, window=WINDOW)


def test_windows_lie_in_the_grid() -> None:
    drawn = {drawn_window((3, 5, 7), (4, 2, 3)) for _ in range(300)}
    assert {one.sides for one in drawn} == {(3, 2, 3)}
    assert {one.corner for one in drawn} == {(0, row, column) for row in range(4) for column in range(5)}
    wide = Window((0, 1, 4), (3, 2, 3)).widened(2, (3, 5, 7))
    assert wide == Window((0, 0, 2), (3, 5, 5))
    assert Window((0, 1, 4), (3, 2, 3)).within(wide).corner == (0, 1, 2)


def test_logits_as_a_grid_are_in_raster_order() -> None:
    logits = torch.arange(2 * 3 * 5 * 7 * 11, dtype=torch.float32).reshape(2, 105, 11)
    assert torch.equal(as_grid(logits, (3, 5, 7))[1, 2, 3, 4], logits[1, 2 * 35 + 3 * 7 + 4])


def test_a_rising_temperature_is_refused() -> None:
    with pytest.raises(ValueError, match=r"temperature=0\.2 and last_temperature=0\.5"):
        PixelLossConfig(temperature=0.2, last_temperature=0.5)
