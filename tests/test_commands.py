"""The command line as its user meets it: results on stdout, one sentence on stderr, an exit code."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import SHORT, SMALL, Run, caller, filmed, sentence_of

from signlab import commands
from signlab.__main__ import MODELS, main
from signlab.data import video


@pytest.fixture
def signlab(capsys: pytest.CaptureFixture[str]) -> Run:
    return caller(capsys)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("words"), "gloss", ["RAIN", "SUN", "SUN", "RAIN"])


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    said = ["it rains .", "the sun shines .", "the sun rains .", "it shines ."]
    signed = ["RAIN", "SUN SHINE", "SUN RAIN", "SHINE"]
    cells = [f"{glosses},{sentence}" for glosses, sentence in zip(signed, said, strict=True)]
    return filmed(tmp_path_factory.mktemp("sentences"), "glosses,sentence", cells)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hand tracks as in boston104.json: a hand goes right for A, down for B."""
    steps, generator, records = {"A": (6, 0), "B": (0, 6)}, np.random.default_rng(0), []
    for index in range(11):
        glosses = ["A", "B"] if index % 2 else ["B", "A"]
        moves = [steps[gloss] for gloss in glosses for _ in range(int(generator.integers(3, 6)))]
        hand = np.cumsum(moves, axis=0) + 90
        xy = np.concatenate([hand, hand * 0 + 120, hand * 0 + 60], axis=1).tolist()
        split = "test" if index > 7 else "train"
        records.append({"video": index, "split": split, "speaker": "a", "glosses": glosses, "xy": xy})
    path = tmp_path_factory.mktemp("real") / "boston104.json"
    path.write_text(json.dumps(records))
    return path


@pytest.fixture(scope="module")
def runs(words: Path, sentences: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each model, two updates long."""
    folder = tmp_path_factory.mktemp("runs")
    for model in MODELS:
        arguments = ["train", model, *SHORT, *SMALL, "--out", str(folder / model)]
        if model != "estimator":  # which needs to know the joints, as of puppets
            arguments += ["--data", str(sentences if model in ("text", "translation") else words)]
        arguments += ["--visual", str(folder / "visual")] if model == "translation" else []
        arguments += ["--autoencoder", str(folder / "autoencoder")] if model == "latent" else []
        assert main(arguments) == 0
    return folder


def test_help_names_every_command_and_every_option_says_what_it_is_for(signlab: Run) -> None:
    told = signlab("--help")
    assert told.code == 0
    for name in ("data", "train", "translate", "produce", "evaluate", "study"):
        assert name in told.out
        assert f"usage: signlab {name}" in signlab(name, "--help").out
    assert "signlab data make" in signlab("data", "make", "--help").out


def test_a_made_corpus_is_checked_and_found_good(signlab: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = signlab("data", "make", "puppet-words", out, "--size", 5, *SMALL)
    assert (made.code, made.out.splitlines()[-1].split(": ")[-1]) == (0, f"signlab data check {out}")
    told = signlab("data", "check", out)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[0] == "puppet-words"
    rows = {line.split()[0]: line.split()[1] for line in told.out.splitlines()[1:]}
    assert rows == {"split": "examples", "train": "3", "valid": "1", "test": "1"}


def test_a_damaged_folder_is_told_file_by_file(signlab: Run, words: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(words, tmp_path / "damaged")
    whole = (damaged / "1.mp4").read_bytes()
    (damaged / "1.mp4").write_bytes(whole[: len(whole) // 3])
    (damaged / "3.mp4").write_bytes(b"")
    told = signlab("data", "check", damaged)
    assert told.code == 1
    assert [line.split()[1:3] for line in told.out.splitlines()[2:]] == [["2", "1"], ["1", "1"], ["1", "0"]]
    assert [line.count("/damaged/") for line in told.err.splitlines()] == [1, 1]
    assert "/1.mp4" in told.err
    assert "/3.mp4" in told.err


def test_a_foreign_folder_or_none_is_one_sentence(signlab: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam")
    for path, part in ((tmp_path, "found: letter.txt"), (tmp_path / "nowhere", "nowhere' is neither")):
        told = signlab("data", "check", path)
        assert (told.code, told.out, told.err.count("\n")) == (1, "", 1)
        assert part in told.err


def test_a_corpus_is_not_written_over_another(signlab: Run, words: Path) -> None:
    assert "holds something" in sentence_of(signlab("data", "make", "puppet-words", words))


def test_an_interrupted_make_leaves_nothing(
    signlab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second clip is never finished; afterwards the same command works."""
    written, write = [], video.write_mp4

    def stop_at_the_second(path: Path, *rest: Any) -> None:
        written.append(path)
        if len(written) == 2:
            path.write_bytes(b"half a clip")
            raise KeyboardInterrupt
        write(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("signlab.data.clips.write_mp4", stop_at_the_second)
        told = signlab("data", "make", "puppet-words", tmp_path / "out", "--size", 3, *SMALL)
    assert told.code == 130
    assert "stopped by the keyboard" in told.err
    assert list(tmp_path.iterdir()) == []
    assert signlab("data", "make", "puppet-words", tmp_path / "out", "--size", 3, *SMALL).code == 0


def test_real_hand_tracks_become_glosses_and_are_scored(signlab: Run, tracks: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    told = signlab("train", "translation", *SHORT, "--data", tracks, "--out", run)
    assert (told.code, told.out) == (0, f"translation trained for 2 updates in {run}\n")
    report = json.loads(signlab("evaluate", run, "--data", tracks).out)
    assert (report["corpus"], report["split"], report["examples"]) == ("boston104", "test", 3)
    assert report["nearest"]["word_error_rate"] == 0
    assert report["majority"]["word_error_rate"] > 0
    assert report["model"]["word_error_rate"] > 0
    assert "tok:none" in report["signature"]
    assert report["protocol"] == "puppet"
    other = json.loads(signlab("evaluate", run, "--data", tracks, "--protocol", "phoenix14t-slt").out)
    assert other["protocol"] == "phoenix14t-slt"
    assert "case:lc" in other["signature"]


def test_a_run_is_not_overwritten_but_resumed(signlab: Run, tracks: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    again = ("train", "translation", *SHORT, "--data", tracks, "--out", run)
    assert signlab(*again).code == 0
    assert "add --resume" in sentence_of(signlab(*again))
    assert signlab(*again, "--resume").code == 0
    assert "batch_size" in sentence_of(signlab(*again, "--resume", "--set", "batch_size=3"))


def test_every_model_is_evaluated_as_json(signlab: Run, runs: Path, words: Path, sentences: Path) -> None:
    expected = {
        "visual": "top1", "text": "signature", "translation": "signature", "autoencoder": "psnr", "latent": "psnr",
        "estimator": "joints",
    }  # fmt: skip
    assert set(expected) == set(MODELS)
    for model, score in expected.items():
        data = sentences if model in ("text", "translation") else words
        arguments = ["evaluate", runs / model, *SMALL]
        arguments += ["--data", data] if model != "estimator" else []
        if model in ("autoencoder", "latent"):
            arguments += ["--visual", runs / "visual", "--estimator", runs / "estimator"]
        told = signlab(*arguments)
        assert told.code == 0, told.err
        assert any(score in name for name in json.loads(told.out))
        if model == "latent":
            drawn = json.loads(
                signlab(*arguments, "--temperature", 0.5, "--autoencoder", runs / "autoencoder").out
            )
            assert drawn["sampling"] == {"temperature": 0.5, "top_k": None, "top_p": 0.9, "guidance": 2.0}


def test_clips_become_sentences_for_people_and_for_programs(
    signlab: Run, runs: Path, sentences: Path
) -> None:
    clips = [sentences / name for name in ("2.mp4", "3.mp4")]
    common = ("translate", runs / "translation", "--pixels", 32, "--beams", 2)
    alone = signlab(*common, clips[0])
    assert alone.out.count("\n") == 1
    both = signlab(*common, *clips).out.splitlines()
    assert both[0] == f"{clips[0]}\t{alone.out.strip()}"
    listed = json.loads(signlab(*common, *clips, "--json").out)
    assert [one["clip"] for one in listed] == [str(clip) for clip in clips]
    assert listed[0]["sentence"] == alone.out.strip()


def test_a_gloss_becomes_a_clip_and_the_seed_decides_which(
    signlab: Run, runs: Path, words: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, write = [], video.write_mp4
    monkeypatch.setattr(
        "signlab.data.video.write_mp4", lambda path, clip: (made.append(clip), write(path, clip))
    )
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        out = tmp_path / f"{name}.mp4"
        frame = words / "3.mp4"
        bold = ("--temperature", 2, "--top-p", 1, "--guidance", 1, "--seed", seed)
        told = signlab("produce", runs / "latent", "--gloss", "RAIN", "--frame", frame, "--out", out, *bold)
        assert (told.code, told.out) == (0, f"RAIN, 8 frames, in {out}\n")
        assert video.read_video(out).frames.shape == made[-1].shape
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_a_sentence_becomes_the_clip_of_its_glosses(
    signlab: Run, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signlab.production.system import ProductionSystem

    asked: list[tuple[str, ...]] = []

    def produce(self: ProductionSystem, glosses: tuple[str, ...], *_: object, **__: object) -> np.ndarray:
        asked.append(glosses)
        return np.zeros((9, 32, 32, 3), np.uint8)

    monkeypatch.setattr(ProductionSystem, "produce_sentence", produce)
    common = ("produce", runs / "latent", "--out", tmp_path / "clip.mp4")
    told = signlab(*common, "--sentence", "Tomorrow it will rain.")
    assert (told.code, told.out) == (0, f"TOMORROW RAIN, 9 frames, in {tmp_path / 'clip.mp4'}\n")
    assert asked == [("TOMORROW", "RAIN")]
    assert "'sunnny' is none of them" in sentence_of(signlab(*common, "--sentence", "tomorrow sunnny"))
    assert "--gloss" in sentence_of(signlab(*common))
    both = signlab(*common, "--sentence", "tomorrow", "--gloss", "RAIN")
    assert "not allowed with" in sentence_of(both)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("trian visual --out {tmp}/run", "did you mean train;"),
        ("train visul --out {tmp}/run", "did you mean visual;"),
        ("train visual", "--out must be given"),
        ("translate", "RUN, CLIP must be given"),
        ("data check {tmp} {tmp}/b", "/b' is one argument too many"),
        ("train visual --out {tmp}/run --resum", "did you mean --resume"),
        ("train visual --out {tmp}/run --preset quik", "smoke, quick, colab, paper, but got 'quik'"),
        ("train visual --out {tmp}/run --set step=3", "'step' is none; did you mean 'steps'"),
        ("train visual --out {tmp}/run --set steps=many", "steps must be a whole number, but got 'many'"),
        ("train visual --out {tmp}/run --corpus sise=32", "'sise' is none; did you mean 'size'"),
        ("train visual --out {tmp}/run --data puppet-word", "'puppet-word' is neither"),
        ("translate {tmp}/nowhere {tmp}/clip.mp4", "nowhere"),
        ("produce {tmp}/nowhere --gloss RAIN --out {tmp}/clip.mp4", "nowhere"),
        ("produce {tmp}/nowhere --gloss RAIN --out {tmp}/clip.avi", "must be an .mp4"),
        ("evaluate {tmp}/nowhere", "nowhere has none"),
        (
            "evaluate {tmp} --protocol csl-daily-cvsl",
            "but got 'csl-daily-cvsl'; did you mean csl-daily-cvslt;",
        ),
        ("train latent --out {tmp}/run --autoencoder {tmp}/nowhere", "nowhere has none"),
        ("train visual --out {tmp}/run --set log_every=0", "log_every must be 1 or more, but got 0"),
        ("evaluate {tmp} --limit 0", "--limit must be a whole number, 1 or more, but got '0'"),
        ("train latent --out {tmp}/run --visual {tmp}", "--visual belongs to the training of translation"),
        ("data make puppet-wrods {tmp}/out", "did you mean puppet-words;"),
        (
            "data make puppet-words {tmp}/out --size 2",
            "--size must be a whole number, 3 or more, but got '2'",
        ),
        ("data make puppet-words {tmp}/out --size few", "3 or more, but got 'few'"),
    ],
)
def test_mistakes_are_one_sentence(signlab: Run, tmp_path: Path, arguments: str, part: str) -> None:
    told = signlab(*arguments.format(tmp=tmp_path).split())
    assert part in sentence_of(told)
    assert list(tmp_path.iterdir()) == []  # and nothing has been begun


def test_what_a_run_cannot_do_is_one_sentence(
    signlab: Run, runs: Path, words: Path, tracks: Path, tmp_path: Path
) -> None:
    produce = ("produce", runs / "latent", "--out", tmp_path / "a.mp4")
    assert "'RIAN'" in sentence_of(signlab(*produce, "--gloss", "RIAN"))
    assert "nowhere.mp4" in sentence_of(signlab("translate", runs / "translation", tmp_path / "nowhere.mp4"))
    assert "tset" in sentence_of(signlab("evaluate", runs / "visual", "--data", words, "--split", "tset"))
    protocol = ("evaluate", runs / "visual", "--data", words, "--protocol", "puppet")
    assert "--protocol belongs to a run of text or translation" in sentence_of(signlab(*protocol))
    precision = ("evaluate", runs / "visual", "--data", words, "--precision", "bf16-mixed")
    assert "--precision belongs to a run of translation, but" in sentence_of(signlab(*precision))
    assert "is one of visual" in sentence_of(signlab("translate", runs / "visual", words / "0.mp4"))
    drawn = ("evaluate", runs / "visual", "--data", words, "--top-k", 5)
    assert "--top-k belongs to a run of latent, but" in sentence_of(signlab(*drawn))
    train = ("train", "visual", *SHORT, "--data")
    assert "split valid" in sentence_of(signlab(*train, tracks, "--out", tmp_path / "run"))
    assert "Not a directory" in sentence_of(signlab(*train, words, "--out", words / "0.mp4" / "run"))
    assert list(tmp_path.iterdir()) == []


def test_the_system_is_quoted_where_it_refuses(
    signlab: Run, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "clips.csv")

    monkeypatch.setattr("signlab.data.checks.check_corpus", refuse)
    told = sentence_of(signlab("data", "check", words))
    assert told == "signlab data check: clips.csv cannot be used: Permission denied.\n"


def test_numbers_are_rounded_and_what_is_none_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    commands.say_json({"psnr": float("nan"), "all": (1.23456789, float("inf")), "name": "é"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"psnr": None, "all": [1.2346, None], "name": "é"}
    assert "é" in text
