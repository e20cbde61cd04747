"""The system as a user has it: videos in, sentences out; the right encoder or a sentence that says why not."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from signlab.data.batches import collate
from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather
from signlab.training import save
from signlab.translation import system as system_module
from signlab.translation.system import load_translation
from signlab.translation.train_visual import VisualTrainingConfig, load_recognizer


def test_videos_become_sentences_of_known_words(translation_run, sentences) -> None:
    system = load_translation(translation_run)
    videos = [example.video for example in sentences.split("test")]
    for beams in (1, 3):
        written = system.translate(videos, beams=beams, max_tokens=12)
        assert len(written) == 5
        assert all(set(sentence.split()) <= set(system.config.model.words) for sentence in written)


def test_features_and_their_video_give_the_same_sentence(translation_run, sentences) -> None:
    system = load_translation(translation_run)
    assert system.encoder is not None
    examples = sentences.split("test")
    features = [row.numpy() for row in system_module.compute(system.encoder, examples)]
    ready = [
        replace(example, video=None, features=row) for example, row in zip(examples, features, strict=True)
    ]
    assert system.translate_examples(ready) == system.translate([example.video for example in examples])


def test_translating_alone_or_in_company_is_the_same(tracks_run, tracks) -> None:
    system = load_translation(tracks_run)
    examples = tracks.split("test")[:3]
    assert system.translate_examples(examples) == [
        sentence for example in examples for sentence in system.translate_examples([example])
    ]
    assert collate(examples).steps_mask is not None


def test_bfloat16_changes_the_products_and_hardly_a_sentence() -> None:
    system = load_translation(shipped("checkpoints", "translation"))
    split = PuppetWeather(PuppetConfig(test=40)).split("test")
    examples = system._ready([split[index] for index in range(40)])
    products = []
    linear = next(module for module in system.translator.decoder.modules() if isinstance(module, nn.Linear))
    linear.register_forward_hook(lambda _, __, out: products.append(out.dtype))
    single = system.translate_examples(examples, beams=5)
    assert set(products) == {torch.float32}
    products.clear()
    half = system.translate_examples(examples, beams=5, precision="bf16-mixed")
    assert set(products) == {torch.bfloat16}
    same = sum(one == other for one, other in zip(single, half, strict=True))
    assert len(set(single)) > 30
    assert same >= 34  # how many depends on the machine's products


def test_the_runs_move_together(translation_run: Path, visual_run: Path, tmp_path: Path, sentences) -> None:
    shutil.copytree(translation_run, tmp_path / "translation")
    shutil.copytree(visual_run, tmp_path / "visual")
    assert load_translation(tmp_path / "translation").encoder is not None


def test_a_missing_encoder_is_named(translation_run: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(system_module, "_shipped_visual", lambda: None)
    shutil.copytree(translation_run, tmp_path / "translation")
    with pytest.raises(ValueError, match=r"but there is none at .*visual; give its run"):
        load_translation(tmp_path / "translation")


def test_another_encoder_is_noticed(translation_run: Path, visual_run: Path, tmp_path: Path) -> None:
    config = VisualTrainingConfig(model=load_recognizer(visual_run).config)
    other = load_recognizer(visual_run)
    other.encoder.stem.weight.data[0] += 1
    save(
        tmp_path / "other", config=config, model=other, optimizer=torch.optim.SGD(other.parameters()), step=1
    )
    with pytest.raises(ValueError, match="has other weights; give its run"):
        load_translation(translation_run, visual=tmp_path / "other")
    assert load_translation(translation_run, visual=visual_run).encoder is not None


def test_a_run_on_features_cannot_see(tracks_run) -> None:
    with pytest.raises(ValueError, match="trained on the features of its data"):
        load_translation(tracks_run).translate([])


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json"):
        load_translation(tmp_path)
