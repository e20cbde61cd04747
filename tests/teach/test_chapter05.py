"""Answers to chapter 5's exercises, right and wrong."""

import torch
from torch.distributions import Independent, Normal, kl

from signlab.blocks.gaussian import DiagonalGaussian, kl_divergence, shifted
from signlab.teach.checks import check


def terms(q, p):
    difference = q.log_variance - p.log_variance
    return 0.5 * (difference.exp() - 1 - difference + (q.mean - p.mean) ** 2 * (-p.log_variance).exp())


def by_torch(q, p):
    one, other = (Independent(Normal(g.mean, (0.5 * g.log_variance).exp()), 1) for g in (q, p))
    return kl.kl_divergence(one, other)


def with_variances(q, p):
    v_q, v_p = q.log_variance.exp(), p.log_variance.exp()
    return 0.5 * (v_q / v_p + (p.mean - q.mean) ** 2 / v_p - 1 + torch.log(v_p / v_q)).sum(-1)


def from_parts(ratio=1.0, log=1.0, distance=1.0, one=1.0):
    """The KL with each of its terms multiplied by something."""

    def answer(q, p):
        d = q.log_variance - p.log_variance
        gap = (q.mean - p.mean) ** 2 * (-p.log_variance).exp()
        return 0.5 * (ratio * d.exp() - log * d + distance * gap - one).sum(-1)

    return answer


def with_gap(gap):
    def answer(q, p):
        d = q.log_variance - p.log_variance
        return 0.5 * (d.exp() - d + gap(q, p) - 1).sum(-1)

    return answer


def other_logarithm(factor):
    """A log-variance taken for the logarithm of a deviation, or of its square root."""

    def answer(q, p):
        d = q.log_variance - p.log_variance
        gap = (q.mean - p.mean) ** 2 * (-factor * p.log_variance).exp()
        return 0.5 * ((factor * d).exp() - max(factor, 1) * d + gap - 1).sum(-1)

    return answer


def residual(change=lambda s, p: s.log_variance, gap=lambda s, p: s.mean**2 * (-p.log_variance).exp()):
    def answer(shift, p):
        d = change(shift, p)
        return 0.5 * (d.exp() - 1 - d + gap(shift, p)).sum(-1)

    return answer


def of_shift(answer):
    """An answer to 5.1 with its slip, as one to 5.3."""
    return lambda shift, p: answer(shifted(p, shift), p)


def pair(mean=lambda p, s: p.mean + s.mean, log_variance=lambda p, s: p.log_variance + s.log_variance):
    return lambda p, s: (mean(p, s), log_variance(p, s))


ANSWERS = {
    "5.1": {
        "stub": lambda q, p: ...,
        "right": [lambda q, p: terms(q, p).sum(dim=-1), by_torch, with_variances],
        "wrong": [
            (from_parts(log=-1.0), "sign of the log-variance term"),
            (lambda q, p: 2 * kl_divergence(q, p), "the half in front"),
            (lambda q, p: terms(q, p).mean(dim=-1), "take their sum"),
            (lambda q, p: kl_divergence(p, q), "arguments are exchanged"),
            (other_logarithm(2.0), "with no square"),
            (other_logarithm(0.5), "Half a log-variance"),
            (
                lambda q, p: (
                    0.5
                    * (
                        q.log_variance / p.log_variance
                        - q.log_variance
                        + p.log_variance
                        + (q.mean - p.mean) ** 2 / p.log_variance
                        - 1
                    ).sum(-1)
                ),
                "where a variance belongs",
            ),
            (lambda q, p: -kl_divergence(q, p), "minus the KL"),
            (from_parts(one=0.0), "The 1 is not taken away"),
            (from_parts(log=0.0), "log-variance term is missing"),
            (from_parts(ratio=0.0), "ratio of the variances is missing"),
            (from_parts(distance=0.0), "term with the means is missing"),
            (with_gap(lambda q, p: (q.mean - p.mean) ** 2 / q.log_variance.exp()), "by the variance of q"),
            (with_gap(lambda q, p: (q.mean - p.mean) / p.log_variance.exp()), "is not squared"),
            (with_gap(lambda q, p: (q.mean - p.mean) ** 2), "not divided by anything"),
            (
                lambda q, p: (
                    kl_divergence(q, p)
                    + 0.5
                    * ((p.log_variance - q.log_variance).exp() - (q.log_variance - p.log_variance).exp()).sum(
                        -1
                    )
                ),
                "upside down",
            ),
            (terms, "Sum over the components"),
            (lambda q, p: terms(q, p).sum(), "clips and steps as well"),
            (lambda q, p: terms(q, p).sum(dim=0), "the wrong axis"),
            (lambda q, p: terms(q, p).sum(dim=-1, keepdim=True), "yours has (2, 3, 1)"),
            (lambda q, p: kl_divergence(q, p) + 1, "At the first step"),
            (lambda q, p: 3.0, "you returned float"),
            (lambda q, p: q.variance, "stopped with AttributeError"),
        ],
    },
    "5.2": {
        "stub": lambda p, shift: None,
        "right": [
            lambda p, shift: DiagonalGaussian(p.mean + shift.mean, p.log_variance + shift.log_variance),
            lambda p, shift: (
                shift.mean.add(p.mean),
                torch.log(p.log_variance.exp() * shift.log_variance.exp()),
            ),
        ],
        "wrong": [
            (pair(mean=lambda p, s: p.mean * s.mean), "Means add"),
            (pair(mean=lambda p, s: p.mean), "mean is unshifted"),
            (pair(mean=lambda p, s: s.mean), "shift of the mean itself"),
            (pair(mean=lambda p, s: s.mean - p.mean), "is subtracted"),
            (
                pair(mean=lambda p, s: p.mean + s.mean * (p.log_variance / 2).exp()),
                "multiplied by a standard deviation",
            ),
            (pair(log_variance=lambda p, s: p.log_variance * s.log_variance), "their logarithms add"),
            (
                pair(log_variance=lambda p, s: (p.log_variance + s.log_variance).exp()),
                "its logarithm is asked for",
            ),
            (
                pair(log_variance=lambda p, s: (p.log_variance.exp() + s.log_variance.exp()).log()),
                "The variances are added",
            ),
            (pair(log_variance=lambda p, s: p.log_variance), "log-variance is unshifted"),
            (pair(log_variance=lambda p, s: s.log_variance), "shift of the log-variance itself"),
            (lambda p, s: tuple(reversed(shifted(p, s))), "the mean comes first"),
            (lambda p, s: shifted(p, s).mean, "you returned Tensor"),
            (lambda p, s: [p.mean], "you returned list of 1"),
            (lambda p, s: (p.mean[0], s.mean[0]), "have shape (2, 3, 5), but yours"),
            (pair(log_variance=lambda p, s: p.log_variance + s.log_variance + 1), "of the first number"),
        ],
    },
    "5.3": {
        "stub": lambda shift, p: ...,
        "right": [residual(), lambda shift, p: kl_divergence(shifted(p, shift), p)],
        "wrong": [
            (of_shift(from_parts(log=-1.0)), "sign of the log-variance term"),
            (of_shift(lambda q, p: 2 * kl_divergence(q, p)), "the half in front"),
            (of_shift(lambda q, p: terms(q, p).mean(dim=-1)), "take their sum"),
            (of_shift(from_parts(one=0.0)), "The 1 is not taken away"),
            (
                residual(gap=lambda s, p: (p.mean + s.mean) ** 2 / p.log_variance.exp()),
                "prior's mean is in it. It",
            ),
            (
                residual(gap=lambda s, p: (s.mean - p.mean) ** 2 / p.log_variance.exp()),
                "the distance already",
            ),
            (residual(gap=lambda s, p: s.mean**2), "not divided by the prior's variance"),
            (
                residual(gap=lambda s, p: s.mean**2 * p.log_variance.exp()),
                "multiplied by the prior's variance",
            ),
            (residual(gap=lambda s, p: s.mean**2 / s.log_variance.exp()), "counts in the prior's"),
            (residual(gap=lambda s, p: s.mean / p.log_variance.exp()), "counts squared"),
            (
                residual(change=lambda s, p: s.log_variance + p.log_variance),
                "posterior's log-variance stands",
            ),
            (lambda s, p: kl_divergence(p, shifted(p, s)), "the shifted one comes first"),
            (lambda s, p: kl_divergence(s, p), "At the first step"),
            (of_shift(terms), "Sum over the components"),
            (lambda s, p: None if s is None else [1], "you returned list"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
