"""Whether attention follows hands: by looks that are known, and by real attentions at their edges."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from signlab.production import following as module
from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder
from signlab.production.clips import HANDS, Clips
from signlab.production.following import around, following, hand_places, looks_of, moved_far
from signlab.production.motion import MotionConfig

GRID = (2, 8, 8)


def autoencoder(attention: str = "trajectory") -> VideoAutoencoder:
    torch.manual_seed(0)
    motion = MotionConfig(attention=attention, num_heads=2)  # pyright: ignore[reportArgumentType]
    config = AutoencoderConfig(frames=8, size=32, width=8, num_blocks=1, num_codes=8, code_dim=4)
    return VideoAutoencoder(replace(config, encoder_motion=motion)).eval()


def clips(*, moving: bool = True) -> Clips:
    """The left hand is in cell (1, 1) in the first half and in (6, 5) in the second; the right one rests in (4, 2)."""
    joints = torch.zeros(1, 8, 2, 2)
    joints[:, :, 0] = torch.tensor([1.5, 1.5]) / 8
    if moving:
        joints[:, 4:, 0] = torch.tensor([5.5, 6.5]) / 8  # x, y
    joints[:, :, 1] = torch.tensor([2.5, 4.5]) / 8
    videos = torch.randint(256, (1, 8, 32, 32, 3), dtype=torch.uint8)
    return Clips(videos, ("RAIN",), joints, HANDS, torch.zeros(1, 8, 0, dtype=torch.long), ())


def test_places_of_hands_are_those_of_the_middle_frames() -> None:
    places = hand_places(clips(), grid=GRID)
    assert places[0].tolist() == [[[1, 1], [4, 2]], [[6, 5], [4, 2]]]
    assert moved_far(places).nonzero().tolist() == [[0, 0, 1, 0], [0, 1, 0, 0]]


def test_a_neighbourhood_is_cut_at_the_edge() -> None:
    assert around(torch.tensor([3, 3]), height=8, width=8).sum() == 9
    assert around(torch.tensor([0, 7]), height=8, width=8).reshape(8, 8).nonzero().tolist() == [
        [0, 6],
        [0, 7],
        [1, 6],
        [1, 7],
    ]


@pytest.mark.parametrize(
    ("place", "expected"), [((6, 5), (1.0, 0.0)), ((1, 1), (0.0, 1.0)), ((3, 7), (0.0, 0.0))]
)
def test_looks_that_are_known(
    place: tuple[int, int], expected: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first frame into the second all looks fall on one place; back, all fall where they come from."""
    looks = torch.zeros(1, 128, 2, 64)
    looks[:, :64, 1, place[0] * 8 + place[1]] = 1
    looks[:, 64:, 0] = torch.eye(64)

    def known(*_: object) -> Tensor:
        return looks

    monkeypatch.setattr(module, "looks_of", known)
    found = following(autoencoder(), clips())
    assert found.num_looks == 2
    assert found.followed == expected[0] / 2
    assert found.stayed == (expected[1] + 1) / 2
    assert found.even == pytest.approx(9 / 64)


@pytest.mark.parametrize("attention", ["trajectory", "joint", "axial", "orthoformer"])
def test_looks_are_shares(attention: str) -> None:
    model = autoencoder(attention)
    assert model.encoder_motion is not None
    looks = looks_of(model.encoder_motion, model, torch.rand(2, 3, 8, 32, 32) * 2 - 1)
    assert looks.shape == (2, 128, 2, 64)
    torch.testing.assert_close(looks.sum(dim=-1), torch.ones(2, 128, 2))
    if attention == "axial":
        assert following(model, clips()).stayed == 1


def test_what_cannot_be_asked_is_refused() -> None:
    plain = AutoencoderConfig(frames=8, size=32, width=8, num_blocks=1, num_codes=8, code_dim=4)
    with pytest.raises(ValueError, match="needs a motion transformer"):
        following(VideoAutoencoder(plain), clips())
    with pytest.raises(ValueError, match="but none does"):
        following(autoencoder(), clips(moving=False))
