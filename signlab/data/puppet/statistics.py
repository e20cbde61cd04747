"""What a corpus of signed sentences is like in numbers, beside the published ones. Chapter 2."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from signlab.data.example import SignExample
from signlab.shapes import Int


class Counted(NamedTuple):
    """What is counted of one example; a `SignExample` serves as well."""

    glosses: tuple[str, ...]
    sentence: str
    num_frames: int | None = None
    alignment: tuple[int, ...] = ()  # the word each gloss is said by, -1 = none (see `Grammar.align`)


class CorpusStatistics(NamedTuple):
    """Numbers about a corpus. NaN = the corpus does not say."""

    sentences: int
    distinct_sentences: int
    words_per_sentence: float  # punctuation counted, as the field does
    longest_sentence: int  # words
    glosses_per_sentence: float
    frames_per_sentence: float
    frames_per_gloss: float  # all frames over all glosses
    word_types: int
    gloss_types: int
    word_singletons: float  # share of word types seen once
    gloss_singletons: float
    reordered: float  # share of pairs of glosses whose words stand the other way round


# Training sets of the two corpora of the field. Measured from the distributed files for this project:
# sentences, distinct texts, text length (mean and longest), vocabularies, mean frames. What was not
# measured is NaN, and so are words of CSL-Daily, whose texts are Chinese characters without spaces: there
# the "words" are characters. Corpora: Camgoz et al. (2018) and Zhou et al. (2021).
PUBLISHED: dict[str, dict[str, float]] = {
    "PHOENIX14T": {
        "sentences": 7096,
        "distinct_sentences": 6853,
        "words_per_sentence": 15.0,
        "longest_sentence": 53,
        "frames_per_sentence": 116.6,
        "word_types": 2888,
        "gloss_types": 1085,
    },
    "CSL-Daily": {
        "sentences": 18401,
        "distinct_sentences": 6578,
        "words_per_sentence": 15.8,
        "longest_sentence": 43,
        "frames_per_sentence": 118.8,
        "word_types": 2343,
        "gloss_types": 2000,
    },
}

LABELS = {
    "sentences": "sentences",
    "distinct_sentences": "distinct sentences",
    "words_per_sentence": "words per sentence",
    "longest_sentence": "longest sentence, words",
    "glosses_per_sentence": "glosses per sentence",
    "frames_per_sentence": "frames per sentence",
    "frames_per_gloss": "frames per gloss",
    "word_types": "different words",
    "gloss_types": "different glosses",
    "word_singletons": "words seen once, share",
    "gloss_singletons": "glosses seen once, share",
    "reordered": "gloss pairs reordered, share",
}


def count(example: SignExample | Counted) -> Counted:
    """What is counted of an example: its glosses, the sentence to learn from and its number of frames."""
    if isinstance(example, Counted):
        return example
    frames = None if example.video is None else len(example.video)
    return Counted(example.glosses, example.sentences[0] if example.sentences else "", frames)


def corpus_statistics(examples: Iterable[SignExample | Counted]) -> CorpusStatistics:
    """Count a corpus, reading each example once.

    Raises:
        ValueError: If there is no example.
    """
    counted = [count(example) for example in examples]
    if not counted:
        raise ValueError("a corpus must have at least one example to be counted, but got none; pass a split.")
    words = [example.sentence.split() for example in counted]
    word_counts = Counter(word for sentence in words for word in sentence)
    gloss_counts = Counter(gloss for example in counted for gloss in example.glosses)
    filmed = [
        (example.num_frames, len(example.glosses)) for example in counted if example.num_frames is not None
    ]
    frames, glosses = sum(frames for frames, _ in filmed), sum(glosses for _, glosses in filmed)
    pairs = [reordered_pairs(example.alignment) for example in counted]
    return CorpusStatistics(
        sentences=len(counted),
        distinct_sentences=len({example.sentence for example in counted}),
        words_per_sentence=word_counts.total() / len(counted),
        longest_sentence=max(len(sentence) for sentence in words),
        glosses_per_sentence=gloss_counts.total() / len(counted),
        frames_per_sentence=_share(frames, len(filmed)),
        frames_per_gloss=_share(frames, glosses),
        word_types=len(word_counts),
        gloss_types=len(gloss_counts),
        word_singletons=_share(list(word_counts.values()).count(1), len(word_counts)),
        gloss_singletons=_share(list(gloss_counts.values()).count(1), len(gloss_counts)),
        reordered=_share(sum(pair.inverted for pair in pairs), sum(pair.compared for pair in pairs)),
    )


class ReorderedPairs(NamedTuple):
    """Pairs of glosses said by different words."""

    inverted: int
    compared: int


def reordered_pairs(alignment: Sequence[int]) -> ReorderedPairs:
    """Count pairs of glosses that change places between glosses and words.

    Two glosses are compared if both are said by a word and not by the same phrase; they are inverted if the
    earlier gloss is said later. Over all pairs this is Kendall's tau distance: 0 = the same order, 1 =
    exactly the other way round.

    Args:
        alignment: For each gloss the position of the first word of its phrase; -1 = no word.
    """
    said = [word for word in alignment if word >= 0]
    pairs = [(earlier, later) for earlier, later in combinations(said, 2) if earlier != later]
    return ReorderedPairs(sum(earlier > later for earlier, later in pairs), len(pairs))


def vocabulary_growth(sentences: Iterable[Sequence[str]]) -> Int[np.ndarray, " tokens"]:
    """Number of different words among the first 1, 2, 3, ... words of a corpus.

    Source: Heaps (1978) for the growth with a power of the length.
    """
    seen: set[str] = set()
    sizes: list[int] = []
    for sentence in sentences:
        for word in sentence:
            seen.add(word)
            sizes.append(len(seen))
    return np.asarray(sizes, dtype=np.int64)


def comparison_rows(measured: dict[str, CorpusStatistics]) -> list[tuple[str, ...]]:
    """A table to print: a header, then one row for each number, measured columns before published ones."""
    columns = {name: values._asdict() for name, values in measured.items()} | PUBLISHED
    rows = [("", *columns)]
    for field, label in LABELS.items():
        rows.append((label, *(_cell(column.get(field, float("nan"))) for column in columns.values())))
    return rows


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _cell(value: float | int) -> str:
    if value != value:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"
