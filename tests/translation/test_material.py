"""What a training reads: part of a split, words from a text model, weights from it."""

from dataclasses import replace

import pytest
import torch

from signlab.training import grouped, launch, load_config
from signlab.translation.latent import LatentConfig
from signlab.translation.material import drawn, gather, start_from_text
from signlab.translation.model import SignTranslator
from signlab.translation.presets import text as preset
from signlab.translation.presets import translation
from signlab.translation.pretrain import load_text_model, train_text
from signlab.translation.train import TranslationTrainingConfig, train_translation
from signlab.translation.visual_head import VisualHeadConfig


@pytest.fixture(scope="module")
def text_run(sentences, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "text"
    short = replace(preset("smoke"), steps=4, warmup_steps=2)
    train_text(short, corpus=sentences, run=run)
    return run


def test_a_draw_is_a_part_without_repetition_and_its_seed_decides() -> None:
    examples = list(range(11))
    one, other = (drawn(examples, 5, seed=seed) for seed in (0, 1))
    assert len(set(one)) == 5
    assert set(one) <= set(examples)
    assert one != other
    assert drawn(examples, 5, seed=0) == one
    assert drawn(examples, None, seed=0) == examples
    with pytest.raises(ValueError, match="at most the training split's size, 11, but got 13"):
        drawn(examples, 13, seed=0)


def test_a_translator_starts_from_the_words_and_weights_of_a_text_model(
    sentences, visual_run, text_run, tmp_path
) -> None:
    text = load_text_model(text_run)
    model = replace(text.config, latent=LatentConfig(dim=3), words=(), glosses=())
    found = gather(model, sentences, cache=tmp_path, visual=visual_run, text=text_run)
    assert found.model.words == text.config.words
    assert found.model.glosses == ()
    launch(seed=0)
    translator = SignTranslator(found.model)
    known = start_from_text(translator, text_run)
    torch.testing.assert_close(translator.decoder.state_dict(), text.decoder.state_dict())
    new = {name for name, _ in translator.named_parameters() if name not in known}
    assert new == {
        name for name, _ in translator.named_parameters() if name.startswith(("latent", "encoder.to_stream"))
    }


def test_a_training_remembers_its_text_model(sentences, visual_run, text_run, tmp_path) -> None:
    text = load_text_model(text_run).config
    config = replace(
        translation("smoke"), model=replace(text, words=(), glosses=()), steps=2, warmup_steps=1, new_rate=5.0
    )
    train_translation(config, corpus=sentences, run=tmp_path / "run", visual=visual_run, text=text_run)
    found = load_config(tmp_path / "run", TranslationTrainingConfig)
    assert (tmp_path / "run" / found.text_run).resolve() == text_run.resolve()


def test_a_text_model_of_another_size_is_refused(sentences, visual_run, text_run, tmp_path) -> None:
    config = replace(
        translation("smoke"), model=replace(load_text_model(text_run).config, dim=16, words=(), glosses=())
    )
    with pytest.raises(ValueError, match=r"must have its dim, but .* has 32 and the translator 16"):
        train_translation(config, corpus=sentences, run=tmp_path, visual=visual_run, text=text_run)


def test_a_mapper_begins_with_the_glosses_of_the_text_model(
    sentences, visual_run, text_run, tmp_path
) -> None:
    """In the order in which the text model has them; they count as new, as what they are weighted by is."""
    text = load_text_model(text_run)
    head = VisualHeadConfig(dim=6, hidden_dim=5, mapper="glosses")
    model = replace(text.config, words=(), glosses=(), visual_head=head)
    fewer = replace(
        sentences, parts={"train": [one for one in sentences.split("train") if "UP" not in one.glosses]}
    )
    found = gather(model, fewer, cache=tmp_path, visual=visual_run, text=text_run)
    assert found.model.glosses == text.config.glosses
    translator = SignTranslator(found.model)
    known = start_from_text(translator, text_run)
    assert torch.equal(translator.encoder.to_stream.glosses.weight, text.glosses.weight)
    assert not any(name.startswith("encoder.to_stream") for name in known)
    alone = gather(model, fewer, cache=tmp_path, visual=visual_run)
    assert len(alone.model.glosses) == len(text.config.glosses) - 1
    with pytest.raises(ValueError, match=r"must have those of the text model .* has 4 and the translator 3"):
        start_from_text(SignTranslator(replace(alone.model, words=text.config.words)), text_run)


def test_slow_parts_learn_at_the_rate_of_known_ones(
    sentences, visual_run, text_run, tmp_path, monkeypatch
) -> None:
    """And without a text model nothing is known, so all learn alike."""
    given = []

    def noticed(model, **how):
        given.append({name.partition(".")[0] for name in how["known"]})
        return grouped(model, **how)

    monkeypatch.setattr("signlab.translation.train.grouped", noticed)
    text = load_text_model(text_run).config
    model = replace(text, words=(), glosses=(), latent=LatentConfig(dim=3))
    config = replace(translation("smoke"), model=model, steps=1, warmup_steps=1, slow=("latent",))
    common = {"corpus": sentences, "visual": visual_run}
    train_translation(config, run=tmp_path / "one", text=text_run, **common)
    train_translation(config, run=tmp_path / "other", **common)
    assert given == [{"encoder", "decoder", "latent"}, set()]


def test_glosses_must_be_there_if_they_are_asked_for(tracks, tmp_path) -> None:
    with pytest.raises(ValueError, match="has none; set objective"):
        gather(translation("smoke").model, tracks, cache=tmp_path, with_glosses=True)
