"""Video metrics against sums done by hand and against scikit-image."""

import math

import pytest
import torch
from einops import rearrange

from signlab.metrics.video import boxes, motion_psnr, psnr, sharpness, ssim, steadiness

# Sizes of their own: 2 batch, 3 channels, 5 frames, 11 or 13 height, 17 width.


def test_psnr_by_hand() -> None:
    references = torch.zeros(2, 3, 5, 11, 17)
    videos = references.clone()
    videos[0] += 0.2  # a tenth of the range everywhere: 20 dB
    videos[1] -= 0.02  # a hundredth: 40 dB
    torch.testing.assert_close(psnr(videos, references), torch.tensor([20.0, 40.0]))


def test_psnr_of_equal_clips_is_infinite() -> None:
    clip = torch.rand(2, 3, 5, 11, 17)
    assert psnr(clip, clip).isinf().all()


def test_psnr_averages_errors_before_the_logarithm() -> None:
    references = torch.zeros(1, 3, 2, 11, 17)
    videos = references.clone()
    videos[:, :, 0] = 0.2  # 20 dB in one frame, perfect in the other
    torch.testing.assert_close(psnr(videos, references), torch.tensor([20 + 10 * math.log10(2)]))


def test_psnr_inside_a_mask_sees_nothing_outside() -> None:
    references = torch.zeros(2, 3, 5, 11, 17)
    videos = references.clone()
    mask = torch.zeros(2, 5, 11, 17, dtype=torch.bool)
    mask[:, 1:3, 2:5, 7:11] = True
    videos[:, :, 1:3, 2:5, 7:11] = 0.2
    inside = psnr(videos, references, mask=mask)
    torch.testing.assert_close(inside, torch.tensor([20.0, 20.0]))
    videos[:, :, 4] = 1e3
    assert torch.equal(psnr(videos, references, mask=mask), inside)


def test_a_box_covers_the_pixels_a_ruler_says() -> None:
    centres = torch.tensor([0.5, 0.25]).expand(1, 1, 1, 2)  # x, y
    box = boxes(centres, height=8, width=16, side=0.25)[0, 0]
    assert box.sum() == 2 * 4
    assert box[1:3, 6:10].all()


def test_boxes_are_cut_at_the_edge_and_missing_hands_have_none() -> None:
    centres = torch.tensor(
        [[[[0.0, 0.0], [torch.nan, torch.nan]], [[torch.nan, 0.5], [torch.nan, torch.nan]]]]
    )
    found = boxes(centres, height=8, width=16, side=0.5)
    assert found[0, 0].sum() == 2 * 4
    assert found[0, 0, :2, :4].all()
    assert not found[0, 1].any()


def test_ssim_agrees_with_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    references = torch.rand(2, 3, 5, 13, 17) * 2 - 1
    videos = (references + 0.3 * torch.randn_like(references)).clamp(-1, 1)
    expected = [
        sum(
            metrics.structural_similarity(
                rearrange(one[:, frame], "channel height width -> height width channel").double().numpy(),
                rearrange(other[:, frame], "channel height width -> height width channel").double().numpy(),
                channel_axis=-1,
                data_range=2.0,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
            for frame in range(5)
        )
        / 5
        for one, other in zip(videos, references, strict=True)
    ]
    torch.testing.assert_close(ssim(videos, references), torch.tensor(expected).float(), atol=1e-4, rtol=0)


def test_ssim_is_one_for_equal_clips_and_falls_with_noise() -> None:
    clip = torch.rand(2, 3, 5, 13, 17) * 2 - 1
    torch.testing.assert_close(ssim(clip, clip), torch.ones(2))
    noise = torch.randn_like(clip)
    assert (ssim(clip + 0.1 * noise, clip) > ssim(clip + 0.5 * noise, clip)).all()


def test_ssim_refuses_frames_smaller_than_its_window() -> None:
    clip = torch.rand(2, 3, 5, 7, 17)
    with pytest.raises(ValueError, match=r"window of 11 pixels.*7, 17"):
        ssim(clip, clip)


def test_only_what_changes_in_time_counts_as_motion() -> None:
    references = torch.rand(2, 3, 5, 8, 8) - 0.5
    assert motion_psnr(references + 0.25, references).isinf().all()  # another light, the same movement
    flicker = 0.1 * torch.tensor([1.0, -1, 1, -1, 1])[:, None, None]
    torch.testing.assert_close(motion_psnr(references + flicker, references), torch.full((2,), 20.0))


def test_a_blur_is_less_sharp_than_the_clip_and_noise_is_more() -> None:
    references = torch.zeros(2, 3, 2, 8, 8)
    references[..., 4:] = 1
    half = references.clone()
    half[..., 3:5] = torch.tensor([1 / 3, 2 / 3])
    torch.testing.assert_close(sharpness(references, references), torch.ones(2))
    torch.testing.assert_close(sharpness(half, references), torch.full((2,), 1 / 3))
    assert (sharpness(references + torch.randn_like(references), references) > 2).all()


def test_codes_are_steady_where_nothing_moves() -> None:
    videos = torch.zeros(2, 3, 12, 8, 20)  # 3 x 2 x 5 codes of 4 x 4 x 4
    videos[0, 1, 6:, :4, :4] = 0.5  # one patch changes within its second frame of codes
    videos[0, 0, :, 7, 19] = torch.linspace(0, 0.5, 12)  # one changes too slowly to count
    codes = torch.zeros(2, 3, 2, 5, dtype=torch.long)
    codes[0, 1, 0, 0] = 7  # where something moves: does not matter
    codes[0, 2, 1, 4] = 7  # where nothing does: one of 2 x 10 - 2
    codes[1, 1] = 3  # all change, and change back
    torch.testing.assert_close(steadiness(codes, videos), torch.tensor([17 / 18, 0.0]))


def test_a_clip_in_which_all_moves_has_no_steady_codes() -> None:
    videos = torch.arange(8.0)[:, None, None].expand(1, 3, 8, 8, 8) % 2
    assert steadiness(torch.zeros(1, 2, 2, 2, dtype=torch.long), videos).isnan().all()
