"""How good the clips are: by distance, by who recognises what in them, and as sets. Chapter 16."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from signlab.blocks.quantizer import perplexity
from signlab.data.example import SignExample
from signlab.metrics.frechet import FrechetDistance
from signlab.metrics.video import motion_psnr, psnr, sharpness, ssim, steadiness
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import FACE, HANDS, from_videos, load_clips, to_videos
from signlab.production.judges import FEWEST, Judgement, Judges, judged, set_distance
from signlab.production.sample import SamplingConfig
from signlab.production.system import ProductionSystem

MEASURES = ("psnr", "hand_psnr", "face_psnr", "motion_psnr", "ssim", "sharpness", "steadiness")
KINDS = ("real", "reconstructed", "generated")
ALONE = "generated_without_frame"


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderReport:
    """What is left of clips after their way through the codes; means over clips."""

    psnr: float  # decibels, over the frame
    hand_psnr: float  # decibels, inside boxes of 18/64 of the frame's side around the hands
    face_psnr: float  # decibels, inside a box of that side around the middle of the face
    motion_psnr: float  # decibels, of the differences from frame to frame
    ssim: float  # 1 = equal
    sharpness: float  # energy of edges; the clips' own is 1
    steadiness: float  # share of codes that stay where nothing moves, from one frame of codes to the next
    perplexity: float  # of all codes of all clips together
    usage: float  # share of the codebook that occurs at all
    num_clips: int
    judged: Judgement | None = None  # of "real" and "reconstructed" clips

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@torch.no_grad()
def evaluate_autoencoder(
    autoencoder: VideoAutoencoder,
    examples: Sequence[SignExample],
    judges: Judges | None = None,
    *,
    batch_size: int = 16,
    twins: Collection[str] = (),
) -> AutoencoderReport:
    """Encode and decode every example and measure the difference.

    Args:
        autoencoder: In eval mode.
        examples: Isolated signs, none of them seen in training.
        judges: Who looks at the reconstructions; None = nobody, distances only.
        batch_size: Clips that are encoded together.
        twins: Glosses of signs that differ from another on the face only; reported separately.
    """
    config, device = autoencoder.config, next(autoencoder.parameters()).device
    clips = load_clips(examples, frames=config.frames, size=config.size)
    found: dict[str, list[Tensor]] = {name: [] for name in MEASURES}
    made: list[Tensor] = []
    counts = torch.zeros(config.num_codes, device=device)
    for start in range(0, len(clips.videos), batch_size):
        some = clips.some(slice(start, start + batch_size))
        videos = to_videos(some.videos.to(device))
        codes = autoencoder.encode(videos)
        decoded = autoencoder.decode(codes)
        found["psnr"].append(psnr(decoded, videos))
        found["hand_psnr"].append(psnr(decoded, videos, mask=some.near(HANDS, device)))
        found["face_psnr"].append(psnr(decoded, videos, mask=some.near(FACE, device)))
        found["motion_psnr"].append(motion_psnr(decoded, videos))
        found["ssim"].append(ssim(decoded, videos))
        found["sharpness"].append(sharpness(decoded, videos))
        found["steadiness"].append(steadiness(codes, videos))
        made.append(from_videos(decoded).cpu())
        counts += torch.bincount(codes.flatten(), minlength=config.num_codes)
    return AutoencoderReport(
        **{name: torch.cat(values).nanmean().item() for name, values in found.items()},
        perplexity=perplexity(counts).item(),
        usage=(counts > 0).float().mean().item(),
        num_clips=len(clips.videos),
        judged=None
        if judges is None
        else judged({"real": clips.videos, "reconstructed": torch.cat(made)}, clips, judges, twins=twins),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductionReport:
    """What judges say of real, reconstructed and generated clips of the same signs."""

    # of "real", "reconstructed" (the most stage 2 could reach), "generated" (from gloss and first frame) and, if
    # asked for, "generated_without_frame" (from the gloss alone) clips
    judged: Judgement
    from_reconstructed: FrechetDistance | None  # of the generated clips: FVD* when features are I3D's
    chance: float  # share that blind naming gets right: one in `num_glosses`
    identity_psnr: float  # decibels from the first generated frame to the one given, mean over clips
    num_clips: int
    num_glosses: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@torch.no_grad()
def evaluate_production(
    system: ProductionSystem,
    examples: Sequence[SignExample],
    judges: Judges,
    *,
    sampling: SamplingConfig | None = None,
    batch_size: int = 32,
    seed: int = 0,
    twins: Collection[str] = (),
    without_frame: bool = True,
) -> ProductionReport:
    """Let judges look at real, reconstructed and generated clips of the same signs.

    Args:
        system: Both stages.
        examples: Isolated signs, none of them seen in training.
        judges: Who looks; trained on real clips only.
        sampling: As in `ProductionSystem.produce`.
        batch_size: Clips generated side by side.
        seed: Of the draws.
        twins: Glosses of signs that differ from another on the face only; reported separately.
        without_frame: Whether clips are made from the gloss alone, too, which takes as long again.
    """
    autoencoder = system.autoencoder
    device = next(autoencoder.parameters()).device
    clips = load_clips(examples, frames=autoencoder.config.frames, size=autoencoder.config.size)
    made: dict[str, list[Tensor]] = {kind: [] for kind in (*KINDS, *([ALONE] if without_frame else []))}
    for start in range(0, len(clips.videos), batch_size):
        some = clips.some(slice(start, start + batch_size))
        pictures, draws = some.videos[:, 0].numpy(), {"sampling": sampling, "seed": seed + start}
        decoded = autoencoder.decode(autoencoder.encode(to_videos(some.videos.to(device))))
        made["real"].append(some.videos)
        made["reconstructed"].append(from_videos(decoded).cpu())
        made["generated"].append(torch.from_numpy(system.produce_many(some.glosses, pictures, **draws)))
        if without_frame:
            made[ALONE].append(torch.from_numpy(system.produce_many(some.glosses, **draws)))
    kinds = {kind: torch.cat(parts) for kind, parts in made.items()}
    likeness = psnr(to_videos(kinds["generated"][:, :1]), to_videos(clips.videos[:, :1]))
    enough = len(clips.videos) >= FEWEST
    return ProductionReport(
        judged=judged(kinds, clips, judges, twins=twins),
        from_reconstructed=set_distance(kinds["reconstructed"], kinds["generated"], judges)
        if enough
        else None,
        chance=1 / len(system.glosses),
        identity_psnr=likeness.mean().item(),
        num_clips=len(clips.videos),
        num_glosses=len(system.glosses),
    )
