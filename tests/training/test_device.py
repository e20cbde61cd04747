import sys

import pytest
import torch
from torch import nn

from signlab.training import device
from signlab.training.device import (
    autocast,
    gather_generators,
    grad_scaler,
    launch,
    plain_model,
    rank,
    set_generators,
    share,
    wait_for_all,
    world_size,
)

# What several processes do is tested by killed_training.py, through test_checkpoint.py.


def test_the_seed_decides_the_weights() -> None:
    weights = []
    for seed in (3, 3, 5):
        launch(accelerator="cpu", seed=seed)
        weights.append(nn.Linear(3, 5).weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_freed_memory_is_kept_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(device, "keep_freed_memory", lambda: asked.append(True))
    launch(accelerator="cpu")
    assert asked == [True]


def test_without_fabric_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(ValueError, match="pip install lightning-fabric"):
        launch()


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_precision_reaches_the_model_and_the_model_can_be_had_back(precision: str) -> None:
    fabric = launch(accelerator="cpu", precision=precision)
    plain = nn.Linear(3, 5)
    model = fabric.setup(plain)
    assert plain_model(model) is plain
    assert plain_model(plain) is plain
    with fabric.autocast():
        expected = torch.bfloat16 if precision == "bf16-mixed" else torch.float32
        assert plain(torch.ones(2, 3)).dtype == expected
    assert grad_scaler(fabric) is None


@pytest.mark.parametrize(
    ("precision", "expected"), [("32-true", torch.float32), ("bf16-mixed", torch.bfloat16)]
)
def test_without_fabric_products_have_the_precision_too(precision: str, expected: torch.dtype) -> None:
    with autocast(precision, torch.device("cpu")):
        assert nn.Linear(3, 5)(torch.ones(2, 3)).dtype == expected


def test_an_unknown_precision_is_one_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"one of 32-true, bf16-mixed, 16-mixed, but got 'bf16'; bf16-mixed is"
    ):
        autocast("bf16", torch.device("cpu"))


def test_settings_of_the_fabric_command_win(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LT_CLI_USED": "1", "LT_PRECISION": "bf16-mixed", "LT_ACCELERATOR": "cpu"}.items():
        monkeypatch.setenv(name, value)
    fabric = launch(precision="32-true", accelerator="auto")
    assert fabric.strategy.precision.precision == "bf16-mixed"


def test_one_process_is_all_there_is() -> None:
    wait_for_all()
    assert (rank(), world_size(), share([7, 5, 3])) == (0, 1, [7, 5, 3])


def test_processes_share_a_batch_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "world_size", lambda: 2)
    parts = []
    for number in range(2):
        monkeypatch.setattr(device, "rank", lambda number=number: number)
        parts.append(share([11, 13, 17, 19]))
    assert sorted(parts[0] + parts[1]) == [11, 13, 17, 19]
    assert len(parts[0]) == len(parts[1])
    with pytest.raises(ValueError, match="there are 2 for 3 examples"):
        share([11, 13, 17])


def test_generators_go_back_to_where_they_were(caplog: pytest.LogCaptureFixture) -> None:
    states = gather_generators()
    first = torch.rand(3)
    set_generators(states)
    assert torch.equal(torch.rand(3), first)
    set_generators({})
    assert "no cpu generator for process 0" in caplog.text
