"""Ways of a sentence: windows, signs by themselves, and what each way measures."""

import math

import numpy as np
import pytest

from signlab.data.puppet.corpus import PuppetWeather
from signlab.study import round_trip
from signlab.study.round_trip import (
    CORPUS,
    FRAMES,
    ROUND_TRIP,
    SENTENCES,
    joined,
    sayable,
    signs_apart,
    travel,
    windows_in,
)


def test_windows_are_joined_and_found_again() -> None:
    windows = np.random.default_rng(0).integers(0, 255, (3, FRAMES, 4, 4, 3), dtype=np.uint8)
    windows[1:, 0] = windows[:-1, -1]  # each begins where the one before has ended
    clip = joined(windows)
    assert clip.shape == (16 + 15 + 15, 4, 4, 3)
    assert np.array_equal(windows_in(clip), windows)
    assert np.array_equal(windows_in(windows[0]), windows[:1])


def test_signs_apart_are_the_sentence_s_and_one_camera_films_them() -> None:
    example = PuppetWeather(CORPUS).split("test")[3]
    windows = signs_apart(3)
    assert windows.shape == (len(example.glosses), FRAMES, CORPUS.size, CORPUS.size, 3)
    assert np.array_equal(windows, signs_apart(3))
    corners = windows[:, :, :6, :6].astype(float)
    assert np.ptp(corners.mean(axis=(1, 2, 3)), axis=0).max() < 2


def test_every_seed_has_sentences_of_its_own_and_the_writer_knows_their_words() -> None:
    trip, split = round_trip.readers().trip, PuppetWeather(CORPUS).split("test")
    places = [sayable(trip, seed) for seed in ROUND_TRIP.seeds]
    assert [len(some) for some in places] == [SENTENCES] * len(places)
    assert len({place for some in places for place in some}) == SENTENCES * len(places)
    assert all(trip.glosses([split.text(place).sentences[0] for place in some[:2]]) for some in places)


def test_true_glosses_have_no_errors_and_no_clip() -> None:
    found = travel(("via=glosses",), 0, num=6)
    assert found.metrics["gloss_errors"] == 0
    assert math.isnan(found.metrics["named"])
    assert found.metrics["exact"] == pytest.approx(100 * np.mean(found.per_sentence["exact"]))
    assert 30 < found.metrics["bleu4"] <= 100


def test_codes_leave_less_to_read_than_there_was() -> None:
    apart, coded = (travel((f"via={via}",), 0, num=6).metrics for via in ("apart", "coded"))
    assert apart["named"] > 75
    assert coded["named"] <= apart["named"] + 5
    assert 0 < apart["sure"] < 100
    assert coded["bleu4"] != apart["bleu4"]


def test_the_whole_clip_of_a_puppet_comes_back_best(monkeypatch: pytest.MonkeyPatch) -> None:
    real = travel(("via=real",), 0, num=6).metrics
    assert real["bleu4"] > 40
    written = []

    def produce(glosses: list, first: np.ndarray, *, seed: int) -> list[np.ndarray]:
        written.extend(glosses)
        return [
            np.repeat(frame[None], 1 + (FRAMES - 1) * len(row), axis=0)
            for row, frame in zip(glosses, first, strict=True)
        ]

    monkeypatch.setattr(round_trip.readers().trip.production, "produce_sentences", produce)
    still = travel(("via=written",), 0, num=6).metrics
    assert len(written) == 6
    assert still["bleu4"] < real["bleu4"]
    assert still["named"] < 25


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="but got via=swim"):
        travel(("via=swim",), 0, num=1)
