"""Pieces of words: round trips, pruning, what a run keeps, and the rows of mBART's table."""

import io
import pickle
import random
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from signlab.data.batches import collate
from signlab.data.example import SignExample
from signlab.data.pieces import MBART_LANGUAGES, PieceVocabulary, StoredPieces, mbart_rows
from signlab.data.text import BOS, EOS, PAD, SPECIALS, UNK, Tokenizer, Vocabulary

sentencepiece = pytest.importorskip("sentencepiece")

FIRST = len(SPECIALS)
CHINESE = ["你好，我们明天去北京。", "你今天来吗？", "我们今天不去！", "明天：下雨。"]


def german() -> list[str]:
    """Sentences of words made of syllables, so that there is something to cut."""
    chance = random.Random(0)
    syllables = "re gen schnee nord süd viel we nig kom mt geht son ne wind heu te mor abend".split()
    words = ["".join(chance.choices(syllables, k=chance.choice([1, 2, 3]))) for _ in range(59)]
    return [" ".join(chance.choices(words, k=7)) + " ." for _ in range(211)]


def train(file: Path, sentences: Sequence[str], **settings: object) -> Path:
    """A tiny SentencePiece model, numbered as mBART's: <unk>, <s>, </s>, then pieces."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=written,
        character_coverage=1.0,
        minloglevel=2,
        num_threads=1,
        **settings,
    )
    file.write_bytes(written.getvalue())
    return file


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("pieces") / "tiny.model", german(), vocab_size=61)


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(
        tmp_path_factory.mktemp("pieces") / "zh.model", CHINESE, vocab_size=37, hard_vocab_limit=False
    )


@pytest.fixture(scope="module")
def vocabulary(file: Path) -> PieceVocabulary:
    return PieceVocabulary.from_sentences(file, german())


def test_ids_by_hand(file: Path) -> None:
    """The model cuts "heute geht viel" into four pieces; of these, three are kept."""
    cut = sentencepiece.SentencePieceProcessor(model_file=str(file)).encode("heute geht viel", out_type=str)
    assert cut == ["▁heu", "te", "▁geht", "▁viel"]
    vocabulary = PieceVocabulary(file, ("▁viel", "te", "▁heu"))
    assert len(vocabulary) == FIRST + 3
    assert vocabulary.encode("heute geht viel") == [FIRST + 2, FIRST + 1, UNK, FIRST]
    assert vocabulary.encode("") == []
    assert "te" in vocabulary
    for one in ("▁geht", "<unk>", "<s>", "nonsense"):
        assert one not in vocabulary


def test_every_sentence_comes_back(vocabulary: PieceVocabulary) -> None:
    for sentence in german():
        ids = vocabulary.encode(sentence)
        assert min(ids) >= FIRST
        assert vocabulary.decode([BOS, *ids, EOS, PAD, PAD]) == sentence


def test_what_comes_back_is_what_the_model_makes_of_a_sentence(file: Path) -> None:
    """Full-width letters and marks, a ligature, three dots and too many spaces; 。 is not changed."""
    strange = ["  heute   geht ", "ｈｅｕｔｅ，geht　viel", "a：b；c！d？e（f）。", "ﬁnde … ½"]
    plain = ["heute,geht viel", "a:b;c!d?e(f)。", "finde ... 1⁄2"]
    wide = train(file.parent / "wide.model", [*german(), *plain * 3], vocab_size=79, hard_vocab_limit=False)
    vocabulary = PieceVocabulary.from_sentences(wide, strange)
    model = sentencepiece.SentencePieceProcessor(model_file=str(wide))
    normalised = [model.normalize(sentence).replace("▁", " ").strip() for sentence in strange]
    assert normalised == ["heute geht", *plain]
    assert [vocabulary.decode(vocabulary.encode(sentence)) for sentence in strange] == normalised


def test_frequent_pieces_first_then_by_alphabet(file: Path) -> None:
    sentences = ["viel viel heute", "geht viel heute", "geht"]
    found = PieceVocabulary.from_sentences(file, sentences)
    assert found.pieces == ("▁viel", "te", "▁geht", "▁heu")
    assert PieceVocabulary.from_sentences(file, reversed(sentences)) == found


def test_an_unknown_piece_stays_visible_where_it_was(file: Path) -> None:
    vocabulary = PieceVocabulary.from_sentences(file, ["heute geht"])
    assert vocabulary.decode(vocabulary.encode("heute viel geht")) == "heute<unk> geht"
    assert vocabulary.decode([UNK, UNK]) == "<unk><unk>"
    assert vocabulary.encode("猫")[-1] == UNK  # the model itself does not know it
    assert "<unk>" not in PieceVocabulary.from_sentences(file, ["heute 猫"]).pieces


def test_decoding_stops_at_the_end_and_refuses_foreign_ids(vocabulary: PieceVocabulary) -> None:
    ids = vocabulary.encode("heute geht")
    assert vocabulary.decode([BOS, *ids, EOS, *ids]) == "heute geht"
    with pytest.raises(ValueError, match=rf"must lie in \[0, {len(vocabulary)}\), but got 997"):
        vocabulary.decode([997])


def test_chinese_loses_the_spaces_between_its_characters_and_gets_them_back(chinese: Path) -> None:
    """As the reader gives CSL-Daily; pieces of several characters are found only without spaces."""
    spaced = [" ".join(sentence) for sentence in CHINESE]
    vocabulary = PieceVocabulary.from_sentences(chinese, spaced)
    assert vocabulary.characters
    assert not PieceVocabulary.from_sentences(chinese, CHINESE).characters
    assert any(len(piece.strip("▁")) > 1 for piece in vocabulary.pieces)
    assert vocabulary.decode(vocabulary.encode(spaced[0])) == "你 好 , 我 们 明 天 去 北 京 。"
    assert vocabulary.decode(vocabulary.encode(spaced[1])) == "你 今 天 来 吗 ?"
    assert vocabulary.decode([*vocabulary.encode("你 好"), UNK]) == "你 好 <unk>"


def test_a_run_keeps_a_vocabulary(vocabulary: PieceVocabulary, tmp_path: Path) -> None:
    stored = vocabulary.store()
    assert stored == StoredPieces(**asdict(stored))
    shutil.copy(vocabulary.file, tmp_path / stored.file)
    again = PieceVocabulary.restore(stored, folder=tmp_path)
    assert again == vocabulary == pickle.loads(pickle.dumps(vocabulary))
    assert hash(again) == hash(vocabulary)
    assert again.encode(german()[0]) == vocabulary.encode(german()[0])


def test_a_vocabulary_once_read_is_known_by_what_is_stored_of_it(
    vocabulary: PieceVocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever its file lay, and whether or not it is still there."""
    stored = vocabulary.store()
    monkeypatch.setattr(PieceVocabulary, "_made", {})
    with pytest.raises(
        ValueError, match=rf"{stored.file} \(sha256 {stored.sha256[:12]}\.\.\.\) has not been read"
    ):
        PieceVocabulary.opened(stored)
    copy = Path(shutil.copy(vocabulary.file, tmp_path / stored.file))
    PieceVocabulary.restore(stored, folder=tmp_path)
    copy.unlink()
    assert PieceVocabulary.opened(stored) == vocabulary
    with pytest.raises(ValueError, match="has not been read yet; load the run"):
        PieceVocabulary.opened(replace(stored, pieces=stored.pieces[:7]))


def test_other_pieces_another_file_or_other_characters_are_another_vocabulary(
    file: Path, chinese: Path
) -> None:
    other = train(file.parent / "other.model", german()[:101], vocab_size=59)
    shared = ("▁viel", "te")
    assert PieceVocabulary(file, shared) != PieceVocabulary(file, shared[::-1])
    assert PieceVocabulary(file, shared) != PieceVocabulary(other, shared)
    assert PieceVocabulary(file, shared) != PieceVocabulary(file, shared, characters=True)


def test_another_model_file_or_none_is_refused(
    vocabulary: PieceVocabulary, chinese: Path, tmp_path: Path
) -> None:
    stored = vocabulary.store()
    with pytest.raises(
        ValueError, match=r"need their SentencePiece model .*tiny\.model, but there is no such"
    ):
        PieceVocabulary.restore(stored, folder=tmp_path)
    shutil.copy(chinese, tmp_path / stored.file)
    with pytest.raises(ValueError, match=rf"\(sha256 {stored.sha256[:12]}\.\.\.\), but it is another one \("):
        PieceVocabulary.restore(stored, folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no model at all" * 13])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.model").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.model must be a SentencePiece model, but it is none"):
        PieceVocabulary(tmp_path / "bad.model", ("a",))


@pytest.mark.parametrize("piece", ["nonsense", "<unk>", "</s>", ""])
def test_a_piece_of_another_model_is_refused(file: Path, piece: str) -> None:
    with pytest.raises(ValueError, match=rf"tiny\.model, but '{piece}' is none; take the model"):
        PieceVocabulary(file, ("te", piece))


def test_a_piece_given_twice_is_refused(file: Path) -> None:
    with pytest.raises(ValueError, match="must be different, but got 'te' twice"):
        PieceVocabulary(file, ("▁viel", "te", "te"))


def test_a_missing_package_is_named_with_its_extra(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ValueError, match=r"sentencepiece.*signlab\[pieces\]"):
        PieceVocabulary(file, ())


def test_a_batch_takes_either_tokenizer(vocabulary: PieceVocabulary) -> None:
    sentence = german()[0]
    example = SignExample(name="one", sentences=(sentence,))
    for one in (vocabulary, Vocabulary.from_sentences([sentence])):
        assert isinstance(one, Tokenizer)
        tokens = collate([example], vocabulary=one).tokens
        assert tokens is not None
        assert one.decode(tokens[0].tolist()) == sentence


def test_rows_of_the_table_by_hand(file: Path) -> None:
    """61 numbers: mBART's table would have 88 rows, with <mask> in row 87 and ar_AR in row 62."""
    model = sentencepiece.SentencePieceProcessor(model_file=str(file))
    vocabulary = PieceVocabulary(file, (model.id_to_piece(7), model.id_to_piece(60), model.id_to_piece(3)))
    assert mbart_rows(vocabulary, language="ar_AR").tolist() == [1, 62, 2, 3, 8, 61, 4]
    assert mbart_rows(vocabulary, language="zh_CN")[BOS] == 86
    assert len(MBART_LANGUAGES) == 25


@pytest.mark.parametrize("language", ["de_DE", "en_XX", "zh_CN"])
def test_rows_are_those_of_transformers(vocabulary: PieceVocabulary, language: str, tmp_path: Path) -> None:
    """Its tokenizer, built from the same file, gives sentences that need no normalising the same rows.

    (transformers 5.23 leaves out the normalisation that the file asks for, so full-width marks differ.)
    """
    mbart = pytest.importorskip("transformers").MBartTokenizer
    shutil.copy(vocabulary.file, tmp_path / "sentencepiece.bpe.model")
    theirs = mbart.from_pretrained(tmp_path, src_lang=language)
    rows = mbart_rows(vocabulary, language=language)
    named = ["<pad>", language, "</s>", "<unk>", *vocabulary.pieces]
    assert rows.tolist() == theirs.convert_tokens_to_ids(named)
    assert len(theirs) == len(sentencepiece.SentencePieceProcessor(model_file=str(vocabulary.file))) + 27
    for sentence in german()[:13]:
        ids = [*vocabulary.encode(sentence), EOS, BOS]
        assert rows[ids].tolist() == theirs(sentence)["input_ids"]


def test_a_language_or_a_numbering_that_is_not_mbarts_is_refused(vocabulary: PieceVocabulary) -> None:
    with pytest.raises(ValueError, match="mBART's 25, but got 'de_De'; did you mean 'de_DE'"):
        mbart_rows(vocabulary, language="de_De")
    with pytest.raises(ValueError, match=re.escape("but got 'Klingon'; known are: ar_AR, cs_CZ, de_DE")):
        mbart_rows(vocabulary, language="Klingon")
    other = train(
        vocabulary.file.parent / "t5.model", german(), vocab_size=59, unk_id=2, bos_id=-1, eos_id=1, pad_id=0
    )
    with pytest.raises(ValueError, match=r"but .*t5\.model has them as 2, -1, 1; take the file"):
        mbart_rows(PieceVocabulary(other, ("te",)), language="de_DE")
