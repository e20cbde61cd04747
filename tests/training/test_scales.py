"""Scales: four names, and one sentence for any other."""

import pytest

from signlab.training.scales import SCALES, check_scale


def test_the_four_scales_pass_and_no_other() -> None:
    for scale in SCALES:
        check_scale(scale)
    for wrong in ("huge", "Quick", ""):
        with pytest.raises(ValueError, match=f"smoke, quick, colab, paper, but got '{wrong}'"):
            check_scale(wrong)
