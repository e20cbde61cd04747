"""The command line of text models: trained, scored, and what a translator starts from."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import SHORT, Run, caller, sentence_of

from signlab.__main__ import main
from signlab.data.pieces import PieceVocabulary

from .data.test_pieces import train as train_pieces

FEW = ("--corpus", "train=12", "--corpus", "valid=3", "--corpus", "test=5")


@pytest.fixture
def signlab(capsys: pytest.CaptureFixture[str]) -> Run:
    return caller(capsys)


@pytest.fixture(scope="module")
def text_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "text"
    assert main(["train", "text", *SHORT, *FEW, "--out", str(run)]) == 0
    return run


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hand tracks, so that no video has to be seen; their sentences are their glosses."""
    records = [
        {"video": index, "split": split, "speaker": "a", "glosses": ["NORTH", "WIND"], "xy": [[1, 2, 3, 4, 5, 6]] * 7}
        for index, split in enumerate(["train"] * 5 + ["test"] * 2)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("real") / "boston104.json"
    path.write_text(json.dumps(records))
    return path


def test_a_text_model_learns_from_the_puppets_weather_and_is_scored(signlab: Run, text_run: Path) -> None:
    """No clip is drawn for it: the corpus of its training is the one it is tested on if none is named."""
    told = signlab("evaluate", text_run, *FEW, "--beams", 2, "--limit", 3)
    assert told.code == 0, told.err
    report = json.loads(told.out)
    assert (report["corpus"], report["split"], report["examples"]) == ("puppet-weather", "test", 3)
    assert (report["protocol"], report["beams"]) == ("puppet", 2)
    assert report["nats_per_token"] > 0
    assert {"bleu4", "rouge_l_beta_1.2"} <= set(report["model"])
    assert len(report["sentences"]) == 3
    other = ("--protocol", "phoenix14t-slt")
    assert "is for one reference each" in sentence_of(signlab("evaluate", text_run, *FEW, *other))


def test_a_translator_starts_from_a_text_run(
    signlab: Run, text_run: Path, features: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    start = ("train", "translation", *SHORT, "--data", features, "--out", run, "--text", text_run)
    assert "has True and the translator False; set model.tied=True" in sentence_of(signlab(*start))
    assert not run.exists()
    told = signlab(*start, "--set", "model.tied=true")
    assert told.code == 0, told.err
    config = json.loads((run / "config.json").read_text())
    assert (run / config["text_run"]).resolve() == text_run.resolve()
    assert config["model"]["words"] == json.loads((text_run / "config.json").read_text())["model"]["words"]
    assert json.loads(signlab("evaluate", run, "--data", features).out)["examples"] == 2


def test_a_translator_starts_from_a_hugging_face_folder(signlab: Run, features: Path, tmp_path: Path) -> None:
    """And so does a text model; whatever else the folder is, is told."""
    transformers = pytest.importorskip("transformers")
    transformers.logging.disable_progress_bar()
    folder, run = tmp_path / "mbart", tmp_path / "run"
    shape = transformers.MBartConfig(
        vocab_size=13 + 27, d_model=12, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=48, decoder_ffn_dim=48,
        encoder_attention_heads=2, decoder_attention_heads=2, max_position_embeddings=1024, scale_embedding=True,
    )  # fmt: skip
    transformers.MBartForConditionalGeneration(shape).save_pretrained(folder)
    train_pieces(folder / "sentencepiece.bpe.model", ["NORTH WIND", "WIND NORTH"], vocab_size=13)
    fits = ("model.dim=12", "model.learnt_positions=true", "model.tied=true")
    settings = [one for field in fits for one in ("--set", field)]
    start = ("train", "translation", *SHORT, "--data", features, "--out", run, "--text", folder)
    assert "set model.dim=12, model.learnt_positions=True, model.tied=True." in sentence_of(signlab(*start))
    assert not run.exists()
    told = signlab(*start, *settings, "--set", "language=en")
    assert told.code == 0, told.err
    assert (run / "sentencepiece.bpe.model").is_file()
    text = ("train", "text", *SHORT, *FEW, "--out", tmp_path / "text", "--text", folder, *settings)
    told = signlab(*text)
    assert told.code == 0, told.err
    shutil.copy(folder / "model.safetensors", folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "a pickle, which could run anything" in sentence_of(
        signlab(*start[:-4], "--out", tmp_path / "other", *start[-2:], *settings, "--set", "language=en")
    )


def test_pieces_of_words_are_written_where_a_model_cuts_them(
    signlab: Run, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, run = tmp_path / "tiny.model", tmp_path / "run"
    train_pieces(file, ["NORTH WIND", "WIND NORTH"], vocab_size=13)
    start = ("train", "translation", *SHORT, "--data", features, "--out", run)
    told = signlab(*start, "--pieces", file)
    assert told.code == 0, told.err
    monkeypatch.setattr(PieceVocabulary, "_made", {})
    file.unlink()
    report = json.loads(signlab("evaluate", run, "--data", features).out)
    assert all(set(one["model"]) <= set("NORTHWID ") for one in report["sentences"])


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("translation --text {tmp}/nowhere", "nowhere has none"),
        ("text --text {tmp}/nowhere", "must have a config.json, but"),
        ("translation --pieces {tmp}/nowhere", "but there is no such file"),
        ("translation --pieces {tmp}/a --text {tmp}/b", "leave one of them out"),
        ("visual --text {tmp}", "--text belongs to the training of text or translation"),
        ("latent --pieces {tmp}", "--pieces belongs to the training of text or translation"),
        ("text --visual {tmp}", "--visual belongs to the training of translation, but this is one of text"),
    ],
)
def test_mistakes_are_one_sentence_and_begin_nothing(
    signlab: Run, tmp_path: Path, arguments: str, part: str
) -> None:
    given = arguments.format(tmp=tmp_path).split()
    assert part in sentence_of(signlab("train", *given, *SHORT, "--out", tmp_path / "run"))
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_another_model_is_nothing_to_start_from(
    signlab: Run, text_run: Path, features: Path, tmp_path: Path
) -> None:
    start = ("train", "translation", *SHORT, "--data", features)
    assert signlab(*start, "--out", tmp_path / "one").code == 0
    told = signlab(*start, "--out", tmp_path / "other", "--text", tmp_path / "one")
    assert "A run of text is needed here" in sentence_of(told)
    assert "must be an mBART's" in sentence_of(
        signlab("train", "text", *SHORT, *FEW, "--out", tmp_path / "other", "--text", text_run)
    )
