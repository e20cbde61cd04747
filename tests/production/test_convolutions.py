"""The autoencoder's parts: who sees whom, and where things are."""

import pytest
import torch

from signlab.production.convolutions import Neighbours, Places, ResidualBlock


def reach(module: torch.nn.Module, at: tuple[int, int, int]) -> set[tuple[int, ...]]:
    """The places of a 5 x 5 x 5 grid that one place of the output depends on, relative to it."""
    features = torch.randn(1, 4, 5, 5, 5, requires_grad=True)
    module(features)[0, :, at[0], at[1], at[2]].sum().backward()
    assert features.grad is not None
    found = features.grad[0].abs().sum(dim=0).nonzero() - torch.tensor(at)
    return {tuple(place.tolist()) for place in found}


NEAR = (-1, 0, 1)
IN_SPACE = {(0, y, x) for y in NEAR for x in NEAR}


@pytest.mark.parametrize(
    ("sees", "padding", "expected"),
    [
        ("clip", "centred", {(t, y, x) for t in NEAR for y in NEAR for x in NEAR}),
        ("clip", "causal", {(t, y, x) for t in (-2, -1, 0) for y in NEAR for x in NEAR}),
        ("frame", "centred", IN_SPACE),
        ("frame", "causal", IN_SPACE),
        ("patch", "centred", {(0, 0, 0)}),
    ],
)
def test_a_block_sees_what_it_says(sees, padding, expected) -> None:
    torch.manual_seed(0)
    assert reach(ResidualBlock(4, padding=padding, sees=sees), (2, 2, 2)) == expected


def test_a_causal_convolution_never_looks_ahead() -> None:
    assert {t for t, _, _ in reach(Neighbours(4, 3, padding="causal"), (4, 2, 2))} == {-2, -1, 0}
    assert {t for t, _, _ in reach(Neighbours(4, 3, padding="causal"), (0, 2, 2))} == {0}


def test_a_window_gets_the_vectors_of_its_own_places() -> None:
    places = Places(3, (4, 5, 6))
    torch.nn.init.normal_(places.table)
    window = places(torch.zeros(1, 3, 2, 2, 2), corner=(1, 3, 4))
    torch.testing.assert_close(window, places.table[:, :, 1:3, 3:5, 4:6])
    with pytest.raises(
        ValueError, match=r"grid of \(4, 5, 6\) places, but got \(2, 2, 3\) from place \(1, 3, 4\)"
    ):
        places(torch.zeros(1, 3, 2, 2, 3), corner=(1, 3, 4))


def test_a_timeless_place_is_the_same_in_all_frames() -> None:
    places = Places(3, (4, 5, 6), timeless=True)
    torch.nn.init.normal_(places.table)
    assert places.table.shape == (1, 3, 1, 5, 6)
    whole = places(torch.zeros(1, 3, 4, 5, 6))
    assert torch.equal(whole, whole[:, :, :1].expand_as(whole))
    assert torch.equal(places(torch.zeros(1, 3, 1, 5, 6), corner=(3, 0, 0)), whole[:, :, 3:])
    with pytest.raises(ValueError, match=r"grid of \(4, 5, 6\) places, but got \(2, 5, 6\)"):
        places(torch.zeros(1, 3, 2, 5, 6), corner=(3, 0, 0))
