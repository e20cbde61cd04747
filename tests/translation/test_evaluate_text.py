"""A text model is scored on what it writes from glosses alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from signlab.metrics.protocols import PUPPET, score
from signlab.translation.evaluate_text import evaluate_text, write_from_glosses
from signlab.translation.presets import text as preset
from signlab.translation.pretrain import load_text_model, measure_text, train_text
from signlab.translation.search import greedy_search
from signlab.translation.text_model import source_of

from .conftest import TinyCorpus


@pytest.fixture(scope="module")
def text_run(sentences: TinyCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "text"
    train_text(replace(preset("smoke"), steps=20), corpus=sentences, run=run)
    return run


def test_the_report_is_of_sentences_written_from_glosses(sentences: TinyCorpus, text_run: Path) -> None:
    report = evaluate_text(text_run, sentences, beams=2)
    examples, model = sentences.split("test"), load_text_model(text_run)
    told = measure_text(model, examples)
    assert report["nats_per_token"] == pytest.approx(told["surprise"])
    assert report["token_accuracy"] == pytest.approx(100 * told["accuracy"])
    written = [one["model"] for one in report["sentences"]]
    assert written == write_from_glosses(model, [one.glosses for one in examples], beams=2)
    expected = score(PUPPET, written, [one.sentences for one in examples])
    assert report["model"]["bleu4"] == expected["bleu4"]
    assert (report["protocol"], report["signature"]) == ("puppet", expected["signature"])
    assert [one["name"] for one in report["sentences"]] == [f"test/{index}" for index in range(5)]


def test_one_beam_is_greedy_and_company_changes_nothing(
    sentences: TinyCorpus, text_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples, model = sentences.split("test"), load_text_model(text_run)
    rows = [model.config.gloss_vocabulary.encode(one.glosses) for one in examples]
    tokens = greedy_search(model, model.read(source_of(rows, is_gloss=[True] * 5))).tokens
    expected = [model.config.vocabulary.decode(row.tolist()) for row in tokens]
    assert write_from_glosses(model, [one.glosses for one in examples], beams=1) == expected
    monkeypatch.setattr("signlab.translation.evaluate_text.BATCH", 2)
    assert write_from_glosses(model, [one.glosses for one in examples], beams=1) == expected


def test_part_of_a_split_under_another_protocol(sentences: TinyCorpus, text_run: Path) -> None:
    report = evaluate_text(text_run, sentences, "valid", limit=3, protocol="phoenix14t-cvslt")
    assert (report["examples"], report["split"], report["protocol"]) == (3, "valid", "phoenix14t-cvslt")
    assert "rouge_l_beta_1.2" not in report["model"]
    several = [replace(one, sentences=(*one.sentences, "up .")) for one in sentences.split("test")]
    with pytest.raises(ValueError, match="phoenix14t-cvslt is for one reference each, but a sentence has 2"):
        evaluate_text(text_run, TinyCorpus("tiny", {"test": several}), protocol="phoenix14t-cvslt")


def test_glosses_are_needed(tracks: TinyCorpus, text_run: Path) -> None:
    with pytest.raises(ValueError, match="test/0 of tiny tracks lacks one of them; train it on"):
        evaluate_text(text_run, tracks)
