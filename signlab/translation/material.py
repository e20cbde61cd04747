"""What a translator learns from: features, words, and perhaps the weights of a text model. Chapter 9."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.text import Tokenizer, Vocabulary
from signlab.shapes import Float
from signlab.training import load_config
from signlab.training.weights import read_weights
from signlab.translation.feature_cache import weights_hash, with_features
from signlab.translation.mbart import mbart_config, start_from_mbart, start_glosses
from signlab.translation.mbart_folder import PIECES, is_hugging_face
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.pretrain import TextTrainingConfig
from signlab.translation.splits import AnyCorpus, sentences_of, texts
from signlab.translation.text_model import check_language_parts
from signlab.translation.train_visual import load_recognizer
from signlab.translation.visual_head import GlossesToLanguage
from signlab.translation.vocabularies import open_vocabulary, vocabulary_for, with_vocabulary

VocabularySplits = Literal["train", "all"]
TABLE_OF_GLOSSES = "encoder.to_stream.glosses.weight"  # of a model that maps them

Item = TypeVar("Item")


class Material(NamedTuple):
    """Examples with features, and what was found on the way to them."""

    train: list[SignExample]
    valid: list[SignExample]
    model: TranslatorConfig  # completed by what the data and the text model decide
    visual_run: Path | None  # where the features come from; None: they came with the data
    visual_hash: str  # of that encoder's weights
    language: str  # of the sentences, as the corpus calls it


def gather(
    model: TranslatorConfig,
    corpus: AnyCorpus,
    *,
    cache: Path,
    visual: Path | None = None,
    text: Path | None = None,
    pieces: Path | None = None,
    vocabulary_from: VocabularySplits = "train",
    with_glosses: bool = False,
) -> Material:
    """Features for every split, and the model's configuration with what is known only from the data.

    Args:
        model: What is to be trained; widths and words are filled in.
        corpus: Sentences with a split "train", and "valid" if there is one.
        cache: Where features are kept; clips that must be drawn for them are not.
        visual: Run of the visual encoder; the shipped one if None, and none if the data has features.
        text: Run of a text model, whose words or pieces are taken over, or folder of an mBART, whose pieces are
            written; None reads them off the corpus.
        pieces: A SentencePiece model, to write pieces of words; None writes words.
        vocabulary_from: Which splits' sentences decide what can be written.
        with_glosses: Whether glosses are to be named too; so they are by a model that maps them. They are those
            of the training split, or the text model's where its table of them is taken over.

    Raises:
        ValueError: If an example has no sentence, `text` and `pieces` are both given, or `text` is of another
            shape than the model.

    Departure: MMTLB and CV-SLT choose their pieces by all splits, so that no test sentence has an unknown one
    ("all"); by default the training split alone decides here, as it would in use.
    """
    vocabulary = _vocabulary(model, corpus, pieces=pieces, text=text, vocabulary_from=vocabulary_from)
    longest = max(len(vocabulary.encode(one)) for one in sentences_of(corpus, ("train",)))
    train = corpus.split("train")
    valid = corpus.split("valid") if "valid" in corpus.splits else []
    digest = ""
    if train[0].features is None:
        visual = visual or shipped("checkpoints", "visual")
        encoder = load_recognizer(visual).encoder
        train = with_features(encoder, train, folder=cache)
        valid = with_features(encoder, valid, folder=cache) if valid else []
        digest = weights_hash(encoder)
    return Material(
        train=list(train),
        valid=list(valid),
        model=replace(
            with_vocabulary(model, vocabulary),
            features_dim=steps_of(train[0]).shape[1],
            glosses=_glosses(model, corpus, text=text) if with_glosses or model.maps_glosses else (),
            max_tokens=(longest + 1) * 3 // 2,
        ),
        visual_run=visual if digest else None,
        visual_hash=digest,
        language=train[0].language,
    )


def _vocabulary(
    model: TranslatorConfig,
    corpus: AnyCorpus,
    *,
    pieces: Path | None,
    text: Path | None,
    vocabulary_from: VocabularySplits,
) -> Tokenizer:
    """What is written: as the text model does, in pieces, or in words."""
    if text is not None and pieces is not None:
        raise ValueError(
            f"A translator that starts from a text model writes as that does, but got pieces={pieces} beside "
            f"text={text}; leave one of them out."
        )
    if text is not None:
        check_language_parts(text_config(text), model, text)
        if not is_hugging_face(text):
            return open_vocabulary(text_config(text), text)
        pieces = text / PIECES
    splits = ("train",) if vocabulary_from == "train" else corpus.splits
    return vocabulary_for(sentences_of(corpus, splits), pieces=pieces)


def drawn(examples: Sequence[Item], num: int | None, *, seed: int) -> list[Item]:
    """So many of the examples, by lot; all of them if `num` is None.

    Raises:
        ValueError: If there are not so many.
    """
    if num is None:
        return list(examples)
    if num > len(examples):
        raise ValueError(
            f"num_train must be at most the training split's size, {len(examples)}, but got {num}."
        )
    chosen = np.random.default_rng((seed, num)).permutation(len(examples))[:num]
    return [examples[int(index)] for index in chosen]


def steps_of(example: SignExample) -> Float[np.ndarray, "steps dim"]:
    """An example's features."""
    assert example.features is not None
    return np.asarray(example.features, dtype=np.float32)


def standardise(model: SignTranslator, train: Sequence[SignExample]) -> None:
    """Let the encoder remember mean and deviation of all features."""
    model.encoder.standardise_by(torch.from_numpy(np.concatenate([steps_of(one) for one in train])))


def text_config(run: Path) -> TranslatorConfig:
    """The size and the words of a text model, or the size of an mBART.

    Raises:
        ValueError: If the folder is neither.
    """
    if is_hugging_face(run):
        return mbart_config(run)
    return load_config(run, TextTrainingConfig).model


def start_from_text(model: SignTranslator, run: Path, *, language: str = "") -> set[str]:
    """Fill encoder and decoder with the weights of a text model or of an mBART.

    Args:
        model: With the layers, the width and the words of the text model.
        run: Of the text model, or folder of an mBART as Hugging Face's transformers write it.
        language: What an mBART is to write, such as de; a text model knows.

    Returns:
        The names of the parameters that were filled; the others are new. A mapper's glosses begin as the text
        model's and count as new: what they are weighted by is.

    Raises:
        ValueError: If the two do not fit each other.
    """
    if is_hugging_face(run):
        if isinstance(mapper := model.encoder.to_stream, GlossesToLanguage):
            start_glosses(mapper.glosses, model.config.glosses, run)
        return start_from_mbart(model, run, language=language)
    theirs, own = text_config(run), model.config
    check_language_parts(theirs, own, run)
    if own.maps_glosses and theirs.glosses != own.glosses:
        raise ValueError(
            f"A translator that maps glosses must have those of the text model it starts from, but {run} has "
            f"{len(theirs.glosses)} and the translator {len(own.glosses)}, or others; take them from there."
        )
    if (theirs.words, theirs.pieces) != (own.words, own.pieces):
        raise ValueError(
            f"A translator that starts from a text model must write its words, but {run} has {theirs.num_tokens} "
            f"and the translator {own.num_tokens}, or others; take them from there."
        )
    state, given = model.state_dict(), read_weights(run)
    shared = {name: value for name, value in given.items() if name in state}
    begun = {TABLE_OF_GLOSSES: given["glosses.weight"]} if own.maps_glosses else {}
    model.load_state_dict(state | {name: _as(value, state[name]) for name, value in (shared | begun).items()})
    return set(shared)


def _as(value: Tensor, like: Tensor) -> Tensor:
    return value.to(like.dtype)


def _glosses(model: TranslatorConfig, corpus: AnyCorpus, *, text: Path | None) -> tuple[str, ...]:
    if model.maps_glosses and text is not None and not is_hugging_face(text):
        return text_config(text).glosses
    found = Vocabulary.from_sentences(example.glosses for example in texts(corpus.split("train")))
    if not found.words:
        raise ValueError(
            f"A gloss head learns from glosses, but {corpus.name} has none; set objective.gloss_weight=0 and map "
            "steps (model.visual_head.mapper)."
        )
    return found.words
