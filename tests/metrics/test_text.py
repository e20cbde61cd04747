"""Text metrics against sums done by hand."""

import math
import random
import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from signlab.metrics.text import (
    BleuSettings,
    bleu,
    edit_distance,
    f_measure,
    longest_common_subsequence,
    rouge_l,
    word_error_rate,
)


def test_bleu_by_hand() -> None:
    """Five of six words right, three of five pairs, one of four triples: "the cat sat on" is no 4-gram of it."""
    score = bleu(["the cat sat on a mat"], [["the cat slept on a mat"]])
    assert score.bleu1 == pytest.approx(100 * 5 / 6)
    assert score.bleu2 == pytest.approx(100 * math.sqrt(5 / 6 * 3 / 5))
    assert score.bleu3 == pytest.approx(100 * (5 / 6 * 3 / 5 * 1 / 4) ** (1 / 3))
    assert score.bleu4 == 0


def test_a_short_corpus_pays_the_brevity_penalty() -> None:
    score = bleu(["rain in the north"], [["rain in the north and snow"]])
    assert score.bleu1 == pytest.approx(100 * math.exp(1 - 6 / 4))
    assert score.bleu4 == pytest.approx(100 * math.exp(1 - 6 / 4))


def test_counts_are_summed_over_the_corpus_before_the_mean() -> None:
    score = bleu(["a b", "c x"], [["a b"], ["c d"]])
    assert score.bleu2 == pytest.approx(100 * math.sqrt(3 / 4 * 1 / 2))


def test_any_reference_counts() -> None:
    """References may be of different number; n-grams of all count together."""
    score = bleu(["rain comes soon .", "sun ."], [["it rains .", "rain comes soon ."], ["sun ."]])
    assert score.bleu1 == pytest.approx(100)


def published(sentences: Sequence[str], references: Sequence[str]) -> list[float]:
    """BLEU-1 to BLEU-4 as the field's copy of sacreBLEU 1.4.2 computes them: floor 0, every order counted."""
    right, total = Counter(), Counter()
    pairs = [(one.split(), other.split()) for one, other in zip(sentences, references, strict=True)]
    for written, reference in pairs:
        for n in (1, 2, 3, 4):
            ours, theirs = (
                Counter(tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1))
                for tokens in (written, reference)
            )
            right[n] += sum((ours & theirs).values())
            total[n] += sum(ours.values())
    length, wanted = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    brevity = min(1, math.exp(1 - wanted / length)) if length else 0
    shares = [right[n] / total[n] if total[n] else 0 for n in (1, 2, 3, 4)]
    return [100 * brevity * math.prod(shares[:n]) ** (1 / n) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("most", [2, 3, 5, 11])
def test_bleu_is_that_of_the_published_programs(most: int) -> None:
    """Also where sentences are too short for 4-grams, where none is common, and where one is empty."""
    chance = random.Random(most)
    for _ in range(7):
        pairs = [[" ".join(chance.choices("abc", k=chance.randint(0, most))) for _ in "xy"] for _ in range(5)]
        written, right = (list(side) for side in zip(*pairs, strict=True))
        assert bleu(written, [(one,) for one in right])[:4] == pytest.approx(published(written, right))


def test_without_a_common_4_gram_only_a_floor_of_zero_is_no_smoothing() -> None:
    """The sentence of the first test: shares 5/6, 3/5, 1/4 and none of three; a floor counts as so many."""
    pair = ["the cat sat on a mat"], [["the cat slept on a mat"]]
    floor = BleuSettings(smooth_method="floor", smooth_value=0)
    assert bleu(*pair).bleu4 == bleu(*pair, settings=floor).bleu4 == 0
    smoothed = bleu(*pair, settings=BleuSettings(smooth_method="floor")).bleu4
    assert smoothed == pytest.approx(100 * (5 / 6 * 3 / 5 * 1 / 4 * 0.1 / 3) ** (1 / 4))


def test_without_any_4_gram_effective_order_would_change_the_score() -> None:
    pair = ["a b c"], [["a b c"]]
    assert bleu(*pair)[:4] == (pytest.approx(100), pytest.approx(100), pytest.approx(100), 0)
    assert bleu(*pair, settings=BleuSettings(effective_order=True)).bleu4 == pytest.approx(100)


def test_settings_stand_in_the_signature() -> None:
    pair = ["It Rains ."], [["it rains ."]]
    assert bleu(*pair).bleu1 == pytest.approx(100 / 3)
    lower = bleu(*pair, settings=BleuSettings(lowercase=True))
    assert lower.bleu1 == pytest.approx(100)
    assert "case:lc" in lower.signature
    assert "case:mixed" in bleu(*pair).signature


def test_the_signature_says_how_it_was_done() -> None:
    signature = bleu(["a b c d"], [["a b c d"]]).signature
    assert "tok:none" in signature
    assert "smooth:none" in signature
    assert "version:" in signature


def test_rouge_by_hand_in_both_variants() -> None:
    """Three common tokens of seven written and five right: P = 3/7, R = 3/5."""
    sentence, reference = "a x b y c z w", "a b c d e"
    assert f_measure(sentence, reference, beta=None) == pytest.approx(0.4744, abs=5e-5)
    p, r = 3 / 7, 3 / 5
    assert f_measure(sentence, reference, beta=None) == pytest.approx(r * p * (r**2 + p**2) / (r**3 + p**3))
    assert f_measure(sentence, reference, beta=1.2) == pytest.approx(0.5155, abs=5e-5)
    score = rouge_l([sentence, "a"], [[reference], ["a"]])
    assert score.beta_ratio == pytest.approx(100 * (0.4744 + 1) / 2, abs=5e-3)
    assert score.beta_1_2 == pytest.approx(100 * (0.5155 + 1) / 2, abs=5e-3)


def test_rouge_takes_the_best_reference_and_zero_without_common_words() -> None:
    assert rouge_l(["a b"], [["c", "a b"]]) == (pytest.approx(100), pytest.approx(100))
    assert rouge_l(["a b"], [["c"]]) == (0, 0)
    assert rouge_l([""], [["c"]]) == (0, 0)


def test_the_longest_common_subsequence_may_have_gaps() -> None:
    assert (
        longest_common_subsequence(["rain", "in", "the", "north"], ["rain", "and", "snow", "in", "north"])
        == 3
    )
    assert longest_common_subsequence(["a", "b", "c"], ["c", "b", "a"]) == 1


def test_the_edit_distance_by_hand() -> None:
    assert edit_distance("a b c".split(), "a c".split()) == 1
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("", "abc") == edit_distance("abc", "") == 3
    assert edit_distance("abc", "abc") == 0


def test_word_error_rate_by_hand() -> None:
    """One substitution, one deletion and one insertion for five words."""
    rate = word_error_rate(["NORTH SNOW", "SUN SUN WARM"], ["NORTH RAIN TODAY", "SUN WARM"])
    assert rate == pytest.approx(100 * 3 / 5)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(ValueError, match="got 2 sentences and 1 sets"):
        bleu(["a", "b"], [["a"]])
    with pytest.raises(ValueError, match="sentence 1"):
        rouge_l(["a", "b"], [["a"], []])
    with pytest.raises(ValueError, match="one is empty"):
        word_error_rate(["a"], [" "])


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(ValueError, match=r"sacrebleu.*signlab\[metrics\]"):
        bleu(["a"], [["a"]])
    with pytest.raises(ValueError, match=r"jiwer.*signlab\[metrics\]"):
        word_error_rate(["a"], ["a"])
