"""Both paths through the encoder in one pass: the clip alone, and the clip beside its sentence. Chapter 6."""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float, Int
from signlab.translation.encoder import SignEncoder
from signlab.translation.latent import Sequences


class Reading(NamedTuple):
    """What the encoder makes of a clip: alone (prior), and a second time; `text` if a sentence was beside it."""

    prior: Sequences
    second: Sequences | None = None
    text: Sequences | None = None


def read_clip(
    encoder: SignEncoder,
    embedded: Float[Tensor, "batch steps dim"],
    mask: Bool[Tensor, "batch steps"],
    keep_filling: bool,
    *,
    times: int,
) -> Reading:
    """The clip alone, once or twice; with dropout, twice is not the same.

    Args:
        encoder: Of both paths.
        embedded: Steps at the width of the model.
        mask: Which are real.
        keep_filling: Whether the others are computed too.
        times: 1 or 2.
    """
    computed = torch.ones_like(mask) if keep_filling else mask
    places = _counted(mask.shape[1], mask).expand(mask.shape)
    packed = encoder.read(
        embedded.repeat(times, 1, 1),
        places.repeat(times, 1),
        Ragged(computed.repeat(times, 1)),
        mask.repeat(times, 1),
    )
    layout = Ragged(computed)
    each = packed.split(len(layout))[:times]
    return Reading(*(Sequences(layout.fit(tokens), layout, mask) for tokens in each))


def read_both(
    encoder: SignEncoder,
    embedded: Float[Tensor, "batch steps dim"],
    mask: Bool[Tensor, "batch steps"],
    text: Float[Tensor, "batch words dim"],
    text_mask: Bool[Tensor, "batch words"],
    keep_filling: bool,
) -> Reading:
    """The clip alone, and the clip with its sentence after it: sign sees text there, and text sees sign.

    The rows of both paths go through the encoder side by side. A word's place counts on from the last real
    step of its own clip, so a sentence reads the same in whatever batch it stands.

    Source: CV-SLT (Zhao et al., 2024), the two passes of its encoder.
    Departure: the released code counts on from the longest clip of the batch, padding in between, so that
    its posterior depends on the batch; for a single clip both are the same.
    """
    steps, words = mask.shape[1], text.shape[1]
    first = F.pad(mask, (0, words))
    joint = torch.cat([mask, text_mask], dim=1)
    real = torch.cat([first, joint])
    computed = real
    if keep_filling:
        computed = torch.ones_like(real)
        computed[: len(mask), steps:] = False
    places = _counted(steps, mask).expand(mask.shape)
    text_places = _counted(words, mask) + rearrange(ends_of(mask), "batch -> batch 1")
    packed = encoder.read(
        torch.cat([F.pad(embedded, (0, 0, 0, words)), torch.cat([embedded, text.to(embedded.dtype)], dim=1)]),
        torch.cat([places, text_places], dim=1).repeat(2, 1),
        Ragged(computed),
        real,
    )
    sign_layout, text_layout = Ragged(computed[len(mask) :, :steps]), Ragged(computed[len(mask) :, steps:])
    of_clip = (_counted(steps + words, mask) < steps).expand(joint.shape)[computed[len(mask) :]]
    num = len(sign_layout)
    alone, beside = packed[:num], packed[num : num + len(of_clip)]
    return Reading(
        prior=Sequences(sign_layout.fit(alone), sign_layout, mask),
        second=Sequences(sign_layout.fit(beside[of_clip]), sign_layout, mask),
        text=Sequences(text_layout.fit(beside[~of_clip]), text_layout, text_mask),
    )


def with_ends_marked(
    embedded: Float[Tensor, "batch steps dim"],
    mask: Bool[Tensor, "batch steps"],
    marks: Float[Tensor, "1 marks dim"],
) -> tuple[Tensor, Tensor]:
    """The marks put right after the last real step of each clip; steps and mask."""
    num, longest = marks.shape[1], mask.shape[1] + marks.shape[1]
    index = _counted(longest, mask)
    steps = F.pad(embedded, (0, 0, 0, num))
    extended = F.pad(mask, (0, num))
    ends = ends_of(mask)
    for offset in range(num):
        here = index == rearrange(ends + offset, "batch -> batch 1")
        steps = torch.where(here[..., None], marks[:, offset : offset + 1].to(steps.dtype), steps)
        extended = extended | here
    return steps, extended


def ends_of(mask: Bool[Tensor, "batch steps"]) -> Int[Tensor, " batch"]:
    """One beyond the last real step of each row, whatever is hidden before it."""
    return (mask * (1 + _counted(mask.shape[1], mask))).amax(dim=1)


def _counted(num: int, like: Tensor) -> Int[Tensor, " num"]:
    return torch.arange(num, device=like.device)
