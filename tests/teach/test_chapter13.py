"""Answers to chapter 13's exercises, right and wrong."""

import math

import torch
from torch.nn import functional as F

from signlab.teach.checks import check


def critic(real, made):
    return 0.5 * ((1 - real).clamp(min=0).mean() + (1 + made).clamp(min=0).mean())


def hinges(real, made):
    return critic(real, made), -made.mean()


def hinges_in_python(real, made):
    lacking = [max(0.0, 1 - score) for score in real.flatten().tolist()]
    beyond = [max(0.0, 1 + score) for score in made.flatten().tolist()]
    mine = sum(lacking) / len(lacking) / 2 + sum(beyond) / len(beyond) / 2
    return [mine, -sum(made.flatten().tolist()) / made.numel()]


def unhinged(real, made):
    return 0.5 * ((1 - real).mean() + (1 + made).mean()), -made.mean()


def together(real, made):
    return torch.cat([(1 - real).flatten(), (1 + made).flatten()]).relu().mean(), -made.mean()


def ratio(faithful, adversarial):
    return (faithful.norm() / (adversarial.norm() + 1e-4)).clamp(max=1e4)


def ratio_in_python(faithful, adversarial):
    one, other = (math.sqrt(sum(x**2 for x in g.flatten().tolist())) for g in (faithful, adversarial))
    return min(1e4, one / (other + 1e-4))


def first_good(updates, psnr, gain):
    for at, update in enumerate(updates):
        if max(psnr[at:]) - psnr[at] < gain:
            return update
    return None


def near_the_best(updates, psnr, gain):
    best = max(psnr)
    return next(u for u, value in zip(updates, psnr, strict=True) if value > best - gain)


def first_rest(updates, psnr, gain):
    return next(u for u, a, b in zip(updates, psnr, psnr[1:], strict=False) if b - a < gain)


ANSWERS = {
    "13.1": {
        "stub": lambda real, made: ...,
        "right": [hinges, hinges_in_python],
        "wrong": [
            (lambda r, m: (2 * critic(r, m), -m.mean()), "one half"),
            (lambda r, m: (critic(-r, -m), -m.mean()), "signs are exchanged"),
            (unhinged, "no hinge"),
            (lambda r, m: (0.5 * (F.relu((1 - r).mean()) + F.relu((1 + m).mean())), -m.mean()), "each patch"),
            (lambda r, m: (0.5 * (F.relu(1 - r).sum() + F.relu(1 + m).sum()), -m.mean()), "adds up"),
            (lambda r, m: (critic(1 + r, m - 1), -m.mean()), "stands at 0"),
            (lambda r, m: (0.5 * F.relu(1 + m).mean(), -m.mean()), "real patches out"),
            (together, "average each side first"),
            (lambda r, m: (0.7 * critic(r, m), -m.mean()), "critic's loss is"),
            (lambda r, m: (-m.mean(), critic(r, m)), "two are exchanged"),
            (lambda r, m: (critic(r, m), m.mean()), "wrong sign"),
            (lambda r, m: (critic(r, m), F.relu(1 - m).mean()), "has a hinge"),
            (lambda r, m: (critic(r, m), -critic(r, m)), "with another sign"),
            (lambda r, m: (critic(r, m), -r.mean()), "from the real patches"),
            (lambda r, m: (critic(r, m), -m.sum()), "decoder's loss adds up"),
            (lambda r, m: (critic(r, m), 3 * m.mean()), "decoder's loss is"),
            (lambda r, m: (F.relu(1 - r), -m), "must be one number"),
            (lambda r, m: critic(r, m), "Return a pair"),
        ],
    },
    "13.2": {
        "stub": lambda faithful, adversarial: None,
        "right": [ratio, ratio_in_python],
        "wrong": [
            (lambda f, a: a.norm() / (f.norm() + 1e-4), "upside down"),
            (lambda f, a: f.square().sum() / (a.square().sum() + 1e-4), "squared lengths"),
            (lambda f, a: f.abs().mean() / (a.abs().mean() + 1e-4 / a.numel()), "absolute values"),
            (lambda f, a: f.abs().max() / (a.abs().max() + 1e-4), "largest entries"),
            (lambda f, a: f.sum() / (a.sum() + 1e-4), "cancel"),
            (lambda f, a: 0.8 * ratio(f, a), "factor 0.8"),
            (lambda f, a: f.norm(dim=1) / (a.norm(dim=1) + 1e-4), "over all of its entries"),
            (lambda f, a: f.norm() / a.norm(), "Add 1e-4"),
            (lambda f, a: f.norm() / (a.norm() + 1e-4), "cap the weight"),
            (lambda f, a: f.norm() - a.norm(), "yours is"),
        ],
    },
    "13.3": {
        "stub": lambda updates, psnr, gain: ...,
        "right": [first_good, near_the_best],
        "wrong": [
            (lambda u, p, g: u.index(first_good(u, p, g)), "position in the list"),
            (lambda u, p, g: u[p.index(max(p))], "where PSNR is best"),
            (first_rest, "first small step"),
            (lambda u, p, g: u[1 + u.index(first_rest(u, p, g))], "at a rest"),
            (lambda u, p, g: u[1 + u.index(first_good(u, p, g))], "too late"),
            (lambda u, p, g: next(a for a, b in zip(u, p, strict=True) if p[-1] - b < g), "last value"),
            (lambda u, p, g: u[-1], "until the end"),
            (lambda u, p, g: u[0], "nearly everything"),
            (lambda u, p, g: 150, "you return 150"),
            (lambda u, p, g: 250, "never gains so much"),
            (lambda u, p, g: "250", "you returned str"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
