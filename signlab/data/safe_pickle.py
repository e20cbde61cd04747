"""Reads the field's pickles, plain or gzipped, without running anything in them. Chapter 2.

A pickle is a program: it may name any function of any module and call it. PHOENIX14T and CSL-Daily come
as pickles all the same, so they are read by an allow-list: containers, tensors and arrays are rebuilt by
the stand-ins below, which know nothing else, and a file that names anything besides is refused.
"""

import gzip
import io
import pickle
import pickletools
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

Shape = tuple[int, ...]


class RefusedPickleError(ValueError):
    """A pickle that wants more than data; nothing of it was run."""


class _Rebuild:
    """A function that a pickle may call; it cannot be changed from inside the pickle."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: object) -> None:
        raise RefusedPickleError(f"it sets {name!r} of a function")

    def __setstate__(self, state: object) -> None:
        raise RefusedPickleError("it sets the state of a function")


class _ElementType:
    """Stands for a numpy.dtype; only its letter code and byte order are ever read."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any, *_: object) -> None:
        if not isinstance(code, str) or code.strip("<>=|")[:1] not in tuple("biuf?"):
            raise RefusedPickleError(f"it has an array of {code!r}, which is not a plain number type")
        self.code, self.order = code.strip("<>=|"), "="

    def __setstate__(self, state: Any) -> None:
        self.order = state[1] if state[1] in ("<", ">") else "="

    def read(self, raw: Any, shape: Any, *, column_major: bool = False) -> np.ndarray:
        flat = np.frombuffer(raw, dtype=np.dtype(self.order + self.code))
        return flat.reshape(shape, order="F" if column_major else "C")


class _Array:
    """Stands for a numpy array until the pickle has said what is in it."""

    __slots__ = ("values",)

    def __init__(self, *_: object) -> None:
        self.values: np.ndarray = np.zeros(0)

    def __setstate__(self, state: Any) -> None:
        _, shape, element_type, column_major, raw = state
        self.values = element_type.read(raw, shape, column_major=column_major)


def _storage(payload: bytes) -> Any:
    """The numbers below a tensor: a second pickle inside the first, read by torch's own allow-list."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # typed storages are old; so are the files
        try:
            stored = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise RefusedPickleError(f"it wants to run {_wanted(payload)} inside a tensor") from error
    if not isinstance(stored, torch.storage.TypedStorage):
        raise RefusedPickleError(f"it has a {type(stored).__name__} in place of a tensor's numbers")
    return stored


def _tensor(storage: Any, offset: int, size: Shape, stride: Shape, *_: object) -> np.ndarray:
    if not isinstance(storage, torch.storage.TypedStorage):
        raise RefusedPickleError(f"it makes a tensor of a {type(storage).__name__}")
    raw, dtype = storage._untyped_storage, storage.dtype
    if any(step < 0 for step in (*size, *stride)) or np.prod(size) * dtype.itemsize > raw.nbytes():
        raise RefusedPickleError(f"it has a tensor of {tuple(size)} with only {raw.nbytes()} bytes")
    tensor = torch.empty(0, dtype=dtype).set_(raw, offset, size, stride)
    return (tensor.float() if dtype == torch.bfloat16 else tensor).numpy()


def _bytes(text: str, encoding: str) -> bytes:
    """How protocol 2 writes bytes."""
    if encoding != "latin1":
        raise RefusedPickleError(f"it encodes text as {encoding!r}")
    return text.encode(encoding)


ALLOWED: dict[str, _Rebuild] = {
    "collections.OrderedDict": _Rebuild(OrderedDict),
    "torch._utils._rebuild_tensor_v2": _Rebuild(_tensor),
    "torch.storage._load_from_bytes": _Rebuild(_storage),
    "_codecs.encode": _Rebuild(_bytes),
    "__builtin__.bytes": _Rebuild(lambda: b""),  # protocol 2 again; with an argument it is refused
    "numpy.dtype": _Rebuild(_ElementType),
    "numpy.ndarray": _Rebuild(_Array),
} | {
    f"numpy.{core}.{name}": rebuild
    for core in ("core", "_core")
    for name, rebuild in {
        "multiarray._reconstruct": _Rebuild(_Array),
        "multiarray.scalar": _Rebuild(lambda kind, raw: kind.read(raw, ())[()]),
        "numeric._frombuffer": _Rebuild(
            lambda raw, kind, shape, order: kind.read(raw, shape, column_major=order == "F")
        ),
    }.items()
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in ALLOWED:
            raise RefusedPickleError(f"it wants to run {module}.{name}")
        return ALLOWED[f"{module}.{name}"]


def load_pickle(path: str | Path) -> Any:
    """What a pickle holds: lists, dicts, texts, numbers; tensors and arrays as arrays.

    Raises:
        RefusedPickleError: (a ValueError) If it names a function that is not on the allow-list.
        ValueError: If there is no such file, or it is damaged or no pickle.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"A pickle must be a file, but there is none at {path}; check the path.")
    try:
        with path.open("rb") as plain:
            zipped = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            return _plain(_Unpickler(file).load(), {})
    except RefusedPickleError as error:
        raise RefusedPickleError(
            f"{path} must hold only lists, dicts, texts, numbers and tensors, but {error}; nothing of it "
            "was run. Do not use this file, and fetch it again from its makers."
        ) from error
    except Exception as error:  # damage shows in as many ways as there are bytes
        raise ValueError(
            f"{path} must be a pickle, plain or gzipped, but it is damaged or something else "
            f"({error or type(error).__name__}); fetch it again."
        ) from error


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """The same value with every stand-in replaced by what it stands for; shared parts stay shared."""
    if isinstance(value, _Array):
        return value.values
    if isinstance(value, _Rebuild | _ElementType | torch.storage.TypedStorage):
        raise RefusedPickleError(f"it holds a {type(value).__name__.strip('_')} in place of a value")
    if not isinstance(value, dict | list | tuple):
        return value
    if id(value) not in seen:
        seen[id(value)] = None  # a container within itself: None there, instead of going round for ever
        if isinstance(value, dict):
            seen[id(value)] = {key: _plain(item, seen) for key, item in value.items()}
        else:
            seen[id(value)] = type(value)(_plain(item, seen) for item in value)
    return seen[id(value)]


def _wanted(payload: bytes) -> str:
    """The first function named in a tensor's payload (several pickles in a row) that torch refuses."""
    stream = io.BytesIO(payload)
    try:
        while True:
            for code, argument, _ in pickletools.genops(stream):
                name = str(argument).replace(" ", ".")
                if code.name in ("GLOBAL", "INST") and not name.startswith(("torch.", "collections.")):
                    return name
                if code.name == "STACK_GLOBAL":
                    return "a function"
    except ValueError:
        return "something"
