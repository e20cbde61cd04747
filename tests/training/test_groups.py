"""Every parameter is in one group, and the right one."""

import pytest
from torch import nn

from signlab.training.groups import grouped, named_as


def test_matrices_decay_and_vectors_do_not() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Conv1d(3, 5, 7))
    decaying, rest = grouped(model, weight_decay=0.1)
    assert {tuple(one.shape) for one in decaying["params"]} == {(3, 2), (5, 3, 7)}
    assert all(one.ndim == 1 for one in rest["params"])
    assert (decaying["weight_decay"], rest["weight_decay"]) == (0.1, 0.0)
    assert len(decaying["params"]) + len(rest["params"]) == len(list(model.parameters()))


def test_what_is_new_learns_faster_if_anything_is_known() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 5))
    groups = grouped(model, weight_decay=0.1, known={"0.weight", "0.bias"}, new_rate=7.0)
    factors = {one: group["rate_factor"] for group in groups for one in group["params"]}
    assert [factors[one] for one in model.parameters()] == [1.0, 1.0, 7.0, 7.0]
    assert {group["rate_factor"] for group in grouped(model, weight_decay=0.1, new_rate=7.0)} == {1.0}


def test_parts_are_named_by_how_their_parameters_begin() -> None:
    model = nn.ModuleDict({"a": nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3)), "ab": nn.Linear(2, 3)})
    assert named_as(model, (), setting="slow") == set()
    assert named_as(model, ("a.0", "ab"), setting="slow") == {
        f"{part}.{kind}" for part in ("a.0", "ab") for kind in ("weight", "bias")
    }
    with pytest.raises(ValueError, match=r"^slow must name parts of the model, a, ab, but got 'abc'"):
        named_as(model, ("a", "abc"), setting="slow")
