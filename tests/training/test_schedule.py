import math

import pytest

from signlab.training.schedule import check_finite, learning_rate_at


def test_rate_at_the_start_the_peak_the_middle_and_the_end() -> None:
    rates = [learning_rate_at(step, peak=0.8, warmup_steps=4, steps=24) for step in (0, 3, 4, 14, 24, 99)]
    assert rates == pytest.approx([0.2, 0.8, 0.8, 0.4, 0.0, 0.0])


def test_without_warm_up_it_starts_at_the_peak() -> None:
    assert learning_rate_at(0, peak=0.3, warmup_steps=0, steps=7) == pytest.approx(0.3)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_named(value: float) -> None:
    check_finite(3, {"loss": 1.0})
    with pytest.raises(FloatingPointError, match="Update 3 was not made, since text="):
        check_finite(3, {"loss": 1.0, "text": value})
