"""The visual encoder: length, padding, appearance, and that it can learn."""

import pytest
import torch

from signlab.translation.features import (
    TEMPORAL_STRIDE,
    VisualConfig,
    VisualEncoder,
    WordRecognizer,
    unpack,
    without_mean,
)
from signlab.translation.losses import word_loss

SMALL = VisualConfig(channels=(3, 5, 7, 11), grid=2, dim=13, dropout=0.0, glosses=("RAIN", "SNOW", "SUN"))


def clips(*lengths: int, side: int = 17) -> tuple[torch.Tensor, torch.Tensor]:
    """Random clips of these lengths side by side, zeros behind their ends."""
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    video = torch.rand(len(lengths), 3, max(lengths), side, side) * 2 - 1
    return video * mask[:, None, :, None, None], mask


def settled() -> VisualEncoder:
    """An encoder whose batch norms have seen something."""
    torch.manual_seed(0)
    encoder = VisualEncoder(SMALL)
    encoder(*clips(19, 11, 16))
    return encoder


@pytest.mark.parametrize("frames", [1, 4, 5, 16, 17, 23])
def test_one_step_for_every_four_frames_begun(frames: int) -> None:
    features, mask = settled().eval()(*clips(frames))
    assert features.shape == (1, -(-frames // TEMPORAL_STRIDE), 13)
    assert mask.all()


@pytest.mark.parametrize("training", [False, True])
def test_padding_has_no_influence(training: bool) -> None:
    """Neither on the features, nor, in training, on the running means."""
    video, mask = clips(19, 11, 16)
    longer = torch.cat([video, torch.full((3, 3, 5, 17, 17), 9.0)], dim=2)
    longer[~torch.cat([mask, torch.zeros(3, 5, dtype=torch.bool)], dim=1)[:, None].expand(3, 3, 24)] = 9.0
    longer_mask = torch.cat([mask, torch.zeros(3, 5, dtype=torch.bool)], dim=1)
    one, other = settled().train(training), settled().train(training)
    expected, expected_mask = one(video, mask)
    features, features_mask = other(longer, longer_mask)
    torch.testing.assert_close(features[:, :5], expected)
    assert torch.equal(features_mask[:, :5], expected_mask)
    assert not features_mask[:, 5:].any()
    assert not features[~features_mask].any()
    for name, value in one.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value, msg=name)


def test_each_clip_is_seen_as_if_it_were_alone() -> None:
    encoder, (video, mask) = settled().eval(), clips(19, 11, 16)
    together, steps_mask = encoder(video, mask)
    alone = encoder(video[1:2, :, :11], mask[1:2, :11]).features
    torch.testing.assert_close(together[1][steps_mask[1]], alone[0])


def test_a_step_sees_eight_frames_to_either_side_and_the_clips_mean() -> None:
    """A frame moved far away from step 0 changes it not at all; the clip's mean stays the same."""
    encoder, (video, mask) = settled().eval(), clips(23)
    before = encoder(video, mask).features
    swapped = video.clone()
    swapped[:, :, [12, 15]] = video[:, :, [15, 12]]
    after = encoder(swapped, mask).features
    torch.testing.assert_close(after[:, 0], before[:, 0])
    assert not torch.allclose(after[:, 3], before[:, 3])


def test_what_never_changes_is_not_seen() -> None:
    video, mask = clips(19)
    painted = 0.5 * video + torch.rand(1, 3, 1, 17, 17)  # other background, half the contrast
    encoder = settled().eval()
    torch.testing.assert_close(
        encoder(painted, mask).features, encoder(video, mask).features, rtol=1e-2, atol=1e-2
    )


def test_changes_have_mean_zero_and_power_one_over_real_frames() -> None:
    video, mask = clips(19, 11)
    pixels = torch.einsum("bcthw->bthwc", video)
    changes = without_mean(pixels, mask)
    for row, real in zip(changes, mask, strict=True):
        torch.testing.assert_close(row[real].mean(dim=0), torch.zeros(17, 17, 3), atol=1e-5, rtol=0)
        torch.testing.assert_close(row[real].square().mean(), torch.tensor(1.0), atol=1e-2, rtol=0)


def test_other_sizes_of_image_give_the_same_width() -> None:
    assert settled().eval()(*clips(5, side=64)).features.shape == (1, 2, 13)


def test_unpacking_is_the_inverse_of_packing() -> None:
    mask = torch.tensor([[True, True, False], [True, False, False]])
    padded = unpack(torch.tensor([[1.0], [2.0], [3.0]]), mask)
    assert padded.tolist() == [[[1], [2], [0]], [[3], [0], [0]]]
    assert padded[mask].tolist() == [[1], [2], [3]]


def test_the_recogniser_learns_a_few_clips_by_heart() -> None:
    torch.manual_seed(0)
    recognizer = WordRecognizer(SMALL)
    video, mask = clips(16, 11, 13, 7, 16, 9)
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    optimizer = torch.optim.AdamW(recognizer.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = word_loss(recognizer(video, mask), labels)
        optimizer.zero_grad()
        loss.gloss.backward()
        optimizer.step()
        losses.append(loss.gloss.item())
    assert losses[0] > 1
    assert losses[-1] < 0.1


def test_a_recogniser_needs_something_to_choose_from() -> None:
    with pytest.raises(ValueError, match="two glosses or more to choose from, but got 0"):
        WordRecognizer(VisualConfig())
