"""Sequences of unequal length without their padding: one long row of real tokens, and back. Chapter 3."""

from einops import rearrange
from torch import Tensor

from signlab.shapes import Bool, Float


class Ragged:
    """Where the real tokens of several sequences stand, so that padding need not be computed at all.

    Linear maps and norms treat every token alike, so they can work on one long row of real tokens (packed);
    only attention must know which tokens belong together, and gets them side by side (padded).

    Args:
        mask: True where a token is real; or wherever one is to be computed.
    """

    def __init__(self, mask: Bool[Tensor, "rows longest"]) -> None:
        self.mask = mask
        self._places = rearrange(mask, "rows longest -> (rows longest)").nonzero().flatten()

    def __len__(self) -> int:
        """Real tokens in all."""
        return len(self._places)

    def pack(self, padded: Float[Tensor, "rows longest dim"]) -> Float[Tensor, "tokens dim"]:
        """The real tokens of all sequences, one sequence after another."""
        return rearrange(padded, "rows longest dim -> (rows longest) dim").index_select(0, self._places)

    def unpack(self, packed: Float[Tensor, "tokens dim"]) -> Float[Tensor, "rows longest dim"]:
        """Each sequence in a row of its own again, zeros where nothing is real."""
        rows, longest = self.mask.shape
        room = packed.new_zeros(rows * longest, packed.shape[1])
        filled = room.index_copy(0, self._places, packed)
        return rearrange(filled, "(rows longest) dim -> rows longest dim", rows=rows)
