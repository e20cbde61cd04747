"""Evaluation: baselines done by hand, and reports that hold together."""

import json
from dataclasses import replace

import numpy as np
import pytest

from signlab.data.example import SignExample
from signlab.translation.evaluate import (
    evaluate_recognition,
    evaluate_translation,
    nearest_neighbours,
    scores,
)


def test_the_nearest_neighbour_by_hand() -> None:
    """Mean features (0, 0), (10, 0) and (0, 100); the columns are brought to one scale first."""
    train = [
        SignExample(name=str(i), features=np.array(steps, dtype=np.float32))
        for i, steps in enumerate([[[1, 0], [-1, 0]], [[10, 0]], [[0, 100]]])
    ]
    wanted = [
        SignExample(name=str(i), features=np.array(steps, dtype=np.float32))
        for i, steps in enumerate([[[0, 40]], [[8, 20], [8, 0]], [[1, 80]]])
    ]
    assert nearest_neighbours(train, wanted) == [0, 1, 2]


def test_word_error_rate_only_where_there_is_one_right_sentence() -> None:
    assert scores(["a b c d"], [["a b c d"]])["word_error_rate"] == 0
    assert "word_error_rate" not in scores(["a b c d"], [["a b c d", "d c b a"]])
    assert scores(["a b c d", "x"], [["a b c d"], ["y"]])["exact"] == 50


def test_a_translator_that_learned_beats_both_baselines(tracks_run, tracks) -> None:
    report = evaluate_translation(tracks_run, tracks, "test", beams=3)
    assert report["examples"] == 12
    assert report["model"]["bleu4"] > report["majority"]["bleu4"]
    assert report["model"]["bleu4"] > 50
    assert "tok:none" in report["signature"]
    assert report["nats_per_token"] < 1
    json.dumps(report)


def test_a_translator_of_videos_is_evaluated_with_and_without_cache(
    translation_run, sentences, tmp_path
) -> None:
    anew = evaluate_translation(translation_run, sentences, "test", beams=1)
    kept = evaluate_translation(translation_run, sentences, "test", beams=1, cache=tmp_path)
    assert anew == kept
    assert len(list(tmp_path.glob("features-*"))) == 2
    assert evaluate_translation(translation_run, sentences, "test", limit=2)["examples"] == 2


def test_recognition_is_reported_with_chance_and_confusions(visual_run, words) -> None:
    report = evaluate_recognition(visual_run, words, "test")
    assert report["chance"] == 25
    assert report["top1"] > 70
    assert report["top5"] == 100
    wrong = sum(one["times"] for one in report["confusions"])
    assert wrong == round(12 * (1 - report["top1"] / 100))
    json.dumps(report)


def test_strange_glosses_are_refused(visual_run, words) -> None:
    parts = {**words.parts, "odd": [replace(words.split("test")[0], glosses=("SIDEWAYS",))]}
    with pytest.raises(ValueError, match="'SIDEWAYS' of tiny words is none of its 4"):
        evaluate_recognition(visual_run, replace(words, parts=parts), "odd")
