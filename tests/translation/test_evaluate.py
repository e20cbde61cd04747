"""Evaluation: baselines done by hand, and reports that hold together."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from signlab.data.sources import open_corpus
from signlab.metrics.protocols import CSL_DAILY_CVSLT, CSL_DAILY_SLRT
from signlab.translation.evaluate import (
    _unseen,
    evaluate_recognition,
    evaluate_translation,
    scores,
    side_by_side,
)
from signlab.translation.latent import LatentConfig
from signlab.translation.presets import translation
from signlab.translation.system import load_translation
from signlab.translation.train import train_translation
from signlab.translation.visual_head import VisualHeadConfig

from ..data.test_pieces import CHINESE
from ..data.test_pieces import train as train_pieces
from ..data.test_sentences import pickled, record


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
    low, high = report["majority"]["word_error_rate_interval"]
    assert low <= report["majority"]["word_error_rate"] <= high
    low, high = report["majority"]["word_error_rate_difference"]
    assert low <= report["model"]["word_error_rate"] - report["majority"]["word_error_rate"] <= high < 0
    json.dumps(report)


def test_each_result_says_how_it_was_scored(tracks_run, tracks) -> None:
    """By the corpus's name where it has a protocol, unless another is asked for."""
    found = evaluate_translation(tracks_run, tracks, "test", beams=1)
    assert found["protocol"] == "puppet"
    named = replace(tracks, name="phoenix14t")
    german = evaluate_translation(tracks_run, named, "test", beams=1)
    assert german["protocol"] == "phoenix14t-cvslt"
    assert german["model"] == {
        name: value for name, value in found["model"].items() if name != "rouge_l_beta_1.2"
    }
    assert german["sentences"] == found["sentences"]
    asked = evaluate_translation(tracks_run, named, "test", beams=1, protocol="csl-daily-slrt")
    assert asked["protocol"] == "csl-daily-slrt"
    assert asked["majority"]["bleu1"] != found["majority"]["bleu1"]  # letters are counted, not words
    assert asked["sentences"] == found["sentences"]


def test_a_protocol_that_is_none_or_does_not_fit_is_refused_at_once(tracks_run, tracks, tmp_path) -> None:
    with pytest.raises(ValueError, match="but got 'pupet'; did you mean 'puppet'"):
        evaluate_translation(tmp_path / "nowhere", tracks, "test", protocol="pupet")
    parts = {**tracks.parts, "test": [replace(tracks.split("test")[0], sentences=("a", "b"))]}
    with pytest.raises(ValueError, match="phoenix14t-slt is for one reference each, but a sentence has 2"):
        evaluate_translation(tracks_run, replace(tracks, parts=parts), "test", protocol="phoenix14t-slt")


def test_errors_are_counted_in_what_the_protocol_makes_of_sentences() -> None:
    """One of three characters is a mark: an error in raw references, none once it is ASCII."""
    written, references = {"model": ["好,来"], "majority": ["坏,来"]}, [["好 ， 来"]]
    raw = side_by_side(written, references, protocol=CSL_DAILY_SLRT)["model"]
    assert raw["word_error_rate"] == pytest.approx(100 / 3)
    assert raw["word_error_rate_interval"] == pytest.approx([100 / 3, 100 / 3])
    made_equal = side_by_side(written, references, protocol=CSL_DAILY_CVSLT)
    assert made_equal["model"]["word_error_rate"] == 0
    assert made_equal["model"]["word_error_rate_interval"] == [0, 0]
    assert made_equal["model"]["exact"] == 100
    assert made_equal["majority"]["word_error_rate_difference"] == pytest.approx([-100 / 3, -100 / 3])


def test_a_translator_of_features_refuses_videos_before_it_draws_them(tracks_run, sentences) -> None:
    with pytest.raises(ValueError, match="but tiny sentences has none; give it data with such features"):
        evaluate_translation(tracks_run, sentences, "test")


def test_sentences_that_were_never_learnt_are_scored_by_themselves() -> None:
    """Two of three sentences stand in the training split; the third is said wrongly by everybody."""
    written = {"model": ["a", "b", "x"], "majority": ["a", "a", "a"]}
    references = [["a"], ["b", "c"], ["d"]]
    found = _unseen(written, references, {"a", "c"})["unseen"]
    assert found["examples"] == 1
    assert found["model"]["word_error_rate"] == found["majority"]["word_error_rate"] == 100
    assert found["model"]["word_error_rate_interval"] == [100, 100]
    assert found["majority"]["word_error_rate_difference"] == [0, 0]
    assert _unseen(written, references, {"a", "b", "d"}) == _unseen(written, references, set()) == {}


def test_several_right_sentences_have_no_word_error_rate_and_no_interval() -> None:
    found = side_by_side({"model": ["a"], "majority": ["b"]}, [["a", "b"]])
    assert [name for name in (*found["model"], *found["majority"]) if "word_error" in name] == []


def test_a_translator_of_videos_is_evaluated_with_and_without_cache(
    translation_run, sentences, tmp_path
) -> None:
    anew = evaluate_translation(translation_run, sentences, "test", beams=1)
    kept = evaluate_translation(translation_run, sentences, "test", beams=1, cache=tmp_path)
    assert anew == kept
    assert len(list(tmp_path.glob("features-*"))) == 2
    assert evaluate_translation(translation_run, sentences, "test", limit=2)["examples"] == 2


SAID = {  # of real corpora: the file's stem, then glosses and sentences as they are distributed
    "phoenix14t": ("phoenix-2014t_cleaned", ["JETZT REGEN", "MORGEN SONNE"], ["jetzt kommt der regen .", "und morgen kommt die sonne ."]),
    "csl-daily": ("csl-daily", ["我 好", "你 来"], ["我好，你好！", "你来吗？"]),
}  # fmt: skip


def distributed(folder: Path, name: str) -> None:
    """Annotations and S3D's features, 832 wide, in the files in which the corpus is given out."""
    stem, glosses, sentences = SAID[name]
    for split, num in (("train", 7), ("dev", 2), ("test", 3)):
        names = [f"{split}/{index}" for index in range(num)]
        annotated = [
            record(one, gloss=glosses[at % 2], text=sentences[at % 2], signer=3)
            for at, one in enumerate(names)
        ]
        signs = [{"name": one, "sign": torch.randn(5 + at, 832)} for at, one in enumerate(names)]
        pickled(folder / f"{stem}.{split}", annotated)
        pickled(folder / "head_rgb_input" / f"{split}.pkl", signs[::-1])


@pytest.mark.parametrize(
    ("name", "pieces"), [("phoenix14t", False), ("csl-daily", False), ("csl-daily", True)]
)
def test_real_feature_files_go_through_to_their_published_score(tmp_path, name, pieces) -> None:
    """Two updates of CV-SLT with visual head and gloss loss, then sentences under the corpus's own protocol."""
    distributed(tmp_path, name)
    corpus, file = open_corpus(tmp_path), None
    if pieces:
        file = train_pieces(
            tmp_path / "zh.model", CHINESE + SAID[name][2], vocab_size=43, hard_vocab_limit=False
        )
    smoke = translation("smoke")
    head = VisualHeadConfig(dim=24, hidden_dim=40, norm="batch")
    config = replace(
        smoke,
        model=replace(smoke.model, visual_head=head, latent=LatentConfig(dim=5), ends_marked=True),
        objective=replace(smoke.objective, second="posterior", gloss_weight=1.0),
        steps=2,
        warmup_steps=1,
    )
    train_translation(config, corpus=corpus, run=tmp_path / "run", pieces=file)
    report = evaluate_translation(tmp_path / "run", corpus, beams=5)
    assert (report["protocol"], report["corpus"]) == (f"{name}-cvslt", name)
    assert (report["split"], report["examples"], report["beams"]) == ("test", 3, 5)
    assert {"bleu1", "bleu4", "rouge_l_beta_ratio", "word_error_rate"} <= set(report["model"])
    assert report["majority"]["bleu4"] > 0
    assert report["majority"]["exact"] == pytest.approx(
        100 * 2 / 3
    )  # sentence 0 is first in train, twice in test
    other = f"{name}-slt" if name == "phoenix14t" else "csl-daily-slrt"
    assert evaluate_translation(tmp_path / "run", corpus, protocol=other)["protocol"] == other
    system = load_translation(tmp_path / "run")
    assert system.config.model.features_dim == 832
    assert len(system.config.model.glosses) == 4


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
