"""The four sizes at which everything can be trained. Chapter 9."""

SCALES = ("smoke", "quick", "colab", "paper")  # seconds; 20 minutes of two cores; one GPU; as published


def check_scale(scale: str) -> None:
    """Refuse a scale that does not exist.

    Raises:
        ValueError: If it is none of `SCALES`.
    """
    if scale not in SCALES:
        raise ValueError(f"The scale must be one of {', '.join(SCALES)}, but got {scale!r}.")
