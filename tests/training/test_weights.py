import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from signlab.training.checkpoint import resume, save
from signlab.training.weights import export, load_weights


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    words: tuple[str, ...] = ("a", "ü")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    reads: Named
    file: str


class Counting(nn.Module):
    """Parameters and every kind of buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(97, 101)
        self.large = nn.Parameter(torch.tensor([1e5, 1.0]))
        self.register_buffer("counts", torch.tensor([1e-7, 3.14159265, 70_000.5]))
        self.register_buffer("seen", torch.tensor(2**40 + 1))
        self.register_buffer("ready", torch.tensor(True))


def saved(run: Path, *, half: bool = False) -> Counting:
    model = Counting()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    save(run, config=Config(), model=model, optimizer=optimizer, step=3, half=half)
    (run / "metrics.jsonl").write_text('{"step": 3}\n')
    return model


def test_an_exported_copy_is_half_the_size_and_nearly_the_same(tmp_path: Path) -> None:
    model = saved(tmp_path / "run")
    export(tmp_path / "run", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["config.json", "metrics.jsonl", "weights.safetensors"]
    for name in names[:2]:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    sizes = [(tmp_path / name / "weights.safetensors").stat().st_size for name in ("run", "out")]
    assert sizes[1] < 0.55 * sizes[0]

    other = Counting()
    load_weights(tmp_path / "out", other)
    assert {value.dtype for value in other.parameters()} == {torch.float32}
    torch.testing.assert_close(other.linear.weight, model.linear.weight, atol=1e-4, rtol=1e-3)
    assert torch.equal(other.linear.weight, model.linear.weight.half().float())


def test_buffers_and_what_16_bits_cannot_hold_stay_to_the_bit(tmp_path: Path) -> None:
    model = saved(tmp_path / "run")
    export(tmp_path / "run", tmp_path / "out")
    weights = load_file(tmp_path / "out" / "weights.safetensors")
    for name in ("counts", "seen", "ready", "large"):
        assert torch.equal(weights[name], model.state_dict()[name]), name
        assert weights[name].dtype == model.state_dict()[name].dtype
    assert weights["linear.bias"].dtype == torch.float16


def test_an_exported_copy_can_be_exported_again(tmp_path: Path) -> None:
    saved(tmp_path / "run")
    export(tmp_path / "run", tmp_path / "out")
    export(tmp_path / "out", tmp_path / "again")
    first, second = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("out", "again"))
    assert first == second


def test_a_file_that_the_configuration_names_goes_with_the_weights(tmp_path: Path) -> None:
    """Wherever in the configuration a file stands beside its digest; a text called "file" alone is none."""
    model = Counting()
    config = Naming(reads=Named(file="a.model", sha256="5f"), file="b")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    save(tmp_path / "run", config=config, model=model, optimizer=optimizer, step=3)
    with pytest.raises(ValueError, match=r"but .*run lacks a\.model; put it there"):
        export(tmp_path / "run", tmp_path / "out")
    (tmp_path / "run" / "a.model").write_bytes(b"model")
    export(tmp_path / "run", tmp_path / "out")
    assert (tmp_path / "out" / "a.model").read_bytes() == b"model"


def test_half_is_for_use_only(tmp_path: Path) -> None:
    model = saved(tmp_path / "half", half=True)
    saved(tmp_path / "full")
    export(tmp_path / "full", tmp_path / "out")
    assert load_file(tmp_path / "half" / "weights.safetensors")["linear.weight"].dtype == torch.float16
    other = Counting()
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    assert resume(tmp_path / "half", config=Config(), model=other, optimizer=optimizer) == 3
    assert torch.equal(other.linear.weight, model.linear.weight)  # all bits
    assert load_file(tmp_path / "half" / "weights.safetensors")["linear.weight"].dtype == torch.float16


def test_a_run_is_not_exported_over_itself(tmp_path: Path) -> None:
    saved(tmp_path / "run")
    with pytest.raises(ValueError, match=r"exported to another folder, but got .*run for both"):
        export(tmp_path / "run", tmp_path / "x" / ".." / "run")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), r"must hold weights\.safetensors, but .* has none"),
        (lambda file: file.write_bytes(b"x" * 50), "is damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "is damaged"),
    ],
)
def test_missing_and_damaged_weights_are_one_sentence(
    tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    model = saved(tmp_path)
    damage(tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match=message):
        load_weights(tmp_path, model)
    with pytest.raises(ValueError, match=message):
        export(tmp_path, tmp_path / "out")


def test_weights_of_another_model_are_refused_with_a_few_names(tmp_path: Path) -> None:
    saved(tmp_path)
    linear, more = nn.Linear(97, 13), nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 5))
    other = nn.ModuleDict({"linear": linear, "more": more})
    kept = linear.weight.clone()
    with pytest.raises(ValueError, match="this ModuleDict, but there are") as caught:
        load_weights(tmp_path, other)
    assert "4 missing (more.0.bias, more.0.weight, more.1.bias, ...)" in str(caught.value)
    assert "4 unknown (counts, large, ready, ...)" in str(caught.value)
    assert "2 of another shape (linear.bias, linear.weight)" in str(caught.value)
    assert torch.equal(linear.weight, kept)


def test_config_of_a_run_is_readable_by_people(tmp_path: Path) -> None:
    saved(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text()) == {"words": ["a", "ü"]}
