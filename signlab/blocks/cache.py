"""Keys and values that are kept: what a context offers to many queries, and a past that grows. Chapter 6."""

from typing import NamedTuple

import torch
from torch import Tensor

from signlab.shapes import Float


class KeysValues(NamedTuple):
    """What a context offers to queries: where to be found (keys) and what to be read (values)."""

    keys: Float[Tensor, "batch heads keys width"]
    values: Float[Tensor, "batch heads keys width"]
    ends: tuple[int, ...] | None = None  # one beyond each row's last real key, if that is known

    def settled(self) -> "KeysValues":
        """The same, laid out for many readings by a few queries each; a single one would not repay the copy."""
        room = _room(self.keys, self.values, capacity=self.keys.shape[2])
        return KeysValues(room.keys.copy_(self.keys), room.values.copy_(self.values), self.ends)


class KeyValueCache:
    """Keys and values of all tokens so far, so that each token is projected only once.

    The memory is taken once, at the first `append`, for `capacity` tokens and in the dtype of what comes
    in. Growing a tensor by `torch.cat` would instead copy the whole past at every token.

    Args:
        capacity: Number of tokens it has room for.

    Raises:
        ValueError: If more tokens come than there is room for.
    """

    def __init__(self, *, capacity: int) -> None:
        self.capacity = capacity
        self.length = 0  # tokens held
        self._held: KeysValues | None = None

    def append(self, new: KeysValues) -> KeysValues:
        """Add the keys and values of new tokens; return those of all tokens so far."""
        num = new.keys.shape[2]
        if self.length + num > self.capacity:
            raise ValueError(
                f"A cache holds at most capacity={self.capacity} tokens, but it holds {self.length} and "
                f"got {num} more; make it with a larger capacity."
            )
        self._held = self._held or _room(new.keys, new.values, capacity=self.capacity)
        start, self.length = self.length, self.length + num
        for held, offered in zip(self._held[:2], new[:2], strict=True):
            held[:, :, start : self.length] = offered
        return KeysValues(self._held.keys[:, :, : self.length], self._held.values[:, :, : self.length])

    def padded(self, capacity: int) -> KeysValues:
        """A copy with room for `capacity` tokens, zeros behind those held; this cache stays as it is.

        Raises:
            ValueError: If nothing is held, or there is less room than needed.
        """
        if self._held is None or capacity < self.length:
            raise ValueError(
                f"A copy of a cache needs tokens, and room for them, but got {self.length} tokens and "
                f"capacity={capacity}."
            )
        copies = []
        for held in self._held[:2]:
            copies.append(held.new_zeros(*held.shape[:2], capacity, held.shape[3]))
            copies[-1][:, :, : self.length] = held[:, :, : self.length]
        keys, values = copies
        return KeysValues(keys, values)


def _room(keys: Tensor, values: Tensor, *, capacity: int) -> KeysValues:
    """Memory for keys and values of `capacity` tokens, each head's own side by side.

    On a CPU in single precision or better: a product in half precision would copy whatever does not lie in
    one piece, which a part of a cache never does.
    """
    batch, heads, _, width = keys.shape
    kind = keys.dtype
    if keys.device.type == "cpu":
        kind = torch.promote_types(kind, torch.float32)
    room = (batch, heads, capacity, width)
    return KeysValues(keys.new_empty(room, dtype=kind), values.new_empty(room, dtype=kind))
