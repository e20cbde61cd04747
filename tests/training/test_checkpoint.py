import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from signlab.training.checkpoint import export, load_weights, resume, save


@dataclass(frozen=True, kw_only=True, slots=True)
class Inner:
    width: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    steps: int = 5
    inner: Inner = field(default_factory=Inner)


def parts() -> tuple[nn.Module, torch.optim.Optimizer]:
    model = nn.Sequential(nn.Linear(3, 7), nn.BatchNorm1d(7))
    return model, torch.optim.Adam(model.parameters(), lr=0.1)


def update(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(torch.randn(11, 3)).square().mean().backward()
    optimizer.step()


def test_ten_kills_leave_no_trace(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    script = Path(__file__).with_name("killed_training.py")
    command = [sys.executable, str(script), str(tmp_path), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.split("\n")[:2] == ["weights equal", "metrics equal"], (
        f"seed {seed}: {done.stderr}{done.stdout}"
    )


def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    model, optimizer = parts()
    update(model, optimizer)
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    update(model, optimizer)

    other, its_optimizer = parts()
    torch.manual_seed(99)
    assert resume(tmp_path, config=Config(), model=other, optimizer=its_optimizer) == 1
    update(other, its_optimizer)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_nothing_to_resume_is_step_zero(tmp_path: Path) -> None:
    model, optimizer = parts()
    assert resume(tmp_path / "new", config=Config(), model=model, optimizer=optimizer) == 0


def test_another_configuration_is_refused_by_field(tmp_path: Path) -> None:
    model, optimizer = parts()
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    other = replace(Config(), inner=Inner(width=13))
    with pytest.raises(ValueError, match=r"inner\.width was 7 .* is 13 now"):
        resume(tmp_path, config=other, model=model, optimizer=optimizer)


def test_a_damaged_state_falls_back_to_the_one_before(tmp_path: Path) -> None:
    model, optimizer = parts()
    for step in (1, 2, 3):
        save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=step)
    assert sorted(p.name for p in (tmp_path / "state").iterdir()) == ["step-00000002", "step-00000003"]
    (tmp_path / "state" / "step-00000003" / "weights.safetensors").write_bytes(b"no tensors")
    assert resume(tmp_path, config=Config(), model=model, optimizer=optimizer) == 2
    (tmp_path / "state" / "step-00000002" / "state.json").write_text("{")
    with pytest.raises(ValueError, match="none of its 2 can"):
        resume(tmp_path, config=Config(), model=model, optimizer=optimizer)


@pytest.mark.parametrize("call", range(1, 9))
def test_a_full_disk_at_any_moment_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    model, optimizer = parts()
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    good = {name: value.clone() for name, value in model.state_dict().items()}
    update(model, optimizer)
    calls = 0
    sync = os.fsync

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"the disk is full; the last good checkpoint, of step [12], is intact"):
        save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=2)
    monkeypatch.setattr(os, "fsync", sync)
    step = resume(tmp_path, config=Config(), model=model, optimizer=optimizer)
    assert step in (1, 2)
    if step == 1:
        assert all(torch.equal(value, good[name]) for name, value in model.state_dict().items())
    other, _ = parts()
    load_weights(tmp_path, other)
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=3)
    assert not list((tmp_path / "state").glob(".tmp-*"))


def test_what_is_exported_is_half_the_size_and_nearly_the_same(tmp_path: Path) -> None:
    model = nn.Linear(97, 101)
    optimizer = torch.optim.Adam(model.parameters())
    save(tmp_path / "run", config=Config(), model=model, optimizer=optimizer, step=1)
    export(tmp_path / "run", tmp_path / "out")
    sizes = [(tmp_path / name / "weights.safetensors").stat().st_size for name in ("run", "out")]
    assert sizes[1] < 0.55 * sizes[0]
    other = nn.Linear(97, 101)
    load_weights(tmp_path / "out", other)
    assert other.weight.dtype == torch.float32
    torch.testing.assert_close(other.weight, model.weight, atol=1e-4, rtol=1e-3)
    assert not (tmp_path / "out" / "state").exists()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "must hold weights.safetensors"),
        (lambda file: file.write_bytes(b"x" * 50), "damaged"),
    ],
)
def test_missing_and_damaged_weights_are_one_sentence(
    tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    model, optimizer = parts()
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    damage(tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match=message):
        load_weights(tmp_path, model)


def test_weights_of_another_model_are_refused_by_name(tmp_path: Path) -> None:
    model, optimizer = parts()
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    with pytest.raises(
        ValueError, match=r"weights of this Linear, but there are 2 missing \(bias, weight\), \d unknown"
    ):
        load_weights(tmp_path, nn.Linear(3, 7))
