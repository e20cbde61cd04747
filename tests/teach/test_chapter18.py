"""Answers to chapter 18's exercises, right and wrong."""

import math
import statistics

import numpy as np
from scipy import stats

from signlab.teach.checks import check


def days(weights, tokens, updates, peak, share, *, each=6, unit=86_400):
    return each * weights * tokens * updates / (peak * share) / unit


def days_in_steps(weights, tokens, updates, peak, share):
    forward = 2 * weights * tokens
    seconds = updates * (forward + 2 * forward) / peak / share
    return np.float64(seconds) / 3600 / 24


def by_student(ratings, *, quantile=None, ddof=1, root=True, level=0.975, freedom=1):
    means = np.array([np.mean(given) for given in ratings.values()])
    t = quantile or stats.t.ppf(level, len(means) - freedom)
    half = t * means.std(ddof=ddof) / (math.sqrt(len(means)) if root else 1)
    return means.mean() - half, means.mean() + half


def by_scipy(ratings):
    means = [statistics.mean(given) for given in ratings.values()]
    return tuple(stats.t.interval(0.95, len(means) - 1, loc=statistics.mean(means), scale=stats.sem(means)))


def pooled(ratings):
    return by_student({at: [one] for at, one in enumerate(r for given in ratings.values() for r in given)})


def pooled_middle(ratings):
    low, high = by_student(ratings)
    everything = [one for given in ratings.values() for one in given]
    return np.mean(everything) - (high - low) / 2, np.mean(everything) + (high - low) / 2


def until_nothing_is_added(made_of, withdrawn):
    gone = set(withdrawn)
    while True:
        more = {name for name, sources in made_of.items() if gone & set(sources)} - gone
        if not more:
            return gone
        gone |= more


def by_asking_back(made_of, withdrawn):
    def touched(name):
        return name in withdrawn or any(touched(source) for source in made_of[name])

    return [name for name in made_of if touched(name)]


def one_step(made_of, withdrawn):
    return set(withdrawn) | {name for name, sources in made_of.items() if set(sources) & set(withdrawn)}


def only_if_all(made_of, withdrawn):
    gone = set(withdrawn)
    for name, sources in made_of.items():
        if sources and set(sources) <= gone:
            gone.add(name)
    return gone


def without_the_clips(made_of, withdrawn):
    return until_nothing_is_added(made_of, withdrawn) - set(withdrawn)


def sources_too(made_of, withdrawn):
    gone = until_nothing_is_added(made_of, withdrawn)
    return gone | {source for name in gone for source in made_of[name]} if withdrawn else set()


ANSWERS = {
    "18.1": {
        "stub": lambda *_: ...,
        "right": [days, days_in_steps],
        "wrong": [
            (lambda *a: days(*a, each=2), "forward pass alone"),
            (lambda *a: days(*a, each=3), "a product and a sum"),
            (lambda *a: days(*a, each=4), "backward pass alone"),
            (lambda *a: days(*a, each=1), "a training has 6"),
            (lambda *a: days(*a, unit=1), "seconds"),
            (lambda *a: days(*a, unit=3600), "hours"),
            (lambda w, t, u, p, _: days(w, t, u, p, 1), "left out"),
            (lambda w, t, u, p, s: days(w, t, u, p, 1 / s), "longer, not shorter"),
            (lambda w, _, u, p, s: days(w, 1, u, p, s), "tokens of an update"),
            (lambda w, t, _, p, s: days(w, t, 1, p, s), "updates are left out"),
            (lambda *_: "3 days", "One number"),
            (lambda *_: 3.0, "in the case of the check"),
        ],
    },
    "18.2": {
        "stub": lambda *_: ...,
        "right": [by_student, by_scipy],
        "wrong": [
            (pooled, "pooled all ratings"),
            (lambda r: by_student(r, quantile=1.96), "1.96"),
            (lambda r: by_student(r, root=False), "root of n"),
            (lambda r: by_student(r, ddof=0), "n - 1"),
            (lambda r: by_student(r, freedom=0), "one degree of freedom"),
            (lambda r: by_student(r, level=0.95), "90 %"),
            (pooled_middle, "count once"),
            (lambda r: by_student(r)[::-1], "comes first"),
            (lambda r: by_student(r)[0], "Two numbers"),
            (lambda _: (0.1, 0.2), "lower end"),
        ],
    },
    "18.3": {
        "stub": lambda *_: ...,
        "right": [until_nothing_is_added, by_asking_back],
        "wrong": [
            (lambda _, withdrawn: set(withdrawn), "goes too"),
            (one_step, "one step"),
            (only_if_all, "one withdrawn source is enough"),
            (without_the_clips, "themselves must go"),
            (sources_too, "may stay"),
            (lambda made_of, _: until_nothing_is_added(made_of, {"clip-1"}), "two at once"),
            (lambda made_of, _: len(made_of), "set of names"),
            (lambda *_: {"clip-9"}, "clip-9"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
