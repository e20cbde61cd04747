"""The first cell of a chapter."""

import random

import matplotlib as mpl
import numpy as np
import torch

import signlab.teach
from signlab.teach.setup import Runtime


def drawn() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002


def test_setting_up_twice_starts_every_generator_anew() -> None:
    with mpl.rc_context():
        signlab.teach.setup(seed=3)
        first = drawn()
        signlab.teach.setup(seed=3)
        assert drawn() == first
        signlab.teach.setup(seed=4)
        assert all(a != b for a, b in zip(drawn(), first, strict=True))


def test_it_switches_the_style_on_and_prints_nothing(capsys) -> None:
    with mpl.rc_context():
        mpl.rcdefaults()
        runtime = signlab.teach.setup()
        assert mpl.rcParams["axes.titlelocation"] == "left"
    assert capsys.readouterr() == ("", "")
    assert runtime.torch == torch.__version__
    assert runtime.device in ("cpu", "cuda")


def test_the_line_says_whether_this_runtime_was_tested() -> None:
    known = Runtime("1.0", "3.11.7", "2.13.0", "cpu", True)
    assert repr(known) == "signlab 1.0, Python 3.11.7, torch 2.13.0, cpu (these versions: tested)"
    assert "not tested" in repr(known._replace(tested=False))
