"""Answers to chapter 4's exercises, right and wrong."""

import math

import torch

from signlab.blocks.gaussian import DiagonalGaussian, sample
from signlab.teach import chapter04
from signlab.teach.checks import check


def bound(ll, lp, lq, step):
    return (lq.exp() * (ll + lp - lq)).sum() * step


def bound_in_two_terms(ll, lp, lq, step):
    explained = torch.trapezoid(lq.exp() * ll, dx=step)
    return float(explained - torch.trapezoid(lq.exp() * (lq - lp), dx=step))


def expected(weights, values, step):
    return (weights.exp() * values).sum() * step


def reparameterised(mean, log_variance):
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def by_distribution(mean, log_variance):
    return torch.distributions.Normal(mean, log_variance.exp().sqrt()).rsample()


def by_library(mean, log_variance):
    return sample(DiagonalGaussian(mean, log_variance))


def with_deviation(deviation):
    return lambda mean, lv: mean + deviation(lv) * torch.randn_like(mean)


def with_noise(noise):
    return lambda mean, lv: mean + (0.5 * lv).exp() * noise(mean)


def with_frozen_noise(mean, log_variance):
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    return mean + (0.5 * log_variance).exp() * noise


def answers(text):
    """From "ftf..." to booleans."""
    return lambda: {name: letter == "t" for name, letter in zip("abcdef", text, strict=True)}


def independent(arrows, one, other, known):
    """In a linear Gaussian world with these arrows: is the partial correlation zero?"""
    names = sorted({name for arrow in arrows for name in arrow})
    weights = torch.zeros(len(names), len(names), dtype=torch.float64)
    for at, (start, end) in enumerate(arrows):
        weights[names.index(end), names.index(start)] = 0.5 + 0.1 * at
    mixing = torch.linalg.inv(torch.eye(len(names), dtype=torch.float64) - weights)
    kept = [names.index(name) for name in (one, other, *known)]
    precision = torch.linalg.inv((mixing @ mixing.T)[kept][:, kept])
    return abs(precision[0, 1].item()) < 1e-9


def by_simulated_worlds():
    x, y, z, u = "xyzu"
    model, both = [(x, z), (x, y), (z, y)], [(x, z), (x, u), (x, y), (z, y), (u, y)]
    return {
        "a": independent(model, y, x, [z]),
        "b": independent([(x, z), (z, y)], y, x, [z]),
        "c": independent(model, z, y, [x]),
        "d": independent([(x, z), (x, y)], z, y, [x]),
        "e": independent(both, z, u, [x]),
        "f": independent(both, z, u, [x, y]),
    }


ANSWERS = {
    "4.1": {
        "stub": lambda ll, lp, lq, step: ...,
        "right": [bound, bound_in_two_terms],
        "wrong": [
            (lambda ll, lp, lq, step: -bound(ll, lp, lq, step), "which one goes down"),
            (lambda ll, lp, lq, step: torch.logsumexp(ll + lp, 0) + math.log(step), "log p(y|x) itself"),
            (lambda ll, lp, lq, step: expected(lq, ll - lp + lq, step), "You add the KL"),
            (
                lambda ll, lp, lq, step: expected(lq, ll, step) - expected(lp, lp - lq, step),
                "the wrong way round",
            ),
            (lambda ll, lp, lq, step: expected(lp, ll + lp - lq, step), "average over the prior"),
            (lambda ll, lp, lq, step: expected(lq, ll, step), "the KL to the prior is missing"),
            (lambda ll, lp, lq, step: expected(lq, lp - lq, step), "minus the KL alone"),
            (lambda ll, lp, lq, step: expected(lq, ll - lq, step), "not with a flat density"),
            (lambda ll, lp, lq, step: expected(lq, ll + lp, step), "The -log q is missing"),
            (lambda ll, lp, lq, step: expected(lq, ll + lp - lq, 1.0), "times `step`"),
            (lambda ll, lp, lq, step: (ll + lp - lq).sum() * step, "counts the same"),
            (lambda ll, lp, lq, step: (lq * (ll + lp - lq)).sum() * step, "You weigh by log q"),
            (lambda ll, lp, lq, step: (lq.exp() * (ll + lp - lq)).mean(), "A mean over the grid"),
            (lambda ll, lp, lq, step: lq.exp() * (ll + lp - lq) * step, "has shape (1601,)"),
            (lambda ll, lp, lq, step: 17.0, "but you get 17.000"),
            (lambda ll, lp, lq, step: -3.0 * (lq.mean() + 99.9), "the bound is"),
            (lambda ll, lp, lq, step: [1.0], "you returned list"),
            (
                lambda ll, lp, lq, step: bound(ll, lp, chapter04._densities()[2], step),
                "With the exact posterior",
            ),
        ],
    },
    "4.2": {
        "stub": lambda mean, log_variance: ...,
        "right": [reparameterised, by_distribution, by_library],
        "wrong": [
            (with_deviation(torch.exp), "which is the variance"),
            (with_deviation(lambda lv: lv), "the log-variance itself"),
            (with_deviation(lambda lv: 1.0), "one everywhere"),
            (with_deviation(lambda lv: (-0.5 * lv).exp()), "1/sigma"),
            (with_deviation(lambda lv: (2 * lv).exp()), "exp(2 log_variance)"),
            (with_deviation(lambda lv: 0.1 * lv.exp()), "At a log-variance of 2"),
            (with_noise(torch.rand_like), "torch.rand draws evenly"),
            (with_noise(lambda mean: torch.randn(())), "One single number"),
            (with_noise(lambda mean: torch.randn(3)), "All places get the same noise"),
            (with_noise(lambda mean: torch.randn(len(mean), 1)), "share their noise"),
            (with_frozen_noise, "drawn anew"),
            (lambda mean, lv: mean, "This is the mean itself"),
            (lambda mean, lv: mean + (0.5 * lv).exp(), "the mean plus the deviation"),
            (lambda mean, lv: reparameterised(mean, lv) + lv.exp(), "Nothing but noise"),
            (lambda mean, lv: reparameterised(mean, lv) - mean, "The mean is not added"),
            (
                lambda mean, lv: torch.distributions.Normal(mean, (0.5 * lv).exp()).sample(),
                "no gradient goes through them",
            ),
            (lambda mean, lv: torch.normal(mean, (0.5 * lv).exp()), "the gradient through them is zero"),
            (lambda mean, lv: reparameterised(mean, lv.detach()), "and not the log-variance"),
            (lambda mean, lv: reparameterised(mean.detach(), lv), "and not the mean"),
            (lambda mean, lv: reparameterised(mean, lv)[0], "yours has (3,)"),
            (lambda mean, lv: reparameterised(mean, lv).tolist(), "you returned list"),
        ],
    },
    "4.3": {
        "stub": lambda: ...,
        "right": [answers("ftfttf"), by_simulated_worlds],
        "wrong": [
            (answers("tftfft"), "All six are turned round"),
            (answers("ffffff"), "You call nothing independent"),
            (answers("tttttt"), "You call everything independent"),
            (answers("ttfttf"), "Look at a again"),
            (answers("fffttf"), "Look at b again"),
            (answers("fttttf"), "Look at c again"),
            (answers("ftfftf"), "Look at d again"),
            (answers("ftftff"), "Look at e again"),
            (answers("ftfttt"), "Look at f again"),
            (lambda: {"a": False, "b": True}, "c, d, e, f is not answered"),
            (lambda: [False, True, False, True, True, False], "you returned list"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis


def test_a_check_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.randn(2)
    torch.manual_seed(3)
    check("4.2", reparameterised)
    torch.testing.assert_close(torch.randn(2), expected)
