"""Words and numbers: what a sentence is to a model. Chapter 3."""

from collections.abc import Iterable, Sequence

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
PAD, BOS, EOS, UNKNOWN = range(4)


class Vocabulary:
    """A list of words, each with its number; the first four are padding, beginning, end and unknown.

    Args:
        words: The words in order, without the special ones.

    Raises:
        ValueError: If a word occurs twice, is empty, holds a space or is one of the special ones.
    """

    def __init__(self, words: Sequence[str]) -> None:
        for word in words:
            if not word or word.split() != [word] or word in SPECIALS:
                raise ValueError(f"A word must be without spaces and none of {SPECIALS}, but got {word!r}.")
        self.words = tuple(words)
        self._entries = SPECIALS + self.words
        self._numbers = {word: number for number, word in enumerate(self._entries)}
        if len(self._numbers) != len(self._entries):
            twice = next(word for word in self.words if self.words.count(word) > 1)
            raise ValueError(f"The words of a vocabulary must differ, but {twice!r} occurs twice.")

    @classmethod
    def from_sentences(cls, sentences: Iterable[str], *, min_count: int = 1) -> "Vocabulary":
        """All words that occur at least `min_count` times, the frequent ones first, then by alphabet."""
        counts: dict[str, int] = {}
        for sentence in sentences:
            for word in sentence.split():
                counts[word] = counts.get(word, 0) + 1
        kept = [word for word, count in counts.items() if count >= min_count]
        return cls(sorted(kept, key=lambda word: (-counts[word], word)))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def encode(self, sentence: str) -> list[int]:
        """The numbers of a sentence's words, without beginning and end marks."""
        return [self._numbers.get(word, UNKNOWN) for word in sentence.split()]

    def decode(self, ids: Iterable[int]) -> str:
        """The sentence up to the first end mark, without padding and beginning marks."""
        words = []
        for number in ids:
            if number == EOS:
                break
            if number not in (PAD, BOS):
                words.append(self._entries[number])
        return " ".join(words)
