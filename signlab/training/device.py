"""One place that decides on device, precision and processes: Lightning Fabric. Chapter 9.

Everything here is also right where there is one process and nothing was launched.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, distributed, nn

from signlab.training.memory import keep_freed_memory

logger = logging.getLogger(__name__)
MIXED = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}  # what products are in, by Fabric's name


def launch(*, precision: str = "32-true", devices: int = 1, accelerator: str = "auto", seed: int = 0) -> Any:
    """A seeded, running Fabric; on a CPU, the process keeps freed memory from here on.

    Args:
        precision: As Fabric names it: "32-true", "bf16-mixed", "16-mixed".
        devices: Processes to start; under `torchrun` or `fabric run` that tool has started them already.
        accelerator: "auto", "cpu", "cuda" or "mps".
        seed: Of weights, dropout and every other random choice in torch; each process adds its rank, and
            Fabric gives all of them the first one's weights.

    Raises:
        ValueError: If lightning-fabric is not installed.
    """
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise ValueError(
            "Training needs lightning-fabric, which is not installed; pip install lightning-fabric."
        ) from error
    settings: dict[str, Any] = {"accelerator": accelerator, "devices": devices, "precision": precision}
    if "TORCHELASTIC_RUN_ID" in os.environ:  # torchrun's processes; `fabric run` starts them through it
        here = int(os.environ["LOCAL_WORLD_SIZE"])
        settings |= {"devices": here, "num_nodes": int(os.environ["WORLD_SIZE"]) // here, "strategy": "ddp"}
    asked = {name: value for name, value in settings.items() if f"LT_{name.upper()}" not in os.environ}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on hardware that is there but not asked for
        fabric = Fabric(**asked)
        if "LT_CLI_USED" not in os.environ:  # `fabric run` has it launched already
            fabric.launch()
    if fabric.device.type == "cpu":
        keep_freed_memory()
    torch.manual_seed(seed + rank())
    return fabric


@contextmanager
def asking_for_gradients() -> Iterator[None]:
    """Let `torch.autograd.grad` go through what Fabric has set up.

    In mixed precision Fabric takes every gradient that `fabric.backward` has not asked for to be a mistake. One
    that only weighs terms against each other is none, and changes nothing that the training waits for.
    """
    from lightning_fabric import wrappers

    before = wrappers._in_fabric_backward
    wrappers._in_fabric_backward = True
    try:
        yield
    finally:
        wrappers._in_fabric_backward = before


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """A model's products in this precision where nothing is trained, and no Fabric at hand.

    Args:
        precision: As Fabric names it: "32-true", "bf16-mixed", "16-mixed".
        device: Where the model is.

    Raises:
        ValueError: If the precision has another name.
    """
    if precision == "32-true":
        return nullcontext()
    if precision not in MIXED:
        raise ValueError(
            f"The precision must be one of 32-true, {', '.join(MIXED)}, but got {precision!r}; "
            "bf16-mixed is the fast one on a processor with bfloat16 products."
        )
    return torch.autocast(device.type, dtype=MIXED[precision])


def leave_inputs(fabric: Any) -> None:
    """Let models be given their inputs as they are.

    In mixed precision Fabric takes inputs apart to convert every tensor in them, which it cannot do with a
    frozen `Batch`, and should not do with features before these are standardised. Autocast converts what has
    to be converted anyway, where it is used.
    """
    fabric.strategy.precision.convert_input = _as_it_is


def _as_it_is(given: Any) -> Any:
    return given


def rank() -> int:
    """The number of this process among those that train together; the one with 0 writes the files."""
    return distributed.get_rank() if _several() else 0


def world_size() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _several() else 1


def share(indices: Sequence[int]) -> list[int]:
    """This process's part of a batch: all of it where there is only one.

    Raises:
        ValueError: If the batch cannot be dealt out evenly.
    """
    if len(indices) % world_size():
        raise ValueError(
            f"The processes must share a batch evenly, but there are {world_size()} for {len(indices)} "
            "examples; choose batch_size as a multiple of the processes."
        )
    return list(indices[rank() :: world_size()])


def wait_for_all() -> None:
    """Go on when every process is here."""
    if _several():
        distributed.barrier()


def plain_model(model: nn.Module) -> nn.Module:
    """The model inside what Fabric made of it."""
    inside = model.module if type(model).__name__ == "_FabricModule" else model
    assert isinstance(inside, nn.Module)
    return inside


def grad_scaler(fabric: Any) -> torch.amp.GradScaler | None:
    """The gradient scaler of "16-mixed" precision; other precisions have none."""
    return getattr(fabric.strategy.precision, "scaler", None)


def gather_generators() -> dict[str, Tensor]:
    """The states of torch's random generators, of every process; all processes must call it together."""
    own = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        own["cuda"] = torch.cuda.get_rng_state()
    if not _several():
        return {f"{name}.0": state for name, state in own.items()}
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    gathered: dict[str, Tensor] = {}
    for name, state in own.items():
        all_states = [torch.empty_like(state, device=device) for _ in range(world_size())]
        distributed.all_gather(all_states, state.to(device))
        gathered |= {f"{name}.{at}": value.cpu() for at, value in enumerate(all_states)}
    return gathered


def set_generators(states: dict[str, Tensor]) -> None:
    """Bring this process's generators back to the states that `gather_generators` found."""
    setters = {"cpu": torch.set_rng_state}
    if torch.cuda.is_available():
        setters["cuda"] = torch.cuda.set_rng_state
    for name, set_state in setters.items():
        state = states.get(f"{name}.{rank()}")
        if state is None:
            logger.warning("The run has no %s generator for process %d; it starts afresh.", name, rank())
        else:
            set_state(state)


def _several() -> bool:
    return distributed.is_available() and distributed.is_initialized()
