"""Sign language translation: video -> features -> context -> sentence."""

from signlab.translation.evaluate import evaluate_recognition, evaluate_translation, recognise
from signlab.translation.model import SignTranslator
from signlab.translation.system import TranslationSystem, load_translation

__all__ = [
    "SignTranslator",
    "TranslationSystem",
    "evaluate_recognition",
    "evaluate_translation",
    "load_translation",
    "recognise",
]
