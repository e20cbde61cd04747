"""Every parameter is in one group, and the right one."""

from torch import nn

from signlab.training.groups import grouped


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
