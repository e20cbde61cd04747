"""The best weights so far: which they are, where they lie, and that a training that goes on remembers."""

from dataclasses import replace

import pytest
import torch

from signlab.metrics.protocols import PUPPET, protocol_of
from signlab.training import load_config, read_metrics
from signlab.training.weights import read_weights
from signlab.translation.best import BLEU, BestSoFar
from signlab.translation.evaluate import evaluate_translation
from signlab.translation.presets import translation
from signlab.translation.system import load_translation
from signlab.translation.train import TranslationTrainingConfig, train_step, train_translation


def test_only_what_is_better_is_kept(tracks_run, tracks, tmp_path, monkeypatch) -> None:
    system, folder = load_translation(tracks_run), tmp_path / "best"
    given = iter([100.0, 30.0, 20.0, 30.0, 31.0])  # first of the references, to see that they can be scored
    monkeypatch.setattr("signlab.translation.best.score", lambda *_: {"bleu4": next(given)})
    best, kept = BestSoFar(folder, tracks.split("test"), config=system.config, protocol=PUPPET), []
    table = system.translator.decoder.table.weight
    for step, bleu in enumerate((30.0, 20.0, 30.0, 31.0)):
        with torch.no_grad():
            table.fill_(step)
        assert best.look(system.translator, step=step) == bleu
        kept.append(read_weights(folder)["decoder.table.weight"][0, 0].item())
    assert kept == [0.0, 0.0, 0.0, 3.0]


def test_a_training_that_goes_on_has_its_earlier_best_to_beat(tracks, tmp_path) -> None:
    log = [{"step": 1, BLEU: 30.0}, {"step": 1, "valid/surprise": 99.0}, {"step": 2, BLEU: 20.0}]
    best = BestSoFar(tmp_path, tracks.split("test"), config=None, protocol=PUPPET, log=log)
    assert best.bleu == 30.0


def test_what_cannot_be_scored_is_refused_before_the_training(tracks, tmp_path) -> None:
    several = [replace(one, sentences=one.sentences * 2) for one in tracks.split("test")]
    with pytest.raises(ValueError, match="is for one reference each"):
        BestSoFar(tmp_path, several, config=None, protocol=protocol_of("phoenix14t"))


def test_a_run_keeps_its_best_as_a_run_of_its_own(sentences, visual_run, tmp_path, monkeypatch) -> None:
    """Also across a stop: what goes on knows how good the best was."""
    config = replace(translation("smoke"), evaluate_every=15, keep_best=True)
    common = {"corpus": sentences, "run": tmp_path / "run", "visual": visual_run}

    def stopping(*arguments):
        if arguments[-1] == 40:
            raise KeyboardInterrupt
        return train_step(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("signlab.translation.train.train_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            train_translation(config, **common)
    train_translation(config, resume=True, **common)
    scores = {row["step"]: row[BLEU] for row in read_metrics(tmp_path / "run") if BLEU in row}
    assert list(scores) == [15, 30, 45, 60]
    found = load_config(tmp_path / "run" / "best", TranslationTrainingConfig)
    assert (tmp_path / "run" / "best" / found.visual_run).resolve() == visual_run.resolve()
    told = evaluate_translation(tmp_path / "run" / "best", sentences, "valid")
    assert told["model"]["bleu4"] == pytest.approx(max(scores.values()), abs=1e-3)
