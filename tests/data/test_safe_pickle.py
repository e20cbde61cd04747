"""The field's pickles are read; whatever else a pickle wants is refused by name and does not happen."""

import builtins
import contextlib
import gzip
import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from signlab.data.safe_pickle import RefusedPickleError, load_pickle


class Calls:
    """Pickled, it asks the reader to call a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def written(path: Path, value: Any, protocol: int = 4) -> Path:
    path.write_bytes(gzip.compress(pickle.dumps(value, protocol=protocol)))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_the_field_distributes_comes_back_as_it_was(tmp_path: Path, protocol: int) -> None:
    sign = torch.randn(3, 5)
    record = {"name": "train/a", "num_frames": 12, "sign": sign, "alignments": OrderedDict(pami0=[1, 2])}
    (back,) = load_pickle(written(tmp_path / "a", [record], protocol))
    assert back["name"] == "train/a"
    assert back["num_frames"] == 12
    assert back["alignments"] == {"pami0": [1, 2]}
    assert isinstance(back["sign"], np.ndarray)
    np.testing.assert_array_equal(back["sign"], sign.numpy())


def test_a_plain_pickle_is_read_like_a_gzipped_one(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"<si>": 0, "REGEN": 4}))
    assert load_pickle(tmp_path / "a.pkl") == {"<si>": 0, "REGEN": 4}


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(0),
        torch.ones(1, 1),
        torch.arange(30.0).reshape(2, 3, 5)[:, 1],  # a window into a larger storage
        torch.arange(6.0).reshape(2, 3).T,
        torch.randn(3, 5).half(),
        torch.arange(7),
    ],
    ids=["empty", "placeholder", "window", "turned", "half", "integers"],
)
def test_every_kind_of_tensor_survives(tmp_path: Path, tensor: torch.Tensor) -> None:
    np.testing.assert_array_equal(load_pickle(written(tmp_path / "a", tensor)), tensor.numpy())


def test_a_brain_float_tensor_becomes_float32(tmp_path: Path) -> None:
    back = load_pickle(written(tmp_path / "a", torch.tensor([1.5, -2.0]).bfloat16()))
    assert back.dtype == np.float32
    assert back.tolist() == [1.5, -2.0]


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">f8"),
        np.array([True, False]),
        np.float32(2.5),
        np.zeros((0, 3)),
    ],
    ids=["float", "columns", "big-endian", "bool", "scalar", "empty"],
)
def test_every_kind_of_array_survives(tmp_path: Path, array: np.ndarray, protocol: int) -> None:
    np.testing.assert_array_equal(load_pickle(written(tmp_path / "a", array, protocol)), array)


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "posix.system" if os.name == "posix" else "nt.system"),
        (builtins.eval, "builtins.eval"),
        (builtins.getattr, "builtins.getattr"),
        (torch.load, "torch.serialization.load"),
        (np.load, "numpy.load"),
    ],
)
def test_a_function_is_refused_by_name_and_does_not_run(
    tmp_path: Path, function: Any, name: str, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a", [{"name": "fine"}, Calls(function, f"touch {tmp_path}/ran")], protocol)
    name = name if protocol > 2 else name.replace("builtins", r"(builtins|__builtin__)")
    with pytest.raises(RefusedPickleError, match=rf"wants to run {name}; nothing of it was run"):
        load_pickle(path)
    assert not (tmp_path / "ran").exists()


def payload_of(value: Any) -> bytes:
    """What torch writes below a tensor, with `value` in place of the numbers."""
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


@pytest.mark.parametrize("function", [os.system, builtins.eval])
def test_a_function_hidden_inside_a_tensor_is_refused(tmp_path: Path, function: Any) -> None:
    inner = payload_of(Calls(function, f"__import__('os').mkdir({str(tmp_path / 'ran')!r})"))
    path = written(tmp_path / "a", Calls(torch.storage._load_from_bytes, inner))
    with pytest.raises(RefusedPickleError, match=r"wants to run \w+\.(system|eval) inside a tensor"):
        load_pickle(path)
    assert not (tmp_path / "ran").exists()


def test_a_tensor_payload_that_is_no_storage_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a", Calls(torch.storage._load_from_bytes, payload_of({"a": 1})))
    with pytest.raises(RefusedPickleError, match="dict in place of a tensor's numbers"):
        load_pickle(path)


def test_a_dotted_name_does_not_reach_through_an_allowed_module(tmp_path: Path) -> None:
    """STACK_GLOBAL may name `OrderedDict.__init__.__globals__` and the like."""
    (tmp_path / "a").write_bytes(b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.")
    with pytest.raises(RefusedPickleError, match=r"collections\.OrderedDict\.__init__"):
        load_pickle(tmp_path / "a")


def test_an_allowed_function_cannot_be_changed_by_the_pickle(tmp_path: Path) -> None:
    """BUILD with a pair sets attributes of what it is given, such as a function's __defaults__."""
    state = pickle.dumps((None, {"__defaults__": (1,), "_function": 1}), protocol=2)[2:-1]
    program = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n" + state + b"b."
    (tmp_path / "a").write_bytes(program)
    with pytest.raises(RefusedPickleError, match="sets the state of a function"):
        load_pickle(tmp_path / "a")
    assert torch._utils._rebuild_tensor_v2.__defaults__ == (None,)


def test_a_tensor_larger_than_its_numbers_is_refused(tmp_path: Path) -> None:
    storage = Calls(torch.storage._load_from_bytes, payload_of(torch.zeros(2)))
    hooks: OrderedDict[str, str] = OrderedDict()
    for size, stride in (((10**6, 10**6), (0, 0)), ((-1,), (1,)), ((2,), (-5,))):
        real = pickle.loads(pickle.dumps(torch.zeros(2)))
        call = Calls(torch._utils._rebuild_tensor_v2, Storage(real), 0, size, stride, False, hooks)
        with pytest.raises(RefusedPickleError, match="it has a tensor of"):
            load_pickle(written(tmp_path / "a", call))
    with pytest.raises(RefusedPickleError, match=r"it has a (Tensor|ndarray) in place"):
        load_pickle(written(tmp_path / "a", Calls(torch._utils._rebuild_tensor_v2, storage, 0, (2,), (1,))))


class Storage:
    """Pickled, it becomes the storage of a tensor."""

    def __init__(self, tensor: torch.Tensor) -> None:
        tag = pickle.dumps(tensor, protocol=4)
        start = tag.index(b"\x80\x02\x8a\n")
        marker, length = tag[start - 2 : start - 1], tag[start - 1]
        assert marker in (b"C",) or tag[start - 5 : start - 4] == b"B"
        size = length if marker == b"C" else struct.unpack("<I", tag[start - 4 : start])[0]
        self.payload = tag[start : start + size]

    def __reduce__(self) -> Any:
        return torch.storage._load_from_bytes, (self.payload,)


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedPickleError, match="'O8'"):
        load_pickle(written(tmp_path / "a", np.array(["a", None], dtype=object)))


@pytest.mark.parametrize("module", ["torch._utils._rebuild_tensor_v2", "numpy.dtype"])
def test_a_function_is_no_value(tmp_path: Path, module: str) -> None:
    package, _, name = module.rpartition(".")
    (tmp_path / "a").write_bytes(f"c{package}\n{name}\n.".encode())
    with pytest.raises(RefusedPickleError, match="Rebuild in place of a value"):
        load_pickle(tmp_path / "a")


def test_a_damaged_or_foreign_file_is_one_sentence(tmp_path: Path) -> None:
    whole = written(tmp_path / "a", [{"name": "x" * 500, "sign": torch.randn(50)}]).read_bytes()
    files = {"cut": whole[: len(whole) // 2], "text": b"name|video\n", "empty": b"", "one": b"\x1f"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name} must be a pickle.* damaged or something else"):
            load_pickle(tmp_path / name)
    with pytest.raises(ValueError, match=r"there is none at .*missing"):
        load_pickle(tmp_path / "missing")


def test_no_change_of_any_byte_escapes(tmp_path: Path) -> None:
    """A flipped byte gives a value or a ValueError, never another error and never a call."""
    whole = pickle.dumps([{"name": "a", "sign": torch.arange(3.0), "n": np.arange(2)}], protocol=4)
    generator = np.random.default_rng(0)
    for position in generator.choice(len(whole), 300, replace=False):
        damaged = bytearray(whole)
        damaged[position] = generator.integers(256)
        (tmp_path / "a").write_bytes(damaged)
        with contextlib.suppress(ValueError):
            load_pickle(tmp_path / "a")


def test_shared_and_circular_parts_end(tmp_path: Path) -> None:
    """Ten lists of ten of the same are a hundred million entries if each is copied on its own."""
    deep: list[Any] = ["x"]
    for _ in range(30):
        deep = [deep, deep]
    round_and_round: list[Any] = [1]
    round_and_round.append(round_and_round)
    back = load_pickle(written(tmp_path / "a", {"deep": deep, "round": round_and_round}))
    assert back["round"] == [1, None]
    assert back["deep"][0] is back["deep"][1]
