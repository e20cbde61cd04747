"""What a translator writes in, words or pieces of words: chosen from the data, kept beside the run. Chapter 9."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from signlab.data.pieces import PieceVocabulary
from signlab.data.text import Tokenizer, Vocabulary
from signlab.training.device import rank
from signlab.training.run_folder import one_sentence, replace_file
from signlab.translation.model import TranslatorConfig


def vocabulary_for(sentences: Iterable[str], *, pieces: Path | None) -> Vocabulary | PieceVocabulary:
    """All words of the sentences, or all pieces into which they are cut.

    Args:
        sentences: Those that decide; what is not in them cannot be written.
        pieces: A SentencePiece model, which cuts; None = words.
    """
    if pieces is None:
        return Vocabulary.from_sentences(sentences)
    return PieceVocabulary.from_sentences(pieces, sentences)


def with_vocabulary(config: TranslatorConfig, vocabulary: Tokenizer) -> TranslatorConfig:
    """The same translator, writing in this vocabulary."""
    if isinstance(vocabulary, PieceVocabulary):
        return replace(config, words=(), pieces=vocabulary.store())
    assert isinstance(vocabulary, Vocabulary)
    return replace(config, words=vocabulary.words, pieces=None)


def keep_vocabulary(config: TranslatorConfig, run: Path) -> None:
    """Put the SentencePiece model beside a run's configuration; words stand in the configuration itself.

    Of several processes the first one writes.
    """
    if config.pieces is None or rank() != 0:
        return
    file = PieceVocabulary.opened(config.pieces).file
    kept = run / config.pieces.file
    if kept.exists() and kept.samefile(file):
        return
    with one_sentence(run, "The SentencePiece model"):
        run.mkdir(parents=True, exist_ok=True)
        replace_file(kept, lambda path: shutil.copyfile(file, path))


def open_vocabulary(config: TranslatorConfig, run: Path) -> Tokenizer:
    """The vocabulary of a run; from now on `config.vocabulary` knows it too.

    Raises:
        ValueError: If it has pieces, and their SentencePiece model is not in the run's folder.
    """
    if config.pieces is not None:
        return PieceVocabulary.restore(config.pieces, folder=run)
    return config.vocabulary
