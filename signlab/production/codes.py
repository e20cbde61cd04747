"""A split of isolated signs as codes: made once by the frozen autoencoder, then kept. Chapter 14."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from einops import reduce
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from signlab.data.example import SignExample
from signlab.production.autoencoder import REDUCTION, VideoAutoencoder
from signlab.production.clips import (
    FACE,
    HANDS,
    Clips,
    clips_in_parts,
    from_videos,
    recoloured,
    still_videos,
    to_videos,
)
from signlab.production.transformer import still_codes
from signlab.shapes import Bool, Int

CHUNK = 16  # clips encoded at a time
FORMAT = 2  # of the file; 1 did not say where hands and face are


class Codes(NamedTuple):
    """What the latent transformer learns from."""

    clips: Int[Tensor, "clips frames height width"]
    first_frames: Int[Tensor, "clips height width"]  # each clip's first frame, encoded as a still
    glosses: tuple[str, ...]  # the sign of each clip
    hands: Bool[Tensor, "clips frames height width"] | None = None  # codes that draw near the hands
    face: Bool[Tensor, "clips frames height width"] | None = None  # the face; None = nobody knows

    def some(self, indices: list[int]) -> "Codes":
        """Those of these clips."""
        glosses = tuple(self.glosses[index] for index in indices)
        hands, face = (None if mask is None else mask[indices] for mask in (self.hands, self.face))
        return Codes(self.clips[indices], self.first_frames[indices], glosses, hands, face)


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
    hands, face = [], []
    for some in clips_in_parts(examples, frames=config.frames, size=config.size, num=CHUNK):
        originals = to_videos(some.videos.to(device))
        near_hands, near_face = codes_near(some, HANDS), codes_near(some, FACE)  # no colour changes that
        for copy in range(1 + recolourings):
            videos = recoloured(originals, share=0.3, generator=generator) if copy else originals
            clips.append(autoencoder.encode(videos).cpu())
            pictures = from_videos(videos[:, :, :1])[:, 0]
            stills = autoencoder.encode(still_videos(pictures, frames=config.frames).to(device))
            first_frames.append(still_codes(stills).cpu())
            glosses += some.glosses
            hands.append(near_hands)
            face.append(near_face)
    masks = (torch.cat(hands), torch.cat(face)) if some.joint_names else ()
    return Codes(torch.cat(clips), torch.cat(first_frames), tuple(glosses), *masks)


def codes_near(clips: Clips, joints: Sequence[str]) -> Bool[Tensor, "clips frames height width"]:
    """The codes whose pixels lie in the boxes around these joints, in part or as a whole."""
    pattern = "clips (frames a) (height b) (width c) -> clips frames height width"
    return reduce(clips.near(joints), pattern, "any", a=REDUCTION, b=REDUCTION, c=REDUCTION)


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
                masks = [stored.get_tensor(name) for name in ("hands", "face") if name in set(stored.keys())]
                return Codes(clips, first_frames, tuple(json.loads(about["glosses"])), *masks)
    except (OSError, SafetensorError):
        pass  # absent or damaged: made anew below
    codes = encode_split(examples, autoencoder, recolourings=recolourings, seed=seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    tensors = {"clips": codes.clips.int(), "first_frames": codes.first_frames.int()}
    if codes.hands is not None and codes.face is not None:
        tensors |= {"hands": codes.hands, "face": codes.face}
    try:
        save_file(tensors, partial, metadata={"key": key, "glosses": json.dumps(codes.glosses)})
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return codes


def _key(examples: Sequence[SignExample], settings: list[object]) -> str:
    """A fingerprint of how many examples there are, of the first one's video, and of the settings."""
    first, last = examples[0], examples[len(examples) - 1]
    found = hashlib.sha256(json.dumps([FORMAT, len(examples), first.name, last.name, settings]).encode())
    for example in (first, last):
        found.update(b"" if example.video is None else example.video.tobytes())
    return found.hexdigest()
