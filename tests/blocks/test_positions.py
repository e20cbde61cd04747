"""Positions: waves read off by hand, and a grid that is a sum of three tables."""

import math

import pytest
import torch

from signlab.blocks.positions import GridPositions, sinusoidal_positions


def test_waves_by_hand() -> None:
    positions = sinusoidal_positions(3, 4)
    expected = [[math.sin(p), math.cos(p), math.sin(p / 100), math.cos(p / 100)] for p in range(3)]
    torch.testing.assert_close(positions, torch.tensor(expected))


def test_a_later_start_continues_the_sequence() -> None:
    torch.testing.assert_close(sinusoidal_positions(5, 14, start=2), sinusoidal_positions(7, 14)[2:])


def test_equal_distances_look_alike_wherever_they_are() -> None:
    """The product of two positions depends on their distance only; that is what attention can use."""
    positions = sinusoidal_positions(11, 14)
    products = positions @ positions.T
    for distance in range(11):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


def test_odd_widths_are_refused() -> None:
    with pytest.raises(ValueError, match="but got 13; try 14"):
        sinusoidal_positions(3, 13)


def test_a_place_in_the_grid_is_frame_plus_row_plus_column() -> None:
    grid = GridPositions(frames=2, height=3, width=5, dim=7)
    places = grid()
    assert places.shape == (2, 3, 5, 7)
    torch.testing.assert_close(places[1, 2, 3], grid.frames[1] + grid.rows[2] + grid.columns[3])
