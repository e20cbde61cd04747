"""Hand tracks as features, by hand and on the real sentences."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from signlab.data.tracks import hand_features, open_tracks

REAL = Path(__file__).parents[3] / "shared" / "data" / "boston104.json"


def sentence(**changes: Any) -> dict[str, Any]:
    """As in boston104.json: a left hand that goes 6 pixels to the right each frame."""
    xy = [[100 + 6 * frame, 120, 40, 180, 100, 60] for frame in range(3)]
    return {
        "video": 1,
        "split": "train",
        "speaker": "woman-1",
        "glosses": ["JOHN", "IX-1P"],
        "spans": [[0, 1], [1, 2]],
        "xy": xy,
    } | changes


def written(path: Path, records: Any) -> Path:
    path.write_text(json.dumps(records))
    return path


def test_places_from_the_nose_and_velocities() -> None:
    features = hand_features(np.array(sentence()["xy"], np.float32))
    expected = [[0, 1, -1, 2, 1, 0, 0, 0], [0.1, 1, -1, 2, 1, 0, 0, 0], [0.2, 1, -1, 2, 1, 0, 0, 0]]
    np.testing.assert_allclose(features, expected, atol=1e-6)  # 6 px a frame = one tenth of 60


def test_where_the_camera_stood_does_not_matter() -> None:
    xy = np.random.default_rng(0).uniform(0, 200, (7, 6)).astype(np.float32)
    moved = xy + np.array([13, -5] * 3, np.float32)
    np.testing.assert_allclose(hand_features(moved), hand_features(xy), atol=1e-4)


def test_one_frame_has_no_velocity() -> None:
    assert not hand_features(np.ones((1, 6), np.float32))[:, 4:].any()


def test_an_example_is_read_whole(tmp_path: Path) -> None:
    path = written(tmp_path / "boston104.json", [sentence(), sentence(video=2, split="test")])
    corpus = open_tracks(path)
    assert (corpus.name, corpus.splits) == ("boston104", ("train", "test"))
    example = corpus.split("train")[0]
    assert (example.name, example.signer) == ("boston104/001", "woman-1")
    assert (example.glosses, example.sentences) == (("JOHN", "IX-1P"), ("john ix-1p",))


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ({"a": 1}, "must be a list .* but is a dict"),
        ([], "must be a list"),
        ([sentence(), 7], "sentence 1: must have video"),
        ([{"video": 1}], "sentence 0: must have .* KeyError: 'xy'"),
        ([sentence(xy=[[1, 2, 3, 4]])], r"sentence 0: xy must be frames .* shape \(1, 4\)"),
        ([sentence(xy=[[1, 2], [3]])], "sentence 0: must have"),
        ([sentence(xy=[])], "sentence 0: xy must"),
        ([sentence(split="tain")], "sentence 0: the split must be one of"),
    ],
)
def test_damage_is_named(tmp_path: Path, records: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        open_tracks(written(tmp_path / "boston104.json", records))


def test_no_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "boston104.json").write_text("[{")
    with pytest.raises(ValueError, match=r"boston104\.json must be JSON with hand tracks"):
        open_tracks(tmp_path / "boston104.json")


@pytest.mark.skipif(not REAL.is_file(), reason="the real hand tracks are not in the project")
def test_the_real_sentences_of_american_sign_language() -> None:
    corpus = open_tracks(REAL)
    train, test = corpus.split("train"), corpus.split("test")
    assert (len(train), len(test)) == (161, 40)
    signed = [{gloss for example in split for gloss in example.glosses} for split in (train, test)]
    assert (len(signed[0]), len(signed[1] - signed[0])) == (112, 1)  # one sign of the test is never trained
    assert sum(len(example.features) for split in (train, test) for example in split) == 15_746  # type: ignore[arg-type]
    features = np.concatenate([example.features for example in train])  # type: ignore[misc]
    assert features.shape[1] == 8
    assert np.isfinite(features).all()
    assert (features.std(axis=0) > 0.2).all()  # every channel says something
    assert (features.std(axis=0) < 2).all()  # and none outshouts the others
