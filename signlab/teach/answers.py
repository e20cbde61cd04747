"""A number that a student's function returned, and the mistake that would give it. Chapter 13."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor


def number(value: Any) -> float | None:
    """A number, or a tensor or array that holds one; None for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex():
        return value.item()
    if hasattr(value, "item") and getattr(value, "size", 0) == 1:
        value = value.item()
    return float(value) if isinstance(value, (int, float)) else None


def alike(one: float, other: float) -> bool:
    """Equal but for rounding in single precision."""
    return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-6)


def slip(got: float, right: float, mistakes: Mapping[str, float], what: str) -> str:
    """Empty if right; else the mistake that gives this number, or both numbers.

    Args:
        got: The student's number.
        right: What it should be.
        mistakes: What to say, and the number that a student gets who makes this mistake.
        what: The name of the number, to begin a sentence with.
    """
    if alike(got, right):
        return ""
    for said, value in mistakes.items():
        if alike(got, value):
            return said
    return f"{what} is {right:.4g} in the case of the check, but yours is {got:.4g}."
