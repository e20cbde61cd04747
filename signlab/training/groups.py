"""Which parameters decay, and which learn faster than others. Chapter 9."""

from collections.abc import Collection, Sequence
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


def named_as(model: nn.Module, parts: Sequence[str], *, setting: str) -> set[str]:
    """The names of the parameters of some parts of a model.

    Args:
        model: The whole.
        parts: Beginnings of names, such as "latent" or "encoder.visual_head".
        setting: Where the parts were given, for the message.

    Raises:
        ValueError: If there is no such part.
    """
    names = [name for name, _ in model.named_parameters()]
    for part in parts:
        if not any(name.startswith(f"{part}.") for name in names):
            known = ", ".join(sorted({name.partition(".")[0] for name in names}))
            raise ValueError(f"{setting} must name parts of the model, {known}, but got {part!r}.")
    return {name for name in names if name.startswith(tuple(f"{part}." for part in parts))}
