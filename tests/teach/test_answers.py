"""Numbers that students return: read from whatever holds one, and told by the mistake that gives them."""

import numpy as np
import pytest
import torch

from signlab.teach.answers import alike, number, slip


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (3, 3.0),
        (2.5, 2.5),
        (torch.tensor([[2.5]]), 2.5),
        (np.float32(2.5), 2.5),
        (np.array([2.5]), 2.5),
        (torch.ones(2), None),
        (np.ones(2), None),
        (torch.tensor(1j), None),
        ("2.5", None),
        (None, None),
    ],
)
def test_a_number_is_read_from_whatever_holds_one(value, read) -> None:
    assert number(value) == read


def test_rounding_makes_no_difference() -> None:
    assert alike(0.1 + 0.2, 0.3)
    assert alike(1.0, 1.00009)
    assert not alike(1.0, 1.001)


def test_a_wrong_number_is_told_by_its_mistake() -> None:
    mistakes = {"It is doubled.": 6.0, "The sign is wrong.": -3.0}
    assert slip(3.0, 3.0, mistakes, "The length") == ""
    assert slip(-3.0, 3.0, mistakes, "The length") == "The sign is wrong."
    assert (
        slip(5.0, 3.0, mistakes, "The length") == "The length is 3 in the case of the check, but yours is 5."
    )
