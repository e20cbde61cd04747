"""Answers to chapter 17's exercises, right and wrong."""

from itertools import pairwise

import numpy as np

from signlab.teach.checks import check


def losses(scores, way):
    return {f"{one} -> {other}": scores[one] - scores[other] for one, other in pairwise(way)}


def losses_by_index(scores, way):
    found = {}
    for at in range(len(way) - 1):
        found[" -> ".join(way[at : at + 2])] = np.float64(scores[way[at]]) - scores[way[at + 1]]
    return found


def of_each(change):
    return lambda scores, way: {arrow: change(loss) for arrow, loss in losses(scores, way).items()}


def from_the_first(scores, way):
    return {f"{one} -> {other}": scores[way[0]] - scores[other] for one, other in pairwise(way)}


def as_shares(scores, way):
    return {f"{one} -> {other}": (scores[one] - scores[other]) / scores[one] for one, other in pairwise(way)}


def in_the_order_of_the_scores(scores, way):
    order = list(scores)
    found = losses(scores, order)
    return {
        f"{one} -> {other}": found.get(f"{one} -> {other}", found.get(f"{other} -> {one}"))
        for one, other in pairwise(way)
    }


def calibration(sure, hits, bins):
    sure, hits = np.array(sure), np.array(hits)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return sum(
        (place == at).mean() * abs(sure[place == at].mean() - hits[place == at].mean())
        for at in range(bins)
        if (place == at).any()
    )


def calibration_by_sums(sure, hits, bins):
    gaps = [0.0] * bins
    for one, hit in zip(sure, hits, strict=True):
        gaps[min(int(one * bins), bins - 1)] += one - hit
    return sum(map(abs, gaps)) / len(sure)


def gaps_of(sure, hits, bins):
    sure, hits = np.array(sure), np.array(hits)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        abs(sure[place == at].mean() - hits[place == at].mean()) for at in range(bins) if (place == at).any()
    ]


def with_squares(sure, hits, bins):
    sure, hits = np.array(sure), np.array(hits)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return sum(
        (place == at).mean() * (sure[place == at].mean() - hits[place == at].mean()) ** 2
        for at in range(bins)
        if (place == at).any()
    )


def last_bin_open(sure, hits, bins):
    kept = [(one, hit) for one, hit in zip(sure, hits, strict=True) if one < 1]
    return calibration(*zip(*kept, strict=True), bins) if kept else 0.0


def together(one, other):
    one, other = np.array(one, bool), np.array(other, bool)
    return (one & other).mean() / (one.mean() * other.mean())


def together_by_counts(one, other):
    both = sum(1 for a, b in zip(one, other, strict=True) if a == b == 1)
    return len(one) * both / sum(one) / sum(other)


def both(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


ANSWERS = {
    "17.1": {
        "stub": lambda *_: ...,
        "right": [losses, losses_by_index],
        "wrong": [
            (of_each(lambda loss: -loss), "These are gains"),
            (from_the_first, "beginning of the way"),
            (as_shares, "do not add up"),
            (of_each(lambda loss: max(loss, 0)), "must stay negative"),
            (of_each(abs), "signs are gone"),
            (lambda scores, way: list(losses(scores, way).values()), "dictionary"),
            (lambda scores, _: dict(scores), "The arrows are"),
            (in_the_order_of_the_scores, "turned round"),
        ],
    },
    "17.2": {
        "stub": lambda *_: ...,
        "right": [calibration, calibration_by_sums],
        "wrong": [
            (lambda s, h, _: abs(np.mean(s) - np.mean(h)), "two overall means"),
            (lambda s, h, _: np.mean(s) - np.mean(h), "it can be negative"),
            (lambda s, h, b: np.mean(gaps_of(s, h, b)), "counts the same"),
            (lambda s, h, b: sum(gaps_of(s, h, b)) / b, "Empty bins"),
            (lambda s, h, b: max(gaps_of(s, h, b)), "largest distance"),
            (with_squares, "squared"),
            (lambda s, h, _: np.abs(np.array(s) - h).mean(), "its own 0 or 1"),
            (lambda *_: float("nan"), "Leave such bins out"),
            (last_bin_open, "must be in a bin"),
        ],
    },
    "17.3": {
        "stub": lambda *_: ...,
        "right": [together, together_by_counts],
        "wrong": [
            (lambda a, b: both(a, b) / len(a), "This is how often both are wrong."),
            (lambda a, b: both(a, b), "as a number of clips"),
            (lambda a, b: np.mean(a) * np.mean(b), "if they had nothing in common; how"),
            (lambda a, b: both(a, b) / len(a) - np.mean(a) * np.mean(b), "difference of the two"),
            (lambda a, b: 1 / together(a, b) if both(a, b) else 0, "upside down"),
            (lambda a, b: both(a, b) / sum(b), "wrong anyway"),
            (lambda a, b: np.mean(np.array(a) == np.array(b)), "right answers included"),
            (lambda a, b: both(a, b) / (sum(a) + sum(b)), "multiplied"),
            (lambda *_: "often", "One number"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
