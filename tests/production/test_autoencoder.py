"""The autoencoder: shapes, round trips, what a code can reach, and one batch learnt by heart."""

import pytest
import torch

from signlab.metrics.video import psnr
from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder

TINY = AutoencoderConfig(frames=8, size=76, width=7, num_blocks=1, num_codes=11, code_dim=3)


def tiny() -> VideoAutoencoder:
    """A tiny autoencoder whose codebook has seen a batch."""
    torch.manual_seed(0)
    model = VideoAutoencoder(TINY)
    model(torch.rand(2, 3, 8, 12, 20) * 2 - 1)
    for places in (model.encoder_places, model.decoder_places):
        torch.nn.init.normal_(places.table)
    return model.eval()


def test_a_code_stands_for_four_frames_of_four_by_four_pixels() -> None:
    codes = tiny().encode(torch.rand(2, 3, 8, 12, 20) * 2 - 1)
    assert codes.shape == (2, 2, 3, 5)
    assert AutoencoderConfig().grid == (4, 16, 16)
    assert AutoencoderConfig(size=128).grid == (4, 32, 32)


def test_encode_then_decode_is_the_forward_path() -> None:
    model, videos = tiny(), torch.rand(2, 3, 8, 12, 20) * 2 - 1
    forward = model(videos)
    assert torch.equal(forward.quantized.indices, model.encode(videos))
    torch.testing.assert_close(model.decode(model.encode(videos)), forward.videos.clamp(-1, 1))


def test_decoding_a_window_equals_a_crop_away_from_its_edge() -> None:
    """No normalization over space or time, so that patches can be decoded on their own."""
    model = tiny()
    vectors = model.codebook.lookup(torch.randint(11, (2, 2, 17, 19)))
    whole = model.decode_vectors(vectors)
    window = model.decode_vectors(vectors[:, :, 2:15, 3:17], corner=(0, 2, 3))
    crop, inner = whole[..., 8:60, 12:68], slice(16, -16)  # four codes in from each edge
    torch.testing.assert_close(window[..., inner, inner], crop[..., inner, inner])


def test_one_code_is_another_patch_in_another_place() -> None:
    same = tiny().decode(torch.full((1, 2, 17, 19), 5))
    assert not torch.allclose(same[..., 32:36, 32:36], same[..., 36:40, 32:36])


def test_a_changed_code_changes_only_its_neighbourhood() -> None:
    model = tiny()
    codes = torch.randint(11, (1, 2, 17, 19))
    changed = codes.clone()
    changed[0, 0, 8, 9] = (codes[0, 0, 8, 9] + 1) % 11
    touched = (model.decode(changed) != model.decode(codes)).any(dim=1)[0].any(dim=0)
    assert touched[32:36, 36:40].all()
    assert not touched[:12].any()
    assert not touched[:, :16].any()


def test_gradient_reaches_the_encoder_through_the_codes() -> None:
    model = tiny().train()
    model(torch.rand(2, 3, 8, 12, 20)).videos.square().sum().backward()
    assert model.patch_in.weight.grad is not None
    assert model.patch_in.weight.grad.abs().sum() > 0


def test_one_batch_is_learnt_by_heart() -> None:
    torch.manual_seed(0)
    config = AutoencoderConfig(frames=4, size=12, width=13, num_blocks=1, code_dim=7, num_codes=31)
    model = VideoAutoencoder(config)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    videos = (torch.rand(3, 3, 1, 3, 3) * 2 - 1).repeat_interleave(4, 2)  # still mosaics of 4 x 4 pixels
    videos = videos.repeat_interleave(4, 3).repeat_interleave(4, 4)
    for _ in range(200):
        reconstruction = model(videos)
        objective = (reconstruction.videos - videos).abs().mean() + 0.25 * reconstruction.quantized.commitment
        optimizer.zero_grad()
        objective.backward()
        optimizer.step()
    model.eval()
    assert psnr(model.decode(model.encode(videos)), videos).min() > 20


def test_clips_that_do_not_fold_are_refused() -> None:
    with pytest.raises(ValueError, match=r"multiples of 4.*frames=15 and size=64"):
        AutoencoderConfig(frames=15)
    with pytest.raises(ValueError, match=r"multiples of 4.*\(8, 12, 21\)"):
        tiny().encode(torch.rand(2, 3, 8, 12, 21))


def test_clips_beyond_the_grid_are_refused() -> None:
    with pytest.raises(ValueError, match=r"grid of \(2, 19, 19\).*got \(2, 3, 20\) from place \(0, 0, 0\)"):
        tiny().encode(torch.rand(2, 3, 8, 12, 80))
