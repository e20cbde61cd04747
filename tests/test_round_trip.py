"""There and back: what is handed from one system to the next, and sentences that cannot be signed."""

from typing import Any

import numpy as np
import pytest

from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather
from signlab.round_trip import RoundTrip, load_round_trip, unknown_words


@pytest.fixture(scope="module")
def trip() -> RoundTrip:
    return load_round_trip()


def test_glosses_are_written_as_the_puppet_signs(trip: RoundTrip) -> None:
    test = PuppetWeather(PuppetConfig(test=40)).split("test")
    examples = [test.text(index) for index in range(40)]
    examples = [one for one in examples if not unknown_words(trip.writer, one.sentences[0])]
    written = trip.glosses([example.sentences[0] for example in examples])
    right = sum(one == example.glosses for one, example in zip(written, examples, strict=True))
    assert right >= 0.75 * len(examples) > 20
    assert {gloss for row in written for gloss in row} <= set(trip.production.glosses)


def test_each_system_gets_what_the_one_before_has_made(
    trip: RoundTrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real clip stands in for the made one."""
    example = PuppetWeather(PuppetConfig(test=1)).split("test")[0]
    asked: list[Any] = []

    def produce(*given: Any, **how: Any) -> list[np.ndarray]:
        asked.extend([*given, how])
        return [example.video]

    monkeypatch.setattr(trip.production, "produce_sentences", produce)
    first = example.video[:1]
    (journey,) = trip.travel(example.sentences[:1], first, beams=2, seed=7)
    assert journey.sentence == example.sentences[0]
    glosses, pictures, how = asked
    assert [journey.glosses] == trip.glosses(example.sentences[:1], beams=2) == glosses
    assert how == {"sampling": None, "seed": 7}
    assert pictures is first
    assert journey.clip is example.video
    assert [journey.returned] == trip.translation.translate([example.video], beams=2)


def test_a_word_that_nobody_has_learnt_names_the_nearest(trip: RoundTrip) -> None:
    with pytest.raises(ValueError, match="words that the writer of glosses has learnt, but 'rainn' is none"):
        trip.glosses(["tomorrow it will rainn ."])
    with pytest.raises(ValueError, match="one is empty"):
        trip.glosses(["  "])


def test_a_text_model_that_writes_sentences_is_no_writer_of_glosses() -> None:
    with pytest.raises(ValueError, match=r"must write glosses, but the text model at .* writes sentences"):
        load_round_trip(shipped("checkpoints", "text"))
