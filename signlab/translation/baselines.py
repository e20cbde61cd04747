"""What a translator has to beat: one sentence for everything, and the sentence of the most similar clip. Chapter 9."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from einops import rearrange

from signlab.data.batches import Padded, pad_sequences
from signlab.data.example import SignExample
from signlab.metrics.text import word_error_rate
from signlab.shapes import Bool, Float

MOST_TRIED = 200  # sentences tried as the one for everything, the most frequent ones
MOST_WARPED = 200  # training clips that are compared step by step, those with the most similar means


def best_constant(sentences: Sequence[str]) -> str:
    """The one of these sentences that has the lowest word error rate if it is said every time.

    Of equally good ones the most frequent, then the first. Only the `MOST_TRIED` most frequent are tried.

    Args:
        sentences: Of the training split, one for each example.
    """
    tried = [sentence for sentence, _ in Counter(sentences).most_common(MOST_TRIED)]
    return min(tried, key=lambda one: word_error_rate([one] * len(sentences), sentences))


def nearest_neighbours(train: Sequence[SignExample], wanted: Sequence[SignExample]) -> list[int]:
    """For each wanted example the position of the training example that is most like it, tempo aside.

    Each column is divided by its deviation over the training split first. The `MOST_WARPED` examples with
    the nearest mean are then compared step by step, by `warped_distances`.
    """
    rows = [torch.from_numpy(np.asarray(one.features, dtype=np.float32)) for one in (*train, *wanted)]
    deviation = torch.cat(rows[: len(train)]).std(dim=0, correction=0).clamp(min=1e-6)
    rows = [row / deviation for row in rows]
    known, asked = rows[: len(train)], rows[len(train) :]
    means = torch.stack([row.mean(dim=0) for row in known])
    found = []
    for steps in asked:
        from_mean = torch.linalg.vector_norm(means - steps.mean(dim=0), dim=1)
        candidates = from_mean.argsort(stable=True)[:MOST_WARPED].tolist()
        padded = pad_sequences([known[index] for index in candidates])
        assert isinstance(padded, Padded)
        found.append(candidates[int(warped_distances(steps, padded.values, padded.mask).argmin())])
    return found


def warped_distances(
    steps: Float[torch.Tensor, "steps dim"],
    known: Float[torch.Tensor, "examples known_steps dim"],
    known_mask: Bool[torch.Tensor, "examples known_steps"],
) -> Float[torch.Tensor, " examples"]:
    """How far a sequence is from each of several, when each step may last as long as suits it.

    Dynamic time warping: of all ways to walk through both sequences, forwards in one, in the other or in
    both at once, the one with the smallest sum of Euclidean distances; divided by the number of steps of
    both, so that long sequences are not far from everything.

    All examples are done at once, one diagonal of the table after another: a cell needs its neighbours to
    the left and above, which lie on the diagonal before, and the one between them, on the one before that.

    Source: Sakoe and Chiba (1978).
    """
    apart = torch.cdist(steps.expand(len(known), *steps.shape), known)
    num_rows, num_columns = apart.shape[1:]
    row = torch.arange(num_rows)
    infinite = apart.new_full((len(known), num_rows), float("inf"))
    before, last, ends = infinite, infinite, []  # the two diagonals before this one
    for diagonal in range(num_rows + num_columns - 1):
        column = diagonal - row
        there = (column >= 0) & (column < num_columns)
        cost = torch.where(there, apart[:, row, column.clamp(0, num_columns - 1)], infinite)
        above = torch.cat([infinite[:, :1], last[:, :-1]], dim=1)
        both = torch.cat([infinite[:, :1], before[:, :-1]], dim=1)
        best = torch.minimum(torch.minimum(last, above), both)
        before, last = last, cost + (best if diagonal else 0)
        ends.append(last[:, -1])
    lengths = known_mask.sum(dim=1)
    end = rearrange(num_rows + lengths - 2, "examples -> examples 1")
    sums = rearrange(torch.stack(ends, dim=1).gather(1, end), "examples 1 -> examples")
    return sums / (num_rows + lengths)
