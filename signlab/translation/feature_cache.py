"""Features of whole splits, computed once and kept on disk by the hash of what they depend on. Chapter 9."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from signlab.data.batches import collate
from signlab.data.example import SignExample
from signlab.data.workers import each, workers_for
from signlab.shapes import Float
from signlab.translation.features import VisualEncoder
from signlab.translation.splits import fingerprint, texts

FORMAT = 1  # goes up whenever the same weights and videos would give other features
BATCH = 16  # clips looked at side by side


def with_features(
    encoder: VisualEncoder, split: Sequence[SignExample], *, folder: Path | None = None
) -> list[SignExample]:
    """The examples of a split with features instead of videos.

    The file's name holds a hash of the encoder's weights and of the videos, so a file is never stale: with
    other weights or videos it is another file. It appears by a rename, so it is never half a file either.

    Args:
        encoder: Computes the features; in evaluation mode afterwards.
        split: Examples with videos. Those that have features already stay as they are.
        folder: Where feature files lie; None computes without keeping.
    """
    if split[0].features is not None:
        return list(split)
    path = None if folder is None else folder / f"features-{_key(encoder, split)}.safetensors"
    rows = _read(path)
    if rows is None:
        rows = _computed(encoder, split)
        if path is not None:
            _write(path, rows)
    plain = (replace(example, video=None, truth=None) for example in texts(split))
    return [replace(example, features=row.numpy()) for example, row in zip(plain, rows, strict=True)]


def _computed(encoder: VisualEncoder, split: Sequence[SignExample]) -> list[Tensor]:
    """The features of all examples; clips that must be drawn become features in the process that draws them."""
    if workers_for(split) > 1:
        return [torch.from_numpy(row) for row in each(split, _Features(encoder))]
    rows: list[Tensor] = []
    for start in range(0, len(split), BATCH):
        some = range(start, min(start + BATCH, len(split)))
        rows += compute(encoder, [split[index] for index in some])
    return rows


class _Features:
    """One clip's features, in a process of several: one thread, so that they do not get in each other's way."""

    def __init__(self, encoder: VisualEncoder) -> None:
        self.encoder = encoder

    def __call__(self, example: SignExample) -> Float[np.ndarray, "_steps dim"]:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return compute(self.encoder, [example])[0].numpy()
        finally:
            torch.set_num_threads(threads)


@torch.no_grad()
def compute(encoder: VisualEncoder, examples: Sequence[SignExample]) -> list[Float[Tensor, "_steps dim"]]:
    """The features of a few clips, computed side by side.

    Raises:
        ValueError: If an example has no video.
    """
    blind = [example.name for example in examples if example.video is None]
    if blind:
        raise ValueError(f"Features are computed from videos, but {blind[0]} has none; is its file there?")
    encoder.eval()
    device = next(encoder.parameters()).device
    batch = collate([replace(example, features=None) for example in examples]).to(device)
    assert batch.video is not None
    assert batch.frames_mask is not None
    features, steps_mask = encoder(batch.video, batch.frames_mask)
    return [row[mask].float().cpu() for row, mask in zip(features, steps_mask, strict=True)]


def weights_hash(module: nn.Module) -> str:
    """A digest of all weights and buffers of a module, names and shapes included."""
    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _key(encoder: VisualEncoder, split: Sequence[SignExample]) -> str:
    parts = [FORMAT, weights_hash(encoder), fingerprint(split)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _read(path: Path | None) -> list[Tensor] | None:
    """The rows of a feature file; None if it is not there or damaged."""
    if path is None or not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            features, lengths = file.get_tensor("features"), file.get_tensor("lengths")
    except SafetensorError:
        return None
    return list(features.split(lengths.tolist()))


def _write(path: Path, rows: Sequence[Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    lengths = torch.tensor([len(row) for row in rows])
    try:
        save_file({"features": torch.cat(list(rows)), "lengths": lengths}, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
