"""What a path holds is found out by looking, and told in one sentence where it is nothing known."""

import gzip
import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from signlab.data.puppet.corpus import PuppetConfig
from signlab.data.sources import GENERATED, open_corpus
from signlab.data.video import write_mp4

TRACK = {"video": 1, "split": "train", "speaker": "a", "glosses": ["A"], "xy": [[1, 2, 3, 4, 5, 6]]}


def fill(folder: Path, kind: str) -> Path:
    """A folder of the kind, with one example; returns what to open."""
    if kind == "phoenix14t":
        (folder / "annotations" / "manual").mkdir(parents=True)
        record = {"name": "a", "text": "b", "sign": torch.ones(2, 3)}
        packed = gzip.compress(pickle.dumps([record]))
        (folder / "annotations" / "manual" / "phoenix14t.pami0.train").write_bytes(packed)
    elif kind.startswith("wlasl"):
        (folder / "videos").mkdir()
        write_mp4(folder / "videos" / "00001.mp4", np.zeros((3, 24, 32, 3), np.uint8))
        (folder / "nslt_1.json").write_text('{"00001": {"subset": "train", "action": [0, 1, 3]}}')
        (folder / "wlasl_class_list.txt").write_text("0\tbook\n")
        return folder / "nslt_1.json" if kind.endswith("file") else folder
    elif kind == "nmfs-csl":
        (folder / "jpg_video_ori" / "1" / "a").mkdir(parents=True)
        cv2.imwrite(str(folder / "jpg_video_ori" / "1" / "a" / "image_00001.jpg"), np.zeros((24, 32, 3)))
    elif kind.startswith("boston104"):
        (folder / "boston104.json").write_text(json.dumps([TRACK]))
        return folder / "boston104.json" if kind.endswith("file") else folder
    elif kind == "poses":
        (folder / "sgg").mkdir()
        (folder / "sgg" / "a.pose").write_bytes(b"")
    elif kind.startswith("clips"):
        write_mp4(folder / "a.mp4", np.zeros((3, 24, 32, 3), np.uint8))
        (folder / "clips.csv").write_text("path,gloss\na.mp4,A\n")
        return folder / "clips.csv" if kind.endswith("file") else folder
    return folder


KINDS = {
    "phoenix14t": "phoenix14t",
    "wlasl": "wlasl-1",
    "wlasl file": "wlasl-1",
    "nmfs-csl": "nmfs-csl",
    "boston104": "boston104",
    "boston104 file": "boston104",
    "poses": "poses",
    "clips": "clips",
    "clips file": "clips",
}


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_each_kind_is_recognised(tmp_path: Path, kind: str, name: str) -> None:
    corpus = open_corpus(fill(tmp_path, kind))
    assert corpus.name == name
    assert len(corpus.split(corpus.splits[0])) == 1


@pytest.mark.parametrize("kind", ["wlasl", "nmfs-csl", "clips"])
def test_filmed_clips_get_the_size_asked_for(tmp_path: Path, kind: str) -> None:
    filmed, asked = (
        open_corpus(fill(tmp_path, kind) if config is None else tmp_path, config=config)
        for config in (None, PuppetConfig(size=16))
    )
    first = [corpus.split(corpus.splits[0])[0].video for corpus in (filmed, asked)]
    assert [video.shape[1:3] for video in first if video is not None] == [(24, 32), (16, 16)]


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_corpus_by_its_name(name: str) -> None:
    corpus = open_corpus(name, config=PuppetConfig(train=3))
    assert corpus.name == name
    assert len(corpus.split("train")) == 3
    assert len(open_corpus(name).split("train")) == PuppetConfig().train


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="puppet-words or puppet-weather or a path, but 'puppet-word' is neither"
    ):
        open_corpus("puppet-word")
    with pytest.raises(ValueError, match=r"nowhere' is neither; check the spelling"):
        open_corpus(tmp_path / "nowhere")


def test_a_foreign_folder_says_what_was_looked_for_and_found(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"looked for: PHOENIX14T .* clips\.csv; found: nothing\."):
        open_corpus(tmp_path)
    for name in "abcdefg":
        (tmp_path / f"{name}.txt").write_text("x")
    with pytest.raises(ValueError, match=r"found: a\.txt, b\.txt, c\.txt, d\.txt, e\.txt and 2 more\."):
        open_corpus(tmp_path)
    with pytest.raises(ValueError, match=r"a\.txt is a file that is not known here"):
        open_corpus(tmp_path / "a.txt")


def test_clips_without_a_table_are_told_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "a.webm").write_bytes(b"")
    with pytest.raises(ValueError, match=r"must have one table clips\.csv"):
        open_corpus(tmp_path)
