"""How the weight of a divergence grows while the model learns. Chapter 7."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnealingConfig:
    """From nothing to the full weight, once or again and again."""

    kind: Literal["none", "linear", "cyclical"] = "linear"  # none: full from the first update on
    warmup_steps: int = 4_000  # updates, not epochs, until the weight is full
    cycle_steps: int = 8_000  # cyclical: updates after which it starts from nothing again

    def __post_init__(self) -> None:
        if not self.warmup_steps >= 0:
            raise ValueError(f"warmup_steps must be 0 or more, but got {self.warmup_steps}.")
        if self.kind == "cyclical" and self.cycle_steps < max(1, self.warmup_steps):
            raise ValueError(
                f"A cycle must hold its warm-up, but got cycle_steps={self.cycle_steps} and "
                f"warmup_steps={self.warmup_steps}; make the cycle longer."
            )


def share_at(step: int, config: AnnealingConfig) -> float:
    """Which share of its full weight a divergence has at an update, in [0, 1].

    Args:
        step: The update, counted from 0.
        config: Of the schedule.

    Source: CV-SLT's released code for "linear" (0 to full over 4,000 updates, then constant); Fu et al.
    (2019) for "cyclical". Built by hand in chapter 7.
    """
    if config.kind == "none" or config.warmup_steps == 0:
        return 1.0
    within = step % config.cycle_steps if config.kind == "cyclical" else step
    return min(1.0, within / config.warmup_steps)
