"""What the two stages are asked to get right; every term unweighted. Chapter 11."""

from typing import NamedTuple

from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional as F

from signlab.production.autoencoder import Reconstruction
from signlab.shapes import Bool, Float, Int


class AutoencoderLoss(NamedTuple):
    """Each averaged over everything it looks at, so that a weight means the same for any clip."""

    pixels: Float[Tensor, ""]  # squared or absolute difference per colour value, over the whole clip
    hands: Float[Tensor, ""]  # the same inside the hands' boxes; 0 where no boxes are known
    face: Float[Tensor, ""]  # the same inside the face's box; 0 where no boxes are known
    commitment: Float[Tensor, ""]  # squared distance from encoding to code, per component
    codebook: Float[Tensor, ""]  # the same, for codes that learn by gradient; else 0


def autoencoder_loss(
    reconstruction: Reconstruction,
    videos: Float[Tensor, "batch 3 frames height width"],
    *,
    hands: Bool[Tensor, "batch frames height width"] | None = None,
    face: Bool[Tensor, "batch frames height width"] | None = None,
    distance: str = "squared",
) -> AutoencoderLoss:
    """How far the reconstruction is from the clip, and the encoding from its codes.

    Args:
        reconstruction: What the autoencoder made of `videos`.
        videos: The clips.
        hands: Pixels near the hands; fingers cover few pixels and are lost first.
        face: Pixels of the face; brows and mouth cover fewer still.
        distance: Between colour values, "squared" or "absolute".

    Source: the squared difference as in VideoGPT (Yan et al., 2021), the absolute one as in VQGAN (Esser et
    al., 2021) and TATS; codebook and commitment as in van den Oord et al. (2017), Eq. 3, second and third
    term. The second is 0 where codes are running means.
    Departure: the terms of hands and face are ours.

    Raises:
        ValueError: If there is no such distance.
    """
    if distance not in ("squared", "absolute"):
        raise ValueError(f"distance must be 'squared' or 'absolute', but got {distance!r}.")
    error = reconstruction.videos.float() - videos
    differences = reduce(
        error.square() if distance == "squared" else error.abs(),
        "batch channel frames height width -> batch frames height width",
        "mean",
    )
    quantized = reconstruction.quantized
    return AutoencoderLoss(
        pixels=differences.mean(),
        hands=_mean_within(differences, hands),
        face=_mean_within(differences, face),
        commitment=quantized.commitment,
        codebook=quantized.codebook,
    )


def _mean_within(differences: Tensor, mask: Tensor | None) -> Tensor:
    """Over the pixels inside the mask; 0 where there are none."""
    if mask is None:
        return differences.new_zeros(())
    weights = mask.to(differences)
    return (differences * weights).sum() / weights.sum().clamp(min=1)


class LatentLoss(NamedTuple):
    """Each averaged over the target codes it looks at."""

    codes: Float[Tensor, ""]  # nats per code, over the whole batch
    hands: Float[Tensor, ""]  # the same near the hands; 0 where nobody knows where they are
    face: Float[Tensor, ""]  # the same in the face; 0 where nobody knows where it is
    accuracy: Float[Tensor, ""]  # share of codes the likeliest guess gets right; no gradient


def latent_loss(
    logits: Float[Tensor, "batch tokens vocab"],
    codes: Int[Tensor, "batch grid_frames grid_height grid_width"],
    *,
    hands: Bool[Tensor, "batch grid_frames grid_height grid_width"] | None = None,
    face: Bool[Tensor, "batch grid_frames grid_height grid_width"] | None = None,
) -> LatentLoss:
    """How surprised the transformer is by the true codes, in raster order.

    Args:
        logits: Of each code.
        codes: The true ones.
        hands: Those that draw near the hands.
        face: Those that draw the face.
    """
    flat_logits = rearrange(logits.float(), "batch tokens vocab -> (batch tokens) vocab")
    flat_codes = rearrange(codes, "batch t h w -> (batch t h w)")
    nats = F.cross_entropy(flat_logits, flat_codes, reduction="none")
    return LatentLoss(
        codes=nats.mean(),
        hands=_mean_within(nats, None if hands is None else hands.flatten()),
        face=_mean_within(nats, None if face is None else face.flatten()),
        accuracy=(flat_logits.argmax(dim=-1) == flat_codes).float().mean(),
    )
