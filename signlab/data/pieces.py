"""Sentence to pieces of words and back, cut as SentencePiece's models and mBART cut them. Chapter 9."""

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import torch
from torch import Tensor

from signlab.data.text import SPECIALS, UNK, written
from signlab.shapes import Int

# the 25 languages of mBART, in the order of the rows that their tags have in its table
MBART_LANGUAGES = tuple(
    "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM "
    "ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPieces:
    """What a run keeps of a `PieceVocabulary`; the model file lies beside it, or is named again."""

    pieces: tuple[str, ...]
    file: str  # name of the model file, without its folder
    sha256: str  # of that file
    characters: bool = False  # see `PieceVocabulary`


@dataclass(frozen=True, slots=True)
class PieceVocabulary:
    """The pieces of words a model knows, each with an id: a SentencePiece model of which some pieces are kept.

    Ids 0 to 3 are the special tokens, as in `Vocabulary`; the kept pieces follow in the order given. A
    sentence is cut by the whole model, whatever is kept; a piece that is not kept becomes `UNK`. Two
    vocabularies are equal if their pieces, their way with characters and their model files are, to the bit.

    The model brings a sentence into Unicode's normal form NFKC before it cuts (SentencePiece's own variant of
    it, where the model was trained in the usual way, as mBART's was), so what is decoded is the normalised
    sentence. That has a price in Chinese: NFKC turns the full-width comma, question mark, exclamation mark,
    colon, semicolon and brackets into their ASCII forms, but leaves the full stop 。 and the comma 、 as they
    are. A model that writes pieces can therefore never write the full-width marks that CSL-Daily's references
    have; see `signlab.metrics.protocols` for what that does to scores.

    Args:
        file: The SentencePiece model; mBART's is called ``sentencepiece.bpe.model``.
        pieces: Those that are kept, without special tokens.
        characters: Sentences are characters between spaces, as `signlab.data.sentences` gives Chinese ones:
            the spaces are taken out before the sentence is cut, and put back when it is decoded.

    Raises:
        ValueError: If the file is missing or no model, a piece is none of it or given twice, or sentencepiece
            is not installed.

    Source: Kudo and Richardson (2018); pruned as MMTLB and CV-SLT prune mBART's vocabulary.
    """

    # vocabularies made in this process, by what is stored of them: a digest stands for one content only
    _made: ClassVar[dict[StoredPieces, "PieceVocabulary"]] = {}

    file: Path = field(compare=False)
    pieces: tuple[str, ...]
    characters: bool = field(default=False, kw_only=True)
    sha256: str = field(init=False)  # of the file
    _model: Any = field(init=False, repr=False, compare=False)
    _model_ids: tuple[int, ...] = field(init=False, repr=False, compare=False)  # of the pieces, in the model
    _ids: dict[int, int] = field(init=False, repr=False, compare=False)  # the model's ids to ours

    def __post_init__(self) -> None:
        content = _read(Path(self.file))
        model, sha256 = _model(content, self.file), hashlib.sha256(content).hexdigest()
        pieces = tuple(self.pieces)
        model_ids = tuple(model.piece_to_id(piece) for piece in pieces)
        for piece, model_id in zip(pieces, model_ids, strict=True):
            if not _can_be_kept(model, model_id):
                raise ValueError(
                    f"The pieces to keep must be pieces of {self.file}, but {piece!r} is none; "
                    "take the model with which they were made."
                )
        if len(set(pieces)) < len(pieces):
            twice = Counter(pieces).most_common(1)[0][0]
            raise ValueError(f"The pieces to keep must be different, but got {twice!r} twice; drop one.")
        ids = {model_id: place for place, model_id in enumerate(model_ids, start=len(SPECIALS))}
        values = (("file", Path(self.file)), ("pieces", pieces), ("sha256", sha256), ("_model", model))
        for name, value in (*values, ("_model_ids", model_ids), ("_ids", ids)):
            object.__setattr__(self, name, value)
        PieceVocabulary._made[self.store()] = self

    @classmethod
    def from_sentences(cls, file: str | Path, sentences: Iterable[str]) -> "PieceVocabulary":
        """All pieces into which a model cuts the sentences, most frequent first, then by alphabet.

        Sentences of which every token is a single character are taken as Chinese ones (see `characters`).

        Departure: MMTLB and CV-SLT keep the pieces of all three splits, sentences and lower-cased glosses, so
        that no test sentence has an unknown piece; give training sentences only, and there can be some.
        """
        sentences = list(sentences)
        tokens = [token for sentence in sentences for token in sentence.split()]
        characters = len(tokens) > 0 and all(len(token) == 1 for token in tokens)
        model = _model(_read(Path(file)), file)
        texts = [_joined(sentence) if characters else sentence for sentence in sentences]
        counts = Counter(model_id for cut in model.encode(texts) for model_id in cut)
        named = [(-n, model.id_to_piece(one)) for one, n in counts.items() if _can_be_kept(model, one)]
        return cls(Path(file), tuple(piece for _, piece in sorted(named)), characters=characters)

    @classmethod
    def restore(cls, stored: StoredPieces, *, folder: str | Path) -> "PieceVocabulary":
        """The vocabulary that a run has kept.

        Args:
            stored: What `store` gave.
            folder: Where the model file lies.

        Raises:
            ValueError: If the file is not there, or is another one.
        """
        file = Path(folder) / stored.file
        sha256 = hashlib.sha256(_read(file)).hexdigest()
        if sha256 != stored.sha256:
            raise ValueError(
                f"{file} must be the SentencePiece model with which the vocabulary was made (sha256 "
                f"{stored.sha256[:12]}...), but it is another one ({sha256[:12]}...); put the right file there."
            )
        return cls(file, stored.pieces, characters=stored.characters)

    @classmethod
    def opened(cls, stored: StoredPieces) -> "PieceVocabulary":
        """The vocabulary of which this was stored, made or restored earlier in this process.

        A configuration holds no path to a model file, since files move; once the file has been read, wherever
        it lay, its digest is enough.

        Raises:
            ValueError: If there has been none.
        """
        if stored not in cls._made:
            raise ValueError(
                f"Pieces of words need their SentencePiece model, but {stored.file} (sha256 {stored.sha256[:12]}...) "
                "has not been read yet; load the run it belongs to, or restore the vocabulary from its folder."
            )
        return cls._made[stored]

    def store(self) -> StoredPieces:
        """What a run has to keep, beside a copy of the model file."""
        return StoredPieces(
            pieces=self.pieces, file=self.file.name, sha256=self.sha256, characters=self.characters
        )

    def __len__(self) -> int:
        """Number of ids, special tokens included: the size of a softmax over them."""
        return len(SPECIALS) + len(self.pieces)

    def __contains__(self, piece: str) -> bool:
        return self._model.piece_to_id(piece) in self._ids

    def encode(self, sentence: str) -> list[int]:
        """One id a piece, without begin and end; a piece that is not kept becomes `UNK`."""
        text = _joined(sentence) if self.characters else sentence
        return [self._ids.get(model_id, UNK) for model_id in self._model.encode(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The sentence of `ids` up to the first `EOS`, normalised as the model does it.

        Filling and begin disappear; an unknown piece stays visible as ``<unk>``.

        Raises:
            ValueError: If an id is none of this vocabulary.
        """
        unknown = self._model.unk_id()
        found = [
            unknown if token == UNK else self._model_ids[token - len(SPECIALS)]
            for token in written(ids, num_ids=len(self))
        ]
        known = self._model.decode(found).split(self._model.decode([unknown]))
        if self.characters:
            return f" {SPECIALS[UNK]} ".join(" ".join(_joined(part)) for part in known).strip()
        return SPECIALS[UNK].join(known)


def mbart_rows(vocabulary: PieceVocabulary, *, language: str) -> Int[Tensor, " vocab"]:
    """For each id of the vocabulary, the row that its embedding has in mBART's table.

    mBART numbers as fairseq does: ``<s>``, ``<pad>``, ``</s>``, ``<unk>`` are rows 0 to 3; a piece has the
    number that SentencePiece gives it, plus one; behind the pieces come the tags of 25 languages and
    ``<mask>``. Its table thus has 27 rows more than SentencePiece has numbers. Our begin is the language's
    tag, with which mBART's decoder begins; ``<s>`` is not needed.

    Args:
        vocabulary: Made with mBART's SentencePiece model.
        language: The tag, such as de_DE, zh_CN or en_XX.

    Raises:
        ValueError: If mBART does not know the language, or the model is not numbered as mBART's.

    Source: Liu et al. (2020); the numbers as in fairseq and in transformers' MBartTokenizer.
    Departure: MMTLB and CV-SLT keep all 25 tags, ``<s>`` and ``<mask>``; here only the tag that is used.
    """
    if language not in MBART_LANGUAGES:
        close = difflib.get_close_matches(language, MBART_LANGUAGES, 1, 0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(MBART_LANGUAGES)}."
        raise ValueError(f"The language must be one of mBART's 25, but got {language!r}; {hint}")
    model = vocabulary._model
    if (model.unk_id(), model.bos_id(), model.eos_id()) != (0, 1, 2):
        raise ValueError(
            f"mBART's SentencePiece model begins with <unk>, <s>, </s>, but {vocabulary.file} has them as "
            f"{model.unk_id()}, {model.bos_id()}, {model.eos_id()}; take the file that comes with mBART."
        )
    tag = model.get_piece_size() + 1 + MBART_LANGUAGES.index(language)
    return torch.tensor([1, tag, 2, 3, *(model_id + 1 for model_id in vocabulary._model_ids)])


def _can_be_kept(model: Any, model_id: int) -> bool:
    return not (model.is_unknown(model_id) or model.is_control(model_id))


def _joined(sentence: str) -> str:
    return "".join(sentence.split())


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise ValueError(
            f"Pieces of words need their SentencePiece model {file}, but there is no such file; put it there."
        )
    return file.read_bytes()


def _model(content: bytes, file: str | Path) -> Any:
    """The SentencePiece model that a file holds."""
    sentencepiece = _sentencepiece()
    try:
        if not content:
            raise ValueError("it is empty")
        return sentencepiece.SentencePieceProcessor(model_proto=content)
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{file} must be a SentencePiece model, but it is none or damaged; fetch it again."
        ) from error


def _sentencepiece() -> ModuleType:
    try:
        import sentencepiece
    except ImportError as error:
        raise ValueError(
            "Pieces of words need sentencepiece, which is not installed: pip install 'signlab[pieces]'."
        ) from error
    return sentencepiece
