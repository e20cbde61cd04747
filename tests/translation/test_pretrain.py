"""The text model learns to write a sentence from glosses, and stops and goes on."""

from dataclasses import replace

import pytest
import torch

from signlab.translation.presets import text as preset
from signlab.translation.pretrain import (
    from_glosses,
    load_text_model,
    measure_text,
    readable,
    spoilt,
    train_step,
    train_text,
)
from signlab.translation.search import greedy_search
from signlab.translation.text_model import source_of

SHORT = replace(
    preset("smoke"), steps=4, warmup_steps=2, save_every=2, log_every=1, evaluate_every=4, batch_size=3
)


@pytest.fixture(scope="module")
def text_run(sentences, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "text"
    train_text(preset("smoke"), corpus=sentences, run=run)
    return run


def test_sentences_are_written_from_unseen_glosses(sentences, text_run) -> None:
    """Two directions of four in a row: sixteen pairs, not all of which are in training."""
    model = load_text_model(text_run)
    examples = sentences.split("test")
    assert measure_text(model, examples)["accuracy"] > 0.8
    rows = [model.config.gloss_vocabulary.encode(one.glosses) for one in examples]
    source = source_of(rows, is_gloss=[True] * len(rows))
    found = greedy_search(model, model.read(source))
    written = [model.config.vocabulary.decode(row.tolist()) for row in found.tokens]
    assert sum(one.startswith("first ") and one.endswith(" .") for one in written) == len(examples)


def test_the_longest_sentence_decides_when_writing_is_cut_off(text_run) -> None:
    """ "first to the right , then to the left ." and eos are eleven tokens, half as many again sixteen."""
    assert load_text_model(text_run).config.max_tokens == 16


def test_an_update_sees_what_its_seed_and_step_say(sentences) -> None:
    config = replace(
        SHORT,
        model=replace(SHORT.model, words=("first", "down", "then"), glosses=("DOWN", "UP")),
        batch_size=12,
    )
    examples = sentences.split("train")
    one, again, later = (spoilt(examples, config, step) for step in (7, 7, 8))
    assert torch.equal(one[0].tokens, again[0].tokens)
    assert one[0].tokens.shape != later[0].tokens.shape or not torch.equal(one[0].tokens, later[0].tokens)
    assert 0 < one[0].is_gloss.sum() < len(examples)


def test_a_stopped_training_goes_on_to_the_same_weights(sentences, tmp_path, monkeypatch) -> None:
    config = replace(SHORT, model=replace(SHORT.model, dropout=0.2))
    whole = train_text(config, corpus=sentences, run=tmp_path / "whole")

    def stopping(*arguments):
        if arguments[-1] == 3:
            raise KeyboardInterrupt
        return train_step(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("signlab.translation.pretrain.train_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            train_text(config, corpus=sentences, run=tmp_path / "halves")
    halves = train_text(config, corpus=sentences, run=tmp_path / "halves", resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halves.state_dict()[name]), name


def test_a_corpus_without_glosses_is_refused(tracks, tmp_path) -> None:
    with pytest.raises(ValueError, match="lacks one of them; train it on puppet-weather"):
        train_text(SHORT, corpus=tracks, run=tmp_path)


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match="got 7 with steps=5"):
        replace(SHORT, steps=5, warmup_steps=7)


def test_nothing_learnt_from_nothing_is_frozen(sentences, tmp_path) -> None:
    config = replace(SHORT, frozen=("glosses",))
    with pytest.raises(ValueError, match="must come from an mBART, but frozen names glosses"):
        train_text(config, corpus=sentences, run=tmp_path)


def test_the_other_way_round_words_are_read_and_glosses_written(sentences, tmp_path) -> None:
    config = replace(preset("smoke"), writes="glosses", share_of_glosses=1.0)
    run = tmp_path / "turned"
    train_text(config, corpus=sentences, run=run)
    examples = readable(sentences, "test", writes="glosses")
    plain = readable(sentences, "test")
    assert examples[0].glosses == tuple(plain[0].sentences[0].split())
    assert examples[0].sentences == (" ".join(plain[0].glosses),)
    assert len(examples) == sum(len(one.sentences) for one in plain)
    model = load_text_model(run)
    found = greedy_search(model, model.read(from_glosses(model.config, [one.glosses for one in examples])))
    written = [model.config.vocabulary.decode(row.tolist()) for row in found.tokens]
    right = sum(one == example.sentences[0] for one, example in zip(written, examples, strict=True))
    assert right > len(examples) / 2


def test_glosses_are_not_written_from_themselves() -> None:
    with pytest.raises(ValueError, match=r"got share_of_glosses=0\.5 with writes=glosses"):
        replace(SHORT, writes="glosses", share_of_glosses=0.5)
