"""PHOENIX14T and CSL-Daily, in files written as they are distributed."""

import gzip
import os
import pickle
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from signlab.data.safe_pickle import RefusedPickleError
from signlab.data.sentences import open_sentences

NAME = "train/11August_2010_Wednesday_tagesschau-1"


def pickled(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(pickle.dumps(value)))


def record(name: str, **changes: Any) -> dict[str, Any]:
    """As in `phoenix-2014t_cleaned.train`."""
    return {
        "name": name,
        "signer": "Signer08",
        "gloss": "JETZT WETTER MORGEN",
        "text": "und nun die wettervorhersage für morgen .",
        "num_frames": 23,
        "sign": torch.zeros(0),
        "alignments": {"pami0": [1, 2]},
    } | changes


def phoenix(folder: Path) -> dict[str, torch.Tensor]:
    """Annotations of two splits and their features, in another order; returns the features."""
    signs = {
        f"{split}/{letter}": torch.randn(5 + at, 7)
        for split in ("train", "dev")
        for at, letter in enumerate("ab")
    }
    for split in ("train", "dev"):
        names = [name for name in signs if name.startswith(split)]
        pickled(folder / f"phoenix-2014t_cleaned.{split}", [record(name) for name in names])
        features = [
            {"name": n, "gloss": "", "text": "", "num_frames": 20, "sign": signs[n]} for n in reversed(names)
        ]
        pickled(folder / "head_rgb_input" / f"{split}.pkl", features)
    return signs


@pytest.mark.parametrize("below", [".", "extract_features", "a/b"])
def test_annotations_and_features_are_joined_by_name(tmp_path: Path, below: str) -> None:
    signs = phoenix(tmp_path)
    if below != ".":
        (tmp_path / below).mkdir(parents=True)
        (tmp_path / "head_rgb_input").rename(tmp_path / below / "head_rgb_input")
    corpus = open_sentences(tmp_path)
    assert (corpus.name, corpus.splits) == ("phoenix14t", ("train", "valid"))
    for example in (*corpus.split("train"), *corpus.split("dev")):
        assert example.features is not None
        np.testing.assert_array_equal(example.features, signs[example.name].numpy())
    example = corpus.split("train")[0]
    assert example.video is None
    assert (example.signer, example.language, example.fps) == ("Signer08", "de", 25.0)
    assert example.glosses == ("JETZT", "WETTER", "MORGEN")
    assert example.sentences == ("und nun die wettervorhersage für morgen .",)


def test_one_file_with_annotations_and_features(tmp_path: Path) -> None:
    pickled(tmp_path / "phoenix14t.pami0.test", [record(NAME, sign=torch.ones(23, 1024))])
    corpus = open_sentences(tmp_path)
    assert corpus.splits == ("test",)
    features = corpus.split("test")[0].features
    assert features is not None
    assert features.shape == (23, 1024)


def test_chinese_sentences_become_characters(tmp_path: Path) -> None:
    chinese = record("S000000_P0000_T00", text="你 今天好吗?", gloss="你 今天 好", signer=3)
    pickled(tmp_path / "csl-daily.test", [chinese])
    pickled(tmp_path / "head_rgb_input" / "test.pkl", [{"name": chinese["name"], "sign": torch.ones(2, 3)}])
    example = open_sentences(tmp_path).split("test")[0]
    assert example.sentences == ("你 今 天 好 吗 ?",)
    assert (example.language, example.signer) == ("zh", "3")


def test_a_missing_feature_file_is_one_sentence(tmp_path: Path) -> None:
    phoenix(tmp_path)
    (tmp_path / "head_rgb_input" / "dev.pkl").unlink()
    with pytest.raises(
        ValueError, match=r"head_rgb_input/dev\.pkl does not exist; put the feature files there"
    ):
        open_sentences(tmp_path)


def test_examples_without_features_are_counted_and_named(tmp_path: Path) -> None:
    phoenix(tmp_path)
    pickled(tmp_path / "head_rgb_input" / "train.pkl", [{"name": "train/b", "sign": torch.ones(2, 3)}])
    with pytest.raises(ValueError, match=r"train\.pkl, but 1 of 2 \(train/a\) have none"):
        open_sentences(tmp_path).split("train")


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        (torch.zeros(0), r"shape \(0,\)"),
        (torch.zeros(3, 0), r"shape \(3, 0\)"),
        (None, "NoneType"),
        (torch.full((2, 3), float("nan")), "must be finite"),
    ],
)
def test_a_placeholder_in_place_of_features_is_named(tmp_path: Path, sign: Any, told: str) -> None:
    pickled(
        tmp_path / "phoenix14t.pami0.train", [record("good", sign=torch.ones(2, 3)), record(NAME, sign=sign)]
    )
    split = open_sentences(tmp_path).split("train")
    assert split[0].name == "good"
    with pytest.raises(ValueError, match=rf"pami0\.train: the features of {NAME} .*{told}"):
        split[1]


class Runs:
    def __reduce__(self) -> Any:
        return os.mkdir, ("ran",)


def test_annotations_that_run_something_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pickled(tmp_path / "phoenix14t.pami0.train", [record(NAME, text=Runs())])
    with pytest.raises(RefusedPickleError, match=r"pami0\.train .* wants to run \w+\.mkdir"):
        open_sentences(tmp_path).split("train")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"a": 1}, "a dict"),
        ([1, 2], "a list of something else"),
        ([{"id": 1}], "record 0 has only id"),
        ([], "empty"),
    ],
)
def test_a_pickle_of_something_else_is_named(tmp_path: Path, content: Any, told: str) -> None:
    pickled(tmp_path / "phoenix14t.pami0.train", content)
    with pytest.raises(ValueError, match=rf"pami0\.train must hold .*{told}"):
        open_sentences(tmp_path).split("train")


def official(root: Path, rows: list[str]) -> Path:
    """The corpus's own folders: tables and frames."""
    manual = root / "annotations" / "manual"
    manual.mkdir(parents=True)
    head = "name|video|start|end|speaker|orth|translation"
    (manual / "PHOENIX-2014-T.train.corpus.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    frames = root / "features" / "fullFrame-210x260px" / NAME
    frames.mkdir(parents=True)
    for number in range(1, 4):
        cv2.imwrite(str(frames / f"images{number:04d}.png"), np.full((260, 210, 3), number, np.uint8))
    return manual


ROW = f"{NAME[6:]}|{NAME[6:]}/1/*.png|-1|-1|Signer08|JETZT WETTER|und nun die wettervorhersage"


def test_the_official_table_and_frames(tmp_path: Path) -> None:
    corpus = open_sentences(official(tmp_path, [ROW]), size=35)
    example = corpus.split("train")[0]
    assert (example.name, example.signer, example.glosses) == (NAME, "Signer08", ("JETZT", "WETTER"))
    assert example.sentences == ("und nun die wettervorhersage .",)  # as in the pickled annotations
    assert example.video is not None
    assert example.video.shape == (3, 35, 35, 3)
    assert example.video[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert corpus.notes[0].endswith("no split 'dev'.")


def test_rows_without_frames_are_counted_and_named(tmp_path: Path) -> None:
    manual = official(tmp_path, [ROW, ROW.replace("schau-1", "schau-2")])
    with pytest.raises(ValueError, match=rf"1 of 2 \({NAME[:-1]}2\) have none; unpack"):
        open_sentences(manual).split("train")
    (tmp_path / "features").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"need frames in features/fullFrame-210x260px"):
        open_sentences(manual).split("train")


def test_a_folder_of_neither_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=re.escape("phoenix14t.pami0.train, PHOENIX-2014-T.train.corpus.csv, but")
    ):
        open_sentences(tmp_path)
