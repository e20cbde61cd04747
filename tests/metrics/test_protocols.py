"""Published ways to score, by hand; and how much a mark that nobody can write costs on CSL-Daily."""

import io
import math
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from signlab.data.safe_pickle import load_pickle
from signlab.data.sentences import LAYOUTS
from signlab.metrics.protocols import (
    CSL_DAILY_CVSLT,
    CSL_DAILY_SLRT,
    PHOENIX14T_CVSLT,
    PHOENIX14T_SLT,
    PROTOCOLS,
    PUPPET,
    protocol_named,
    protocol_of,
    score,
)
from signlab.metrics.text import BleuSettings, bleu, rouge_l

REAL = Path(__file__).parents[3] / "shared" / "data" / "csl-daily" / "csl-daily.test"
BLEU = ("bleu1", "bleu2", "bleu3", "bleu4")
# made up; as CSL-Daily writes: no spaces, full-width marks
CHINESE = [
    "你好，我来了。",
    "你今天去学校吗？",
    "小心，前面有一辆车！",
    "他说：“明天下雨，不要出门。”",
    "我喜欢吃苹果、香蕉和西瓜。",
    "现在几点了？我们八点上课，不要迟到！",
]


def alone(texts: list[str]) -> list[list[str]]:
    return [[text] for text in texts]


def bleus(found: dict) -> list[float]:
    return [found[name] for name in BLEU]


def test_a_right_chinese_sentence_with_an_ascii_comma_by_hand() -> None:
    """Of 7 characters 6 are right, of 6 pairs 4, of 5 triples 2, of 4 quadruples 1: 我来了。"""
    found = score(CSL_DAILY_SLRT, ["你好,我来了。"], [["你好，我来了。"]])
    shares = (6 / 7, 4 / 6, 2 / 5, 1 / 4)
    assert bleus(found) == pytest.approx([100 * math.prod(shares[:n]) ** (1 / n) for n in (1, 2, 3, 4)])
    assert found["rouge_l_beta_ratio"] == pytest.approx(100 * 6 / 7)
    assert found["exact"] == 0
    best = score(CSL_DAILY_CVSLT, ["你好,我来了。"], [["你好，我来了。"]])
    assert bleus(best) == pytest.approx([100] * 4)
    assert best["rouge_l_beta_ratio"] == best["exact"] == pytest.approx(100)


def test_a_perfect_normalised_hypothesis_is_perfect_under_one_protocol_only() -> None:
    """The trap: the same sentences, the same references, two published ways to score."""
    perfect = [unicodedata.normalize("NFKC", text) for text in CHINESE]
    assert bleus(score(CSL_DAILY_CVSLT, perfect, alone(CHINESE))) == pytest.approx([100] * 4)
    capped = bleus(score(CSL_DAILY_SLRT, perfect, alone(CHINESE)))
    assert 95 > capped[0] > capped[1] > capped[2] > capped[3]
    assert capped[3] < 75
    assert bleus(score(CSL_DAILY_SLRT, CHINESE, alone(CHINESE))) == pytest.approx([100] * 4)


def test_pieces_lead_into_the_trap() -> None:
    """What SentencePiece gives back of the references themselves."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CHINESE), model_writer=model, vocab_size=97, hard_vocab_limit=False,
        character_coverage=1.0, minloglevel=2, num_threads=1,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    back = [pieces.decode(pieces.encode(text)) for text in CHINESE]
    assert back == [unicodedata.normalize("NFKC", text) for text in CHINESE]
    assert score(CSL_DAILY_CVSLT, back, alone(CHINESE))["bleu4"] == pytest.approx(100)
    assert score(CSL_DAILY_SLRT, back, alone(CHINESE))["bleu4"] < 75


@pytest.mark.skipif(not REAL.is_file(), reason="the annotations of CSL-Daily are not beside this checkout")
def test_the_most_that_normalised_sentences_can_get_on_csl_daily() -> None:
    texts = [str(record["text"]) for record in load_pickle(REAL)]
    perfect = [unicodedata.normalize("NFKC", text) for text in texts]
    assert bleus(score(CSL_DAILY_CVSLT, perfect, alone(texts))) == pytest.approx([100] * 4)
    assert bleus(score(CSL_DAILY_SLRT, perfect, alone(texts))) == pytest.approx(
        [95.7, 93.5, 91.1, 88.5], abs=0.05
    )


@pytest.mark.parametrize("protocol", [CSL_DAILY_CVSLT, CSL_DAILY_SLRT], ids=lambda one: one.name)
def test_spaces_in_chinese_make_no_difference(protocol) -> None:
    spaced = [" ".join(text) for text in CHINESE]
    wrong = CHINESE[1:] + CHINESE[:1]
    expected = score(protocol, wrong, alone(CHINESE))
    assert 0 < expected["bleu1"] < 50
    assert score(protocol, wrong, alone(spaced)) == expected
    assert score(protocol, spaced[1:] + spaced[:1], alone(CHINESE)) == expected


def test_marks_are_made_ascii_on_both_sides_and_nothing_else_is() -> None:
    """Whatever normalised sentences can contain stays as it is, so that CV-SLT's own scores do too."""
    prepared = CSL_DAILY_CVSLT.prepare(["，？！：。、；“”"], [["A，b"]])
    assert prepared == ([", ? ! : 。 、 ； “ ”"], [["A , b"]])
    normalised = unicodedata.normalize("NFKC", "".join(CHINESE))
    assert CSL_DAILY_CVSLT.prepare([normalised], [["a"]]) == CSL_DAILY_SLRT.prepare([normalised], [["a"]])


def test_the_final_stop_of_a_german_sentence_becomes_a_word() -> None:
    """As after transformers' clean-up; a stop inside, a sentence of two letters and others' marks stay."""
    becomes = {
        "es regnet.": "es regnet .",
        "es regnet .": "es regnet .",
        "um 7.30 uhr. dann nicht": "um 7.30 uhr. dann nicht",
        "regnet es?": "regnet es?",
        "es regnet. ": "es regnet.",
        "j.": "j.",
    }
    assert PHOENIX14T_CVSLT.prepare([*becomes], alone([*becomes])).sentences == [*becomes.values()]
    right = score(PHOENIX14T_CVSLT, ["heute regnet es."], [["heute regnet es ."]])
    assert right["bleu4"] == pytest.approx(100)
    kept = PHOENIX14T_CVSLT.prepare(["a"], [["es regnet."]])
    assert kept.references == [["es regnet."]]  # references are taken as they come


def test_each_protocol_has_its_rouge_and_its_case() -> None:
    """Three common words of seven and five, as in the test of ROUGE itself."""
    sentence, reference = "A x b y c z w", "a b c d e"
    theirs = score(PHOENIX14T_SLT, [sentence], [[reference]])
    assert theirs["rouge_l_beta_1.2"] == pytest.approx(51.55, abs=5e-3)
    assert theirs["bleu1"] == pytest.approx(100 * 3 / 7)
    assert "case:lc" in theirs["signature"]
    assert "rouge_l_beta_ratio" not in theirs
    ours = score(PHOENIX14T_CVSLT, [sentence.lower()], [[reference]])
    assert ours["rouge_l_beta_ratio"] == pytest.approx(47.44, abs=5e-3)
    assert "rouge_l_beta_1.2" not in ours
    assert score(PHOENIX14T_CVSLT, [sentence], [[reference]])["bleu1"] == pytest.approx(100 * 2 / 7)


def test_the_puppets_protocol_is_bleu_and_both_rouges_over_all_references() -> None:
    sentences, references = ["a b c d x", "A ."], [["a b c d e", "d x"], ["a .", "."]]
    found = score(PUPPET, sentences, references)
    assert tuple(bleus(found)) == bleu(sentences, references)[:4]
    assert (found["rouge_l_beta_1.2"], found["rouge_l_beta_ratio"]) == rouge_l(sentences, references)
    assert (found["protocol"], found["signature"]) == ("puppet", bleu(sentences, references).signature)
    assert found["exact"] == 0
    assert score(PUPPET, ["a  b", "x"], [["c", "a b"], ["y"]])["exact"] == 50


def test_all_published_protocols_count_bleu_alike() -> None:
    """Tokens aside: without smoothing, every order counted; so the signatures differ in the case alone."""
    found = {name: score(one, ["a"], [["a"]])["signature"] for name, one in PROTOCOLS.items()}
    assert {name: text.replace("case:lc", "case:mixed") for name, text in found.items()} == dict.fromkeys(
        found, found["puppet"]
    )
    assert "eff:no|tok:none|smooth:none" in found["puppet"]


def test_a_variation_has_a_name_and_settings_of_its_own() -> None:
    mine = replace(PHOENIX14T_CVSLT, name="mine", bleu=BleuSettings(smooth_method="exp"))
    found = score(mine, ["a b"], [["a c"]])
    assert found["protocol"] == "mine"
    assert "smooth:exp" in found["signature"]
    assert found["bleu2"] > 0


def test_protocols_by_name_and_by_corpus() -> None:
    assert all(protocol_named(name).name == name for name in PROTOCOLS)
    chosen = ("phoenix14t", "csl-daily", "puppet-weather", "somebody's clips")
    assert [protocol_of(corpus).name for corpus in chosen] == [
        "phoenix14t-cvslt", "csl-daily-cvslt", "puppet", "puppet"
    ]  # fmt: skip
    assert all(protocol_of(layout.corpus).corpus == layout.corpus for layout in LAYOUTS)
    with pytest.raises(ValueError, match="but got 'csl-daily-cvsl'; did you mean 'csl-daily-cvslt'"):
        protocol_named("csl-daily-cvsl")
    with pytest.raises(ValueError, match=r"one of puppet, phoenix14t-cvslt, .*, but got 'BLEU'; take one"):
        protocol_named("BLEU")


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(
        ValueError, match="csl-daily-slrt is for one reference each, but a sentence has 3; keep"
    ):
        score(CSL_DAILY_SLRT, ["a", "b"], [["a"], ["a", "b", "c"]])
    with pytest.raises(ValueError, match="got 1 sentences and 2 sets"):
        score(PUPPET, ["a"], [["a"], ["b"]])
