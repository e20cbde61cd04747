"""The autoencoder: shapes, round trips, what a code can reach, and one batch learnt by heart."""

from dataclasses import replace

import pytest
import torch

from signlab.metrics.video import psnr
from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder
from signlab.production.motion import MotionConfig

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


@pytest.mark.parametrize("kind", ["averages", "gradient", "adaptive"])
def test_every_codebook_goes_round(kind) -> None:
    torch.manual_seed(0)
    model, videos = VideoAutoencoder(replace(TINY, codebook=kind)), torch.rand(2, 3, 8, 12, 20) * 2 - 1
    model(videos)
    model.eval()
    codes = model.encode(videos)
    assert torch.equal(model(videos).quantized.indices, codes)
    torch.testing.assert_close(model.decode(codes), model(videos).videos.clamp(-1, 1))


def test_causal_padding_lets_no_later_frame_through() -> None:
    torch.manual_seed(0)
    config = replace(TINY, frames=12, padding="causal", num_blocks=2)
    model, videos = VideoAutoencoder(config), torch.rand(1, 3, 12, 12, 20) * 2 - 1
    model(videos)
    model.eval()
    vectors, later = model.vectors(videos), videos.clone()
    later[:, :, 8:] = 0
    changed = model.vectors(later)
    assert torch.equal(changed[:, :2], vectors[:, :2])
    assert not torch.allclose(changed[:, 2], vectors[:, 2])
    codes = torch.randint(11, (1, 3, 3, 5))
    decoded = model.decode_vectors(model.codebook.lookup(codes))
    codes[:, 2] = (codes[:, 2] + 1) % 11
    again = model.decode_vectors(model.codebook.lookup(codes))
    assert torch.equal(again[:, :, :8], decoded[:, :, :8])
    assert not torch.allclose(again[:, :, 8:], decoded[:, :, 8:])


@pytest.mark.parametrize("attention", ["trajectory", "orthoformer", "axial", "joint"])
def test_a_motion_transformer_lets_a_code_know_of_far_places(attention) -> None:
    motion = MotionConfig(attention=attention, num_heads=1, prototypes=5)
    torch.manual_seed(0)
    model = VideoAutoencoder(replace(TINY, encoder_motion=motion))
    videos = torch.rand(2, 3, 8, 76, 76) * 2 - 1
    model(videos)
    model.eval()
    vectors, far = model.vectors(videos), videos.clone()
    far[:, :, :, 72:, 72:] = 0
    same_row_or_column = (model.vectors(far) - vectors).abs().amax(dim=(0, 1, 4)) > 1e-6
    assert same_row_or_column[0, 0] == (attention != "axial")
    assert same_row_or_column[0, 18]  # found by all, the row or column is enough
    assert model.decode(model.encode(videos)).shape == videos.shape


def test_causal_padding_and_a_look_at_all_frames_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="Causal padding must come without a motion transformer"):
        AutoencoderConfig(padding="causal", encoder_motion=MotionConfig())


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


def test_weights_are_taken_over_as_they_are() -> None:
    trained, other = tiny(), VideoAutoencoder(TINY)
    other.begin_with(trained)
    for name, weight in trained.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name]), name


def test_each_code_becomes_several_near_it() -> None:
    trained, grown = tiny(), VideoAutoencoder(replace(TINY, num_codes=33))
    grown.begin_with(trained)
    torch.testing.assert_close(
        grown.codebook.codes, trained.codebook.codes.repeat_interleave(3, dim=0), atol=0.3, rtol=0
    )
    assert len(grown.codebook.codes.unique(dim=0)) == 33
    assert torch.equal(grown.patch_in.weight, trained.patch_in.weight)


def test_an_encoder_that_sees_little_has_no_motion_transformer() -> None:
    with pytest.raises(
        ValueError, match=r"got encoder_sees=patch; take encoder_sees=clip, or encoder_motion=none"
    ):
        replace(TINY, encoder_sees="patch", encoder_motion=MotionConfig())


def test_codes_that_learn_by_gradient_do_not_become_several() -> None:
    gradient = replace(TINY, codebook="gradient", free_batches=0)
    more = VideoAutoencoder(replace(gradient, num_codes=22))
    with pytest.raises(ValueError, match=r"11 codes that learn otherwise were to become 22; take as many"):
        more.begin_with(VideoAutoencoder(gradient))


@pytest.mark.parametrize("sees", ["clip", "frame", "patch"])
def test_what_stands_still_keeps_its_code_where_the_encoder_sees_little(sees: str) -> None:
    torch.manual_seed(0)
    model = VideoAutoencoder(replace(TINY, frames=16, num_codes=101, encoder_sees=sees))
    videos = (torch.rand(2, 3, 1, 12, 20) * 2 - 1).expand(-1, -1, 16, -1, -1).clone()
    videos[:, :, 8:, :4, :4] = torch.rand(2, 3, 8, 4, 4) * 2 - 1  # only there something moves
    model(videos)
    if model.encoder_places is not None:
        torch.nn.init.normal_(model.encoder_places.table)
    codes = model.eval().encode(videos)
    kept = (codes[:, 2:] == codes[:, :1]).all(dim=1).all(dim=0)  # rows and columns of the grid
    if sees == "clip":
        assert not kept.all(dim=-1).any()
    else:
        far = 2 if sees == "frame" else 1  # its one block sees one patch farther
        assert kept[far:].all()
        assert kept[:, far:].all()
    assert model.decode(codes).shape == videos.shape
