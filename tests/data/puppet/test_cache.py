"""The copy on disk: equal to what it copies, made once, and made anew whenever something is wrong with it."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signlab.data.example import SignExample, Truth
from signlab.data.puppet import corpus
from signlab.data.puppet.cache import TRACKS, CachedSplit, cached
from signlab.data.puppet.corpus import PuppetConfig, PuppetSplit, PuppetWeather, PuppetWords
from signlab.data.workers import CHUNK

SPLIT = PuppetWords(PuppetConfig(size=32, test=3)).split("test")


def quickly(split: PuppetSplit, index: int) -> SignExample:
    """An example in place of the drawn one: the copy need not know what it copies."""
    chance, frames = np.random.default_rng((split.config.seed, len(split.corpus), index)), 2 + index
    truth = Truth(
        joints=chance.random((frames, 5, 3), np.float32),
        joint_names=tuple("abcde"),
        sign=chance.integers(-1, 3, frames, np.int16),
        phase=chance.integers(0, 4, frames, np.int8),
        parameters=chance.integers(-1, 7, (frames, 2), np.int8),
        parameter_names=("handshape", "location"),
    )
    video = chance.integers(0, 256, (frames, 7, 7, 3), np.uint8)
    return replace(split.text(index), video=video, truth=truth)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the examples that were drawn, quickly."""
    numbers: list[int] = []

    def counting(self: PuppetSplit, index: int) -> SignExample:
        numbers.append(index)
        return quickly(self, index)

    monkeypatch.setattr(PuppetSplit, "draw", counting)
    return numbers


def the_copy(folder: Path) -> Path:
    """The only thing in the folder: nothing temporary is left."""
    (place,) = folder.iterdir()
    return place


def assert_equal(one: SignExample, other: SignExample) -> None:
    for name in ("name", "fps", "signer", "glosses", "sentences", "language", "features"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.video is not None
    assert other.video is not None
    np.testing.assert_array_equal(one.video, other.video)
    for name in TRACKS:
        mine, its = getattr(one.truth, name), getattr(other.truth, name)
        np.testing.assert_array_equal(mine, its)
        assert mine.dtype == its.dtype
    for name in ("joint_names", "parameter_names"):
        assert getattr(one.truth, name) == getattr(other.truth, name)


def test_a_copy_is_equal_in_everything(tmp_path: Path) -> None:
    split = PuppetWeather(PuppetConfig(size=32, valid=1, language="de", fps=12.5)).split("valid")
    copy = cached(split, tmp_path, workers=1)
    assert_equal(copy[0], split[0])
    assert copy.text(0) == split.text(0)


def test_a_copy_is_drawn_once(tmp_path: Path, drawn: list[int]) -> None:
    split = PuppetWeather(PuppetConfig(size=32, valid=3)).split("valid")
    progress: list[tuple[int, int]] = []
    copy = cached(split, tmp_path, workers=1, report=lambda *numbers: progress.append(numbers))
    assert (drawn, progress) == ([0, 1, 2], [(1, 3), (2, 3), (3, 3)])
    assert len(copy) == 3
    again = cached(split, tmp_path, workers=1)
    assert drawn == [0, 1, 2]
    assert split.fingerprint() == again.fingerprint()
    for index in range(3):
        assert_equal(copy[index], split[index])
        assert_equal(again[index], copy[index])
        assert again.text(index) == split.text(index)


def test_numbers_as_a_list_has_them(tmp_path: Path, drawn: list[int]) -> None:
    copy = cached(SPLIT, tmp_path, workers=1)
    assert [example.name for example in copy[1:]] == [SPLIT.text(1).name, SPLIT.text(2).name]
    assert copy.text(-1) == copy.text(2)
    with pytest.raises(IndexError, match="3 examples, but got index 3"):
        copy[3]


def test_pictures_are_mapped_not_loaded_and_cannot_be_written_to(tmp_path: Path, drawn: list[int]) -> None:
    copy = cached(SPLIT, tmp_path, workers=1)
    assert isinstance(copy.arrays["frames"], np.memmap)
    video = copy[1].video
    assert video is not None
    assert np.shares_memory(video, copy.arrays["frames"])
    with pytest.raises(ValueError, match="read-only"):
        video[0] = 0


def test_two_processes_draw_what_one_draws(tmp_path: Path) -> None:
    split = PuppetWords(PuppetConfig(size=32, test=CHUNK + 3)).split("test")
    for workers in (1, 2):
        cached(split, tmp_path / str(workers), workers=workers)
    files = {path.name: path.read_bytes() for path in the_copy(tmp_path / "1").iterdir()}
    assert set(files) == {"index.json", "frames.npy", *(f"{name}.npy" for name in TRACKS)}
    for name, content in files.items():
        assert (the_copy(tmp_path / "2") / name).read_bytes() == content, name


def test_every_corpus_split_and_configuration_has_a_place_of_its_own(
    tmp_path: Path, drawn: list[int]
) -> None:
    config = PuppetConfig(size=32, valid=1, test=1)
    splits = [
        PuppetWords(config).split("test"),
        PuppetWords(config).split("valid"),
        PuppetWeather(config).split("test"),
        PuppetWords(PuppetConfig(size=32, valid=1, test=1, seed=1)).split("test"),
    ]
    copies = [cached(split, tmp_path, workers=1) for split in splits]
    assert len(list(tmp_path.iterdir())) == len(splits)
    for split, copy in zip(splits, copies, strict=True):
        assert_equal(copy[0], split[0])


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def forget_an_example(path: Path) -> None:
    about = json.loads(path.read_text())
    about["examples"].pop()
    path.write_text(json.dumps(about))


def another_fingerprint(path: Path) -> None:
    path.write_text(path.read_text().replace(SPLIT.fingerprint(), "0" * 64))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("frames.npy", shorten),
        ("frames.npy", Path.unlink),
        ("joints.npy", lambda path: path.write_bytes(b"")),
        ("phase.npy", lambda path: np.save(path, np.zeros(7, np.int8))),
        ("index.json", Path.unlink),
        ("index.json", shorten),
        ("index.json", lambda path: path.write_text("[]")),
        ("index.json", forget_an_example),
        ("index.json", another_fingerprint),
    ],
)
def test_half_a_copy_or_a_stale_one_is_noticed_and_made_anew(
    tmp_path: Path, drawn: list[int], name: str, damage: Callable[[Path], Any]
) -> None:
    cached(SPLIT, tmp_path, workers=1)
    damage(the_copy(tmp_path) / name)
    copy = cached(SPLIT, tmp_path, workers=1)
    assert drawn == [0, 1, 2, 0, 1, 2]
    assert_equal(copy[2], SPLIT[2])
    assert the_copy(tmp_path).name.startswith("puppet-words-test-")


def test_a_copy_drawn_by_other_code_is_stale(
    tmp_path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = cached(SPLIT, tmp_path, workers=1)
    monkeypatch.setattr(corpus, "DRAWING_VERSION", corpus.DRAWING_VERSION + 1)
    cached(SPLIT, tmp_path, workers=1)
    assert drawn == [0, 1, 2, 0, 1, 2]
    assert_equal(old[1], SPLIT[1])  # whoever was reading the old copy reads on


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_an_interrupted_copy_leaves_nothing_behind(
    tmp_path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def interrupted(self: PuppetSplit, index: int) -> SignExample:
        if index == 1:
            raise stop
        return quickly(self, index)

    with monkeypatch.context() as patch:
        patch.setattr(PuppetSplit, "draw", interrupted)
        with pytest.raises(stop):
            cached(SPLIT, tmp_path, workers=1)
    assert list(tmp_path.iterdir()) == []
    assert len(cached(SPLIT, tmp_path, workers=1)) == 3


def test_a_full_disk_is_one_sentence_and_keeps_the_copy_that_was_there(
    tmp_path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(SPLIT, tmp_path, workers=1)
    place = the_copy(tmp_path)

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(corpus, "DRAWING_VERSION", corpus.DRAWING_VERSION + 1)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"puppet-words test must fit into .*No space left on device") as caught:
        cached(SPLIT, tmp_path, workers=1)
    assert caught.value.errno == errno.ENOSPC
    assert the_copy(tmp_path) == place
    assert len(CachedSplit(place)) == 3


def test_who_comes_second_takes_the_copy_of_the_first(tmp_path: Path, drawn: list[int]) -> None:
    """Another process finishes the same copy while this one is still drawing."""
    others: list[CachedSplit] = []

    def meanwhile(done: int, total: int) -> None:
        if done == total:
            others.append(cached(SPLIT, tmp_path, workers=1))

    mine = cached(SPLIT, tmp_path, workers=1, report=meanwhile)
    assert len(others) == 1
    assert_equal(mine[1], others[0][1])
    assert len({Path(copy.arrays["frames"].filename).stat().st_ino for copy in (mine, *others)}) == 1
    assert the_copy(tmp_path) in Path(mine.arrays["frames"].filename).parents


def test_a_copy_that_keeps_changing_is_given_up_on(
    tmp_path: Path, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(100))
    monkeypatch.setattr(PuppetSplit, "fingerprint", lambda self: str(next(numbers)))
    with pytest.raises(OSError, match=r"must stay as it was written, but something else keeps changing it"):
        cached(SPLIT, tmp_path, workers=1)
