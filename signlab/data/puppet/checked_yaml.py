"""YAML whose every value knows its line, so that a mistake in it can be named where it stands. Chapter 2."""

import difflib
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

# The loader written in C where PyYAML was built with it, ten times as fast; the same nodes otherwise.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def nearest(given: str, valid: Iterable[str]) -> str:
    """A remedy for a value that does not exist: the most similar one that does, or all of them."""
    valid = list(valid)
    folded = {value.casefold(): value for value in valid}
    close = difflib.get_close_matches(given.casefold(), list(folded), n=1, cutoff=0.5)
    return f"did you mean {folded[close[0]]!r}?" if close else f"choose one of {', '.join(valid)}."


@dataclass(frozen=True, slots=True)
class Checked:
    """A value of a YAML file and the place where it stands.

    The accessors below return plain values or raise a ValueError that begins with `file:line`.
    """

    file: str
    node: yaml.Node

    @property
    def where(self) -> str:
        return f"{self.file}:{self.node.start_mark.line + 1}"

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def refuse(self, sentence: str) -> ValueError:
        """The error to raise about this value."""
        return ValueError(f"{self.where}: {sentence}")

    def text(self) -> str:
        """The value as written: `NO` stays NO and `07` stays 07."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.refuse("a single value must stand here, not a list or a mapping.")
        return str(self.node.value)

    def real(self) -> float:
        """The value as a finite number."""
        try:
            value = float(self.text())
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refuse(f"a number must stand here, but got {self.text()!r}.")
        return value

    def number(self) -> float:
        """The value as a number that is not negative."""
        if self.real() < 0:
            raise self.refuse(f"a number of at least 0 must stand here, but got {self.text()!r}.")
        return self.real()

    def choice(self, what: str, valid: Collection[str]) -> str:
        """The value, which must be one of `valid`."""
        value = self.text()
        if value not in valid:
            raise self.refuse(f"there is no {what} {value!r}; {nearest(value, valid)}")
        return value

    def items(self) -> list["Checked"]:
        """The values of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.refuse("a list must stand here, such as [one, two].")
        return [Checked(self.file, child) for child in self.node.value]

    def texts(self) -> tuple[str, ...]:
        """One text, or a list of texts."""
        return (self.text(),) if self.is_text else tuple(item.text() for item in self.items())

    def entries(self, what: str) -> dict[str, "Checked"]:
        """A mapping with free keys, each of which may occur once."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.refuse(f"a mapping must stand here, such as {{{what}: value}}.")
        found: dict[str, Checked] = {}
        for key, value in self.node.value:
            name = Checked(self.file, key)
            if name.text() in found:
                first = found[name.text()].where
                raise name.refuse(
                    f"the {what} {name.text()!r} is already defined at {first}; rename or remove one."
                )
            found[name.text()] = Checked(self.file, value)
        return found

    def fields(
        self, what: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, "Checked"]:
        """A mapping with fixed keys."""
        found = self.entries("field")
        valid = (*required, *optional)
        if isinstance(self.node, yaml.MappingNode):
            for key, _ in self.node.value:
                Checked(self.file, key).choice(f"field of {what}", valid)
        missing = [name for name in required if name not in found]
        if missing:
            raise self.refuse(f"{what} must have the field {missing[0]!r}; add it.")
        return found


def edited_at(path: Path) -> int:
    """When a file was last written, in nanoseconds: with it, a cache notices an edited file. 0 = no file."""
    return path.stat().st_mtime_ns if path.exists() else 0


def read_yaml(path: Path) -> Checked:
    """The whole of one file.

    Raises:
        ValueError: If the file is missing, empty, or no YAML.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    except FileNotFoundError:
        raise ValueError(f"{path} must exist, but there is no such file; check the path.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{path.name}:{line}: this is no YAML: {error.problem}; mend this line.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise ValueError(f"{path.name} must be YAML in UTF-8, but cannot be read as such: {why}.") from error
    if node is None:
        raise ValueError(f"{path.name} must have entries, but it is empty.")
    return Checked(path.name, node)
