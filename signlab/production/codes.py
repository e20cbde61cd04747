"""A split of isolated signs as codes: made once by the frozen autoencoder, then kept. Chapter 14."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from signlab.data.example import SignExample
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import clips_in_parts, from_videos, recoloured, still_videos, to_videos
from signlab.production.transformer import still_codes
from signlab.shapes import Int

CHUNK = 16  # clips encoded at a time


class Codes(NamedTuple):
    """What the latent transformer learns from."""

    clips: Int[Tensor, "clips frames height width"]
    first_frames: Int[Tensor, "clips height width"]  # each clip's first frame, encoded as a still
    glosses: tuple[str, ...]  # the sign of each clip


@torch.no_grad()
def encode_split(
    examples: Sequence[SignExample], autoencoder: VideoAutoencoder, *, recolourings: int = 0, seed: int = 0
) -> Codes:
    """Encode every example as a clip and its first frame as a still.

    Args:
        examples: Isolated signs.
        autoencoder: Frozen; in eval mode.
        recolourings: Further copies of each example in other colours, so that the transformer meets more
            codes than the few signers of a small corpus show.
        seed: Of those colours.
    """
    config, device = autoencoder.config, next(autoencoder.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    clips, first_frames, glosses = [], [], []
    for some in clips_in_parts(examples, frames=config.frames, size=config.size, num=CHUNK):
        originals = to_videos(some.videos.to(device))
        for copy in range(1 + recolourings):
            videos = recoloured(originals, share=0.3, generator=generator) if copy else originals
            clips.append(autoencoder.encode(videos).cpu())
            pictures = from_videos(videos[:, :, :1])[:, 0]
            stills = autoencoder.encode(still_videos(pictures, frames=config.frames).to(device))
            first_frames.append(still_codes(stills).cpu())
            glosses += some.glosses
    return Codes(torch.cat(clips), torch.cat(first_frames), tuple(glosses))


def kept_codes(
    examples: Sequence[SignExample],
    autoencoder: VideoAutoencoder,
    *,
    file: Path,
    made_by: str,
    recolourings: int = 0,
    seed: int = 0,
) -> Codes:
    """The codes of a split from `file`, or made now and written there.

    A file that was made by another autoencoder or of other examples, or is damaged, is made anew.

    Args:
        examples: Isolated signs.
        autoencoder: Frozen; in eval mode.
        file: Where the codes are kept.
        made_by: The autoencoder's digest.
        recolourings: As in `encode_split`.
        seed: As in `encode_split`.
    """
    key = _key(examples, [made_by, recolourings, seed])
    try:
        with safe_open(file, framework="pt") as stored:
            about = stored.metadata() or {}
            if about.get("key") == key:
                clips, first_frames = (stored.get_tensor(name).long() for name in ("clips", "first_frames"))
                return Codes(clips, first_frames, tuple(json.loads(about["glosses"])))
    except (OSError, SafetensorError):
        pass  # absent or damaged: made anew below
    codes = encode_split(examples, autoencoder, recolourings=recolourings, seed=seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    tensors = {"clips": codes.clips.int(), "first_frames": codes.first_frames.int()}
    try:
        save_file(tensors, partial, metadata={"key": key, "glosses": json.dumps(codes.glosses)})
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return codes


def _key(examples: Sequence[SignExample], settings: list[object]) -> str:
    """A fingerprint of how many examples there are, of the first one's video, and of the settings."""
    first, last = examples[0], examples[len(examples) - 1]
    found = hashlib.sha256(json.dumps([len(examples), first.name, last.name, settings]).encode())
    for example in (first, last):
        found.update(b"" if example.video is None else example.video.tobytes())
    return found.hexdigest()
