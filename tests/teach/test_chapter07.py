"""Answers to chapter 7's exercises, right and wrong."""

import torch

from signlab.teach.checks import check


def line(update, full, warmup):
    return full * min(1.0, update / warmup) if warmup else full


def by_cases(update, full, warmup):
    if update >= warmup:
        return full
    return update * full / warmup


def by_column(kl, free):
    return sum(max(free, float(column.mean())) for column in kl.T) * kl.shape[0]


def counted(kl, limit):
    return len([column for column in kl.T if column.mean() > limit])


ANSWERS = {
    "7.1": {
        "stub": lambda update, full, warmup: ...,
        "right": [line, by_cases],
        "wrong": [
            (lambda u, full, warmup: full * u / max(warmup, 1), "goes on growing"),
            (lambda u, full, warmup: full, "the warm-up does nothing"),
            (lambda u, full, warmup: full - line(u, full, warmup), "falls where it should rise"),
            (lambda u, full, warmup: min(1.0, u / max(warmup, 1)), "share of the weight"),
            (lambda u, full, warmup: full * min(1, u // max(warmup, 1)), "jumps then"),
            (lambda u, full, warmup: full * (u % warmup) / warmup, "a cycle without an end"),
            (lambda u, full, warmup: line(u + 1, full, warmup), "one update ahead"),
            (lambda u, full, warmup: min(1.0, full * u / max(warmup, 1)), "The cap is 1"),
            (lambda u, full, warmup: min(full, u / max(warmup, 1)), "too late"),
            (lambda u, full, warmup: full * min(1.0, u / warmup) ** 2, "at update 1 is 0.075"),
            (lambda u, full, warmup: full * min(1.0, u / warmup), "asked for a warm-up of 0"),
            (lambda u, full, warmup: full * min(1.0, u / warmup) if warmup else 0.0, "from update 0 on"),
            (lambda u, full, warmup: str(full), "you returned str"),
        ],
    },
    "7.2": {
        "stub": lambda kl, free: None,
        "right": [lambda kl, free: kl.mean(dim=0).clamp(min=free).sum() * len(kl), by_column],
        "wrong": [
            (lambda kl, free: kl.sum(), "nothing is free"),
            (lambda kl, free: kl.clamp(min=free).sum(), "at each step"),
            (lambda kl, free: kl.mean(0).clamp(max=free).sum() * len(kl), "cut off what is above"),
            (lambda kl, free: torch.relu(kl.mean(0) - free).sum() * len(kl), "take the free nats away"),
            (lambda kl, free: kl.sum(1).clamp(min=free * kl.shape[1]).sum(), "all components together"),
            (lambda kl, free: kl.mean(0).clamp(min=free).sum(), "one step on average"),
            (lambda kl, free: kl.sum(0).clamp(min=free).sum(), "sum over the steps before"),
            (lambda kl, free: kl.mean(1).clamp(min=free).sum(), "average over the components. They"),
            (lambda kl, free: kl.mean(0)[kl.mean(0) > free].sum() * len(kl), "are left out"),
            (lambda kl, free: kl.mean(0).clamp(min=free) * len(kl), "yours has shape (7,)"),
            (lambda kl, free: kl.mean(0).clamp(min=0.3).sum() * len(kl), "With no free nats"),
            (lambda kl, free: kl.mean(0).clamp(min=free).sum() * len(kl) + 1, "are charged, but you charge"),
            (lambda kl, free: "free", "you returned str"),
        ],
    },
    "7.3": {
        "stub": lambda kl, limit: ...,
        "right": [lambda kl, limit: int((kl.mean(dim=0) > limit).sum()), counted],
        "wrong": [
            (lambda kl, limit: (kl.mean(1) > limit).sum(), "average over the components and count steps"),
            (lambda kl, limit: (kl.amax(0) > limit).sum(), "at some step"),
            (lambda kl, limit: (kl > limit).sum(), "You count places"),
            (lambda kl, limit: (kl.sum(0) > limit).sum(), "sum over the steps"),
            (lambda kl, limit: (kl.mean(0) > limit).float().mean(), "the share of components"),
            (lambda kl, limit: (kl.mean(0) <= limit).sum(), "not in use"),
            (lambda kl, limit: (kl.amin(0) > limit).sum(), "at every step"),
            (lambda kl, limit: kl.mean(0) > limit, "yours has shape (7,)"),
            (lambda kl, limit: 100, "but you count 100"),
            (lambda kl, limit: [3], "you returned list"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
