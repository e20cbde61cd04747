"""Training the translator: it learns, from features as well as from videos, and can stop and go on."""

from dataclasses import replace

import pytest
import torch

from signlab.data.batches import collate
from signlab.training import launch, load_config, read_metrics
from signlab.translation.annealing import AnnealingConfig
from signlab.translation.latent import LatentConfig
from signlab.translation.material import gather, standardise
from signlab.translation.model import SignTranslator
from signlab.translation.presets import translation
from signlab.translation.search import greedy_search
from signlab.translation.system import load_translation
from signlab.translation.train import (
    TranslationTrainingConfig,
    measure,
    train_step,
    train_translation,
    with_steps_dropped,
)

SHORT = replace(
    translation("smoke"), steps=4, warmup_steps=2, save_every=2, log_every=1, evaluate_every=4, batch_size=3
)


def test_one_batch_is_learned_by_heart(tracks, tmp_path) -> None:
    found = gather(SHORT.model, tracks, cache=tmp_path)
    config, train = replace(SHORT, model=found.model), found.train
    torch.manual_seed(0)
    fabric, model = launch(seed=0), SignTranslator(config.model)
    standardise(model, train)
    optimizer = torch.optim.AdamW(model.parameters())
    vocabulary = config.model.vocabulary
    batch = collate(train[:8], vocabulary=vocabulary)
    endless = replace(config, steps=100_000)
    losses = [train_step(fabric, model, optimizer, batch, endless, 10)["surprise"] for _ in range(100)]
    assert losses[0] > 2
    assert losses[-1] < 0.05
    found = greedy_search(model.eval(), model.read(batch))
    assert [vocabulary.decode(row.tolist()) for row in found.tokens] == [e.sentences[0] for e in train[:8]]


@pytest.mark.parametrize("second", ["prior", "posterior"])
def test_both_paths_learn_a_batch_by_heart(tracks, tmp_path, second) -> None:
    """The whole of CV-SLT, and R-Drop with a latent; in use, the prior path writes it down."""
    found = gather(replace(SHORT.model, latent=LatentConfig(dim=3), ends_marked=True), tracks, cache=tmp_path)
    aim = replace(SHORT.objective, second=second, annealing=AnnealingConfig(warmup_steps=20))
    config = replace(SHORT, model=found.model, objective=aim, steps=100_000)
    torch.manual_seed(0)
    fabric, model = launch(seed=0), SignTranslator(config.model)
    optimizer = torch.optim.AdamW(model.parameters())
    batch = collate(found.train[:8], vocabulary=config.model.vocabulary)
    terms = [train_step(fabric, model, optimizer, batch, config, step) for step in range(150)]
    assert terms[0]["surprise"] > 2
    assert terms[-1]["surprise"] < 0.2
    assert terms[-1]["second_surprise"] < 0.2
    assert (terms[-1]["latent_kl"] > 0) is (second == "posterior")
    assert terms[-1]["agreement"] > 0
    written = greedy_search(model.eval(), model.read(batch))
    vocabulary = config.model.vocabulary
    assert [vocabulary.decode(row.tolist()) for row in written.tokens] == [
        e.sentences[0] for e in found.train[:8]
    ]


def test_the_log_says_when_the_latent_has_vanished(sentences, visual_run, tmp_path, caplog) -> None:
    """A latent weight of a thousand leaves no KL alive; what the posterior knows is logged beside it."""
    aim = replace(
        SHORT.objective, second="posterior", latent_weight=1e3, annealing=AnnealingConfig(kind="none")
    )
    model = replace(SHORT.model, latent=LatentConfig(dim=3))
    config = replace(SHORT, model=model, objective=aim, steps=60, evaluate_every=60)
    with caplog.at_level("WARNING"):
        train_translation(config, corpus=sentences, run=tmp_path / "run", visual=visual_run)
    assert "The latent KL has vanished" in caplog.text
    last = read_metrics(tmp_path / "run")[-1]
    assert last["diagnosis/latent_kl"] < 0.05
    assert "diagnosis/advantage" in last


def test_mixed_precision_learns_too_and_keeps_features_whole(tracks, tmp_path) -> None:
    """Tracks in the hundreds have three digits left in bfloat16: they must be standardised before."""
    model = replace(SHORT.model, latent=LatentConfig(dim=3))
    aim = replace(SHORT.objective, second="posterior", annealing=AnnealingConfig(warmup_steps=2))
    config = replace(SHORT, model=model, objective=aim, precision="bf16-mixed", steps=30)
    train_translation(config, corpus=tracks, run=tmp_path / "run")
    found = [line["train/surprise"] for line in read_metrics(tmp_path / "run") if "train/surprise" in line]
    assert found[-1] < 0.7 * found[0]


def test_glosses_are_learnt_beside_the_words(sentences, visual_run, tmp_path) -> None:
    config = replace(SHORT, objective=replace(SHORT.objective, gloss_weight=1.0))
    model = train_translation(config, corpus=sentences, run=tmp_path / "run", visual=visual_run)
    assert set(model.config.glosses) == {"DOWN", "LEFT", "RIGHT", "UP"}
    lines = read_metrics(tmp_path / "run")
    assert all(line["train/gloss"] > 0 for line in lines if "train/gloss" in line)


def test_a_part_of_the_sentences_is_drawn_by_its_own_seed(tracks, tmp_path) -> None:
    config = replace(SHORT, num_train=5, draw_seed=3)
    one = train_translation(config, corpus=tracks, run=tmp_path / "one")
    other = train_translation(replace(config, draw_seed=4), corpus=tracks, run=tmp_path / "other")
    assert not torch.equal(one.encoder.features_mean, other.encoder.features_mean)


def test_the_smallest_scale_translates_unseen_tracks(tracks, tracks_run) -> None:
    config = load_config(tracks_run, TranslationTrainingConfig)
    assert config.model.features_dim == 2
    assert config.visual_hash == ""
    assert config.model.max_tokens == 16  # half as long again as eleven: ten words, the longest, and eos
    assert not (tracks_run / "cache").exists()


def test_videos_are_turned_into_features_first(translation_run, visual_run) -> None:
    config = load_config(translation_run, TranslationTrainingConfig)
    assert config.visual_run == "../visual"
    assert config.model.features_dim == 32
    assert len(list((translation_run / "cache").glob("features-*"))) == 2


def test_a_stopped_training_goes_on_to_the_same_weights(tracks, tmp_path, monkeypatch) -> None:
    config = replace(SHORT, model=replace(SHORT.model, dropout=0.2), steps_dropped=0.2)
    whole = train_translation(config, corpus=tracks, run=tmp_path / "whole")

    def stopping(*arguments):
        if arguments[-1] == 3:
            raise KeyboardInterrupt
        return train_step(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("signlab.translation.train.train_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            train_translation(config, corpus=tracks, run=tmp_path / "halves")
    halves = train_translation(config, corpus=tracks, run=tmp_path / "halves", resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halves.state_dict()[name]), name


def test_an_update_that_is_not_finite_is_refused_and_the_last_checkpoint_kept(
    tracks, tmp_path, monkeypatch
) -> None:
    def broken(*arguments):
        if arguments[-1] == 3:
            next(arguments[1].parameters()).data.fill_(torch.nan)
        return train_step(*arguments)

    monkeypatch.setattr("signlab.translation.train.train_step", broken)
    with pytest.raises(FloatingPointError, match="Update 3 was not made, since text=nan"):
        train_translation(SHORT, corpus=tracks, run=tmp_path / "run")
    system = load_translation(tmp_path / "run")
    assert all(one.isfinite().all() for one in system.translator.parameters())


def test_steps_are_dropped_but_never_all(tracks) -> None:
    batch = collate(tracks.split("train")[:5])
    assert batch.steps_mask is not None
    dropped = with_steps_dropped(batch, replace(SHORT, steps_dropped=1.0), 7).steps_mask
    assert dropped is not None
    assert dropped.sum(dim=1).tolist() == [1] * 5
    kept = with_steps_dropped(batch, SHORT, 7).steps_mask
    assert torch.equal(kept, batch.steps_mask)  # type: ignore[arg-type]
    some = with_steps_dropped(batch, replace(SHORT, steps_dropped=0.5), 7).steps_mask
    again = with_steps_dropped(batch, replace(SHORT, steps_dropped=0.5), 7).steps_mask
    assert torch.equal(some, again)  # type: ignore[arg-type]
    assert not (some & ~batch.steps_mask).any()  # type: ignore[operator]


def test_measuring_does_not_depend_on_the_batches(tracks, tracks_run) -> None:
    config = load_config(tracks_run, TranslationTrainingConfig)
    model, examples = SignTranslator(config.model), tracks.split("test")
    whole = measure(model, examples, vocabulary=config.model.vocabulary)
    parts = [measure(model, [one], vocabulary=config.model.vocabulary) for one in examples]
    numbers = [1 + len(one.sentences[0].split()) for one in examples]
    mean = sum(part["surprise"] * num for part, num in zip(parts, numbers, strict=True)) / sum(numbers)
    assert whole["surprise"] == pytest.approx(mean, rel=1e-5)


def test_a_corpus_without_sentences_is_refused(words, visual_run, tmp_path) -> None:
    with pytest.raises(ValueError, match="has none; train it on puppet-weather"):
        train_translation(SHORT, corpus=words, run=tmp_path, visual=visual_run)


def test_a_warm_up_longer_than_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match="got 7 with steps=5"):
        TranslationTrainingConfig(steps=5, warmup_steps=7)
