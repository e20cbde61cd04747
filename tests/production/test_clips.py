"""Examples as clips: which frames, which hands, which colours, and who is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from signlab.data.example import SignExample, Truth
from signlab.production.clips import (
    HANDS,
    from_videos,
    gloss_numbers,
    load_clips,
    recoloured,
    still_videos,
    to_videos,
)


def example(frames: int = 9, height: int = 12, width: int = 20) -> SignExample:
    """Frame t is of brightness 20 t."""
    brightness = 20 * np.arange(frames, dtype=np.uint8)
    video = np.broadcast_to(brightness[:, None, None, None], (frames, height, width, 3)).copy()
    return SignExample(name="grey/1", video=video, glosses=("RAIN",))


def test_frames_are_taken_evenly_from_first_to_last() -> None:
    clips = load_clips([example()], frames=5, size=12)
    assert clips.videos[0, :, 0, 0, 0].tolist() == [0, 40, 80, 120, 160]
    assert clips.glosses == ("RAIN",)
    assert clips.places(HANDS).isnan().all()
    assert clips.joint_names == clips.parameter_names == ()


def with_truth(names: tuple[str, ...] = HANDS) -> SignExample:
    """In frame t every joint is at (t, 2t), and parameter 1 is t."""
    t = np.arange(9)
    joints = np.stack([t, 2 * t, 0 * t], axis=-1)[:, None].repeat(len(names), axis=1)
    truth = Truth(
        joints=joints.astype(np.float32),
        joint_names=names,
        sign=t * 0,
        phase=t * 0,
        parameters=np.stack([t * 0 - 1, t], axis=-1),
        parameter_names=("handshape", "mouth"),
    )
    return replace(example(), truth=truth)


def test_what_is_known_of_the_frames_comes_along() -> None:
    clips = load_clips([with_truth(), with_truth()], frames=5, size=12)
    hand = clips.places(HANDS[1:])
    assert hand.shape == (2, 5, 1, 2)
    assert hand[1, :, 0].tolist() == [[0, 0], [2, 4], [4, 8], [6, 12], [8, 16]]
    assert clips.places(("head",)).isnan().all()
    assert clips.parameters[0, :, 1].tolist() == [0, 2, 4, 6, 8]
    one = clips.some([1])
    assert torch.equal(one.places(HANDS[1:]), hand[1:])
    assert one.glosses == clips.some(slice(1, 2)).glosses == ("RAIN",)
    with pytest.raises(ValueError, match="the same joints"):
        load_clips([with_truth(), with_truth(HANDS[:1])], frames=5, size=12)


def test_the_middle_square_is_cut_out() -> None:
    wide = example()
    assert wide.video is not None
    wide.video[:, :, :4] = 255
    wide.video[:, :, 16:] = 255
    assert (load_clips([wide], frames=5, size=12).videos[0, 0] == 0).all()
    assert (load_clips([wide], frames=5, size=6).videos[0, 0] == 0).all()


def test_videos_have_a_way_back() -> None:
    stored = torch.randint(256, (2, 3, 5, 7, 3), dtype=torch.uint8)
    videos = to_videos(stored)
    assert videos.shape == (2, 3, 3, 5, 7)
    assert videos.abs().max() <= 1
    assert torch.equal(from_videos(videos), stored)
    assert (from_videos(videos + 10) == 255).all()


def test_a_still_does_not_move() -> None:
    pictures = torch.randint(256, (2, 5, 7, 3), dtype=torch.uint8)
    stored = from_videos(still_videos(pictures, frames=3))
    assert torch.equal(stored, pictures[:, None].expand(-1, 3, -1, -1, -1))


def test_other_colours_keep_the_drawing() -> None:
    videos = torch.rand(3, 3, 2, 5, 7) - 0.5
    generator = torch.Generator().manual_seed(0)
    changed = recoloured(videos, share=0.3, generator=generator)
    for clip, other in zip(videos, changed, strict=True):  # a line of the one before
        for one, channel in zip(clip, other, strict=True):
            assert torch.corrcoef(torch.stack([one.flatten(), channel.flatten()]))[0, 1] > 0.999
    assert not torch.equal(changed, videos)
    assert torch.equal(recoloured(videos, share=0.0), videos)


def test_glosses_become_numbers_or_a_sentence() -> None:
    assert gloss_numbers(["SNOW", "RAIN", "SNOW"], ("RAIN", "SNOW")).tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=r"one of the 2 known ones.*'HAIL'"):
        gloss_numbers(["HAIL"], ("RAIN", "SNOW"))


def test_what_is_no_isolated_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="grey/1 has 2 glosses"):
        load_clips([replace(example(), glosses=("RAIN", "SNOW"))], frames=5, size=12)
    with pytest.raises(ValueError, match="grey/1 has no video"):
        load_clips([replace(example(), video=None)], frames=5, size=12)
    with pytest.raises(ValueError, match="at least one example"):
        load_clips([], frames=5, size=12)
