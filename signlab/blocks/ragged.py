"""Sequences of unequal length without their padding: one long row of real tokens, and back. Chapter 3."""

from typing import Any

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.shapes import Bool, Float, Int

MULTIPLE = 64  # packed rows are so many tokens long, or twice as many, or three times ...


class Ragged:
    """Where the real tokens of several sequences stand, so that padding need not be computed at all.

    Linear maps and norms treat every token alike, so they can work on one long row of real tokens (packed);
    only attention must know which tokens belong together, and gets them side by side (padded).

    A packed row ends in a few spare tokens, for a computer prepares its matrix products anew for each new
    shape: in half precision on a CPU that takes as long as the products. What is in the spare tokens means
    nothing; `trim` cuts them off.

    Args:
        mask: True where a token is real; or wherever one is to be computed.
    """

    def __init__(self, mask: Bool[Tensor, "rows longest"]) -> None:
        self.mask = mask
        places = rearrange(mask, "rows longest -> (rows longest)").nonzero().flatten()
        self._real = len(places)
        self._order = F.pad(places, (0, -self._real % MULTIPLE))  # spare tokens copy the first one
        ends = mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)
        self.ends: tuple[int, ...] = tuple(ends.amax(dim=1).tolist())  # one beyond each row's last real token

    def __len__(self) -> int:
        """Real tokens in all."""
        return self._real

    def pack(self, padded: Float[Tensor, "rows longest dim"]) -> Float[Tensor, "tokens dim"]:
        """The real tokens of all sequences, one sequence after another, and the spare ones."""
        return rearrange(padded, "rows longest dim -> (rows longest) dim").index_select(0, self._order)

    def places(self, of: Int[Tensor, "rows longest"]) -> Int[Tensor, " tokens"]:
        """Whole numbers that belong to the tokens, packed as these are."""
        return rearrange(of, "rows longest -> (rows longest)").index_select(0, self._order)

    def unpack(self, packed: Float[Tensor, "tokens dim"]) -> Float[Tensor, "rows longest dim"]:
        """Each sequence in a row of its own again, zeros where nothing is real."""
        rows, longest = self.mask.shape
        filled = _Unpacked.apply(packed, self._order[: self._real], rows * longest)
        return rearrange(filled, "(rows longest) dim -> rows longest dim", rows=rows)

    def trim(self, packed: Float[Tensor, "tokens *rest"]) -> Float[Tensor, "real *rest"]:
        """A packed row without its spare tokens."""
        return packed[: self._real]

    def fit(self, real: Float[Tensor, "real dim"]) -> Float[Tensor, "tokens dim"]:
        """Real tokens and the spare ones that belong to them: what `trim` undoes."""
        return F.pad(real, (0, 0, 0, len(self._order) - self._real))


class _Unpacked(torch.autograd.Function):
    """PyTorch's own `index_copy`, which keeps what was copied for the backward pass; its places are enough."""

    @staticmethod
    def forward(ctx: Any, packed: Tensor, places: Tensor, room: int) -> Tensor:
        ctx.save_for_backward(places)
        ctx.num = len(packed)
        filled = packed.new_zeros(room, packed.shape[1])
        return filled.index_copy_(0, places, packed[: len(places)])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (grad,) = grads
        (places,) = ctx.saved_tensors
        real = grad.index_select(0, places)
        return F.pad(real, (0, 0, 0, ctx.num - len(real))), None, None  # nothing is owed to spare tokens
