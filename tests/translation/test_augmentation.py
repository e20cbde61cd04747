"""Variation: nothing asked, nothing changed; bounds; one draw a clip."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from signlab.data.example import SignExample
from signlab.translation.augmentation import AugmentationConfig, recoloured, softened, varied

STILL = AugmentationConfig(
    shortest=7, longest=7, shift=0.0, zoom=0.0, gain=0.0, brightness=0.0, softness=0.0, patches=0.0
)


def example() -> SignExample:
    video = np.random.default_rng(0).integers(0, 256, (7, 11, 13, 3), dtype=np.uint8)
    return SignExample(name="clip", video=video)


def drawn(config: AugmentationConfig, seed: int = 0) -> np.ndarray:
    video = varied(example(), config, np.random.default_rng(seed)).video
    assert video is not None
    return video


def test_without_strength_nothing_changes() -> None:
    assert np.array_equal(drawn(STILL), example().video)
    video = torch.rand(2, 3, 5, 7, 7) * 2 - 1
    torch.testing.assert_close(recoloured(video, STILL, np.random.default_rng(0)), video)


def test_lengths_cover_the_range_and_keep_both_ends() -> None:
    config = replace(STILL, shortest=3, longest=5)
    original = example().video
    assert original is not None
    clips = [drawn(config, seed) for seed in range(30)]
    assert {len(clip) for clip in clips} == {3, 4, 5}
    for clip in clips:
        assert np.array_equal(clip[[0, -1]], original[[0, -1]])


def test_shifted_pixels_come_from_nearby() -> None:
    """In a picture whose values are its columns, a shift of at most 2 pixels changes them by at most 2."""
    ramp = np.tile(np.arange(20, dtype=np.uint8)[:, None], (3, 20, 1, 3))
    shifted = [
        varied(
            SignExample(name="ramp", video=ramp),
            replace(STILL, shortest=3, longest=3, shift=0.1),
            np.random.default_rng(seed),
        ).video
        for seed in range(20)
    ]
    differences = [np.asarray(one, dtype=int) - ramp for one in shifted]
    assert max(np.abs(one).max() for one in differences) == 2
    middles = {int(one[0, 10, 10, 0]) for one in differences}
    assert middles == {-2, -1, 0, 1, 2}
    assert all((one == one[0]).all() for one in differences)  # the same in every frame


def test_a_zoomed_picture_keeps_its_middle() -> None:
    ramp = np.tile(np.arange(21, dtype=np.uint8)[:, None], (3, 21, 1, 3))
    config = replace(STILL, shortest=3, longest=3, zoom=0.3)
    for seed in range(10):
        zoomed = varied(SignExample(name="ramp", video=ramp), config, np.random.default_rng(seed)).video
        assert zoomed is not None
        assert zoomed[0, 10, 10, 0] == 10


def test_softening_takes_detail_and_leaves_the_rest() -> None:
    """A chessboard of single pixels goes to its mean; a slow ramp stays; no clip gets sharper."""
    chess = 100 + 50 * (np.indices((6, 12, 12)).sum(axis=0) % 2)
    ramp = np.broadcast_to(100 + 8 * np.arange(12), (6, 12, 12))
    config = replace(STILL, softness=1.0)
    spreads = []
    for seed in range(20):
        fine, slow = (
            softened(
                np.repeat(one[..., None], 3, axis=-1).astype(np.uint8), config, np.random.default_rng(seed)
            )
            for one in (chess, ramp)
        )
        spreads.append(fine.std())
        assert abs(fine.mean() - 125) < 2
        assert np.abs(slow[:, :, 2:-2].mean(axis=(0, 1)) - 100 - 8 * np.arange(2, 10)[:, None]).max() < 3
    assert max(spreads) <= 25  # as it was
    assert max(spreads) > 22  # some clips lose next to nothing,
    assert min(spreads) < 5  # some nearly all


def test_errors_fill_patches_and_have_the_size_asked_for() -> None:
    video = np.full((8, 16, 16, 3), 128, dtype=np.uint8)
    config = replace(STILL, patches=40.0)
    changed = [softened(video, config, np.random.default_rng(seed)) for seed in range(40)]
    for one in changed:
        patches = one.reshape(2, 4, 4, 4, 4, 4, 3)
        assert (patches == patches[:, :1, :, :1, :, :1]).all()
    sizes = [one.std() for one in changed]
    assert 15 < np.mean(sizes) < 25  # uniform up to 40
    assert min(sizes) < 6


def test_a_single_frame_or_pixel_can_be_softened() -> None:
    for shape in ((1, 5, 5, 3), (4, 1, 1, 3)):
        video = np.full(shape, 7, dtype=np.uint8)
        softer = softened(video, AugmentationConfig(patches=0.0), np.random.default_rng(0))
        assert np.array_equal(softer, video)


def test_colours_change_alike_over_a_clip_and_stay_in_range() -> None:
    config = replace(STILL, gain=0.5, brightness=0.5)
    video = torch.full((2, 3, 5, 7, 7), 0.1)
    changed = recoloured(video, config, np.random.default_rng(0))
    assert len(changed.unique()) == 6  # one value for each clip and colour
    loud = recoloured(torch.ones(50, 3, 1, 1, 1), config, np.random.default_rng(0))
    assert loud.max() == 1
    assert loud.min() < 1


def test_the_same_generator_gives_the_same_variation() -> None:
    config = AugmentationConfig()
    assert np.array_equal(drawn(config, 3), drawn(config, 3))
    assert drawn(config, 3).shape != drawn(config, 4).shape


def test_an_impossible_range_is_refused() -> None:
    with pytest.raises(ValueError, match="shortest=9 and longest=7"):
        AugmentationConfig(shortest=9, longest=7)
