"""Sign language production: gloss and first frame -> codes -> video."""

from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.evaluate import evaluate_autoencoder, evaluate_production
from signlab.production.judges import Judges
from signlab.production.system import ProductionSystem, load_production
from signlab.production.transformer import LatentTransformer

__all__ = [
    "Judges",
    "LatentTransformer",
    "ProductionSystem",
    "VideoAutoencoder",
    "evaluate_autoencoder",
    "evaluate_production",
    "load_production",
]
