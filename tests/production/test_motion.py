"""The motion transformer: who can see whom in each of the four attentions, places, windows."""

import pytest
import torch

from signlab.production.motion import AxialAttention, MotionConfig, MotionTransformer, motion_attention
from signlab.training import override

KINDS = ("trajectory", "orthoformer", "axial", "joint")
GRID = (3, 5, 7)


@pytest.mark.parametrize("kind", KINDS)
def test_each_attention_takes_and_gives_a_grid(kind) -> None:
    torch.manual_seed(0)
    model = MotionTransformer(MotionConfig(attention=kind, num_heads=2, prototypes=11), dim=22, grid=GRID)
    grid = torch.randn(2, *GRID, 22)
    assert model(grid).shape == grid.shape
    alone = torch.cat([model(one[None]) for one in grid])
    torch.testing.assert_close(model(grid), alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("kind", "seen"), [("trajectory", 105), ("joint", 105), ("axial", 3 + 4 + 6)])
def test_what_a_token_can_see(kind, seen: int) -> None:
    attention = motion_attention(MotionConfig(attention=kind, num_heads=2), dim=22)
    grid = torch.randn(1, *GRID, 22, requires_grad=True)
    attention(grid)[0, 1, 2, 3].sum().backward()
    assert grid.grad is not None
    assert int((grid.grad[0].abs().sum(dim=-1) > 0).sum()) == seen


def test_axial_is_a_sum_of_three() -> None:
    attention, grid = AxialAttention(dim=22, num_heads=2), torch.randn(2, *GRID, 22)
    row = attention.in_row.attend(grid[0, 1, 2][None], attention.in_row.keys_values(grid[0, 1, 2][None]))[
        0, 3
    ]
    line = grid[0, 1, :, 3][None]
    column = attention.in_column.attend(line, attention.in_column.keys_values(line))[0, 2]
    line = grid[0, :, 2, 3][None]
    in_time = attention.in_time.attend(line, attention.in_time.keys_values(line))[0, 1]
    torch.testing.assert_close(attention(grid)[0, 1, 2, 3], row + column + in_time, atol=1e-5, rtol=1e-4)


def test_a_window_knows_its_place() -> None:
    model = MotionTransformer(MotionConfig(num_heads=2), dim=22, grid=GRID)
    grid = torch.zeros(1, *GRID, 22)
    there = model(grid[:, :, 1:4, 2:5], corner=(0, 1, 2))
    assert not torch.allclose(model(grid[:, :, 1:4, 2:5]), there)
    with pytest.raises(
        ValueError, match=r"grid of \(3, 5, 7\) places, but got \(3, 5, 7\) from place \(1, 0, 0\)"
    ):
        model(grid, corner=(1, 0, 0))


def test_an_unknown_attention_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="or 'axial' or 'joint', but got 'traject'"):
        override(MotionConfig(), ["attention=traject"])
