"""What a training reads: splits at hand, their words without their videos, and what identifies them. Chapter 9."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from signlab.data.example import Corpus, SignExample
from signlab.data.text import Vocabulary


@runtime_checkable
class AnyCorpus(Corpus, Protocol):
    """A `Corpus` that the test suite's type checker can recognise by its parts."""


def at_hand(split: Sequence[SignExample], folder: Path) -> Sequence[SignExample]:
    """A generated split is drawn once and kept below `folder`; what is on disk already is left there."""
    from signlab.data.puppet.corpus import PuppetSplit

    if not isinstance(split, PuppetSplit):
        return split
    from signlab.data.puppet.cache import cached

    return cached(split, folder)


def texts(split: Sequence[SignExample]) -> Iterator[SignExample]:
    """The examples in order, without their videos where the corpus can do that."""
    text: Any = getattr(split, "text", split.__getitem__)
    for index in range(len(split)):
        yield text(index)


def glosses_of(corpus: AnyCorpus) -> tuple[str, ...]:
    """All glosses of a corpus of isolated signs, sorted.

    Raises:
        ValueError: If an example of the training split has none or several, or one of the validation split
            has another than those.
    """
    found: set[str] = set()
    for example in texts(corpus.split("train")):
        if len(example.glosses) != 1:
            raise ValueError(
                f"A recogniser learns from isolated signs, one gloss each, but {example.name} of {corpus.name} "
                f"has {len(example.glosses)}; train it on puppet-words, WLASL or NMFs-CSL."
            )
        found.add(example.glosses[0])
    for example in texts(corpus.split("valid")) if "valid" in corpus.splits else ():
        if set(example.glosses) - found:
            raise ValueError(
                f"A recogniser is tried on glosses that it learns, but {example.name} of {corpus.name} shows "
                f"{' '.join(example.glosses)}, which the split train does not; make train larger or take the "
                "clip out."
            )
    return tuple(sorted(found))


def vocabulary_of(corpus: AnyCorpus) -> Vocabulary:
    """The words of the training split's first sentences, most frequent first.

    Raises:
        ValueError: If an example has no sentence.
    """
    return Vocabulary.from_sentences(sentences_of(corpus, ("train",)))


def sentences_of(corpus: AnyCorpus, splits: Sequence[str]) -> list[str]:
    """The first sentence of every example of some splits.

    Raises:
        ValueError: If an example has none.
    """
    sentences = []
    for example in (one for split in splits for one in texts(corpus.split(split))):
        if not example.sentences:
            raise ValueError(
                f"A translator learns from sentences, but {example.name} of {corpus.name} has none; "
                "train it on puppet-weather, PHOENIX14T or CSL-Daily."
            )
        sentences.append(example.sentences[0])
    return sentences


def fingerprint(split: Sequence[SignExample]) -> str:
    """A digest of all videos of a split; generated splits know theirs without being drawn."""
    own: Any = getattr(split, "fingerprint", None)
    if callable(own):
        return str(own())
    digest = hashlib.sha256()
    for example in split:
        digest.update(example.name.encode())
        if example.video is not None:
            digest.update(repr(example.video.shape).encode())
            digest.update(example.video.tobytes())
    return digest.hexdigest()
