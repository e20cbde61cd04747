"""Critics see patches and only the frames shown to them; each side's gradient stays on its side."""

import pytest
import torch
from torch import nn

from signlab.production.discriminator import (
    LARGEST_WEIGHT,
    DiscriminatorConfig,
    Discriminators,
    Opinion,
    adaptive_weight,
    adversarial_loss,
    discriminator_loss,
    held,
)

TINY = DiscriminatorConfig(picture_width=5, video_width=3, pictures=2)


def opinions(*scores: float) -> list[Opinion]:
    return [Opinion(torch.tensor([one]), (torch.tensor([one]), torch.tensor([3 * one]))) for one in scores]


def test_the_hinge_by_hand() -> None:
    assert discriminator_loss(opinions(2.0), opinions(-2.0)).item() == 0
    assert discriminator_loss(opinions(0.0), opinions(0.5)).item() == pytest.approx(0.5 * (1 + 1.5))
    both = discriminator_loss(opinions(0.0, 2.0), opinions(0.5, -2.0))
    assert both.item() == pytest.approx(1.25)


def test_what_the_autoencoder_is_told_by_hand() -> None:
    loss = adversarial_loss(opinions(1.0, 2.0), opinions(0.5, -1.0))
    assert loss.adversarial.item() == pytest.approx(0.5)
    assert loss.matching.item() == pytest.approx((0.5 + 1.5) / 2 + (3 + 9) / 2)


def test_a_score_for_each_patch_of_each_picture_and_clip() -> None:
    critics = Discriminators(TINY)
    pictures, clips = critics(torch.rand(2, 3, 8, 20, 28), torch.tensor([[0, 7], [3, 3]]))
    assert pictures.scores.shape == (4, 1, 5, 7)
    assert clips.scores.shape == (2, 1, 2, 5, 7)
    assert [one.shape[1] for one in clips.features] == [3, 6, 12]


def test_only_the_drawn_frames_reach_the_critic_of_pictures() -> None:
    critics = Discriminators(TINY)
    videos, frames = torch.rand(2, 3, 8, 20, 28), torch.tensor([[1, 4], [5, 5]])
    before = critics(videos, frames)[0].scores
    videos[0, :, 5], videos[1, :, 4] = 0, 0
    assert torch.equal(critics(videos, frames)[0].scores, before)
    videos[0, :, 4] = 0
    assert not torch.equal(critics(videos, frames)[0].scores, before)
    drawn = critics.drawn_frames(videos, torch.Generator().manual_seed(0))
    assert drawn.shape == (2, 2)
    assert torch.equal(drawn, critics.drawn_frames(videos, torch.Generator().manual_seed(0)))


def test_no_clip_is_judged_by_its_company() -> None:
    critics, videos = Discriminators(TINY), torch.rand(2, 3, 8, 20, 28)
    frames = torch.zeros(2, 2, dtype=torch.long)
    together = critics(videos, frames)[1].scores
    alone = torch.cat([critics(one[None], frames[:1])[1].scores for one in videos])
    torch.testing.assert_close(together, alone)


def test_each_side_has_its_own_gradients() -> None:
    critics, decoder = Discriminators(TINY), nn.Conv3d(3, 3, 1)
    real, frames = torch.rand(2, 3, 8, 20, 28), torch.zeros(2, 2, dtype=torch.long)
    made = decoder(real)
    with held(critics):
        loss = adversarial_loss(critics(real, frames), critics(made, frames))
    (loss.adversarial + loss.matching).backward(retain_graph=True)
    assert all(parameter.grad is None for parameter in critics.parameters())
    assert decoder.weight.grad is not None
    assert decoder.weight.grad.abs().sum() > 0
    decoder.zero_grad()
    discriminator_loss(critics(real, frames), critics(made.detach(), frames)).backward()
    assert all(parameter.grad is not None for parameter in critics.parameters())
    assert decoder.weight.grad is None


def test_the_critics_learn_to_tell_and_the_other_side_to_please() -> None:
    torch.manual_seed(0)
    critics, frames = Discriminators(TINY), torch.zeros(2, 2, dtype=torch.long)
    optimizer = torch.optim.Adam(critics.parameters(), lr=3e-3)
    real = torch.rand(2, 3, 8, 20, 28)
    made = real.mean(dim=(3, 4), keepdim=True).expand_as(real).clone().requires_grad_()
    losses = []
    for _ in range(30):
        loss = discriminator_loss(critics(real, frames), critics(made.detach(), frames))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    told = adversarial_loss(critics(real, frames), critics(made, frames))
    told.adversarial.backward()
    assert made.grad is not None
    better = adversarial_loss(critics(real, frames), critics(made - 10 * made.grad, frames))
    assert better.adversarial < told.adversarial


def test_the_adaptive_weight_makes_both_pull_equally() -> None:
    last = nn.Parameter(torch.tensor([2.0, 3.0]))
    faithful, adversarial = (10 * last).sum(), 0.1 * last[0]
    weight = adaptive_weight(faithful, adversarial, last)
    pull = torch.autograd.grad(weight * adversarial, last, retain_graph=True)[0].norm()
    assert pull.item() == pytest.approx(10 * 2**0.5, rel=2e-3)
    assert not weight.requires_grad
    assert adaptive_weight(1e9 * faithful, adversarial, last).item() == LARGEST_WEIGHT


def test_without_critics_there_is_no_judging() -> None:
    with pytest.raises(ValueError, match="picture_width and video_width are both 0"):
        Discriminators(DiscriminatorConfig(picture_width=0, video_width=0))
