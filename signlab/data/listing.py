"""A corpus on disk: what its splits list, and how one entry becomes an example. Chapter 2."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, overload, runtime_checkable

from signlab.data.example import Corpus, SignExample

SPLIT_NAMES = {"train": "train", "valid": "valid", "val": "valid", "dev": "valid", "test": "test"}
Watch = Callable[[range, str], Iterable[int]]  # goes through numbers and may show how far it is

if TYPE_CHECKING:
    Examples = Sequence[SignExample]
else:
    Examples = Sequence  # or beartype would decode a clip to see that it is an example


class ListedSplit(Examples):
    """Examples whose words are at hand and whose pictures or features are read when asked for.

    Args:
        entries: The examples without video and features.
        complete: Reads what an entry lacks.
    """

    def __init__(
        self, entries: Sequence[SignExample], complete: Callable[[SignExample], SignExample]
    ) -> None:
        self.entries, self.complete = tuple(entries), complete

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> SignExample: ...
    @overload
    def __getitem__(self, index: slice) -> list[SignExample]: ...
    def __getitem__(self, index: int | slice) -> SignExample | list[SignExample]:
        if isinstance(index, slice):
            return [self.complete(entry) for entry in self.entries[index]]
        return self.complete(self.text(index))

    def text(self, index: int) -> SignExample:
        """Example `index` without its video and features: at once, nothing is decoded."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"The split has {len(self)} examples, but got index {index}.")
        return self.entries[index]


@runtime_checkable
class AnyCorpus(Corpus, Protocol):
    """A `Corpus`, as something that can be checked while the program runs."""


class LateSplit:
    """A split that is opened when first asked for: the pickles of this field hold gigabytes."""

    def __init__(self, read: Callable[[], ListedSplit]) -> None:
        self._read = read

    @cached_property
    def opened(self) -> ListedSplit:
        return self._read()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCorpus:
    """Any corpus that lies on disk."""

    name: str
    parts: Mapping[str, ListedSplit | LateSplit]  # by "train", "valid", "test" or "all"
    notes: tuple[str, ...] = ()  # what its user should know, such as how many clips are missing

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def glosses(self) -> tuple[str, ...]:
        """Every gloss of every split, sorted."""
        splits = [self.split(name) for name in self.splits]
        return tuple(
            sorted({gloss for split in splits for entry in split.entries for gloss in entry.glosses})
        )

    def split(self, name: str) -> ListedSplit:
        """The examples of one split; "dev" and "val" are other names of "valid".

        Raises:
            ValueError: If the corpus has no such split.
        """
        known = SPLIT_NAMES.get(name, name)
        if known not in self.parts:
            raise ValueError(f"The split must be one of {', '.join(self.splits)}, but got {name!r}.")
        part = self.parts[known]
        return part.opened if isinstance(part, LateSplit) else part


def split_name(given: str, *, where: str) -> str:
    """How a split is called here: train, valid or test; an empty name means all there is.

    Args:
        given: As the corpus writes it, e.g. "dev".
        where: Begins the sentence if there is no such split, e.g. "table.csv:7".
    """
    if not given.strip():
        return "all"
    known = SPLIT_NAMES | {"all": "all"}
    if given.strip().lower() not in known:
        raise ValueError(f"{where}: the split must be one of {', '.join(known)}, but got {given!r}.")
    return known[given.strip().lower()]


def in_splits(
    entries: Sequence[tuple[str, SignExample]], complete: Callable[[SignExample], SignExample]
) -> dict[str, ListedSplit]:
    """Entries, each with the name of its split, dealt into splits: train first, then valid, test, all."""
    order = ("train", "valid", "test", "all")
    dealt = {name: [entry for split, entry in entries if split == name] for name in order}
    return {name: ListedSplit(listed, complete) for name, listed in dealt.items() if listed}


def counted(num: int, total: int, names: Sequence[str]) -> str:
    """ "3 of 20 (the first: a, b)", for sentences about what is missing."""
    shown = ", ".join(names[:3])
    return f"{num} of {total} ({'the first: ' if num > 3 else ''}{shown})"
