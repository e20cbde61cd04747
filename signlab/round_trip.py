"""There and back with both systems: a sentence becomes glosses, the glosses a clip, and the clip a sentence. Chapter 17."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from signlab.data.files import shipped
from signlab.production.sample import SamplingConfig
from signlab.production.system import ProductionSystem, load_production
from signlab.shapes import UInt8
from signlab.training import load_config
from signlab.translation.evaluate_text import write_from_glosses
from signlab.translation.pretrain import TextTrainingConfig, load_text_model
from signlab.translation.system import TranslationSystem, load_translation
from signlab.translation.text_model import TextModel


class Journey(NamedTuple):
    """What a sentence was on its way."""

    sentence: str
    glosses: tuple[str, ...]
    clip: UInt8[np.ndarray, "frames height width 3"]
    returned: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundTrip:
    """Both systems, and the small model that turns a sentence into glosses.

    Whoever comes back is not thereby right: one and the same corpus has taught all three, so they share their
    blind spots, and what no person would read as a sign may be one to all of them (chapter 17).

    Args:
        writer: Writes glosses from sentences: a text model trained with ``writes=glosses``.
        production: Glosses to clips.
        translation: Clips to sentences.
    """

    writer: TextModel
    production: ProductionSystem
    translation: TranslationSystem

    def glosses(self, sentences: Sequence[str], *, beams: int = 5) -> list[tuple[str, ...]]:
        """How each sentence is signed, as glosses; as `write_glosses`."""
        return write_glosses(self.writer, sentences, beams=beams)

    def travel(
        self,
        sentences: Sequence[str],
        first_frames: UInt8[np.ndarray, "sentences height width 3"] | None = None,
        *,
        beams: int = 5,
        sampling: SamplingConfig | None = None,
        seed: int = 0,
    ) -> list[Journey]:
        """Send sentences there and back, side by side.

        Args:
            sentences: In words that the writer knows, separated by spaces.
            first_frames: Who signs each, as in `ProductionSystem.produce`; None lets the model choose.
            beams: Of both searches.
            sampling: As in `ProductionSystem.produce`.
            seed: Of the clips.

        Source: ours; neither paper composes the two.

        Raises:
            ValueError: If a sentence is empty or has an unknown word, or a picture has another size.
        """
        written = self.glosses(sentences, beams=beams)
        clips = self.production.produce_sentences(written, first_frames, sampling=sampling, seed=seed)
        returned = self.translation.translate(clips, beams=beams)
        return [Journey(*one) for one in zip(sentences, written, clips, returned, strict=True)]


def write_glosses(writer: TextModel, sentences: Sequence[str], *, beams: int = 5) -> list[tuple[str, ...]]:
    """How each sentence is signed, as glosses.

    Args:
        writer: A text model that writes glosses.
        sentences: In words that it knows, separated by spaces.
        beams: Of the search; one searches greedily.

    Raises:
        ValueError: If a sentence is empty or has a word that the writer has not learnt.
    """
    for sentence in sentences:
        _check(writer, sentence)
    rows = [sentence.split() for sentence in sentences]  # words stand where glosses do
    return [tuple(one.split()) for one in write_from_glosses(writer, rows, beams=beams)]


def unknown_words(writer: TextModel, sentence: str) -> list[str]:
    """The words of a sentence that the writer has not learnt."""
    return [word for word in sentence.split() if word not in writer.config.gloss_vocabulary]


def load_writer(run: str | Path | None = None) -> TextModel:
    """The text model of a run that writes glosses; the shipped one where None.

    Raises:
        ValueError: If the folder is no run of a text model, or the model writes sentences.
    """
    folder = Path(run or shipped("checkpoints", "glosses"))
    writes = load_config(folder, TextTrainingConfig).writes
    if writes != "glosses":
        raise ValueError(
            f"The first step of a round trip must write glosses, but the text model at {folder} writes {writes}; "
            "train one with --set writes=glosses --set share_of_glosses=1."
        )
    return load_text_model(folder)


def load_round_trip(
    writer: str | Path | None = None,
    production: str | Path | None = None,
    translation: str | Path | None = None,
) -> RoundTrip:
    """A round trip from the folders of three trainings; the shipped ones where None.

    Raises:
        ValueError: If a folder is no run of its kind, or the text model writes sentences.
    """
    return RoundTrip(
        writer=load_writer(writer),
        production=load_production(production or shipped("checkpoints", "latent")),
        translation=load_translation(translation or shipped("checkpoints", "translation")),
    )


def _check(writer: TextModel, sentence: str) -> None:
    """Refuse what cannot be signed."""
    if not sentence.split():
        raise ValueError("A sentence must have a word or more to be signed, but one is empty; leave it out.")
    known = writer.config.gloss_vocabulary
    unknown = unknown_words(writer, sentence)
    if unknown:
        near = difflib.get_close_matches(unknown[0], known.words, n=1, cutoff=0.0)
        raise ValueError(
            f"A sentence must be in the {len(known.words)} words that the writer of glosses has learnt, but "
            f"{unknown[0]!r} is none of them; the nearest is {near[0]!r}."
        )
