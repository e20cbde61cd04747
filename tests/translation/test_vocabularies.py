"""Words or pieces: chosen from the data, trained with, kept with the run wherever it goes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from signlab.data.pieces import PieceVocabulary
from signlab.data.text import Vocabulary
from signlab.training import export, load_config
from signlab.translation.evaluate import evaluate_translation
from signlab.translation.material import gather
from signlab.translation.model import TranslatorConfig
from signlab.translation.presets import text as text_preset
from signlab.translation.presets import translation
from signlab.translation.pretrain import load_text_model, train_text
from signlab.translation.system import load_translation
from signlab.translation.train import TranslationTrainingConfig, train_translation
from signlab.translation.vocabularies import (
    keep_vocabulary,
    open_vocabulary,
    vocabulary_for,
    with_vocabulary,
)

from ..data.test_pieces import train as train_pieces
from .conftest import WORDS, TinyCorpus

SHORT = replace(translation("smoke"), steps=4, warmup_steps=2, batch_size=3)


def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has read no SentencePiece model yet."""
    monkeypatch.setattr(PieceVocabulary, "_made", {})


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    said = [f"first {one} , then {other} ." for one in WORDS.values() for other in WORDS.values()]
    return train_pieces(tmp_path_factory.mktemp("model") / "tiny.model", said, vocab_size=23)


@pytest.fixture(scope="module")
def pieces_run(tracks: TinyCorpus, file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "pieces"
    train_translation(SHORT, corpus=tracks, run=run, pieces=file)
    return run


def test_words_or_pieces_of_the_same_sentences(file: Path) -> None:
    words = vocabulary_for(["first up , then down ."], pieces=None)
    pieces = vocabulary_for(["first up , then down ."], pieces=file)
    assert words == Vocabulary((",", ".", "down", "first", "then", "up"))
    assert pieces == PieceVocabulary.from_sentences(file, ["first up , then down ."])
    config = TranslatorConfig(words=("old",))
    for one in (words, pieces):
        changed = with_vocabulary(config, one)
        assert changed.vocabulary == one
        assert changed.num_tokens == len(one)
    assert with_vocabulary(config, pieces).words == ()
    assert with_vocabulary(with_vocabulary(config, pieces), words).pieces is None


def test_a_run_keeps_its_model_file_and_what_it_writes_are_sentences(
    pieces_run: Path, file: Path, tracks: TinyCorpus
) -> None:
    assert (pieces_run / file.name).read_bytes() == file.read_bytes()
    report = evaluate_translation(pieces_run, tracks, beams=2)
    assert report["examples"] == 12
    assert 0 < report["nats_per_token"] < 10
    written = load_translation(pieces_run).translate_examples(tracks.split("test")[:3])
    assert not any("▁" in sentence for sentence in written)


def test_a_moved_run_and_an_exported_one_write_the_same(
    pieces_run: Path, tracks: TinyCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = tracks.split("test")[:3]
    expected = load_translation(pieces_run).translate_examples(examples)
    forgotten(monkeypatch)
    with pytest.raises(
        ValueError, match=r"tiny\.model \(sha256 \w+\.\.\.\) has not been read yet; load the run"
    ):
        _ = load_config(pieces_run, TranslationTrainingConfig).model.vocabulary
    shutil.copytree(pieces_run, tmp_path / "moved")
    assert load_translation(tmp_path / "moved").translate_examples(examples) == expected
    export(tmp_path / "moved", tmp_path / "exported")
    shutil.rmtree(tmp_path / "moved")
    forgotten(monkeypatch)
    found = load_translation(tmp_path / "exported")
    assert len(found.translate_examples(examples)) == 3


def test_a_run_without_its_model_file_says_so(pieces_run: Path, tmp_path: Path) -> None:
    shutil.copytree(pieces_run, tmp_path / "run")
    (tmp_path / "run" / "tiny.model").unlink()
    with pytest.raises(
        ValueError, match=r"need their SentencePiece model .*run/tiny\.model, but there is no"
    ):
        load_translation(tmp_path / "run")
    with pytest.raises(ValueError, match=r"but .*run lacks tiny\.model; put it there"):
        export(tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_training_in_pieces_goes_on(file: Path, tracks: TinyCorpus, tmp_path: Path) -> None:
    """The run's own copy will do as the file to go on with."""
    train_translation(SHORT, corpus=tracks, run=tmp_path / "run", pieces=file)
    own = tmp_path / "run" / file.name
    train_translation(SHORT, corpus=tracks, run=tmp_path / "run", pieces=own, resume=True)
    assert own.read_bytes() == file.read_bytes()
    assert len(json.loads((tmp_path / "run" / "config.json").read_text())["model"]["pieces"]["pieces"]) > 11


def test_words_need_nothing_kept(tmp_path: Path) -> None:
    config = TranslatorConfig(words=("a", "b"))
    keep_vocabulary(config, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert open_vocabulary(config, tmp_path) == Vocabulary(("a", "b"))


def test_which_splits_decide_what_can_be_written(tracks: TinyCorpus, tmp_path: Path) -> None:
    strange = replace(tracks.split("test")[0], sentences=("first sideways , then up .",))
    corpus = TinyCorpus("tiny", {"train": list(tracks.split("train")), "test": [strange]})
    for splits, known in (("train", False), ("all", True)):
        found = gather(SHORT.model, corpus, cache=tmp_path, vocabulary_from=splits)
        assert ("sideways" in found.model.vocabulary) is known


def test_pieces_decide_how_long_a_sentence_may_be(file: Path, tracks: TinyCorpus, tmp_path: Path) -> None:
    """Ten words at most and the eos allow for sixteen; in pieces there are more."""
    words = gather(SHORT.model, tracks, cache=tmp_path).model
    pieces = gather(SHORT.model, tracks, cache=tmp_path, pieces=file).model
    assert words.max_tokens == 16
    lengths = [1 + len(pieces.vocabulary.encode(one.sentences[0])) for one in tracks.split("train")]
    assert pieces.max_tokens == max(lengths) * 3 // 2 > 16


def test_a_translator_takes_the_pieces_of_its_text_model(
    file: Path, sentences: TinyCorpus, visual_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(text_preset("smoke"), steps=2, warmup_steps=1)
    train_text(short, corpus=sentences, run=tmp_path / "text", pieces=file)
    forgotten(monkeypatch)
    text = load_text_model(tmp_path / "text").config
    config = replace(SHORT, model=replace(text, words=(), pieces=None, glosses=()), steps=2)
    forgotten(monkeypatch)
    common = {"corpus": sentences, "visual": visual_run, "text": tmp_path / "text"}
    train_translation(config, run=tmp_path / "run", **common)
    assert (tmp_path / "run" / file.name).read_bytes() == file.read_bytes()
    assert load_translation(tmp_path / "run").config.model.pieces == text.pieces
    with pytest.raises(
        ValueError, match=r"but got pieces=.*tiny\.model beside text=.*; leave one of them out"
    ):
        train_translation(config, run=tmp_path / "other", pieces=file, **common)
