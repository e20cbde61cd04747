"""Answers to chapter 3's exercises, right and wrong."""

import torch
from einops import rearrange

from signlab.teach.checks import check


def mean_by_where(features, mask):
    real = torch.where(mask[..., None], features, 0.0)
    return real.sum(dim=1) / mask.sum(dim=1, keepdim=True)


def mean_by_loop(features, mask):
    return torch.stack([clip[real].mean(dim=0) for clip, real in zip(features, mask, strict=True)])


def mask_by_loop(lengths, num_frames):
    mask = torch.zeros(len(lengths), num_frames, dtype=torch.bool)
    for at, length in enumerate(lengths.tolist()):
        mask[at, :length] = True
    return mask


def pattern(text):
    return lambda video: rearrange(video, text)


ANSWERS = {
    "3.1": {
        "stub": lambda video: ...,
        "right": [
            pattern("b c f h w -> (b f) c h w"),
            lambda video: video.permute(0, 2, 1, 3, 4).flatten(0, 1),
        ],
        "wrong": [
            (lambda video: video.reshape(-1, 3, 7, 11), "reshape reads the numbers"),
            (pattern("b c f h w -> (f b) c h w"), "clip after clip"),
            (pattern("b c f h w -> b f c h w"), "still two axes"),
            (pattern("b c f h w -> (b c) f h w"), "three colours together"),
            (pattern("b c f h w -> (b f) h w c"), "in another order"),
            (pattern("b c f h w -> (b f) c h"), "stopped with EinopsError"),
            (pattern("b c f h w -> (b c f) h w"), "your shape is (30, 7, 11)"),
            (lambda video: video.flip(2).permute(0, 2, 1, 3, 4).flatten(0, 1), "image 1 is not frame 1"),
            (lambda video: video.tolist(), "you returned list"),
        ],
    },
    "3.2": {
        "stub": lambda lengths, num_frames: ...,
        "right": [lambda lengths, num_frames: torch.arange(num_frames) < lengths[:, None], mask_by_loop],
        "wrong": [
            (lambda lengths, n: torch.arange(n) >= lengths[:, None], "upside down"),
            (lambda lengths, n: torch.arange(n) <= lengths[:, None], "One frame too many"),
            (lambda lengths, n: torch.arange(1, n + 1) < lengths[:, None], "One frame too few"),
            (lambda lengths, n: torch.arange(n)[:, None] < lengths, "Clips come first"),
            (lambda lengths, n: mask_by_loop(lengths, int(lengths.max())), "the padding may be longer"),
            (lambda lengths, n: mask_by_loop(lengths, n).float(), "holds torch.float32"),
            (lambda lengths, n: torch.arange(n) < lengths, "stopped with RuntimeError"),
            (lambda lengths, n: mask_by_loop(lengths, n).flip(1), "has the mask [1, 1, 1, 0"),
            (lambda lengths, n: mask_by_loop(lengths, n)[0], "shape (3, 7)"),
            (lambda lengths, n: mask_by_loop(lengths, n).tolist(), "you returned list"),
        ],
    },
    "3.3": {
        "stub": lambda features, mask: None,
        "right": [mean_by_where, mean_by_loop],
        "wrong": [
            (lambda features, mask: features.mean(dim=1), "the mask was not used"),
            (lambda features, mask: (features * mask[..., None]).mean(dim=1), "still counted"),
            (lambda features, mask: mean_by_where(features, ~mask), "True means real"),
            (lambda features, mask: (features * mask[..., None]).sum(1) / mask.sum(), "in the whole batch"),
            (lambda features, mask: (features * mask[..., None]).sum(1), "divide it by their number"),
            (
                lambda features, mask: (features * mask[..., None]).sum(1) / mask.sum(1, keepdim=True),
                "0 x nan is nan",
            ),
            (lambda features, mask: features.mean(dim=2), "average over the frames"),
            (lambda features, mask: features[mask].mean(dim=0), "joins the clips"),
            (lambda features, mask: mean_by_where(features, mask)[:, :1], "yours has (2, 1)"),
            (lambda features, mask: mean_by_where(features, mask) + 1, "have the mean (3, 6)"),
            (lambda features, mask: 3.0, "you returned float"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
