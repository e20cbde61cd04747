"""Answers to chapter 10's exercises, right and wrong."""

import statistics
from math import sqrt

import numpy as np
import pytest

from signlab.study.statistics import holm, paired_difference
from signlab.teach.checks import check

pytest.importorskip("scipy")
from scipy import stats


def factor(df, share=0.975):
    return float(stats.t.ppf(share, df))


def common(values, reference):
    return [values[seed] - reference[seed] for seed in values if seed in reference]


def interval(
    differences,
    df=lambda n: n - 1,
    spread=statistics.stdev,
    error=lambda s, n: s / sqrt(n),
    t=factor,
):
    n, middle = len(differences), statistics.mean(differences)
    half = t(df(n)) * error(spread(differences), n)
    return middle, middle - half, middle + half


def slip(**changes):
    return lambda values, reference: interval(common(values, reference), **changes)


def by_library(values, reference):
    seeds = sorted(set(values) & set(reference))
    return paired_difference(*([side[seed] for seed in seeds] for side in (values, reference)))[:3]


def unpaired(df):
    def answer(values, reference):
        seeds = [seed for seed in values if seed in reference]
        one, other = ([side[seed] for seed in seeds] for side in (values, reference))
        half = factor(df(len(seeds))) * sqrt(
            (statistics.variance(one) + statistics.variance(other)) / len(seeds)
        )
        middle = statistics.mean(one) - statistics.mean(other)
        return middle, middle - half, middle + half

    return answer


def half_only(values, reference):
    middle, low, high = interval(common(values, reference))
    return middle, (high - low) / 2, (high - low) / 2


def zipped(values, reference):
    return interval([one - other for one, other in zip(values.values(), reference.values(), strict=False)])


def all_seeds(values, reference):
    middle = statistics.mean(values.values()) - statistics.mean(reference.values())
    return middle, middle - 1, middle + 1


def step_down(p_values):
    order = np.argsort(p_values)
    raised = np.array(p_values)[order] * np.arange(len(p_values), 0, -1)
    found = np.empty(len(p_values))
    found[order] = np.minimum(1, np.maximum.accumulate(raised))
    return found


def times(factors, running=True, cut=True):
    def answer(p_values):
        order = np.argsort(p_values)
        raised = np.array(p_values)[order] * factors(len(p_values))
        raised = np.maximum.accumulate(raised) if running else raised
        found = np.empty(len(p_values))
        found[order] = np.minimum(1, raised) if cut else raised
        return found.tolist()

    return answer


def benjamini(p_values):
    order, n = np.argsort(p_values), len(p_values)
    raised = np.array(p_values)[order] * n / np.arange(1, n + 1)
    found = np.empty(n)
    found[order] = np.minimum.accumulate(raised[::-1])[::-1]
    return found.tolist()


def rule(detectable=None, size=None, excluded=None):
    """The verdict with one of its conditions exchanged."""

    def answer(middle, low, high, p, smallest):
        seen = detectable(low, high) if detectable else p < 0.05
        large = size(middle, low, high, smallest) if size else abs(middle) >= smallest
        if seen:
            return "larger" if large else "smaller"
        inside = excluded(low, high, smallest) if excluded else max(abs(low), abs(high)) < smallest
        return "excluded" if inside else "open"

    return answer


def one_by_one(middle, low, high, p, smallest):
    words = {(True, True): "larger", (True, False): "smaller"}
    if p >= 0.05:
        return "excluded" if -smallest < low and high < smallest else "open"
    return words[True, middle >= smallest or middle <= -smallest]


ANSWERS = {
    "10.1": {
        "stub": lambda values, reference: ...,
        "right": [slip(), by_library],
        "wrong": [
            (unpaired(lambda n: n - 1), "spread of each side by itself"),
            (unpaired(lambda n: 2 * n - 2), "of two groups.)"),
            (slip(df=lambda n: n), "that of 5 degrees of freedom"),
            (slip(df=lambda n: 2 * n - 2), "as for two groups"),
            (slip(t=lambda df: 1.96), "1.96 belongs to a known spread"),
            (slip(t=lambda df: factor(df, 0.95)), "leaves 5 % on each side"),
            (slip(spread=statistics.pstdev), "divides by n - 1"),
            (slip(error=lambda s, n: s), "square root of n is missing"),
            (slip(error=lambda s, n: s / n), "You divided by n"),
            (slip(t=lambda df: 1.0), "Student's factor is missing"),
            (slip(t=lambda df: 1.0, error=lambda s, n: s), "one standard deviation to each side"),
            (slip(t=lambda df: 2.7764), "with 3 it is not"),
            (half_only, "half the interval's width"),
            (
                lambda v, r: (statistics.mean(common(v, r)), min(common(v, r)), max(common(v, r))),
                "the smallest and the largest difference",
            ),
            (lambda v, r: slip()(r, v), "The sign is the other way round"),
            (zipped, "in the order of the dictionaries"),
            (all_seeds, "a pair needs both"),
            (lambda v, r: (0.5, 0.0, 1.0), "but yours is 0.500"),
            (slip(t=lambda df: 7.0), "but yours from"),
            (lambda v, r: statistics.mean(common(v, r)), "Return three numbers"),
            (lambda v, r: [v[seed] - r[seed] for seed in v], "stopped with KeyError"),
        ],
    },
    "10.2": {
        "stub": lambda p_values: None,
        "right": [holm, step_down],
        "wrong": [
            (list, "nothing is corrected"),
            (lambda p: [min(1.0, len(p) * one) for one in p], "This is Bonferroni"),
            (lambda p: [len(p) * one for one in p], "without the cut at 1, and it is"),
            (times(lambda n: np.arange(n, 0, -1), running=False), "carry the largest so far along"),
            (times(lambda n: np.arange(n, 0, -1), cut=False), "cut there"),
            (lambda p: sorted(holm(p)), "in the order in which they came"),
            (times(lambda n: np.arange(1, n + 1)), "wrong direction"),
            (times(lambda n: np.arange(n - 1, -1, -1)), "one too small"),
            (benjamini, "Benjamini and Hochberg"),
            (lambda p: [one < 0.05 for one in holm(p)], "not whether they are small enough"),
            (lambda p: 0.05, "Return a list"),
            (lambda p: holm(p)[:-1], "but you returned 4"),
            (lambda p: [str(one) for one in p], "Return numbers"),
            (lambda p: [one / 2 for one in p], "but you get [0.02"),
        ],
    },
    "10.3": {
        "stub": lambda *five: ...,
        "right": [rule(), one_by_one],
        "wrong": [
            (
                rule(detectable=lambda low, high: low * high > 0),
                "The interval excludes zero, but it is not corrected",
            ),
            (rule(size=lambda middle, low, high, smallest: middle >= smallest), "take abs()"),
            (rule(excluded=lambda low, high, smallest: high < smallest), "Look at both ends"),
            (rule(excluded=lambda low, high, smallest: True), "that is no proof of none"),
            (rule(excluded=lambda low, high, smallest: False), "closer to zero than what matters"),
            (
                rule(size=lambda middle, low, high, smallest: min(abs(low), abs(high)) >= smallest),
                "not whether the whole interval is",
            ),
            (rule(size=lambda *_: True), "smaller than one that would matter"),
            (lambda *five: "no difference", "Return one of larger"),
            (lambda *five: "open", "It is detectable"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status, verdict
    assert piece in verdict.diagnosis
