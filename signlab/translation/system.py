"""Both trained parts together: videos in, sentences out. Chapter 9."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from signlab.data.batches import collate
from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.shapes import UInt8
from signlab.training import autocast, load_config, load_weights
from signlab.translation.feature_cache import compute, weights_hash
from signlab.translation.features import VisualEncoder
from signlab.translation.model import SignTranslator
from signlab.translation.search import sentences_from
from signlab.translation.train import TranslationTrainingConfig
from signlab.translation.train_visual import load_recognizer
from signlab.translation.vocabularies import open_vocabulary

BATCH = 16  # clips translated side by side


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationSystem:
    """A translator and the visual encoder whose features it was trained on."""

    config: TranslationTrainingConfig
    translator: SignTranslator
    encoder: VisualEncoder | None  # None: the data came with features

    def translate(
        self,
        videos: Sequence[UInt8[np.ndarray, "_frames height width 3"]],
        *,
        beams: int = 5,
        max_tokens: int | None = None,
        length_penalty: float = 1.0,
        precision: str = "32-true",
    ) -> list[str]:
        """A sentence for each video (RGB frames, 0 to 255); one beam searches greedily.

        In the precision "bf16-mixed" the translator's products are in bfloat16: faster where the machine has
        such products, and now and then another sentence (chapter 9). Features are in single precision always.

        Raises:
            ValueError: If the translator was trained on features that came without a visual encoder, or the
                precision has no such name.
        """
        if self.encoder is None:
            raise ValueError(
                "Videos can be translated only by a run with a visual encoder, but this one was trained on "
                "the features of its data; give it examples with such features: translate_examples."
            )
        examples = [SignExample(name=f"video {index}", video=video) for index, video in enumerate(videos)]
        return self.translate_examples(
            examples,
            beams=beams,
            max_tokens=max_tokens,
            length_penalty=length_penalty,
            precision=precision,
        )

    def translate_examples(
        self,
        examples: Sequence[SignExample],
        *,
        beams: int = 5,
        max_tokens: int | None = None,
        length_penalty: float = 1.0,
        precision: str = "32-true",
    ) -> list[str]:
        """A sentence for each example, from its features if it has some, else from its video."""
        self.translator.eval()
        device = next(self.translator.parameters()).device
        how = {"beams": beams, "max_tokens": max_tokens, "length_penalty": length_penalty}
        sentences: list[str] = []
        for start in range(0, len(examples), BATCH):
            batch = collate(self._ready(examples[start : start + BATCH])).to(device)
            with torch.no_grad(), autocast(precision, device):
                memory = self.translator.read(batch)
                sentences += sentences_from(self.translator, memory, **how)
        return sentences

    def _ready(self, examples: Sequence[SignExample]) -> list[SignExample]:
        """The examples with nothing but a name and features."""
        if any(example.features is None for example in examples) and self.encoder is not None:
            rows = compute(self.encoder, examples)
            features = [row.numpy() for row in rows]
        else:
            features = [example.features for example in examples]
        return [
            SignExample(name=example.name, features=row)
            for example, row in zip(examples, features, strict=True)
        ]


def load_translation(run: str | Path, *, visual: str | Path | None = None) -> TranslationSystem:
    """The translation system of a run, ready for use.

    Args:
        run: Folder of the translator's training.
        visual: Run of the visual encoder; where the translator's run says if None, or else the shipped one.

    Raises:
        ValueError: If the folder is no such run, lacks the SentencePiece model of its pieces, or no visual
            encoder with the right weights is found.
    """
    run = Path(run)
    config = load_config(run, TranslationTrainingConfig)
    open_vocabulary(config.model, run)
    translator = SignTranslator(config.model)
    load_weights(run, translator)
    encoder = _find_encoder(config, run, visual) if config.visual_hash else None
    return TranslationSystem(config=config, translator=translator.eval(), encoder=encoder)


def _find_encoder(config: TranslationTrainingConfig, run: Path, visual: str | Path | None) -> VisualEncoder:
    """The first encoder, among the places where it may lie, that has the weights it must have."""
    places = [Path(visual)] if visual is not None else [run / config.visual_run, _shipped_visual()]
    there = [place for place in places if place is not None and (place / "config.json").is_file()]
    for place in there:
        encoder = load_recognizer(place).encoder
        if weights_hash(encoder) == config.visual_hash:
            return encoder
    reason = f"the one at {there[0]} has other weights" if there else f"there is none at {places[0]}"
    raise ValueError(
        f"The translator at {run} needs the visual encoder it was trained with (weights "
        f"{config.visual_hash[:12]}), but {reason}; give its run as visual=..., or train the translator again."
    )


def _shipped_visual() -> Path | None:
    try:
        return shipped("checkpoints", "visual")
    except ValueError:
        return None
