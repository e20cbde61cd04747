"""One place that decides on device, precision and processes: Lightning Fabric. Chapter 9."""

import warnings
from typing import Any

import torch


def launch(*, precision: str = "32-true", devices: int = 1, accelerator: str = "auto", seed: int = 0) -> Any:
    """A seeded, running Fabric.

    Args:
        precision: As Fabric names it: "32-true", "bf16-mixed", "16-mixed".
        devices: Processes to use; under `torchrun` or `fabric run` that tool decides.
        accelerator: "auto", "cpu", "cuda" or "mps".
        seed: Of weights, dropout and every other random choice in torch.

    Raises:
        ValueError: If lightning-fabric is not installed.
    """
    try:
        from lightning_fabric import Fabric
    except ImportError as error:
        raise ValueError(
            "Training needs lightning-fabric, which is not installed; pip install lightning-fabric."
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on hardware that is there but not asked for
        fabric = Fabric(accelerator=accelerator, devices=devices, precision=precision)  # type: ignore[arg-type]
        if devices > 1 or fabric.world_size > 1:
            fabric.launch()
    torch.manual_seed(seed)
    return fabric
