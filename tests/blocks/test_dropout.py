"""Dropout against what a share means, and its gradient against its own mask."""

import pytest
import torch

from signlab.blocks.dropout import ByteDropout, dropped


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_share_is_dropped_and_the_mean_is_kept(share: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(1_000, 1_001)
    out = dropped(x, share)
    assert (out == 0).float().mean().item() == pytest.approx(share, abs=0.004)
    assert out.mean().item() == pytest.approx(1, abs=0.004)
    assert len(out.unique()) == 2


def test_lots_are_independent_of_one_another() -> None:
    """Neighbours share a random number; whether one is dropped says nothing about the next."""
    torch.manual_seed(0)
    gone = (dropped(torch.ones(800_000), 0.5) == 0).float().view(-1, 8)
    together = torch.corrcoef(gone.T) - torch.eye(8)
    assert together.abs().max() < 0.02


def test_the_gradient_goes_where_the_value_went() -> None:
    x = torch.randn(7, 11, requires_grad=True)
    out = dropped(x, 0.4)
    out.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(out, x * x.grad)


def test_a_seed_repeats_it_and_evaluation_has_none() -> None:
    layer, x = ByteDropout(0.5), torch.randn(5, 7)
    torch.manual_seed(3)
    one = layer(x)
    torch.manual_seed(3)
    assert torch.equal(layer(x), one)
    assert not torch.equal(layer(x), one)
    assert layer.eval()(x) is x
    assert dropped(x, 0.0) is x


def test_half_precision_stays_half() -> None:
    assert dropped(torch.ones(5, dtype=torch.bfloat16), 0.5).dtype == torch.bfloat16


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"in \[0, 1\), but got 1"):
        ByteDropout(1.0)
