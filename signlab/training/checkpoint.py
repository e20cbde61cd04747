"""Runs on disk: saved so that a kill at any moment leaves the last good state, resumed to the bit. Chapter 9.

A run is a folder: config.json, weights.safetensors (the newest, for use), metrics.jsonl, and state/ with
the newest complete states (weights, optimizer, generators), each in a folder that appears by a rename.
"""

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from signlab.training.config import to_json
from signlab.training.log import FILE as METRICS

CONFIG, WEIGHTS, STATE, KEPT = "config.json", "weights.safetensors", "state", 2
logger = logging.getLogger(__name__)


def save(
    run: str | Path, *, config: Any, model: nn.Module, optimizer: torch.optim.Optimizer, step: int
) -> None:
    """Save everything that the rest of a training depends on.

    Args:
        run: Folder of the run; made if it is missing.
        config: The training's configuration, a dataclass.
        model: Its weights and buffers.
        optimizer: Its moments.
        step: Updates made so far.

    Raises:
        OSError: If the disk is full or the folder cannot be written; what was saved before is intact.
    """
    run = Path(run)
    with _one_sentence(run):
        states = run / STATE
        states.mkdir(parents=True, exist_ok=True)
        for leftover in states.glob("*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary, final = states / f"step-{step:08d}.tmp", states / f"step-{step:08d}"
        temporary.mkdir()
        weights = _on_cpu(model.state_dict())
        _write_tensors(temporary / WEIGHTS, weights)
        moments, numbers = _flatten(optimizer.state_dict())
        _write_tensors(temporary / "optimizer.safetensors", moments)
        _write_tensors(temporary / "generators.safetensors", _generators())
        _write_text(temporary / "state.json", json.dumps({"step": step, "optimizer": numbers}))
        _write_text(temporary / CONFIG, to_json(config))
        _sync_folder(temporary)
        if final.exists():
            shutil.rmtree(final)
        temporary.rename(final)
        _sync_folder(states)
        _write_text(run / f"{CONFIG}.tmp", to_json(config))
        os.replace(run / f"{CONFIG}.tmp", run / CONFIG)
        _write_tensors(run / f"{WEIGHTS}.tmp", weights)
        os.replace(run / f"{WEIGHTS}.tmp", run / WEIGHTS)
        for old in _complete(run)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def resume(run: str | Path, *, config: Any, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Bring model, optimizer and torch's generators to the newest complete state.

    Returns:
        Updates made so far; 0 if there is nothing to resume.

    Raises:
        ValueError: If the run was made with another configuration, or none of its states can be read.
    """
    states = _complete(Path(run))
    for state in states:
        try:
            about = json.loads((state / "state.json").read_text())
            stored = json.loads((state / CONFIG).read_text())
            weights, moments = load_file(state / WEIGHTS), load_file(state / "optimizer.safetensors")
            generators = load_file(state / "generators.safetensors")
        except (OSError, ValueError, SafetensorError) as error:
            logger.warning("%s cannot be read (%s); the state before it is taken.", state, error)
            continue
        _check_same(stored, json.loads(to_json(config)), Path(run))
        model.load_state_dict(weights)
        optimizer.load_state_dict(_unflatten(moments, about["optimizer"]))
        torch.set_rng_state(generators["cpu"])
        if "cuda" in generators and torch.cuda.is_available():
            torch.cuda.set_rng_state(generators["cuda"])
        return int(about["step"])
    if states:
        raise ValueError(
            f"{run} must hold a state that can be read, but none of its {len(states)} can; start anew."
        )
    return 0


def load_weights(run: str | Path, model: nn.Module) -> None:
    """Fill a model with a run's newest weights; half-precision ones become the model's own kind.

    Raises:
        ValueError: If there are none, they are damaged, or they are another model's.
    """
    path = Path(run) / WEIGHTS
    if not path.is_file():
        raise ValueError(f"A run must hold {WEIGHTS}, but {run} has none; give the folder of a training.")
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise ValueError(
            f"{path} must be a safetensors file, but it is damaged ({error}); restore a copy."
        ) from error
    own = model.state_dict()
    wrong = sorted(set(own) ^ set(weights)) or [n for n in own if own[n].shape != weights[n].shape]
    if wrong:
        raise ValueError(
            f"{path} must hold the weights of {type(model).__name__}, but they differ at {', '.join(wrong[:3])}; "
            "is the run's config.json its own?"
        )
    model.load_state_dict({name: value.to(own[name].dtype) for name, value in weights.items()})


def export(run: str | Path, out: str | Path) -> None:
    """Copy what is needed to use a run, with weights in 16 bits and without states: half the size.

    Whole-number and boolean buffers stay as they are.
    """
    run, out = Path(run), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    weights = load_file(run / WEIGHTS)
    slim = {n: v.to(torch.float16) if v.is_floating_point() else v for n, v in weights.items()}
    _write_tensors(out / f"{WEIGHTS}.tmp", slim)
    os.replace(out / f"{WEIGHTS}.tmp", out / WEIGHTS)
    for name in (CONFIG, METRICS):
        if (run / name).exists():
            shutil.copyfile(run / name, out / name)


def _complete(run: Path) -> list[Path]:
    """The complete states of a run, the newest first."""
    states = run / STATE
    found = [p for p in states.glob("step-*") if p.suffix != ".tmp"] if states.is_dir() else []
    return sorted(found, reverse=True)


def _check_same(stored: dict[str, Any], asked: dict[str, Any], run: Path, prefix: str = "") -> None:
    for name in sorted(set(stored) | set(asked)):
        old, new = stored.get(name), asked.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            _check_same(old, new, run, f"{prefix}{name}.")
        elif old != new:
            raise ValueError(
                f"A run is resumed with its own configuration, but {prefix}{name} was {old!r} in {run} and is "
                f"{new!r} now; change it back or start a new run."
            )


def _flatten(state: dict[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as named tensors, and the rest as plain values."""
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {"groups": state["param_groups"], "state": {}}
    for key, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{key}.{name}"] = value.detach().cpu().clone().contiguous()
            else:
                plain["state"].setdefault(str(key), {})[name] = value
    return tensors, plain


def _unflatten(tensors: dict[str, Tensor], plain: dict[str, Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {int(key): dict(values) for key, values in plain["state"].items()}
    for full, value in tensors.items():
        key, name = full.split(".", 1)
        state.setdefault(int(key), {})[name] = value
    groups = [{k: tuple(v) if k == "betas" else v for k, v in group.items()} for group in plain["groups"]]
    return {"state": state, "param_groups": groups}


def _generators() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _on_cpu(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone().contiguous() for name, value in weights.items()}


def _write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    try:
        save_file(tensors, path)
    except SafetensorError as error:  # it reports a full disk as its own kind of error
        full = "No space left" in str(error) or "os error 28" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error)) from error
    _sync_file(path)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text)
    _sync_file(path)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _one_sentence(run: Path) -> Iterator[None]:
    """Say in one sentence that saving failed, and what is still there."""
    try:
        yield
    except OSError as error:
        kept = _complete(run)
        intact = (
            f"the last good checkpoint is {kept[0].name} and is intact"
            if kept
            else "nothing had been saved before"
        )
        reason = (
            "the disk is full; free some space"
            if error.errno == errno.ENOSPC
            else f"{error.strerror or error}"
        )
        raise OSError(
            error.errno, f"The checkpoint could not be written to {run}: {reason}; {intact}"
        ) from error


def about(run: str | Path) -> dict[str, Any]:
    """The plain configuration of a run, whatever its kind."""
    return json.loads((Path(run) / CONFIG).read_text())


__all__ = ["about", "export", "load_weights", "resume", "save"]
