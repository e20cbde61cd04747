"""Answers to chapter 6's exercises, right and wrong."""

import torch

from signlab.teach import chapter06
from signlab.teach.checks import check
from signlab.translation.latent import GaussianNetwork, LatentConfig


def counted(maps=4, bias=1, each=2, norm=2, back=1, copies=None):
    """A count with as many of each part as one says."""

    def answer(dim, latent, attention):
        num = {"shared": 1, "separate": 2, "none": 0} if copies is None else copies
        one = maps * (dim * dim + bias * dim)
        heads = 2 * (dim + bias) * each * latent
        return num[attention] * one + heads + back * (latent + bias) * dim + norm * dim

    return answer


def by_library(dim, latent, attention):
    num_heads = 4 if dim % 4 == 0 else 1
    module = GaussianNetwork(
        dim=dim, num_heads=num_heads, config=LatentConfig(dim=latent, attention=attention)
    )
    return sum(parameter.numel() for parameter in module.parameters())


def gradient(path, text, weigh=torch.randn_like):
    """The slope of a weighed sum of all that comes out, for each component of each word."""
    text = text.detach().clone().requires_grad_()
    out = path(text)
    if not out.requires_grad:
        return torch.zeros_like(text)
    (slope,) = torch.autograd.grad((out * weigh(out)).sum(), text, allow_unused=True)
    return torch.zeros_like(text) if slope is None else slope


def by_gradient(path, text):
    return gradient(path, text).norm(dim=-1)


def by_difference(path, text):
    """Without any gradient: move each word, and see."""
    moved = []
    for word in range(len(text)):
        other = text.clone()
        other[word] += torch.randn(text.shape[1])
        moved.append((path(other) - path(text)).abs().max())
    return torch.stack(moved).detach()


def without_care(path, text):
    text = text.detach().clone().requires_grad_()
    path(text).sum().backward()
    return text.grad.norm(dim=-1)


ANSWERS = {
    "6.1": {
        "stub": lambda dim, latent, attention: ...,
        "right": [counted(), by_library],
        "wrong": [
            (counted(bias=0), "The biases are missing"),
            (counted(maps=3), "four maps, not three"),
            (counted(each=1), "a mean and a log-variance"),
            (counted(norm=0), "The norm is missing"),
            (counted(norm=1), "two vectors"),
            (counted(back=0), "The way back is missing"),
            (counted(copies={"shared": 2, "separate": 2, "none": 0}), "what is shared is there once"),
            (counted(copies={"shared": 1, "separate": 1, "none": 0}), "you counted one"),
            (counted(copies={"shared": 1, "separate": 2, "none": 1}), "there is none to count"),
            (lambda dim, latent, attention: 4 * dim, "there are 980 weights, but you count 48"),
            (lambda dim, latent, attention: "many", "you returned str"),
            (lambda dim, latent, attention: {}[dim], "stopped with KeyError"),
        ],
    },
    "6.2": {
        "stub": lambda mask, num: None,
        "right": [
            lambda mask, num: mask.sum(dim=1, keepdim=True) + torch.arange(num),
            lambda mask, num: torch.stack([torch.arange(num) + len(row[row]) for row in mask]),
            lambda mask, num: (
                (1 + (mask * torch.arange(1, 1 + mask.shape[1])).argmax(1))[:, None] + torch.arange(num)
            ),
        ],
        "wrong": [
            (
                lambda mask, num: (mask.shape[1] + torch.arange(num)).expand(len(mask), num),
                "that is the leak",
            ),
            (lambda mask, num: torch.arange(num).expand(len(mask), num), "start again at 0"),
            (lambda mask, num: mask.sum(1, keepdim=True) - 1 + torch.arange(num), "on the clip's last step"),
            (lambda mask, num: mask.sum(1, keepdim=True) + 1 + torch.arange(num), "gap of one"),
            (
                lambda mask, num: (mask.sum(1).max() + torch.arange(num)).expand(len(mask), num),
                "the longest clip of the batch",
            ),
            (lambda mask, num: (~mask).sum(1, keepdim=True) + torch.arange(num), "counted the filling"),
            (lambda mask, num: mask.sum(dim=1) + torch.arange(num)[:, None], "Clips come first"),
            (lambda mask, num: mask.shape[1] + torch.arange(num), "Each clip has places of its own"),
            (
                lambda mask, num: torch.arange(mask.shape[1] + num).expand(len(mask), -1),
                "the words' places alone",
            ),
            (lambda mask, num: torch.zeros(2, 2), "but yours is (2, 2)"),
            (
                lambda mask, num: 2 * mask.sum(1, keepdim=True) + torch.arange(num),
                "has its words at [3, 4, 5, 6]",
            ),
            (lambda mask, num: [3, 4], "you returned list"),
        ],
    },
    "6.3": {
        "stub": lambda path, text: ...,
        "right": [
            by_gradient,
            by_difference,
            lambda path, text: gradient(path, text).abs().amax(dim=-1),
        ],
        "wrong": [
            (
                lambda path, text: gradient(path, text, torch.ones_like).norm(dim=-1),
                "blind to a path that ends in a norm",
            ),
            (lambda path, text: gradient(lambda t: path(t)[0], text).norm(dim=-1), "the last step alone"),
            (lambda path, text: gradient(path, text), "That is the gradient itself"),
            (lambda path, text: gradient(path, text).norm(), "not from which word"),
            (lambda path, text: gradient(path, text).norm(dim=0), "dim=-1"),
            (lambda path, text: gradient(path, text).norm(dim=-1) / 0, "not finite"),
            (lambda path, text: text.norm(dim=-1), "blames 0, 1, 2, 3, 4"),
            (
                lambda path, text: by_gradient(path, text) + (path(text).std() < 1e-6) * 1.0,
                "A path that does not use the text must get zeros",
            ),
            (lambda path, text: by_gradient(path, text) * torch.tensor([1, 0, 1, 1, 1]), "finds 3"),
            (lambda path, text: -by_gradient(path, text), "is negative"),
            (lambda path, text: torch.zeros(2), "your shape is (2,)"),
            (lambda path, text: True, "you returned bool"),
            (without_care, "stopped with"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis


def test_the_count_is_the_librarys() -> None:
    for attention in ("shared", "separate", "none"):
        assert chapter06._count(12, 5, attention) == by_library(12, 5, attention)
