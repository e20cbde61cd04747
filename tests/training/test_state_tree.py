import json

import pytest
import torch

from signlab.training.state_tree import FlatState, flatten_state, unflatten_state


def test_round_trip_through_json_keeps_kinds_and_bits() -> None:
    state = {
        "state": {0: {"step": torch.tensor(3.0), "rows": torch.arange(6).reshape(2, 3).t()}, 7: {}},
        "groups": [{"betas": (0.1, 0.999), "lr": 0.1 + 0.2, "nesterov": False, "foreach": None}],
        "history": [torch.tensor([True]), (1, (2, "b"))],
    }
    flat = flatten_state(state)
    back = unflatten_state(FlatState(json.loads(json.dumps(flat.skeleton)), flat.tensors))
    assert back["groups"] == state["groups"]
    assert back["groups"][0]["betas"] == (0.1, 0.999)  # a tuple, not a list
    assert list(back["state"]) == [0, 7]  # numbers, not words
    assert back["history"][1] == (1, (2, "b"))
    torch.testing.assert_close(back["state"][0], state["state"][0], rtol=0, atol=0)
    assert torch.equal(back["history"][0], torch.tensor([True]))


def test_copies_do_not_change_with_the_original() -> None:
    moment = torch.zeros(3)
    flat = flatten_state({"moment": moment})
    moment += 1
    assert flat.tensors["moment"].tolist() == [0, 0, 0]


def test_what_only_pickle_could_keep_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"but groups\.0\.rule is a function"):
        flatten_state({"groups": [{"rule": lambda: 0}]})
