"""The four scales of the recogniser and the translator. Chapter 9."""

from dataclasses import replace

from signlab.training.scales import check_scale
from signlab.translation.annealing import AnnealingConfig
from signlab.translation.augmentation import AugmentationConfig
from signlab.translation.features import VisualConfig
from signlab.translation.latent import LatentConfig
from signlab.translation.mbart import mbart_large
from signlab.translation.model import TranslatorConfig
from signlab.translation.objective import ObjectiveConfig
from signlab.translation.pretrain import TextTrainingConfig
from signlab.translation.text_model import NoiseConfig
from signlab.translation.train import TranslationTrainingConfig
from signlab.translation.train_visual import VisualTrainingConfig
from signlab.translation.visual_head import VisualHeadConfig

PHOENIX_EPOCH, PHOENIX_TEXT_EPOCH = 444, 111  # updates: 7,096 sentences in batches of 16, and of 64
NO_CLIPPING = 1e9  # longer than any gradient


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

    "paper" is meant to start from mBART-large, or from a text model that did (``--text``); from nothing, its
    learning rate is far too low.

    Raises:
        ValueError: If there is no such scale.

    Source: "paper" is the last stage of CV-SLT (Zhao et al., 2024) on PHOENIX14T, as its released code sets it:
    40 epochs, batches of 16, 1e-5 for mBART and the Gaussian network, 1e-3 for what lies before the encoder.
    Departure: AdamW, which decays matrices alone, where they have Adam with an L2 penalty inside the gradient
    and 0.998 in place of 0.999; a cosine that falls with every update, where theirs falls once an epoch;
    bfloat16 for float16; KLs without what stands in the padding (theirs: ``objective.count_filling``); pieces of
    the training sentences alone (theirs: ``vocabulary_from``). They report the epoch with the best BLEU-4 on
    "dev": it is in the run's folder "best". For CSL-Daily their files set agreement_weight=1, the postfix fusion,
    1e-4 before the encoder, and ``model.visual_head.mapper=glosses``.
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
            model=replace(_colab_language(), latent=LatentConfig()),
            objective=ObjectiveConfig(second="posterior", label_smoothing=0.2),
            steps=20_000,
            batch_size=64,
            warmup_steps=1_000,
            learning_rate=5e-4,
            new_rate=2.0,
            precision="16-mixed",
        )
    return TranslationTrainingConfig(
        model=replace(mbart_large(), latent=LatentConfig(), visual_head=VisualHeadConfig(norm="batch")),
        objective=ObjectiveConfig(second="posterior", agreement_weight=3.0, label_smoothing=0.2),
        steps=40 * PHOENIX_EPOCH,
        batch_size=16,
        learning_rate=1e-5,
        new_rate=100.0,
        slow=("latent",),
        warmup_steps=0,
        weight_decay=0.001,
        max_grad_norm=NO_CLIPPING,
        steps_dropped=0.0,
        log_every=PHOENIX_EPOCH // 6,
        evaluate_every=PHOENIX_EPOCH,
        keep_best=True,
        save_every=PHOENIX_EPOCH,
        precision="bf16-mixed",
    )


def _quick_language() -> TranslatorConfig:
    """Encoder and decoder of the shipped text model, and of every translator that starts from it."""
    return TranslatorConfig(dim=128, attention_dropout=0.0, hidden_dropout=0.0, tied=True, ends_marked=True)


def _colab_language() -> TranslatorConfig:
    """Encoder and decoder of what is trained on one GPU."""
    return TranslatorConfig(
        dim=384, num_encoder_layers=3, num_decoder_layers=3, num_heads=6, tied=True, ends_marked=True
    )


def text(scale: str) -> TextTrainingConfig:
    """How the text model is trained at a scale: smoke, quick, colab or paper.

    "paper" is meant to start from mBART-large (``--text``).

    Raises:
        ValueError: If there is no such scale.

    Source: "paper" is the stage from glosses to text of MMTLB (Chen et al., 2022) on PHOENIX14T, from which
    CV-SLT starts: 80 epochs, batches of 64, 1e-5.
    Departure: as in `translation`; and the last weights are kept.
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
            model=replace(_quick_language(), dropout=0.1, attention_dropout=0.1, hidden_dropout=0.1),
            steps=5_000,
            learning_rate=2e-3,
        )
    if scale == "colab":
        return TextTrainingConfig(
            model=replace(_colab_language(), dropout=0.1),
            steps=20_000,
            warmup_steps=1_000,
            precision="16-mixed",
        )
    return TextTrainingConfig(
        model=mbart_large(),
        noise=NoiseConfig(repeated=1),
        share_of_glosses=1.0,
        steps=80 * PHOENIX_TEXT_EPOCH,
        batch_size=64,
        learning_rate=1e-5,
        warmup_steps=0,
        weight_decay=0.001,
        label_smoothing=0.2,
        max_grad_norm=NO_CLIPPING,
        frozen=("glosses", "decoder.table"),
        log_every=PHOENIX_TEXT_EPOCH,
        evaluate_every=5 * PHOENIX_TEXT_EPOCH,
        save_every=5 * PHOENIX_TEXT_EPOCH,
        precision="bf16-mixed",
    )
