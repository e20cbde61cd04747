"""One update of a model's weights, the same in every training. Chapter 9."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from signlab.training.device import grad_scaler
from signlab.training.schedule import check_finite, learning_rate_at


@runtime_checkable
class UpdateConfig(Protocol):
    """What the configuration of every training says about its updates."""

    @property
    def learning_rate(self) -> float: ...  # at its peak
    @property
    def warmup_steps(self) -> int: ...  # updates until the peak
    @property
    def steps(self) -> int: ...  # updates in all
    @property
    def max_grad_norm(self) -> float: ...  # a longer gradient is scaled down to this length


def update(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    objective: Tensor,
    terms: Mapping[str, Tensor],
    config: UpdateConfig,
    step: int,
) -> dict[str, float]:
    """Change the weights once, if everything is finite.

    Args:
        fabric: As `launch` gave it.
        model: As `fabric.setup` gave it.
        optimizer: As `fabric.setup` gave it; a group's "rate_factor" multiplies its learning rate.
        objective: What the gradient is taken of.
        terms: What is logged besides, unweighted.
        config: Of the training; its schedule gives the learning rate.
        step: The update, counted from 0; named if it is refused.

    Returns:
        The terms, the gradient's length before it was scaled, and the learning rate.

    Raises:
        FloatingPointError: If a term or the gradient is not finite; the weights are as they were.
    """
    rate = learning_rate_at(
        step, peak=config.learning_rate, warmup_steps=config.warmup_steps, steps=config.steps
    )
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("rate_factor", 1.0)
    optimizer.zero_grad(set_to_none=True)
    fabric.backward(objective)
    grad_norm = fabric.clip_gradients(
        model, optimizer, max_norm=config.max_grad_norm, error_if_nonfinite=False
    )
    values = {name: value.item() for name, value in terms.items()}
    check_finite(step, values)
    values |= {"grad_norm": grad_norm.item(), "learning_rate": rate}
    if grad_scaler(fabric) is None:  # a scaler skips an infinite gradient itself, in search of its scale
        check_finite(step, values)
    optimizer.step()
    return values
