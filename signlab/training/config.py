"""Configurations: from JSON and from the command line into frozen dataclasses, with checked names and types. Chapter 9."""

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

FILE = "config.json"
WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "none"}
Config = TypeVar("Config")


class Difference(NamedTuple):
    """The first field in which two configurations differ."""

    name: str  # "optimizer.learning_rate"
    old: str  # as it would be written in Python; "absent" if there is no such field
    new: str


def to_json(config: Any) -> str:
    """A configuration, a dataclass or its plain values, as text that `from_dict` reads back."""
    values = config if isinstance(config, dict) else dataclasses.asdict(config)
    return json.dumps(values, indent=1, sort_keys=True) + "\n"


def read_config(run: str | Path) -> dict[str, Any]:
    """The plain values of a run's configuration, whatever its kind.

    Raises:
        ValueError: If the run has none, or it is damaged.
    """
    path = Path(run) / FILE
    if not path.is_file():
        raise ValueError(f"A run must hold {FILE}, but {run} has none; give the folder of a training.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path} must be JSON, but it is damaged ({error}); restore it from a copy."
        ) from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold fields and their values, but got {values!r}; restore a copy.")
    return values


def load_config(run: str | Path, kind: type[Config]) -> Config:
    """The configuration of a run.

    Raises:
        ValueError: If the run has none, or it does not fit `kind`.
    """
    return from_dict(kind, read_config(run), where=str(Path(run) / FILE))


def from_dict(kind: type[Config], values: dict[str, Any], *, where: str = "the configuration") -> Config:
    """Build a dataclass (and those inside it) from plain values.

    Raises:
        ValueError: On an unknown field (with the nearest known one), a missing one or a wrong type.
    """
    fields = dataclasses.fields(typing.cast(Any, kind))
    known = [one.name for one in fields]
    for name in values:
        if name not in known:
            raise ValueError(
                f"{where} must hold fields of {kind.__name__} only, but has {name!r}{nearest(name, known)}"
            )
    for one in fields:
        bare = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        if bare and one.name not in values:
            raise ValueError(
                f"{where} must hold {one.name}, a field of {kind.__name__}, but has none; add it."
            )
    hints = typing.get_type_hints(kind)
    return kind(**{name: _fitted(value, hints[name], f"{where}: {name}") for name, value in values.items()})


def override(config: Config, settings: Sequence[str]) -> Config:
    """A copy with fields changed by texts such as "steps=100", "optimizer.betas=0.9,0.99" or "clip=none".

    A group of fields that is absent (None) is there, with its own defaults, as soon as one of its fields is set.
    All are set together, so that two fields that must fit each other can be given in either order.

    Raises:
        ValueError: On a setting without "=", an unknown field or a value of another type.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"A setting must look like field=value, but got {setting!r}; try {setting}=1.")
        *groups, name = [part.strip() for part in path.split(".")]
        value = _setting(config, [*groups, name], text.strip(), f"The setting {setting!r}")
        within = changes
        for group in groups:
            within = within.setdefault(group, {})
            if not isinstance(within, dict):
                raise ValueError(f"A group is set whole or field by field, but {group} is set in both ways.")
        within[name] = value
    return _changed(config, changes)


def first_difference(old: dict[str, Any], new: dict[str, Any], *, within: str = "") -> Difference | None:
    """Where two configurations, as plain values, first differ; None if they are equal."""
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            inside = first_difference(one, other, within=f"{within}{name}.")
            if inside:
                return inside
        elif (name in old) != (name in new) or one != other:
            told = (repr(side[name]) if name in side else "absent" for side in (old, new))
            return Difference(f"{within}{name}", *told)
    return None


def nearest(name: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name."""
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known are: {', '.join(sorted(known))}."


def _setting(config: Any, path: list[str], text: str, where: str) -> Any:
    """The value that a text gives the field at the end of a path."""
    known = [one.name for one in dataclasses.fields(config)]
    name, *rest = path
    if name not in known:
        groups = [one for one in known if dataclasses.is_dataclass(getattr(config, one))]
        inner = [f"{group}.{name}" for group in groups if hasattr(getattr(config, group), name)]
        hint = f"; did you mean {inner[0]!r}?" if inner else nearest(name, known)
        raise ValueError(f"{where} must name a field of {type(config).__name__}, but {name!r} is none{hint}")
    inside = _group(config, name)
    if rest and not dataclasses.is_dataclass(inside):
        raise ValueError(f"{where} goes too deep: {name} is no group of fields; drop what follows it.")
    if rest:
        return _setting(inside, rest, text, where)
    hint = typing.get_type_hints(type(config))[name]
    if dataclasses.is_dataclass(hint) and not text.startswith("{"):
        first = dataclasses.fields(hint)[0].name
        raise ValueError(f"{where} must name a single field, but {name} is a group; try {name}.{first}=...")
    return _read(text, hint, f"{where}: {name}")


def _group(config: Any, name: str) -> Any:
    """The value of a field; if that is an absent group, the group as it is by default."""
    inside = getattr(config, name)
    kinds = get_args(typing.get_type_hints(type(config))[name])
    groups: list[Any] = [kind for kind in kinds if inside is None and dataclasses.is_dataclass(kind)]
    return groups[0]() if len(groups) == 1 else inside


def _changed(config: Any, changes: dict[str, Any]) -> Any:
    """A copy of a dataclass with fields changed, those of the dataclasses inside it too."""
    values = {
        name: _changed(_group(config, name), value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }
    return dataclasses.replace(config, **values)


def _fitted(value: Any, hint: Any, where: str) -> Any:
    """A value that JSON held, as the type that the annotation asks for."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _first(_fitted, value, inner, where)
    if origin is tuple and isinstance(value, list | tuple):
        kinds = [inner[0]] * len(value) if inner[1:] == (Ellipsis,) else list(inner)
        if len(kinds) == len(value):
            return tuple(_fitted(item, kind, where) for item, kind in zip(value, kinds, strict=True))
    elif origin is typing.Literal:
        if any(value == one and type(value) is type(one) for one in inner):
            return value
    elif dataclasses.is_dataclass(hint):
        if isinstance(value, dict):
            return from_dict(typing.cast(Any, hint), value, where=where)
    elif hint is float and type(value) is int:
        return float(value)
    elif type(value) is hint:
        return value
    raise ValueError(f"{where} must be {_described(hint)}, but got {value!r}.")


def _read(text: str, hint: Any, where: str) -> Any:
    """A value that somebody typed, as the type that the annotation asks for."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _first(_read, text, sorted(inner, key=lambda kind: kind is str), where)  # text fits anything
    if hint is str:
        return text
    if origin is tuple and not text.startswith(("[", "(")):
        items = [item.strip() for item in text.split(",")] if text else []
        kinds = [inner[0]] * len(items) if inner[1:] == (Ellipsis,) else list(inner)
        if len(kinds) == len(items):
            return tuple(_read(item, kind, where) for item, kind in zip(items, kinds, strict=True))
    for choice in inner if origin is typing.Literal else ():
        if text == str(choice):
            return choice
    plain = {"true": True, "false": False, "none": None, "null": None}
    try:
        if hint is float:
            return float(text)
        value = plain[text.lower()] if text.lower() in plain else json.loads(text)
    except ValueError:
        value = text
    return _fitted(value, hint, where)


def _first(convert: Callable[[Any, Any, str], Any], value: Any, kinds: Sequence[Any], where: str) -> Any:
    """`value` as the first of several kinds that it fits."""
    for kind in kinds:
        try:
            return convert(value, kind, where)
        except ValueError as error:
            if dataclasses.is_dataclass(kind) and isinstance(value, dict) and len(kinds) <= 2:
                raise error  # it says more: which field of that dataclass
    raise ValueError(f"{where} must be {' or '.join(map(_described, kinds))}, but got {value!r}.")


def _described(hint: Any) -> str:
    """A type in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is typing.Literal:
        return " or ".join(map(repr, inner))
    if origin is tuple and inner[1:] == (Ellipsis,):
        return f"a list, each item {_described(inner[0])}"
    if origin is tuple:
        return f"a list of {len(inner)} ({', '.join(map(_described, inner))})"
    if dataclasses.is_dataclass(hint):
        return f"the fields of {getattr(hint, '__name__', hint)}"
    return WORDS.get(hint, str(hint))
