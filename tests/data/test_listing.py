"""Splits of corpora on disk: read when asked for, by number, under one set of names."""

from dataclasses import replace

import numpy as np
import pytest

from signlab.data.example import SignExample
from signlab.data.listing import LateSplit, ListedCorpus, ListedSplit, counted, in_splits, split_name

ENTRIES = [SignExample(name=name, glosses=(name.upper(),)) for name in "abcde"]


def test_an_example_is_completed_when_asked_for_and_not_before() -> None:
    asked: list[str] = []

    def complete(entry: SignExample) -> SignExample:
        asked.append(entry.name)
        return replace(entry, features=np.ones((3, 2), np.float32))

    split = ListedSplit(ENTRIES, complete)
    assert len(split) == 5
    assert split.text(1).features is None
    assert asked == []
    assert split[1].features is not None
    assert [example.name for example in split[3:]] == ["d", "e"]
    assert split[-1].name == "e"
    assert asked == ["b", "d", "e", "e"]
    assert [example.name for example in split] == list("abcde")  # iteration ends at IndexError
    with pytest.raises(IndexError, match="5 examples, but got index 5"):
        split.text(5)


def test_a_late_split_is_opened_once() -> None:
    opened: list[int] = []
    late = LateSplit(lambda: opened.append(1) or ListedSplit(ENTRIES, lambda entry: entry))
    corpus = ListedCorpus(name="x", parts={"valid": late})
    assert opened == []
    assert corpus.split("dev") is corpus.split("val") is corpus.split("valid")
    assert opened == [1]
    assert corpus.glosses == ("A", "B", "C", "D", "E")
    with pytest.raises(ValueError, match="one of valid, but got 'train'"):
        corpus.split("train")


def test_entries_are_dealt_in_the_usual_order() -> None:
    pairs = [("test", ENTRIES[0]), ("train", ENTRIES[1]), ("test", ENTRIES[2])]
    dealt = in_splits(pairs, lambda entry: entry)
    assert list(dealt) == ["train", "test"]
    assert [example.name for example in dealt["test"]] == ["a", "c"]


def test_split_names() -> None:
    given = ("Train", "dev", "val ", "valid", "test", "")
    assert [split_name(name, where="x") for name in given] == [
        "train",
        "valid",
        "valid",
        "valid",
        "test",
        "all",
    ]
    with pytest.raises(ValueError, match=r"table\.csv:7: the split must be one of .* but got 'trian'"):
        split_name("trian", where="table.csv:7")


def test_what_is_missing_is_counted_and_named() -> None:
    assert counted(2, 7, ["a", "b"]) == "2 of 7 (a, b)"
    assert counted(5, 7, list("abcde")) == "5 of 7 (the first: a, b, c)"
