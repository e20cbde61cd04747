"""Training the recogniser: it learns, it can stop and go on, and its batches depend on the step alone."""

from dataclasses import replace

import pytest
import torch

from signlab.training import load_weights
from signlab.translation.features import WordRecognizer
from signlab.translation.presets import visual
from signlab.translation.train_visual import (
    VisualTrainingConfig,
    draw,
    labels,
    load_recognizer,
    measure,
    train_step,
    train_visual,
)

SHORT = replace(
    visual("smoke"), steps=4, warmup_steps=2, save_every=2, log_every=1, evaluate_every=4, batch_size=3
)


def test_the_smallest_scale_learns_to_tell_directions(words, visual_run) -> None:
    recognizer = load_recognizer(visual_run)
    told = measure(recognizer, words.split("test"), glosses=recognizer.config.glosses)
    assert told["accuracy"] > 0.7  # chance is 0.25


def test_a_stopped_training_goes_on_to_the_same_weights(words, tmp_path, monkeypatch) -> None:
    config = replace(SHORT, model=replace(SHORT.model, dropout=0.2))
    whole = train_visual(config, corpus=words, run=tmp_path / "whole")

    def stopping(*arguments):
        if arguments[-1] == 3:
            raise KeyboardInterrupt
        return train_step(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("signlab.translation.train_visual.train_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            train_visual(config, corpus=words, run=tmp_path / "halves")
    halves = train_visual(config, corpus=words, run=tmp_path / "halves", resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halves.state_dict()[name]), name
    assert (tmp_path / "whole/metrics.jsonl").read_text() == (tmp_path / "halves/metrics.jsonl").read_text()


def test_a_batch_is_a_function_of_seed_and_step(words) -> None:
    config = replace(SHORT, model=replace(SHORT.model, glosses=("DOWN", "LEFT", "RIGHT", "UP")))
    examples = words.split("train")[:3]
    one, again, later = (draw(examples, config, step) for step in (7, 7, 8))
    assert torch.equal(one.video, again.video)  # type: ignore[arg-type]
    assert one.video.shape != later.video.shape or not torch.equal(one.video, later.video)  # type: ignore[union-attr, arg-type]
    assert labels(one).tolist() == [0, 1, 2]


def test_sentences_are_no_words(sentences, tmp_path) -> None:
    with pytest.raises(ValueError, match="has 2; train it on puppet-words"):
        train_visual(SHORT, corpus=sentences, run=tmp_path)


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match="got 7 with steps=5"):
        VisualTrainingConfig(steps=5, warmup_steps=7)


def test_a_run_can_be_loaded_twice(visual_run) -> None:
    recognizer = load_recognizer(visual_run)
    other = WordRecognizer(recognizer.config)
    load_weights(visual_run, other)
    assert torch.equal(other.to_logits.weight, recognizer.to_logits.weight)
    assert not recognizer.training
