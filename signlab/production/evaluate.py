"""How good the clips are: stage 1 by distance, stage 2 by whether a recogniser names them. Chapter 16."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from signlab.blocks.quantizer import perplexity
from signlab.data.example import SignExample
from signlab.metrics.video import psnr, ssim
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import FACE, HANDS, from_videos, load_clips, to_videos
from signlab.production.sample import SamplingConfig
from signlab.production.system import ProductionSystem
from signlab.production.train_autoencoder import near
from signlab.shapes import UInt8

Recogniser = Callable[[UInt8[np.ndarray, "clips frames height width 3"]], Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderReport:
    """What is left of clips after their way through the codes; means over clips."""

    psnr: float  # decibels, over the frame
    hand_psnr: float  # decibels, inside boxes of 18/64 of the frame's side around the hands
    face_psnr: float  # decibels, inside a box of that side around the middle of the face
    ssim: float  # 1 = equal
    perplexity: float  # of all codes of all clips together
    usage: float  # share of the codebook that occurs at all
    num_clips: int

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


@torch.no_grad()
def evaluate_autoencoder(
    autoencoder: VideoAutoencoder, examples: Sequence[SignExample], *, batch_size: int = 16
) -> AutoencoderReport:
    """Encode and decode every example and measure the difference."""
    config, device = autoencoder.config, next(autoencoder.parameters()).device
    clips = load_clips(examples, frames=config.frames, size=config.size)
    frame, hands, face, structure = [], [], [], []
    counts = torch.zeros(config.num_codes, device=device)
    for start in range(0, len(clips.videos), batch_size):
        some = clips.some(slice(start, start + batch_size))
        videos = to_videos(some.videos.to(device))
        codes = autoencoder.encode(videos)
        decoded = autoencoder.decode(codes)
        frame.append(psnr(decoded, videos))
        hands.append(psnr(decoded, videos, mask=near(some, HANDS, videos)))
        face.append(psnr(decoded, videos, mask=near(some, FACE, videos)))
        structure.append(ssim(decoded, videos))
        counts += torch.bincount(codes.flatten(), minlength=config.num_codes)
    return AutoencoderReport(
        psnr=torch.cat(frame).mean().item(),
        hand_psnr=torch.cat(hands).nanmean().item(),
        face_psnr=torch.cat(face).nanmean().item(),
        ssim=torch.cat(structure).mean().item(),
        perplexity=perplexity(counts).item(),
        usage=(counts > 0).float().mean().item(),
        num_clips=len(clips.videos),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductionReport:
    """How often a recogniser names the sign; shares of clips. Chance is one in `num_glosses`."""

    real: float  # the examples themselves, 16 frames of each
    reconstructed: float  # the same after their way through the codes: the most stage 2 could reach
    generated: float  # made from the gloss and the example's first frame
    generated_without_frame: float  # made from the gloss alone
    chance: float
    identity_psnr: float  # decibels from the first generated frame to the one given, mean over clips
    num_clips: int
    num_glosses: int

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


@torch.no_grad()
def evaluate_production(
    system: ProductionSystem,
    examples: Sequence[SignExample],
    recogniser: Recogniser,
    *,
    sampling: SamplingConfig | None = None,
    batch_size: int = 32,
    seed: int = 0,
) -> ProductionReport:
    """Let a recogniser name real, reconstructed and generated clips of the same signs.

    Args:
        system: Both stages.
        examples: Isolated signs, none of them seen in training.
        recogniser: Names clips, RGB from 0 to 255; trained on real clips only.
        sampling: As in `ProductionSystem.produce`.
        batch_size: Clips generated side by side.
        seed: Of the draws.
    """
    autoencoder = system.autoencoder
    device = next(autoencoder.parameters()).device
    clips = load_clips(examples, frames=autoencoder.config.frames, size=autoencoder.config.size)
    kinds = ("real", "reconstructed", "generated", "generated_without_frame")
    right: dict[str, int] = dict.fromkeys(kinds, 0)
    likeness = []
    for start in range(0, len(clips.videos), batch_size):
        part = slice(start, start + batch_size)
        real, glosses = clips.videos[part], clips.glosses[part]
        reconstructed = autoencoder.decode(autoencoder.encode(to_videos(real.to(device))))
        pictures = real[:, 0].numpy()
        draws = {"sampling": sampling, "seed": seed + start}
        shown = {
            "real": real.numpy(),
            "reconstructed": from_videos(reconstructed).cpu().numpy(),
            "generated": system.produce_many(glosses, pictures, **draws),
            "generated_without_frame": system.produce_many(glosses, **draws),
        }
        for kind, videos in shown.items():
            named = recogniser(videos)
            right[kind] += sum(name == gloss for name, gloss in zip(named, glosses, strict=True))
        first = torch.from_numpy(shown["generated"][:, :1])
        likeness.append(psnr(to_videos(first), to_videos(real[:, :1])))
    return ProductionReport(
        **{kind: count / len(clips.videos) for kind, count in right.items()},
        chance=1 / len(system.glosses),
        identity_psnr=torch.cat(likeness).mean().item(),
        num_clips=len(clips.videos),
        num_glosses=len(system.glosses),
    )
