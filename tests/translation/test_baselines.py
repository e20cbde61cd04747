"""Baselines by hand: the best single sentence, and neighbours whose tempo does not matter."""

import numpy as np
import pytest
import torch

from signlab.data.batches import pad_sequences
from signlab.data.example import SignExample
from signlab.translation import baselines
from signlab.translation.baselines import best_constant, nearest_neighbours, warped_distances


def example(name: str, steps: object) -> SignExample:
    return SignExample(name=name, features=np.array(steps, dtype=np.float32))


def test_the_best_constant_need_not_be_the_most_frequent() -> None:
    """Always "x y z": 4 x 3 wrong words of 18. Always "a b c": 2 x 3 + 3 x 1."""
    said = ["x y z", "x y z", "a b c", "a b d", "a b e", "a b f"]
    assert best_constant(said) == "a b c"


def test_of_equal_constants_the_most_frequent_wins() -> None:
    assert best_constant(["one", "two", "two"]) == "two"
    assert best_constant(["one", "two"]) == "one"


def test_only_frequent_sentences_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_TRIED", 1)
    assert best_constant(["x y z", "x y z", "a b c", "a b d", "a b e", "a b f"]) == "x y z"


def warped_by_hand(first: np.ndarray, second: np.ndarray) -> float:
    """The table of the textbook, cell by cell."""
    table = np.full((len(first) + 1, len(second) + 1), np.inf)
    table[0, 0] = 0
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            best = min(table[i, j], table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = np.linalg.norm(one - other) + best
    return table[-1, -1] / (len(first) + len(second))


@pytest.mark.parametrize("num_steps", [1, 5, 13])
def test_all_at_once_is_what_the_table_says_one_by_one(num_steps: int) -> None:
    generator = np.random.default_rng(0)
    steps = generator.normal(size=(num_steps, 3)).astype(np.float32)
    known = [generator.normal(size=(length, 3)).astype(np.float32) for length in (7, 1, 11, 2)]
    padded = pad_sequences([torch.from_numpy(one) for one in known])
    assert padded is not None
    found = warped_distances(torch.from_numpy(steps), padded.values, padded.mask)
    np.testing.assert_allclose(found, [warped_by_hand(steps, one) for one in known], rtol=1e-5)
    vandalised = padded.values.masked_fill(~padded.mask[:, :, None], 1e6)
    torch.testing.assert_close(warped_distances(torch.from_numpy(steps), vandalised, padded.mask), found)


def test_the_nearest_neighbour_is_the_same_way_at_another_tempo() -> None:
    """Up then down is not down then up, though both have the same mean."""
    up = [[0, 0], [1, 0], [2, 0], [1, 0], [0, 0]]
    down = [[2, 0], [1, 0], [0, 0], [0, 0], [1, 0]]
    train = [example("up", up), example("down", down), example("far", np.array(up) + [0, 9])]
    slow_up, slow_down = np.repeat(up, 3, axis=0), np.repeat(down, 2, axis=0)
    assert nearest_neighbours(train, [example("a", slow_down), example("b", slow_up)]) == [1, 0]


def test_columns_are_brought_to_one_scale() -> None:
    """Mean features (0, 0), (10, 0) and (0, 100)."""
    train = [example(str(i), steps) for i, steps in enumerate([[[0, 0]], [[10, 0]], [[0, 100]]])]
    wanted = [example(str(i), steps) for i, steps in enumerate([[[0, 40]], [[8, 20]], [[1, 80]]])]
    assert nearest_neighbours(train, wanted) == [0, 1, 2]


def test_only_the_most_similar_means_are_warped(monkeypatch: pytest.MonkeyPatch) -> None:
    up, down = [[0.0], [1.0], [2.0]], [[2.0], [1.0], [0.1]]
    train = [example("up", up), example("down", down)]
    asked = [example("asked", np.array(up) + 0.03)]  # goes up, but its mean is nearer to down's
    assert nearest_neighbours(train, asked) == [0]
    monkeypatch.setattr(baselines, "MOST_WARPED", 1)
    assert nearest_neighbours(train, asked) == [1]
