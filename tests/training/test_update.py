"""One update: what it changes, what it returns, and what it refuses."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from signlab.training.device import launch
from signlab.training.update import update

# A peak of 4 that is reached after 64 updates: half a unit at the eighth.
CONFIG = SimpleNamespace(learning_rate=4.0, warmup_steps=64, steps=99, max_grad_norm=2.0)


def one_update(objective_scale: float) -> tuple[nn.Linear, dict[str, float]]:
    """An update of one weight, 3, whose gradient is `objective_scale`."""
    fabric = launch(seed=0)
    plain = nn.Linear(1, 1, bias=False)
    nn.init.constant_(plain.weight, 3.0)
    model, optimizer = fabric.setup(plain, torch.optim.SGD(plain.parameters(), lr=99.0))
    objective = objective_scale * model(torch.ones(1, 1)).sum()
    terms = {"unweighted": torch.tensor(0.25)}
    try:
        return plain, update(fabric, model, optimizer, objective, terms, CONFIG, 7)
    except FloatingPointError as error:
        assert plain.weight.item() == 3.0  # refused before anything was changed
        raise error from None


@pytest.mark.parametrize(("slope", "after"), [(1.0, 2.5), (8.0, 2.0)])
def test_the_gradient_is_shortened_and_its_own_length_told(slope: float, after: float) -> None:
    plain, values = one_update(slope)
    assert plain.weight.item() == pytest.approx(after, abs=1e-5)
    assert values == {"unweighted": 0.25, "grad_norm": pytest.approx(slope), "learning_rate": 0.5}


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    with pytest.raises(FloatingPointError, match=r"Update 7 was not made, since grad_norm=nan"):
        one_update(math.nan)
