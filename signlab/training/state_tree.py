"""An optimizer's state as named tensors and plain JSON, and back: what pickle is used for, without it. Chapter 9.

A state is a nest of dictionaries, lists and tuples with numbers, words and tensors in it. JSON knows neither
tensors, nor tuples, nor whole numbers as keys; each becomes a small object that says what it was.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

PLAIN = (bool, int, float, str, type(None))


class FlatState(NamedTuple):
    """A state in two halves that can be written to files."""

    skeleton: Any  # what JSON can hold; {"tensor": name} in the place of each tensor
    tensors: dict[str, Tensor]  # copies on the CPU


def flatten_state(state: Any) -> FlatState:
    """Take a nested state apart.

    Raises:
        ValueError: If something in it is neither a container, a number, a word nor a tensor.
    """
    tensors: dict[str, Tensor] = {}
    return FlatState(_flatten(state, "", tensors), tensors)


def unflatten_state(flat: FlatState) -> Any:
    """Put a nested state together again; the inverse of `flatten_state`."""
    return _unflatten(flat.skeleton, flat.tensors)


def on_cpu(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies that share no memory, as a safetensors file wants them."""
    copy = torch.contiguous_format
    return {name: value.detach().to("cpu", copy=True, memory_format=copy) for name, value in tensors.items()}


def _flatten(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    def inside(key: Any, item: Any) -> Any:
        return _flatten(item, f"{name}.{key}" if name else str(key), tensors)

    if isinstance(value, Tensor):
        tensors |= on_cpu({name: value})
        return {"tensor": name}
    if isinstance(value, dict):
        return {"items": [[key, inside(key, item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [inside(at, item) for at, item in enumerate(value)]}
    if isinstance(value, PLAIN):
        return value
    raise ValueError(
        f"A state to be saved must hold numbers, words and tensors, but {name} is a {type(value).__name__}; "
        "take an optimizer that keeps none."
    )


def _unflatten(value: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inside),) = value.items()
    if kind == "tensor":
        return tensors[inside]
    if kind == "items":
        return {key: _unflatten(item, tensors) for key, item in inside}
    items = [_unflatten(item, tensors) for item in inside]
    return tuple(items) if kind == "tuple" else items
