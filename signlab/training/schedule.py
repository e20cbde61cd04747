"""How the learning rate goes up and down, and when an update is refused. Chapter 9."""

import math
from collections.abc import Mapping


def learning_rate_at(step: int, *, peak: float, warmup_steps: int, steps: int) -> float:
    """Linear growth to `peak`, then half a cosine down to zero.

    Args:
        step: The update, counted from 0.
        peak: The highest rate.
        warmup_steps: Updates until it is reached; 0 starts there.
        steps: Updates in all; beyond them the rate stays at zero.

    Source: Loshchilov and Hutter (2017), without restarts.
    """
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    done = min(1.0, (step - warmup_steps) / max(1, steps - warmup_steps))
    return peak * 0.5 * (1 + math.cos(math.pi * done))


def check_finite(step: int, terms: Mapping[str, float]) -> None:
    """Refuse an update whose loss or gradient is not a number.

    Raises:
        FloatingPointError: Naming the update and the terms that are not finite.
    """
    bad = {name: value for name, value in terms.items() if not math.isfinite(value)}
    if bad:
        named = ", ".join(f"{name}={value}" for name, value in bad.items())
        raise FloatingPointError(
            f"Update {step} was not made, since {named}; the last checkpoint is intact. "
            "Try a lower learning rate or 32-bit precision."
        )
