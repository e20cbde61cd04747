"""Which parameters decay, and which learn faster than others. Chapter 9."""

from collections.abc import Collection
from typing import Any

from torch import nn


def grouped(
    model: nn.Module, *, weight_decay: float, known: Collection[str] = (), new_rate: float = 1.0
) -> list[dict[str, Any]]:
    """The parameters of a model for an optimizer: matrices and kernels decay, vectors do not.

    Args:
        model: Its trainable parameters are dealt out.
        weight_decay: Of matrices and kernels.
        known: Names of parameters that come from an earlier training; if there are none, all learn alike.
        new_rate: How many times as fast all others learn; read by `update`.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((bool(known) and name not in known, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "weight_decay": weight_decay if decays else 0.0,
            "rate_factor": new_rate if new else 1.0,
        }
        for (new, decays), parameters in sorted(groups.items(), reverse=True)
    ]
