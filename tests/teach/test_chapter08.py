"""Answers to chapter 8's exercises, right and wrong."""

import torch
from torch.nn import functional as F

from signlab.teach.checks import check


def logs(prior, second):
    return prior.log_softmax(dim=-1), second.log_softmax(dim=-1)


def one_way(prior, second):
    a, b = logs(prior, second)
    return (b.exp() * (b - a)).sum(dim=-1)


def held(prior, second):
    return one_way(prior, second.detach())


def symmetric(prior, second):
    a, b = logs(prior, second)
    return 0.5 * ((a.exp() - b.exp()) * (a - b)).sum(dim=-1)


def by_kl_div(prior, second):
    a, b = logs(prior, second)
    return F.kl_div(a, b, reduction="none", log_target=True).sum(dim=-1)


def by_distributions(prior, second):
    from torch.distributions import Categorical, kl_divergence

    return kl_divergence(Categorical(logits=second), Categorical(logits=prior))


def both_ways(prior, second):
    return (one_way(prior, second) + by_kl_div(second, prior)) / 2


def exchanged(form):
    return lambda prior, second: form(second, prior)


def bare(prior, second):
    """Logits taken for log-probabilities."""
    return (second.exp() * (second - prior)).sum(dim=-1)


def cross_entropy(prior, second):
    a, b = logs(prior, second)
    return -(b.exp() * a).sum(dim=-1)


def of_probabilities(prior, second):
    p, q = (one.softmax(dim=-1) for one in (prior, second))
    return (q * (q - p)).sum(dim=-1)


def over_tokens(prior, second):
    a, b = prior.log_softmax(dim=0), second.log_softmax(dim=0)
    return (b.exp() * (b - a)).sum(dim=-1)


def each_word(prior, second):
    a, b = logs(prior, second)
    return b.exp() * (b - a)


def from_mixture(prior, second):
    p, q = (one.softmax(dim=-1) for one in (prior, second))
    m = 0.5 * (p + q)
    return 0.5 * ((p * (p / m).log()).sum(-1) + (q * (q / m).log()).sum(-1))


def half_held(prior, second):
    """Each direction with its own teacher held: the right value, half of the slope."""
    return 0.5 * (one_way(prior, second.detach()) + one_way(second, prior.detach()))


SHARED = [
    (lambda p, q: -one_way(p, q), "a divergence is never negative"),
    (each_word, "Sum over the words"),
    (lambda p, q: each_word(p, q).sum(), "You summed over the tokens as well"),
    (lambda p, q: each_word(p, q).sum(dim=0), "dim=-1"),
    (lambda p, q: each_word(p, q).mean(dim=-1), "the sum is asked for"),
    (lambda p, q: each_word(p, q).sum(dim=-1, keepdim=True), "yours has shape (5, 1)"),
    (bare, "Arguments are logits"),
    (cross_entropy, "This is the cross-entropy"),
    (of_probabilities, "stands where its logarithm belongs"),
    (over_tokens, "The softmax runs over the tokens"),
    (symmetric, "mean of both directions"),
    (lambda p, q: one_way(p, q) / torch.tensor(2.0).log(), "counts in bits"),
    (lambda p, q: one_way(p, q) + 1, "Of the first token"),
    (lambda p, q: 3.0, "you returned float"),
    (lambda p, q: p.softmax(), "stopped with TypeError"),
]

ANSWERS = {
    "8.1": {
        "stub": lambda prior, second: ...,
        "right": [one_way, by_kl_div, by_distributions],
        "wrong": [
            *SHARED,
            (exchanged(one_way), "This is KL(prior || second)"),
            (held, "no gradient reaches the second path"),
            (lambda p, q: one_way(p.detach(), q), "no gradient reaches the prior"),
        ],
    },
    "8.2": {
        "stub": lambda prior, second: None,
        "right": [held, lambda p, q: by_kl_div(p, q.detach())],
        "wrong": [
            *SHARED,
            (one_way, "the second path is pulled"),
            (lambda p, q: one_way(p.detach(), q), "no gradient reaches the prior"),
            (lambda p, q: one_way(q, p.detach()), "This is KL(prior || second)"),
        ],
    },
    "8.3": {
        "stub": lambda prior, second: ...,
        "right": [symmetric, both_ways],
        "wrong": [
            (lambda p, q: 2 * symmetric(p, q), "half of it"),
            (one_way, "This is KL(second || prior) alone"),
            (exchanged(one_way), "This is KL(prior || second) alone"),
            (from_mixture, "from their mixture"),
            (lambda p, q: -symmetric(p, q), "never negative"),
            (lambda p, q: 0.5 * ((p.softmax(-1) - q.softmax(-1)) * (p - q)).sum(), "over the tokens as well"),
            (lambda p, q: symmetric(p, q.detach()), "no gradient reaches the second path"),
            (half_held, "is stopped by a detach()"),
            (lambda p, q: [1], "you returned list"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
