"""The schedule at its beginning, half, end and beyond."""

import pytest

from signlab.translation.annealing import AnnealingConfig, share_at


def test_linear_from_nothing_to_all_and_then_constant() -> None:
    config = AnnealingConfig()
    assert [share_at(step, config) for step in (0, 1, 2_000, 3_999, 4_000, 1_000_000)] == [
        0.0, 1 / 4_000, 0.5, 3_999 / 4_000, 1.0, 1.0,
    ]  # fmt: skip


def test_cycles_begin_from_nothing_again() -> None:
    config = AnnealingConfig(kind="cyclical", warmup_steps=5, cycle_steps=11)
    assert [share_at(step, config) for step in (0, 1, 5, 10, 11, 12, 16, 22)] == [0, 0.2, 1, 1, 0, 0.2, 1, 0]


def test_no_annealing_is_the_full_weight_from_the_first_update_on() -> None:
    assert share_at(0, AnnealingConfig(kind="none")) == 1
    assert share_at(0, AnnealingConfig(warmup_steps=0)) == 1


def test_a_cycle_shorter_than_its_warm_up_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle_steps=7 and warmup_steps=11"):
        AnnealingConfig(kind="cyclical", warmup_steps=11, cycle_steps=7)
    with pytest.raises(ValueError, match="got -1"):
        AnnealingConfig(warmup_steps=-1)
