"""Configurations: from JSON and from the command line into frozen dataclasses, with checked names and types. Chapter 9."""

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

Config = TypeVar("Config")


def to_json(config: Any) -> str:
    """A configuration as text that `from_dict` reads back."""
    return json.dumps(dataclasses.asdict(config), indent=1, sort_keys=True) + "\n"


def load_config(run: str | Path, kind: type[Config]) -> Config:
    """The configuration of a run.

    Raises:
        ValueError: If the run has none, or it does not fit `kind`.
    """
    path = Path(run) / "config.json"
    if not path.is_file():
        raise ValueError(
            f"A run must hold config.json, but {run} has none; give the folder of a finished training."
        )
    try:
        values = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path} must be JSON, but it is damaged ({error}); restore it from a copy."
        ) from error
    return from_dict(kind, values, where=str(path))


def from_dict(kind: type[Config], values: dict[str, Any], *, where: str = "the configuration") -> Config:
    """Build a dataclass (and those inside it) from plain values.

    Raises:
        ValueError: On an unknown field (with the nearest known one), a missing one or a wrong type.
    """
    hints = typing.get_type_hints(kind)
    known = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise ValueError(
                f"{where} must hold fields of {kind.__name__} only, but has {name!r}{nearest(name, known)}"
            )
    ready = {name: _fitted(value, hints[name], f"{where}: {name}") for name, value in values.items()}
    try:
        return kind(**ready)
    except TypeError as error:
        raise ValueError(
            f"{where} must have every field of {kind.__name__} without a default, but: {error}."
        ) from error


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name."""
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known are: {', '.join(sorted(known))}."


def _fitted(value: Any, hint: Any, where: str) -> Any:
    """`value` as the type that the annotation asks for."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _fitted(value, next(kind for kind in inner if kind is not type(None)), where)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return from_dict(typing.cast(Any, hint), value, where=where)
    if origin is tuple and isinstance(value, list | tuple):
        kinds = [inner[0]] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else list(inner)
        if len(kinds) == len(value):
            return tuple(_fitted(item, kind, where) for item, kind in zip(value, kinds, strict=True))
    if origin is typing.Literal and value in inner:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint) and isinstance(value, bool) == (hint is bool):
        return value
    wanted = (
        " or ".join(map(repr, inner)) if origin is typing.Literal else getattr(hint, "__name__", str(hint))
    )
    raise ValueError(f"{where} must be {wanted}, but got {value!r}.")


def override(config: Config, settings: Sequence[str]) -> Config:
    """A copy with fields changed by texts such as "steps=100" or "corpus.size=128".

    Raises:
        ValueError: On a setting without "=", an unknown field or a value of another type.
    """
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"A setting must look like field=value, but got {setting!r}; try {setting}=1.")
        config = _with(config, path.split("."), text, setting)
    return config


def _with(config: Any, path: list[str], text: str, setting: str) -> Any:
    known = [f.name for f in dataclasses.fields(config)]
    name, *rest = path
    if name not in known:
        message = (
            f"The setting {setting!r} must name a field of {type(config).__name__}, but {name!r} is none"
        )
        raise ValueError(message + nearest(name, known))
    if rest:
        inside = getattr(config, name)
        if not dataclasses.is_dataclass(inside):
            raise ValueError(
                f"The setting {setting!r} goes too deep: {name} is no group of fields; drop what follows it."
            )
        return dataclasses.replace(config, **{name: _with(inside, rest, text, setting)})
    hint = typing.get_type_hints(type(config))[name]
    value = _fitted(_read(text), hint, f"The setting {setting!r}: {name}") if not _wants_text(hint) else text
    return dataclasses.replace(config, **{name: value})


def _wants_text(hint: Any) -> bool:
    origin = get_origin(hint)
    return hint is str or origin is typing.Literal or (origin is not tuple and str in get_args(hint))


def _read(text: str) -> Any:
    """The value that a text stands for: JSON if it is, else the text itself."""
    plain = {"True": True, "False": False, "None": None}
    if text in plain:
        return plain[text]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
