"""Answers to chapter 11's exercises, right and wrong."""

import math

import torch

from signlab.teach.checks import check


class Bridge(torch.autograd.Function):
    """The straight-through estimator as a function with a backward of its own."""

    @staticmethod
    def forward(ctx, encoded, chosen):
        return chosen.clone()

    @staticmethod
    def backward(ctx, *gradients):
        return gradients[0], None


def distances(vectors, codes):
    return (vectors[:, None] - codes).square().sum(dim=-1)


def expanded(vectors, codes, product=-2.0, power=1.0):
    return (codes.square().sum(dim=1) ** power + product * vectors @ codes.T).argmin(dim=1)


def one_by_one(vectors, codes):
    return [min(range(len(codes)), key=lambda k: float(torch.dist(h, codes[k]))) for h in vectors]


def entropy(counts, log=torch.log):
    shares = counts[counts > 0] / counts.sum()
    return -(shares * log(shares)).sum()


def as_product(counts):
    shares = counts / counts.sum()
    return 1 / torch.prod(shares**shares)


ANSWERS = {
    "11.1": {
        "stub": lambda encoded, chosen: ...,
        "right": [
            lambda encoded, chosen: encoded + (chosen - encoded).detach(),
            lambda encoded, chosen: chosen.detach() + encoded - encoded.detach(),
            Bridge.apply,
        ],
        "wrong": [
            (lambda encoded, chosen: encoded * 1.0, "nothing is quantised"),
            (lambda encoded, chosen: chosen + (encoded - chosen).detach(), "have changed places"),
            (lambda encoded, chosen: chosen * 1.0, "a plain look-up"),
            (lambda encoded, chosen: encoded + (chosen - encoded), "detach the difference"),
            (lambda encoded, chosen: 0 * encoded + chosen.detach(), "reaches `encoded` is zero"),
            (lambda encoded, chosen: chosen.detach(), "no gradient goes through"),
            (lambda encoded, chosen: chosen + encoded - encoded.detach(), "and `chosen` as well"),
            (lambda encoded, chosen: encoded + (encoded - chosen).detach(), "the wrong way round"),
            (lambda encoded, chosen: (chosen - encoded).detach(), "difference alone"),
            (lambda encoded, chosen: (encoded + chosen) / 2, "half-way"),
            (lambda encoded, chosen: encoded + chosen.detach(), "take away one"),
            (lambda encoded, chosen: 2 * encoded + (chosen - 2 * encoded).detach(), "changed on the way"),
            (lambda encoded, chosen: encoded + 7, "yours begins"),
            (lambda encoded, chosen: encoded.sum(), "but yours has ()"),
            (lambda encoded, chosen: 3, "you returned int"),
            (lambda encoded, chosen: encoded.quantize(), "stopped with AttributeError"),
        ],
    },
    "11.2": {
        "stub": lambda vectors, codes: None,
        "right": [
            lambda vectors, codes: distances(vectors, codes).argmin(dim=1),
            expanded,
            lambda vectors, codes: torch.cdist(vectors, codes).argmin(dim=-1),
            one_by_one,
        ],
        "wrong": [
            (lambda v, e: distances(v, e).argmax(dim=1), "farthest away"),
            (lambda v, e: (v @ e.T).argmax(dim=1), "squared lengths are missing"),
            (lambda v, e: (v @ e.T).argmin(dim=1), "small products are far apart"),
            (lambda v, e: expanded(v, e, product=2.0), "*minus* two times"),
            (lambda v, e: expanded(v, e, product=-1.0), "The two is missing"),
            (lambda v, e: expanded(v, e, power=0.5), "not squared in"),
            (lambda v, e: torch.cosine_similarity(v[:, None], e, dim=-1).argmax(dim=1), "cosines"),
            (lambda v, e: (v[:, None] - e).abs().sum(-1).argmin(1), "absolute differences"),
            (lambda v, e: (v[:, None] - e).sum(-1).argmin(1), "so that they cancel"),
            (lambda v, e: distances(v, e).argmin(1) + 1, "counted from 0"),
            (lambda v, e: distances(v, e).amin(1), "argmin, not min"),
            (lambda v, e: distances(v, e).argmin(1).double(), "yours are torch.float64"),
            (lambda v, e: distances(v, e).argmin(0), "nearest vector of each code"),
            (lambda v, e: e[distances(v, e).argmin(1)], "the codes themselves"),
            (lambda v, e: distances(v, e), "take the argmin over the codes"),
            (lambda v, e: distances(v, e).argmin(), "without dim"),
            (lambda v, e: distances(v, e).argmin(1)[:, None], "yours has (211, 1)"),
            (lambda v, e: torch.zeros(211, dtype=torch.long), "but you say 0"),
            (lambda v, e: 5, "you returned int"),
        ],
    },
    "11.3": {
        "stub": lambda counts: ...,
        "right": [
            lambda counts: torch.exp(entropy(counts)),
            lambda counts: 2 ** entropy(counts, torch.log2),
            as_product,
            lambda counts: math.exp(sum(-c / sum(counts) * math.log(c / sum(counts)) for c in counts if c)),
        ],
        "wrong": [
            (entropy, "entropy, in nats"),
            (lambda counts: entropy(counts, torch.log2), "entropy, in bits"),
            (lambda counts: entropy(counts, torch.log2).exp(), "bits goes with 2"),
            (lambda counts: 2 ** entropy(counts), "not with a power of 2"),
            (lambda counts: (-entropy(counts)).exp(), "The minus is missing"),
            (lambda counts: -entropy(counts), "minus the entropy"),
            (lambda counts: (counts > 0).sum(), "chosen at all; a code chosen once"),
            (lambda counts: (counts > 0).float().mean(), "This is the usage"),
            (lambda counts: len(counts), "size of the codebook, whatever"),
            (lambda counts: entropy(counts).exp() / len(counts), "divided by the size"),
            (
                lambda counts: torch.exp(-(counts[counts > 0] * counts[counts > 0].log()).sum()),
                "divide them by their sum",
            ),
            (lambda counts: (entropy(counts) / (counts > 0).sum()).exp(), "mean over the codes"),
            (lambda counts: (entropy(counts) / len(counts)).exp(), "mean over all codes"),
            (lambda counts: 1 / (counts / counts.sum()).square().sum(), "squared shares"),
            (
                lambda counts: torch.exp(-(counts / counts.sum() * (counts / counts.sum()).log()).sum()),
                "0 times",
            ),
            (lambda counts: counts / counts.sum(), "add up"),
            (lambda counts: 1000.0, "but you get 1000.000"),
            (
                lambda counts: 1.0 * entropy(counts).exp() if (counts == 0).any() else 1.0,
                "Six codes in even use",
            ),
            (lambda counts: "six", "you returned str"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
