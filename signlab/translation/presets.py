"""The four scales of the recogniser and the translator. Chapter 9."""

from dataclasses import replace

from signlab.training.scales import check_scale
from signlab.translation.annealing import AnnealingConfig
from signlab.translation.augmentation import AugmentationConfig
from signlab.translation.features import VisualConfig
from signlab.translation.latent import LatentConfig
from signlab.translation.model import TranslatorConfig
from signlab.translation.objective import ObjectiveConfig
from signlab.translation.pretrain import TextTrainingConfig
from signlab.translation.train import TranslationTrainingConfig
from signlab.translation.train_visual import VisualTrainingConfig


def visual(scale: str) -> VisualTrainingConfig:
    """How the recogniser is trained at a scale: smoke, quick, colab or paper.

    Raises:
        ValueError: If there is no such scale.
    """
    check_scale(scale)
    if scale == "smoke":
        return VisualTrainingConfig(
            model=VisualConfig(channels=(8, 12, 16, 24), dim=32, dropout=0.0),
            augmentation=AugmentationConfig(longest=24),
            steps=60,
            batch_size=8,
            warmup_steps=6,
            label_smoothing=0.0,
            log_every=10,
            evaluate_every=30,
            save_every=30,
            num_valid=24,
        )
    if scale == "quick":
        return VisualTrainingConfig(steps=1_600, evaluate_every=400, save_every=200, precision="bf16-mixed")
    if scale == "colab":
        return VisualTrainingConfig(
            model=VisualConfig(channels=(48, 96, 192, 256), dim=512),
            steps=20_000,
            batch_size=64,
            precision="16-mixed",
        )
    return VisualTrainingConfig(
        model=VisualConfig(channels=(64, 192, 384, 512), grid=7, dim=832),
        augmentation=AugmentationConfig(longest=64),
        steps=100_000,
        batch_size=64,
        warmup_steps=2_000,
        precision="bf16-mixed",
    )


def translation(scale: str) -> TranslationTrainingConfig:
    """How the translator is trained at a scale: smoke, quick, colab or paper.

    Raises:
        ValueError: If there is no such scale.
    """
    check_scale(scale)
    if scale == "smoke":
        return TranslationTrainingConfig(
            model=TranslatorConfig(
                dim=32, num_encoder_layers=1, num_decoder_layers=1, num_heads=2, dropout=0.0
            ),
            steps=60,
            batch_size=8,
            learning_rate=5e-3,
            warmup_steps=6,
            objective=ObjectiveConfig(label_smoothing=0.0),
            steps_dropped=0.0,
            log_every=10,
            evaluate_every=30,
            save_every=30,
        )
    if scale == "quick":
        return TranslationTrainingConfig(
            model=replace(_quick_language(), latent=LatentConfig()),
            objective=ObjectiveConfig(
                second="posterior", label_smoothing=0.2, annealing=AnnealingConfig(warmup_steps=1_000)
            ),
            steps=3_000,
            new_rate=2.0,
            warmup_steps=50,
            precision="bf16-mixed",
        )
    if scale == "colab":
        return TranslationTrainingConfig(
            model=TranslatorConfig(dim=384, num_encoder_layers=3, num_decoder_layers=3, num_heads=6),
            steps=20_000,
            batch_size=64,
            warmup_steps=1_000,
            learning_rate=5e-4,
            precision="16-mixed",
        )
    return TranslationTrainingConfig(
        model=TranslatorConfig(
            dim=1024, num_encoder_layers=12, num_decoder_layers=12, num_heads=16, dropout=0.3
        ),
        steps=18_000,
        batch_size=16,
        learning_rate=1e-4,
        warmup_steps=1_000,
        objective=ObjectiveConfig(label_smoothing=0.2),
        steps_dropped=0.0,
        precision="bf16-mixed",
    )


def _quick_language() -> TranslatorConfig:
    """Encoder and decoder of the shipped text model, and of every translator that starts from it."""
    return TranslatorConfig(dim=128, attention_dropout=0.0, tied=True, ends_marked=True)


def text(scale: str) -> TextTrainingConfig:
    """How the text model is trained at a scale: smoke, quick, colab or paper.

    Raises:
        ValueError: If there is no such scale.
    """
    check_scale(scale)
    if scale == "smoke":
        return TextTrainingConfig(
            model=TranslatorConfig(
                dim=32,
                num_encoder_layers=1,
                num_decoder_layers=1,
                num_heads=2,
                dropout=0.0,
                tied=True,
                ends_marked=True,
            ),
            steps=120,
            batch_size=12,
            learning_rate=5e-3,
            warmup_steps=10,
            label_smoothing=0.0,
            log_every=10,
            evaluate_every=60,
            save_every=60,
        )
    if scale == "quick":
        return TextTrainingConfig(
            model=replace(_quick_language(), dropout=0.1, attention_dropout=0.1),
            steps=5_000,
            learning_rate=2e-3,
        )
    return TextTrainingConfig()
