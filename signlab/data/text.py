"""Sentence to token ids and back. Chapter 3."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

PAD, BOS, EOS, UNK = 0, 1, 2, 3  # ids: filling, begin of sentence, end of sentence, unknown word
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")  # how they are written; position = id


@runtime_checkable
class Tokenizer(Protocol):
    """What turns sentences into ids and back: `Vocabulary` into words, `PieceVocabulary` into pieces of words."""

    def __len__(self) -> int: ...
    def __contains__(self, token: str, /) -> bool: ...
    def encode(self, sentence: str) -> list[int]: ...
    def decode(self, ids: Iterable[int]) -> str: ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a model knows, each with an id; serves sentences and glosses alike.

    Ids 0 to 3 are the special tokens; the words follow in the order given. Two vocabularies are equal
    if their words are, so ``Vocabulary(vocabulary.words)`` is the way to store and restore one.

    Raises:
        ValueError: If a word is empty, given twice or written like a special token.
    """

    words: tuple[str, ...]  # without the special tokens
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = tuple(self.words)
        ids = {word: position for position, word in enumerate((*SPECIALS, *words))}
        if len(ids) != len(SPECIALS) + len(words) or "" in ids:
            wrong = [word for word, times in Counter((*SPECIALS, "", *words)).items() if times > 1]
            raise ValueError(
                f"Words must be non-empty, different and none of {', '.join(SPECIALS)}, "
                f"but got {wrong[0]!r} twice or out of place; drop it from the list."
            )
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "_ids", {word: ids[word] for word in words})

    @classmethod
    def from_sentences(cls, sentences: Iterable[str | Sequence[str]], *, min_count: int = 1) -> "Vocabulary":
        """All words of the sentences, most frequent first, words of equal frequency by alphabet.

        Args:
            sentences: Words separated by spaces, or sequences of words (glosses, for example).
            min_count: Words met less often are left out and will be encoded as unknown.
        """
        counts = Counter(word for sentence in sentences for word in _words_of(sentence))
        kept = (word for word, times in counts.items() if times >= min_count and word not in SPECIALS)
        return cls(tuple(sorted(kept, key=lambda word: (-counts[word], word))))

    def __len__(self) -> int:
        """Number of ids, special tokens included: the size of a softmax over them."""
        return len(SPECIALS) + len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def encode(self, sentence: str | Sequence[str]) -> list[int]:
        """One id a word, without begin and end; a word not in the vocabulary becomes `UNK`.

        Args:
            sentence: Words separated by spaces, or a sequence of words.
        """
        return [self._ids.get(word, UNK) for word in _words_of(sentence)]

    def decode(self, ids: Iterable[int]) -> str:
        """The words of `ids` up to the first `EOS`, separated by spaces.

        Filling and begin disappear; an unknown word stays visible as ``<unk>``.

        Raises:
            ValueError: If an id is none of this vocabulary.
        """
        return " ".join(self.decode_words(ids))

    def decode_words(self, ids: Iterable[int]) -> tuple[str, ...]:
        """As `decode`, but one by one: a gloss may have spaces of its own."""
        return tuple(
            SPECIALS[UNK] if token == UNK else self.words[token - len(SPECIALS)]
            for token in written(ids, num_ids=len(self))
        )


def written(ids: Iterable[int], *, num_ids: int) -> list[int]:
    """The ids of a sentence as it would be read: up to the first `EOS`, without filling and begin.

    Raises:
        ValueError: If an id is not in [0, `num_ids`).
    """
    found: list[int] = []
    for token in map(int, ids):
        if not 0 <= token < num_ids:
            raise ValueError(
                f"Ids must lie in [0, {num_ids}), but got {token}; were they made with another vocabulary?"
            )
        if token == EOS:
            break
        if token not in (PAD, BOS):
            found.append(token)
    return found


def _words_of(sentence: str | Sequence[str]) -> Sequence[str]:
    return sentence.split() if isinstance(sentence, str) else sentence
