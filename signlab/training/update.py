"""One update of a model's weights, the same in every training. Chapter 9."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from signlab.training.device import grad_scaler
from signlab.training.schedule import check_finite


def update(
    fabric: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    objective: Tensor,
    terms: Mapping[str, Tensor],
    *,
    step: int,
    rate: float,
    max_grad_norm: float,
) -> dict[str, float]:
    """Change the weights once, if everything is finite.

    Args:
        fabric: As `launch` gave it.
        model: As `fabric.setup` gave it.
        optimizer: As `fabric.setup` gave it.
        objective: What the gradient is taken of.
        terms: What is logged besides, unweighted.
        step: The update, counted from 0; named if it is refused.
        rate: The learning rate.
        max_grad_norm: A longer gradient is scaled down to this length.

    Returns:
        The terms, the gradient's length before it was scaled, and the learning rate.

    Raises:
        FloatingPointError: If a term or the gradient is not finite; the weights are as they were.
    """
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    fabric.backward(objective)
    grad_norm = fabric.clip_gradients(model, optimizer, max_norm=max_grad_norm, error_if_nonfinite=False)
    values = {name: value.item() for name, value in terms.items()}
    check_finite(step, values)
    values |= {"grad_norm": grad_norm.item(), "learning_rate": rate}
    if grad_scaler(fabric) is None:  # a scaler skips an infinite gradient itself, in search of its scale
        check_finite(step, values)
    optimizer.step()
    return values
