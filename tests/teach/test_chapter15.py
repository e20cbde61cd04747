"""Answers to chapter 15's exercises, right and wrong."""

import math

import torch
from torch.distributions import Gumbel
from torch.nn import functional as F

from signlab.teach.checks import check


def one_hot(shares, dim=-1):
    return F.one_hot(shares.argmax(dim=dim), shares.shape[-1]).to(shares)


class Straight(torch.autograd.Function):
    @staticmethod
    def forward(ctx, shares):
        return torch.zeros_like(shares).scatter(-1, shares.argmax(dim=-1, keepdim=True), 1.0)

    @staticmethod
    def backward(ctx, slope):
        return slope


def noise(u):
    return -torch.log(-torch.log(u))


def race(logits, u):
    """The first to arrive, each with a waiting time of its own rate."""
    return (-u.log() / logits.exp()).argmin(dim=-1)


def falling(share, power=lambda share: share):
    """A schedule by its share of the way: answers differ in how they count it."""
    return lambda update, first, last, num: first * (last / first) ** power(share(update, num))


def done(update, num):
    return min(update, num - 1) / (num - 1)


def by_steps(update, first, last, num):
    factor, temperature = (last / first) ** (1 / (num - 1)), first
    for _ in range(update):
        temperature = max(last, temperature * factor)
    return temperature


ANSWERS = {
    "15.1": {
        "stub": lambda logits, u: ...,
        "right": [
            lambda logits, u: (logits - torch.log(-torch.log(u))).argmax(dim=-1),
            race,
            lambda logits, u: (logits.log_softmax(-1) + Gumbel(0.0, 1.0).icdf(u)).max(-1).indices,
        ],
        "wrong": [
            (lambda logits, u: logits.argmax(dim=-1), "no noise has reached"),
            (lambda logits, u: (logits + torch.log(-torch.log(u))).argmax(dim=-1), "wrong sign"),
            (lambda logits, u: (logits - torch.log(u)).argmax(dim=-1), "One logarithm is missing"),
            (lambda logits, u: (logits + torch.log(u)).argmax(dim=-1), "minus a waiting time"),
            (lambda logits, u: (logits + u).argmax(dim=-1), "as they are"),
            (lambda logits, u: (logits.softmax(-1) + noise(u)).argmax(dim=-1), "belongs to the logits"),
            (lambda logits, u: (logits * noise(u)).argmax(dim=-1), "it is added"),
            (lambda logits, u: noise(u).argmax(dim=-1), "the logits are missing"),
            (lambda logits, u: (logits + noise(1 - u)).argmax(dim=-1), "not with these numbers"),
            (lambda logits, u: (logits + noise(u)).max(dim=-1).values, "take argmax, not max"),
            (lambda logits, u: (logits + noise(u)).argmax(dim=0), "largest over the places"),
            (lambda logits, u: (logits + noise(u)).argmax(), "all places at once"),
            (lambda logits, u: one_hot(logits + noise(u)), "not a number for each code"),
            (lambda logits, u: (logits + noise(u)).argmax(-1)[:9], "yours has (9,)"),
            (lambda logits, u: 3, "you returned int"),
            (lambda logits, u: ((logits + noise(u)).argmax(-1) + 1) % 7, "another code is drawn"),
        ],
    },
    "15.2": {
        "stub": lambda shares: None,
        "right": [
            lambda shares: one_hot(shares) + shares - shares.detach(),
            lambda shares: shares + (one_hot(shares) - shares).detach(),
            Straight.apply,
        ],
        "wrong": [
            (lambda shares: one_hot(shares), "the choice alone is a jump"),
            (lambda shares: shares, "These are the shares themselves"),
            (lambda shares: one_hot(shares) - shares + shares.detach(), "wrong sign"),
            (lambda shares: one_hot(shares) + shares - shares, "one only may be detached"),
            (lambda shares: one_hot(shares) + 2 * (shares - shares.detach()), "2 times that of the shares"),
            (lambda shares: one_hot(shares) + shares, "added up"),
            (lambda shares: shares + (shares - one_hot(shares)).detach(), "are exchanged"),
            (lambda shares: one_hot(shares) - shares.detach(), "add the shares once more"),
            (lambda shares: one_hot(shares) + (one_hot(shares) - shares).detach(), "not the same shares"),
            (lambda shares: (shares > 0.5).to(shares), "above a half"),
            (lambda shares: one_hot(-shares), "smallest share"),
            (lambda shares: one_hot(shares) * shares, "keeps its size"),
            (lambda shares: F.one_hot(shares.argmax(dim=0), len(shares)).T.to(shares), "over the places"),
            (lambda shares: shares.argmax(dim=-1), "Make one_hot"),
            (lambda shares: one_hot(shares)[:3], "yours has (3, 7)"),
            (lambda shares: one_hot(shares).tolist(), "you returned list"),
            (lambda shares: one_hot(shares) + shares**2 - shares.detach() ** 2, "not that of the shares"),
            (lambda shares: 0.5 * one_hot(shares), "The first place should be"),
        ],
    },
    "15.3": {
        "stub": lambda update, first, last, num: ...,
        "right": [
            falling(done),
            by_steps,
            lambda update, first, last, num: torch.tensor(
                math.exp(math.log(first) + done(update, num) * math.log(last / first))
            ),
        ],
        "wrong": [
            (lambda update, first, last, num: first + (last - first) * done(update, num), "a straight line"),
            (falling(lambda update, num: update / (num - 1)), "goes on falling"),
            (falling(lambda update, num: min(update, num) / num), "does not reach"),
            (falling(lambda update, num: min(update, num - 1) / num), "after the end only"),
            (lambda update, first, last, num: last * (first / last) ** done(update, num), "exchanged"),
            (falling(lambda update, num: min(update, num - 1)), "once too much"),
            (lambda update, first, last, num: (last / first) ** done(update, num), "where it starts"),
            (lambda update, first, last, num: first * math.exp(-done(update, num)), "towards zero"),
            (
                lambda update, first, last, num: (
                    last + (first - last) * (1 + math.cos(math.pi * done(update, num))) / 2
                ),
                "half a cosine",
            ),
            (lambda update, first, last, num: first, "should have 1.414"),
            (lambda update, first, last, num: "warm", "you returned str"),
            (lambda update, first, last, num: first / (update - 0), "stopped with ZeroDivisionError"),
        ],
    },
}


def test_a_mistake_made_in_another_way_gets_the_same_diagnosis() -> None:
    one_noise = check("15.1", lambda logits, u: (logits + noise(u[:, :1])).argmax(dim=-1))
    assert "Each code has its own" in one_noise.diagnosis
    detached = check("15.2", lambda shares: (one_hot(shares) + shares - shares.detach()).detach())
    assert "is a jump" in detached.diagnosis


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
