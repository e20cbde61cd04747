"""Matrices inside a transformer learn by whole directions, everything else by AdamW. Chapter 14."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from signlab.shapes import Float

ROUNDS = 5  # of the iteration that evens out a matrix's singular values
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of its polynomial; large singular values end near 1, not at it
MATCHED = 0.2  # root mean square of a step of AdamW's, in learning rates


class MuonAdamW(torch.optim.AdamW):
    """AdamW, but for some matrices Muon: the step is the momentum with all its singular values made alike.

    AdamW scales every entry by itself, and the step of a matrix is then ruled by a few directions. Muon
    takes all directions as far, the rare ones too. Its steps are made as long as AdamW's, so that both share
    one learning rate.

    Args:
        model: Its trainable parameters learn.
        matrices: Those of them, with rows and columns, that Muon takes: maps between hidden channels. Tables
            of vectors and the last map, to scores, are better left to AdamW.
        betas: AdamW's.
        momentum: Muon's.
        weight_decay: Of both.

    Source: Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks"; the length of
    the steps by Liu et al. (2025), "Muon is scalable for LLM training". `torch.optim.Muon`, from 2.9 on, takes
    the same steps; this runs with older versions, and is one optimizer for the whole model.

    Raises:
        ValueError: If one of `matrices` has no rows and columns, or more than that.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        matrices: Iterable[nn.Parameter],
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.98),
        momentum: float = 0.95,
        weight_decay: float = 0.01,
    ) -> None:
        chosen = {id(matrix): matrix for matrix in matrices}
        for matrix in chosen.values():
            if matrix.ndim != 2:
                raise ValueError(
                    f"Muon needs matrices with rows and columns, but got the shape {tuple(matrix.shape)}; "
                    "leave that parameter to AdamW."
                )
        others = [one for one in model.parameters() if one.requires_grad and id(one) not in chosen]
        groups = [
            {"params": others, "momentum": None},
            {"params": list(chosen.values()), "momentum": momentum},
        ]
        super().__init__(groups, lr=lr, betas=betas, weight_decay=weight_decay)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change all parameters that have a gradient once; what the `closure` of AdamW gives, if there is one."""
        groups = self.param_groups
        try:
            self.param_groups = [group for group in groups if group["momentum"] is None]
            told = super().step(closure)
        finally:
            self.param_groups = groups
        for group in groups:
            if group["momentum"] is not None:
                for matrix in group["params"]:
                    if matrix.grad is not None:
                        self._turn(matrix, matrix.grad, group)
        return told

    def _turn(self, matrix: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[matrix]
        if not state:
            state |= {"momentum": torch.zeros_like(matrix), "step": torch.zeros(())}  # AdamW expects a count
        state["step"] += 1
        kept = state["momentum"]
        kept.lerp_(gradient, 1 - group["momentum"])
        direction = evened(gradient.lerp(kept, group["momentum"]))
        matrix.mul_(1 - group["lr"] * group["weight_decay"])
        matrix.sub_(direction.to(matrix.dtype), alpha=group["lr"] * MATCHED * max(matrix.shape) ** 0.5)


def evened(matrix: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows columns"]:
    """The matrix with the same singular vectors, and all singular values near 1, in bfloat16.

    A polynomial of odd degree in the matrix is one in its singular values, and needs products only.

    Source: the Newton-Schulz iteration of Jordan et al. (2024), with their coefficients.
    """
    lying = matrix.bfloat16() if matrix.shape[0] <= matrix.shape[1] else matrix.bfloat16().T
    lying = lying / lying.norm().clamp(min=1e-7)
    first, third, fifth = COEFFICIENTS
    for _ in range(ROUNDS):
        square = lying @ lying.T
        lying = first * lying + (third * square + fifth * square @ square) @ lying
    return lying if matrix.shape[0] <= matrix.shape[1] else lying.T
