"""Dropout whose lots are drawn eight at a time: on a CPU, drawing them one by one takes a fifth of a training. Chapter 6."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Float

SIDES = 256  # of the die: a byte


class ByteDropout(nn.Module):
    """Sets a share of components to zero in training, and makes the others larger in compensation.

    Each lot is a byte of one large random number, so that one draw serves eight components. The share is
    rounded to 256ths (0.1 becomes 26/256 = 0.1016), and the compensation is exact for the rounded share. On
    other devices than a CPU this is PyTorch's own dropout.

    Args:
        share: Of components set to zero, in [0, 1).

    Raises:
        ValueError: If the share is not in [0, 1).

    Source: Srivastava et al. (2014), in its inverted form.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        if not 0 <= share < 1:
            raise ValueError(f"The share that is dropped must lie in [0, 1), but got {share}.")
        self.share = share

    def forward(self, x: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        return dropped(x, self.share) if self.training else x

    def extra_repr(self) -> str:
        return f"share={self.share}"


def dropped(x: Float[Tensor, "*any"], share: float) -> Float[Tensor, "*any"]:
    """As `ByteDropout` in training."""
    if x.device.type != "cpu":
        return F.dropout(x, share, training=True)
    threshold = min(round(share * SIDES), SIDES - 1)
    return _Dropped.apply(x, threshold) if threshold else x


class _Dropped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, threshold: int) -> Tensor:
        num = x.numel()
        lots = torch.empty((num + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        keep = (lots.view(torch.uint8)[:num] >= threshold).view(x.shape)
        ctx.save_for_backward(keep)
        ctx.scale = SIDES / (SIDES - threshold)
        return x * keep.to(x.dtype).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (grad,) = grads
        (keep,) = ctx.saved_tensors
        return grad * keep.to(grad.dtype).mul_(ctx.scale), None
