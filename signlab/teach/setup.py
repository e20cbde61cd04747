"""What the first cell of every chapter does: seeds, style, and one line about the machine. Chapter 2."""

import platform
import random
from typing import NamedTuple

import numpy as np
import torch

import signlab
from signlab.show.style import use_style

TESTED = (("3.11", "2.13"),)  # Python and torch with which the whole book was run


class Runtime(NamedTuple):
    """Where a chapter runs; shows itself as one line."""

    signlab: str
    python: str
    torch: str
    device: str  # "cuda" where there is a GPU, else "cpu"
    tested: bool  # whether the whole book was run with this Python and this torch

    def __repr__(self) -> str:
        known = (
            "tested" if self.tested else "not tested, should work with Python 3.11-3.13, torch 2.6 or newer"
        )
        return (
            f"signlab {self.signlab}, Python {self.python}, torch {self.torch}, {self.device} "
            f"(these versions: {known})"
        )


def setup(*, seed: int = 0) -> Runtime:
    """Seed every generator, switch the book's style on, and say where we are.

    It installs nothing and reaches for no network. As the last line of a cell it shows the versions; with its
    result given a name it is silent.

    Args:
        seed: Of torch, numpy's old global generator and Python's `random`; the book's own code takes
            generators, so this is only for what a reader adds.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    use_style()
    python = ".".join(platform.python_version_tuple()[:2])
    torch_version = ".".join(torch.__version__.split("+")[0].split(".")[:2])
    return Runtime(
        signlab=signlab.__version__,
        python=platform.python_version(),
        torch=torch.__version__,
        device="cuda" if torch.cuda.is_available() else "cpu",
        tested=(python, torch_version) in TESTED,
    )
