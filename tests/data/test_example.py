"""What every example promises, whoever made it."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from signlab.data.example import PHASES, Corpus, SignExample, Truth
from signlab.data.puppet.corpus import PuppetWeather, PuppetWords

FRAMES, JOINTS, PARAMETERS = 5, 3, 2


def truth(**changed: np.ndarray) -> Truth:
    tracks = {
        "joints": np.zeros((FRAMES, JOINTS, 3), np.float32),
        "sign": np.zeros(FRAMES, np.int16),
        "phase": np.zeros(FRAMES, np.int8),
        "parameters": np.zeros((FRAMES, PARAMETERS), np.int8),
    } | changed
    return Truth(joint_names=("a", "b", "c"), parameter_names=("handshape", "location"), **tracks)  # type: ignore[arg-type]


def test_only_a_name_is_needed_and_nothing_is_made_up() -> None:
    bare = SignExample(name="a")
    missing = {field.name: getattr(bare, field.name) for field in fields(bare)}
    assert (missing.pop("name"), missing.pop("fps")) == ("a", 25.0)
    assert set(missing.values()) == {None, "", ()}


def test_an_example_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SignExample(name="a").signer = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    "video",
    [
        np.zeros((FRAMES, 7, 11, 3), np.float32),  # colours from 0 to 1
        np.zeros((FRAMES, 3, 7, 11, 1), np.uint8),
        np.zeros((FRAMES, 7, 11, 4), np.uint8),  # with transparency
    ],
)
def test_a_video_is_rgb_in_bytes_with_the_colours_last(video: np.ndarray) -> None:
    assert SignExample(name="a", video=np.zeros((FRAMES, 7, 11, 3), np.uint8)).video is not None
    with pytest.raises(TypeCheckError):
        SignExample(name="a", video=video)


@pytest.mark.parametrize("track", ["joints", "sign", "phase", "parameters"])
def test_every_track_of_the_truth_has_a_row_for_each_frame(track: str) -> None:
    known = getattr(truth(), track)
    with pytest.raises(TypeCheckError):
        truth(**{track: known[1:]})


def test_hands_do_one_of_four_things() -> None:
    assert PHASES == ("rest", "transition", "stroke", "hold")  # the numbers in Truth.phase


@pytest.mark.parametrize("corpus", [PuppetWords(), PuppetWeather()], ids=lambda corpus: corpus.name)
def test_the_generated_corpora_are_corpora(corpus: Corpus) -> None:
    assert corpus.splits == ("train", "valid", "test")
    assert [len(corpus.split(name)) for name in corpus.splits] == [2_400, 300, 300]
    with pytest.raises(ValueError, match="train, valid, test, but got 'dev'"):
        corpus.split("dev")
