"""Weights for use: what a run shows to the outside, loading it, and a slim copy to ship. Chapter 9."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from signlab import __version__
from signlab.training.config import read_config, to_json
from signlab.training.device import plain_model
from signlab.training.run_folder import CONFIG, METRICS, WEIGHTS, one_sentence, replace_file, write_tensors

HALF_MAX = torch.finfo(torch.float16).max


def load_weights(run: str | Path, model: nn.Module) -> None:
    """Fill a model with a run's newest weights; those in 16 bits become the model's own kind.

    Raises:
        ValueError: If there are none, they are damaged, or they are another model's.
    """
    fill(plain_model(model), read_weights(run), Path(run) / WEIGHTS)


def read_weights(run: str | Path) -> dict[str, Tensor]:
    """All tensors of a run's newest weights, by name.

    Raises:
        ValueError: If there are none, or they are damaged.
    """
    return _read_weights(Path(run) / WEIGHTS)


def export(run: str | Path, out: str | Path) -> None:
    """Copy what is needed to use a run: config.json, what it names, metrics.jsonl and the weights, in 16 bits.

    A configuration names a file that lies beside it by the fields "file" and "sha256": such as the model that
    cuts sentences into pieces.

    Parameters become float16, half the size; `load_weights` makes them float32 again. Buffers stay to the
    bit, whole numbers, booleans and floats alike: running means and a codebook's sums and counts are made
    of many small steps that 16 bits would swallow. So does a parameter too large for float16.

    Args:
        run: Folder of a training.
        out: Another folder; made if it is missing.

    Raises:
        ValueError: If the run has no weights or lacks a file that it names, or `out` is the run itself.
        OSError: If the copy cannot be written.
    """
    run, out = Path(run), Path(out)
    if out.resolve() == run.resolve():
        raise ValueError(f"A run must be exported to another folder, but got {out} for both; name a new one.")
    weights = _read_weights(run / WEIGHTS)
    header = _header_in(run / WEIGHTS)
    config = read_config(run)
    beside = [run / name for name in files_named(config)]
    for path in beside:
        if not path.is_file():
            raise ValueError(f"A run must hold what it names, but {run} lacks {path.name}; put it there.")
    with one_sentence(out, "The exported copy"):
        out.mkdir(parents=True, exist_ok=True)
        _put(out, to_json(config), halved(weights, header), header)
        for path in (*beside, run / METRICS):
            if path.exists():
                replace_file(out / path.name, partial(shutil.copyfile, path))


def files_named(config: dict[str, Any]) -> list[str]:
    """The files beside a configuration that it names together with their digest."""
    inside = [name for value in config.values() if isinstance(value, dict) for name in files_named(value)]
    return [str(config["file"]), *inside] if {"file", "sha256"} <= config.keys() else inside


def halved(weights: dict[str, Tensor], header: dict[str, Any]) -> dict[str, Tensor]:
    """The parameters among `weights` in float16, the buffers that the header names as they are."""
    buffers = set(header.get("buffers", ()))

    def fits(name: str, value: Tensor) -> bool:
        return value.is_floating_point() and name not in buffers and bool((value.abs() <= HALF_MAX).all())

    return {name: value.half() if fits(name, value) else value for name, value in weights.items()}


def header_of(model: nn.Module, step: int) -> dict[str, Any]:
    """What a weights file says about itself: step, version, and which of its tensors are buffers."""
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    buffers = sorted(set(model.state_dict()) - parameters)
    return {"step": step, "version": __version__, "buffers": buffers}


def publish(
    run: Path, config: Any, model: nn.Module, weights: dict[str, Tensor], *, step: int, half: bool
) -> None:
    """Put a run's configuration and weights where those who use it look."""
    header = header_of(model, step)
    _put(run, to_json(config), halved(weights, header) if half else weights, header)


def _put(run: Path, config: str, weights: dict[str, Tensor], header: dict[str, Any]) -> None:
    replace_file(run / CONFIG, lambda path: path.write_text(config))
    replace_file(run / WEIGHTS, lambda path: write_tensors(path, weights, about=header))


def _header_in(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        return json.loads((file.metadata() or {}).get("signlab", "{}"))


def _read_weights(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ValueError(
            f"A run must hold {WEIGHTS}, but {path.parent} has none; give the folder of a training."
        )
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(
            f"{path} must be a safetensors file, but it is damaged ({error}); restore a copy."
        ) from error


def fill(model: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """Load weights, all of them and no others."""
    own = model.state_dict()
    both = own.keys() & weights.keys()
    wrong = {
        "missing": sorted(own.keys() - weights.keys()),
        "unknown": sorted(weights.keys() - own.keys()),
        "of another shape": sorted(name for name in both if own[name].shape != weights[name].shape),
    }
    told = [
        f"{len(names)} {kind} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for kind, names in wrong.items()
        if names
    ]
    if told:
        raise ValueError(
            f"{path} must hold the weights of this {type(model).__name__}, but there are {', '.join(told)}; "
            f"build the model from the {CONFIG} beside it."
        )
    model.load_state_dict({name: value.to(own[name].dtype) for name, value in weights.items()})
