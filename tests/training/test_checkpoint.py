import errno
import json
import logging
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

from signlab.training.checkpoint import load_weights, resume, save
from signlab.training.run_folder import complete_states


@dataclass(frozen=True, kw_only=True, slots=True)
class Inner:
    width: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    steps: int = 5
    inner: Inner = field(default_factory=Inner)


def parts() -> tuple[nn.Module, torch.optim.Optimizer]:
    model = nn.Sequential(nn.Linear(3, 7), nn.BatchNorm1d(7), nn.Dropout(0.2))
    return model, torch.optim.Adam(model.parameters(), lr=0.1)


def update(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(torch.randn(11, 3)).square().mean().backward()
    optimizer.step()


def saved(run: Path, *steps: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A model that was saved after each of the given steps."""
    model, optimizer = parts()
    for step in steps:
        update(model, optimizer)
        save(run, config=Config(), model=model, optimizer=optimizer, step=step)
    return model, optimizer


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What killed_training.py found; SIGNLAB_KILL_SEED repeats the moments of a failure."""
    seed = int(os.environ.get("SIGNLAB_KILL_SEED", random.SystemRandom().randrange(10**6)))
    script = Path(__file__).with_name("killed_training.py")
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("killed")), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"SIGNLAB_KILL_SEED={seed}: {done.stderr}"
    return {"seed": seed, **json.loads(done.stdout)}


def test_ten_kills_at_random_moments_leave_no_trace(killed: dict[str, Any]) -> None:
    report = killed["random"]
    told = f"SIGNLAB_KILL_SEED={killed['seed']}: {report}"
    reached = [state for _, state in report["kills"]]
    assert len(reached) == 10, told
    assert reached == sorted(set(reached)), told  # each training had gone further than the one before
    assert report["states"] == ["step-00000104"] * 2, told
    assert all(report["same"].values()), told
    assert {"weights for use", "metrics", "optimizer.safetensors", "generators.safetensors"} <= set(
        report["same"]
    )


@pytest.mark.parametrize(("name", "step"), [("new step", 3), ("same step", 2)])
def test_a_kill_before_any_operation_of_a_save_finds_the_old_state_or_the_new(
    killed: dict[str, Any], name: str, step: int
) -> None:
    found = killed[name]
    assert len(found) > 8  # operations
    before, after = [2, 2.0], [step, 9.0]
    states = [state[:2] for state in found]
    change = states.index(after)
    assert states == [before] * change + [after] * (len(found) - change)
    assert 4 < change < len(found) - 2
    assert {for_use for *_, for_use in found} <= {2.0, 9.0}  # whole, and of one or the other


def test_two_processes_stop_and_go_on_and_only_one_writes(killed: dict[str, Any]) -> None:
    report = killed["together"]
    assert all(report["same"].values()), report
    assert report["states"] == ["step-00000008"] * 2
    assert report["logged"] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    model, optimizer = saved(tmp_path, 1)
    update(model, optimizer)

    other, its_optimizer = parts()
    torch.manual_seed(99)
    assert resume(tmp_path, config=Config(), model=other, optimizer=its_optimizer) == 1
    update(other, its_optimizer)
    assert equal(model, other)


def test_moments_are_laid_out_like_their_weights(tmp_path: Path) -> None:
    def convolution() -> tuple[nn.Module, torch.optim.Optimizer]:
        model = nn.Conv2d(3, 5, 7)
        model.weight.data = model.weight.data.contiguous(memory_format=torch.channels_last)
        return model, torch.optim.Adam(model.parameters())

    model, optimizer = convolution()
    model(torch.randn(2, 3, 11, 13)).sum().backward()
    optimizer.step()
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1)
    other, its_optimizer = convolution()
    resume(tmp_path, config=Config(), model=other, optimizer=its_optimizer)
    before, after = (next(iter(one.state.values()))["exp_avg"] for one in (optimizer, its_optimizer))
    assert torch.equal(before, after)
    assert before.stride() == after.stride() != torch.empty(before.shape).stride()


def test_a_gradient_scaler_goes_on_with_its_scale(tmp_path: Path) -> None:
    model, optimizer = parts()
    scalers = [torch.amp.GradScaler("cpu", init_scale=scale) for scale in (8.0, 2.0)]
    scalers[0].scale(torch.zeros(1))  # the first use makes the scale
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=1, scaler=scalers[0])
    resume(tmp_path, config=Config(), model=model, optimizer=optimizer, scaler=scalers[1])
    assert scalers[1].get_scale() == 8.0


def test_nothing_to_resume_is_step_zero(tmp_path: Path) -> None:
    model, optimizer = parts()
    assert resume(tmp_path / "new", config=Config(), model=model, optimizer=optimizer) == 0
    assert not (tmp_path / "new").exists()


def test_a_copy_for_use_cannot_be_resumed(tmp_path: Path) -> None:
    model, optimizer = saved(tmp_path, 1)
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"must hold state/ to be resumed, but .* a copy for use"):
        resume(tmp_path, config=Config(), model=model, optimizer=optimizer)


def test_another_configuration_is_refused_by_field(tmp_path: Path) -> None:
    model, optimizer = saved(tmp_path, 1)
    with pytest.raises(ValueError, match=r"inner\.width was 7 .* is 13 now"):
        resume(tmp_path, config=replace(Config(), inner=Inner(width=13)), model=model, optimizer=optimizer)


def test_another_model_is_refused_by_name(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    other = nn.Linear(3, 7)
    with pytest.raises(
        ValueError, match=r"step-00000001.* this Linear, but there are 2 missing \(bias, weight\)"
    ):
        resume(tmp_path, config=Config(), model=other, optimizer=torch.optim.Adam(other.parameters()))


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [flip_a_bit, Path.unlink, lambda path: path.write_bytes(b"x")])
@pytest.mark.parametrize(
    "name",
    ["weights.safetensors", "optimizer.safetensors", "generators.safetensors", "state.json", "SHA256SUMS"],
)
def test_a_damaged_state_falls_back_to_the_one_before(
    tmp_path: Path, damage: Callable[[Path], Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    saved(tmp_path, 1, 2, 3)
    assert [state.name for state in complete_states(tmp_path)] == ["step-00000003", "step-00000002"]
    damage(tmp_path / "state" / "step-00000003" / name)
    model, optimizer = parts()
    with caplog.at_level(logging.WARNING):
        assert resume(tmp_path, config=Config(), model=model, optimizer=optimizer) == 2
    assert "step-00000003 cannot be used" in caplog.text
    for_use, _ = parts()
    load_weights(tmp_path, for_use)
    assert equal(for_use, model)  # what is used follows what is trained
    update(model, optimizer)
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=3)
    assert resume(tmp_path, config=Config(), model=model, optimizer=optimizer) == 3


def test_where_nothing_can_be_read_one_sentence_says_so(tmp_path: Path) -> None:
    model, optimizer = saved(tmp_path, 1, 2)
    for state in complete_states(tmp_path):
        (state / "state.json").write_text("{")
    with pytest.raises(ValueError, match="none of its 2 can; start a new run"):
        resume(tmp_path, config=Config(), model=model, optimizer=optimizer)


def test_a_run_begun_anew_leaves_no_later_state_behind(tmp_path: Path) -> None:
    saved(tmp_path, 20, 30)
    model, _ = saved(tmp_path, 10)
    assert [state.name for state in complete_states(tmp_path)] == ["step-00000010"]
    other, its_optimizer = parts()
    assert resume(tmp_path, config=Config(), model=other, optimizer=its_optimizer) == 10
    assert equal(model, other)


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        *(("fsync", call) for call in range(1, 13)),
        ("rename", 1),
        ("rename", 2),  # of the oldest state, once the new one is there
        ("replace", 1),
        ("replace", 2),
    ],
)
def test_a_full_disk_at_any_moment_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, call: int
) -> None:
    good, _ = saved(tmp_path, 1, 2)
    calls, real = 0, getattr(os, operation)

    def full(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    newer, its_optimizer = parts()
    monkeypatch.setattr(os, operation, full)
    with pytest.raises(OSError, match="could not be written") as caught:
        save(tmp_path, config=Config(), model=newer, optimizer=its_optimizer, step=3)
    monkeypatch.setattr(os, operation, real)
    step = int(complete_states(tmp_path)[0].name[-1])
    assert str(caught.value) == (
        f"The checkpoint of step 3 could not be written to {tmp_path}: the disk is full; "
        f"the last good checkpoint, of step {step}, is intact; free some space, then resume."
    )
    assert caught.value.errno == errno.ENOSPC
    assert not [*tmp_path.rglob(".tmp-*")]  # the space is given back
    model, optimizer = parts()
    load_weights(tmp_path, model)
    assert equal(model, good) or equal(model, newer)
    assert resume(tmp_path, config=Config(), model=model, optimizer=optimizer) == step
    assert equal(model, {2: good, 3: newer}[step])
    save(tmp_path, config=Config(), model=model, optimizer=optimizer, step=4)
    assert resume(tmp_path, config=Config(), model=model, optimizer=optimizer) == 4
