"""The named sizes of both stages, and of the estimator that measures their clips. Chapter 11."""

from signlab.metrics.estimator import EstimatorConfig
from signlab.production.autoencoder import AutoencoderConfig
from signlab.production.train_autoencoder import AutoencoderTrainingConfig
from signlab.production.train_estimator import EstimatorTrainingConfig
from signlab.production.train_transformer import LatentTrainingConfig
from signlab.production.transformer import LatentTransformerConfig
from signlab.training.scales import check_scale


def autoencoder(scale: str) -> AutoencoderTrainingConfig:
    """Stage 1 at one of the scales.

    `smoke` runs in seconds, `quick` in less than 20 minutes on two CPU cores, `colab` in at most half an hour
    on a 16 GB GPU. `paper` has the clips and codes of LMT (128 x 128 pixels, 4 x 32 x 32 codes); its
    widths and its learning rate are not published and follow VideoGPT.

    Raises:
        ValueError: If there is no such scale.
    """
    if scale == "smoke":
        return AutoencoderTrainingConfig(
            model=AutoencoderConfig(frames=8, size=32, width=24, num_blocks=1, num_codes=64, code_dim=8),
            steps=40,
            batch_size=4,
            warmup_steps=5,
            log_every=10,
            evaluate_every=20,
            save_every=20,
            num_valid=8,
            precision="32-true",
        )
    if scale == "quick":
        return AutoencoderTrainingConfig(
            model=AutoencoderConfig(width=80, num_blocks=2, num_codes=2048, code_dim=16, free_batches=200),
            steps=10_400,
            batch_size=8,
            learning_rate=1.5e-3,
            commitment_weight=1.0,
            colour_change=0.2,
        )
    if scale == "colab":
        return AutoencoderTrainingConfig(
            model=AutoencoderConfig(width=128, num_blocks=3, code_dim=64, free_batches=500),
            steps=25_000,
            batch_size=32,
            learning_rate=1e-3,
            warmup_steps=500,
            precision="16-mixed",
        )
    check_scale(scale)
    return AutoencoderTrainingConfig(
        model=AutoencoderConfig(size=128, width=240, num_blocks=4, code_dim=256, free_batches=1_000),
        distance="absolute",
        pixels_weight=1.0,
        steps=200_000,
        batch_size=32,
        learning_rate=3e-4,
        warmup_steps=2_000,
        evaluate_every=5_000,
        save_every=2_000,
    )


def latent(scale: str) -> LatentTrainingConfig:
    """Stage 2 at one of the scales; glosses and codes come from the corpus and from stage 1.

    `quick` has less than 20 minutes on two CPU cores, and is meant for the clips of few puppets (a corpus
    with `signers=2`): every puppet has its own proportions and pace, and colours of its own.

    `paper` has the 12 layers, 8 heads and 256 channels of the first author's public code.

    Raises:
        ValueError: If there is no such scale.
    """
    if scale == "smoke":
        return LatentTrainingConfig(
            model=LatentTransformerConfig(dim=32, num_layers=2, num_heads=2),
            recolourings=0,
            steps=40,
            batch_size=4,
            warmup_steps=5,
            log_every=10,
            evaluate_every=20,
            save_every=20,
            num_valid=8,
            precision="32-true",
        )
    if scale == "quick":
        return LatentTrainingConfig(
            model=LatentTransformerConfig(dim=192, num_layers=3, num_heads=2),
            recolourings=0,
            steps=3_300,
        )
    if scale == "colab":
        return LatentTrainingConfig(
            model=LatentTransformerConfig(dim=384, num_layers=8, num_heads=6, dropout=0.1),
            steps=15_000,
            batch_size=32,
            optimizer="adamw",
            learning_rate=6e-4,
            warmup_steps=500,
            precision="16-mixed",
        )
    check_scale(scale)
    return LatentTrainingConfig(
        model=LatentTransformerConfig(dim=256, num_layers=12, num_heads=8, dropout=0.1),
        recolourings=0,
        steps=100_000,
        batch_size=32,
        optimizer="adamw",
        learning_rate=3e-4,
        warmup_steps=2_000,
        evaluate_every=5_000,
        save_every=2_000,
    )


def estimator(scale: str) -> EstimatorTrainingConfig:
    """The estimator of poses at one of the scales; a measuring instrument, so `paper` has no published sizes.

    Raises:
        ValueError: If there is no such scale.
    """
    if scale == "smoke":
        return EstimatorTrainingConfig(
            model=EstimatorConfig(frames=8, size=32, channels=8, dim=16),
            steps=40,
            batch_size=4,
            warmup_steps=5,
            log_every=10,
            evaluate_every=20,
            save_every=20,
            num_valid=8,
            precision="32-true",
        )
    if scale == "quick":
        return EstimatorTrainingConfig()
    if scale == "colab":
        return EstimatorTrainingConfig(
            model=EstimatorConfig(channels=64, dim=256), steps=12_000, batch_size=32, precision="16-mixed"
        )
    check_scale(scale)
    return EstimatorTrainingConfig(
        model=EstimatorConfig(size=128, channels=96, dim=512), steps=50_000, batch_size=64
    )
