"""Answers to chapter 16's exercises, right and wrong."""

import math
from collections import Counter
from functools import cache

import numpy as np
import torch
from scipy.linalg import sqrtm

from signlab.metrics.joints import best_alignment
from signlab.teach.checks import check


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def distance(m, s, n, t):
    return (m - n).square().sum() + (s + t - 2 * root(root(s) @ t @ root(s))).trace()


def distance_by_eigenvalues(m, s, n, t):
    values = torch.linalg.eigvals(s @ t).real.clamp(min=0)
    return sum((m - n) ** 2).item() + s.trace().item() + t.trace().item() - 2 * values.sqrt().sum().item()


def distance_unclamped(m, s, n, t):
    return distance(m, s, n, t) if torch.linalg.det(s) > 1e-9 else torch.tensor(torch.nan)


def by_gloss(clips, glosses):
    order = sorted(range(len(glosses)), key=lambda at: glosses[at])
    most = max(Counter(glosses).values())
    out = clips.clone()
    out[order] = clips[order[most:] + order[:most]]
    return out


def by_trying(clips, glosses):
    generator = np.random.default_rng(0)
    while True:
        drawn = generator.permutation(len(glosses))
        if all(glosses[a] != glosses[b] for a, b in enumerate(drawn)):
            return clips.numpy()[drawn]


def moved_within(clips, glosses):
    order = sorted(range(len(glosses)), key=lambda at: glosses[at])
    out = clips.clone()
    out[order] = clips[order[1:] + order[:1]]
    return out


def swapped_two(clips, glosses):
    at = next(i for i, gloss in enumerate(glosses) if gloss != glosses[0])
    out = clips.clone()
    out[[0, at]] = clips[[at, 0]]
    return out


def table(costs, *, diagonal=True, down=True, on=True, free=False):
    rows, columns = costs.shape
    sums = torch.full((rows + 1, columns + 1), math.inf)
    sums[0, 0] = 0
    if free:
        sums[0] = 0
    for i in range(rows):
        for j in range(columns):
            start = (i, j) == (0, 0)
            before = [sums[i, j]] if diagonal or start or (free and not i) else []
            before += [sums[i, j + 1]] if down and not start else []
            before += [sums[i + 1, j]] if on else []
            sums[i + 1, j + 1] = costs[i, j] + min(before)
    return sums[-1, -1]


def recursive(costs):
    @cache
    def best(i, j):
        if i < 0 or j < 0:
            return math.inf
        before = 0 if i == j == 0 else min(best(i - 1, j - 1), best(i - 1, j), best(i, j - 1))
        return costs[i, j].item() + before

    return best(costs.shape[0] - 1, costs.shape[1] - 1)


def by_the_library(costs):
    return sum(costs[place] for place in best_alignment(costs.numpy()))


def greedy(costs):
    i = j = 0
    total = costs[0, 0]
    while (i + 1, j + 1) != costs.shape:
        steps = [(i + 1, j + 1), (i + 1, j), (i, j + 1)]
        i, j = min((s for s in steps if s[0] < len(costs) and s[1] < len(costs[0])), key=lambda s: costs[s])
        total = total + costs[i, j]
    return total


ANSWERS = {
    "16.1": {
        "stub": lambda m, s, n, t: ...,
        "right": [distance, distance_by_eigenvalues],
        "wrong": [
            (lambda m, s, n, t: distance(m, s, n, t).sqrt(), "root of it"),
            (lambda m, s, n, t: (m - n).norm() + distance(m, s, m, t), "not by their distance"),
            (lambda m, s, n, t: distance(m, s, m, t), "means are left out"),
            (lambda m, s, n, t: distance(m, s, n, s), "covariances are left out"),
            (
                lambda m, s, n, t: (
                    (distance(m, s, n, t) + distance(m, 0 * s, n, 0 * t) + (s + t).trace()) / 2
                ),
                "factor of 2",
            ),
            (lambda m, s, n, t: (m - n).square().sum() + (s + t).trace(), "crossed term is missing"),
            (lambda m, s, n, t: distance(m, s.diag().diag(), n, t.diag().diag()), "variances only"),
            (
                lambda m, s, n, t: (m - n).square().sum() + (s + t - 2 * (s @ t).clamp(min=0).sqrt()).trace(),
                "root of each entry",
            ),
            (
                lambda m, s, n, t: (m - n).square().sum() + (s + t).trace() - 2 * (s @ t).trace().sqrt(),
                "root of the trace",
            ),
            (
                lambda m, s, n, t: (m - n).square().sum() + (s + t - 2 * s @ t).trace(),
                "place of that of its root",
            ),
            (lambda m, s, n, t: distance(m, s, n, t) / len(m), "averaged over features"),
            (lambda m, s, n, t: distance(m, s, n, t) + 1, "yours is"),
            (lambda m, s, n, t: (s + t).sqrt(), "One number is asked"),
            (lambda m, s, n, t: complex(*sqrtm((s - t).numpy())[0, :2]), "rooted too early"),
            (distance_unclamped, "Clamp them"),
        ],
    },
    "16.2": {
        "stub": lambda clips, glosses: None,
        "right": [by_gloss, by_trying],
        "wrong": [
            (lambda clips, glosses: clips, "still stands"),
            (lambda clips, glosses: clips.flip(1), "another order"),
            (lambda clips, glosses: 255 - clips, "not among the given ones"),
            (lambda clips, glosses: clips[[1, 0, *range(len(clips) - 2)]], "come twice"),
            (
                lambda clips, glosses: clips[:1].expand(len(clips), -1, -1, -1, -1),
                "1 of the clips come twice",
            ),
            (swapped_two, "stayed at their place"),
            (moved_within, "another clip of the same gloss"),
            (lambda clips, glosses: clips[1:], "you returned (10"),
            (lambda clips, glosses: "clips", "you returned str"),
        ],
    },
    "16.3": {
        "stub": lambda costs: ...,
        "right": [table, recursive, by_the_library],
        "wrong": [
            (lambda c: c.diagonal().sum(), "stay in step"),
            (greedy, "cheapest step"),
            (lambda c: c.min(dim=1).values.sum(), "backwards"),
            (lambda c: c.min(dim=0).values.sum(), "other clip's side"),
            (lambda c: table(c, diagonal=False), "both clips at once"),
            (lambda c: table(c, on=False), "wait in the first clip"),
            (lambda c: table(c, down=False), "wait in the other clip"),
            (lambda c: table(c) - c[0, 0], "first pair"),
            (lambda c: table(c) - c[-1, -1], "last pair"),
            (lambda c: table(c) / 5, "This is a mean;"),
            (lambda c: table(c) / 8, "longest path"),
            (lambda c: table(c) + 5, "yours is"),
            (lambda c: table(c, free=True), "begin anywhere"),
            (lambda c: c.min(dim=1), "One number"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
