"""Runs on disk: saved so that a kill at any moment leaves the last good state, resumed to the bit. Chapter 9.

A run is a folder: config.json, weights.safetensors (the newest, for use), metrics.jsonl, and state/ with
the newest complete states (weights, optimizer, random generators, step). Nothing is ever unpickled.
"""

import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from signlab import __version__
from signlab.training.config import first_difference, to_json
from signlab.training.device import gather_generators, plain_model, rank, set_generators, wait_for_all
from signlab.training.run_folder import (
    CONFIG,
    STATE,
    WEIGHTS,
    check_whole,
    complete_states,
    new_state,
    one_sentence,
    sweep,
    write_tensors,
)
from signlab.training.state_tree import FlatState, flatten_state, on_cpu, unflatten_state
from signlab.training.weights import export, fill, header_of, load_weights, publish

ABOUT, OPTIMIZER, GENERATORS = "state.json", "optimizer.safetensors", "generators.safetensors"
OPPONENT = "opponent.safetensors"
logger = logging.getLogger(__name__)

__all__ = ["export", "load_weights", "resume", "save"]


class Opponent(NamedTuple):
    """What a model is trained against; it is kept in the states and not shown to the outside."""

    model: nn.Module
    optimizer: torch.optim.Optimizer


class _State(NamedTuple):
    """A state as it was read, and found whole."""

    config: dict[str, Any]
    step: int
    half: bool
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    scaler: dict[str, Any]
    opponent: dict[str, Any]
    opponent_weights: dict[str, Tensor]
    generators: dict[str, Tensor]


def save(
    run: str | Path,
    *,
    config: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    scaler: torch.amp.GradScaler | None = None,
    half: bool = False,
    opponent: Opponent | None = None,
) -> None:
    """Save everything that the rest of a training depends on.

    With several processes all must call it; the first one writes.

    Args:
        run: Folder of the run; made if it is missing.
        config: The training's configuration, a dataclass.
        model: Its weights and buffers are saved; as it is or as Fabric wraps it.
        optimizer: Its moments are saved.
        step: Updates made so far.
        scaler: The gradient scaler of "16-mixed" precision (`device.grad_scaler`), if there is one.
        half: Whether weights.safetensors, which is for use, holds 16 bits a weight as `export` writes
            them. The state, from which a training goes on, always holds all bits.
        opponent: What the model is trained against, such as discriminators, if there is such a thing.

    Raises:
        OSError: If the disk is full or the folder cannot be written; what was saved before is intact.
    """
    run, model = Path(run), plain_model(model)
    generators = gather_generators()
    if rank() == 0:
        moments = flatten_state(
            {
                "optimizer": optimizer.state_dict(),
                "scaler": _scale(scaler),
                "opponent": {} if opponent is None else opponent.optimizer.state_dict(),
            }
        )
        weights = on_cpu(model.state_dict())
        about = {"step": step, "half": half, "signlab": __version__, "torch": torch.__version__}
        with one_sentence(run, f"The checkpoint of step {step}"):
            with new_state(run, step) as folder:
                (folder / CONFIG).write_text(to_json(config))
                (folder / ABOUT).write_text(json.dumps(about | {"moments": moments.skeleton}))
                write_tensors(folder / WEIGHTS, weights, about=header_of(model, step))
                write_tensors(folder / OPTIMIZER, moments.tensors)
                write_tensors(folder / GENERATORS, generators)
                if opponent is not None:
                    write_tensors(folder / OPPONENT, on_cpu(plain_model(opponent.model).state_dict()))
            publish(run, config, model, weights, step=step, half=half)
    wait_for_all()


def resume(
    run: str | Path,
    *,
    config: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler | None = None,
    opponent: Opponent | None = None,
) -> int:
    """Bring model, optimizer and torch's generators to the newest state that can be read.

    Bit for bit on a CPU: what follows is what would have followed without the interruption. The optimizer's
    moments get the memory layout of their weights, since the order of sums can depend on it.

    Args:
        run: Folder of the run; one that does not exist yet has nothing to resume.
        config: Must equal the one that the run was made with.
        model: Built from `config`; filled here.
        optimizer: Over the model's parameters, in the order of then; filled here.
        scaler: As in `save`.
        opponent: As in `save`; filled here.

    Returns:
        Updates made so far; 0 if there is nothing to resume.

    Raises:
        ValueError: If the run was made with another configuration or another version of the model, none of
            its states can be read, or it is a copy for use, without states.
    """
    run, model = Path(run), plain_model(model)
    if rank() == 0:
        sweep(run)
    states = complete_states(run)
    if not states and (run / WEIGHTS).exists():
        raise ValueError(
            f"A run must hold {STATE}/ to be resumed, but {run} has {WEIGHTS} only, a copy for use; "
            "start a new run in another folder."
        )
    for folder in states:
        try:
            state = _read(folder)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            logger.warning("%s cannot be used (%s); the state before it is taken.", folder, error)
            continue
        difference = first_difference(state.config, json.loads(to_json(config)))
        if difference:
            raise ValueError(
                f"A run is resumed with its own configuration, but {difference.name} was {difference.old} in "
                f"{run} and is {difference.new} now; change it back or start a new run."
            )
        fill(model, state.weights, folder / WEIGHTS)
        _fill_optimizer(optimizer, state.optimizer)
        if opponent is not None:
            fill(plain_model(opponent.model), state.opponent_weights, folder / OPPONENT)
            _fill_optimizer(opponent.optimizer, state.opponent)
        if scaler is not None and state.scaler:
            scaler.load_state_dict(state.scaler)
        set_generators(state.generators)
        if rank() == 0:  # the kill may have come between the state and the weights for use
            with one_sentence(run, WEIGHTS):
                publish(run, config, model, state.weights, step=state.step, half=state.half)
        logger.info("%s goes on after update %d", run, state.step)
        return state.step
    if states:
        raise ValueError(
            f"{run} must hold a state that can be read, but none of its {len(states)} can; start a new run."
        )
    return 0


def _scale(scaler: torch.amp.GradScaler | None) -> dict[str, Any]:
    return scaler.state_dict() if scaler is not None else {}


def _read(folder: Path) -> _State:
    check_whole(folder)
    about = json.loads((folder / ABOUT).read_text())
    moments = unflatten_state(FlatState(about["moments"], load_file(folder / OPTIMIZER)))
    return _State(
        config=json.loads((folder / CONFIG).read_text()),
        step=about["step"],
        half=about["half"],
        weights=load_file(folder / WEIGHTS),
        opponent_weights=load_file(folder / OPPONENT) if (folder / OPPONENT).exists() else {},
        generators=load_file(folder / GENERATORS),
        **({"opponent": {}} | moments),  # states of older versions know of no opponent
    )


def _fill_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load an optimizer's moments, laid out in memory as they were: like the weights they belong to."""
    optimizer = getattr(optimizer, "optimizer", optimizer)  # as Fabric wraps it
    optimizer.load_state_dict(state)
    for parameter, moments in optimizer.state.items():
        for name, value in moments.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
