"""Intervals, p-values and verdicts: by hand, against SciPy, and in simulated studies whose truth is known."""

import builtins
import math

import numpy as np
import pytest

from signlab.metrics.bootstrap import error_rate_difference, word_errors
from signlab.study.design import Metric
from signlab.study.statistics import (
    PairedDifference,
    holm,
    mean_interval,
    p_words,
    paired_bootstrap,
    paired_difference,
    sign_flip_p,
    verdict,
    with_unit,
)

stats = pytest.importorskip("scipy.stats")
SEVEN = (3.1, 2.7, 4.4, 3.0, 5.2, 2.2, 3.9)
OTHERS = (2.9, 2.8, 3.3, 2.1, 4.0, 2.5, 3.1)


def test_an_interval_by_hand() -> None:
    """Mean 3, standard deviation 1, and t = 4.302653 with two degrees of freedom."""
    found = mean_interval([2.0, 3.0, 4.0])
    assert found.mean == 3
    assert found.high - 3 == 3 - found.low == pytest.approx(4.302653 / math.sqrt(3), abs=1e-6)
    assert found.n == 3


def test_an_interval_is_that_of_scipy() -> None:
    wanted = stats.ttest_1samp(SEVEN, 0).confidence_interval(0.95)
    assert mean_interval(SEVEN)[1:3] == pytest.approx((wanted.low, wanted.high))


def test_one_value_has_no_interval() -> None:
    mean, low, high, n = mean_interval([3.0])
    assert (mean, n) == (3.0, 1)
    assert math.isnan(low)
    assert math.isnan(high)


def test_intervals_of_five_seeds_hold_the_truth_in_95_of_100_studies() -> None:
    """The standard error of the share itself is 0.5 points; a normal interval would hold it in 88."""
    draws = np.random.default_rng(0).normal(loc=17.0, scale=3.0, size=(2_000, 5))
    held = [found.low <= 17.0 <= found.high for found in map(mean_interval, draws.tolist())]
    assert 0.935 < np.mean(held) < 0.965


def test_paired_differences_are_those_of_scipy() -> None:
    found = paired_difference(SEVEN, OTHERS)
    wanted = stats.ttest_rel(SEVEN, OTHERS)
    bounds = wanted.confidence_interval(0.95)
    assert found.p == pytest.approx(wanted.pvalue)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))
    assert found.mean == pytest.approx(np.mean(SEVEN) - np.mean(OTHERS))
    back = paired_difference(OTHERS, SEVEN)
    assert (back.low, back.high, back.p) == pytest.approx((-found.high, -found.low, found.p))


def test_pairing_takes_out_what_seeds_do_to_both() -> None:
    generator = np.random.default_rng(0)
    seeds = generator.normal(scale=10.0, size=11)
    one, other = seeds + 1 + generator.normal(scale=0.1, size=11), seeds
    assert paired_difference(one.tolist(), other.tolist()).p < 1e-6
    assert stats.ttest_ind(one, other).pvalue > 0.5


def test_without_a_difference_five_in_a_hundred_studies_find_one() -> None:
    draws = np.random.default_rng(1).normal(size=(2_000, 2, 5))
    found = [paired_difference(*pair).p < 0.05 for pair in draws.tolist()]
    assert 0.035 < np.mean(found) < 0.065


def test_seeds_that_all_agree_need_no_spread() -> None:
    same = paired_difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert same == PairedDifference(0.0, 0.0, 0.0, 1.0, 1.0, 3)
    more = paired_difference([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    assert more == PairedDifference(1.0, 1.0, 1.0, 0.0, 0.25, 3)
    alone = paired_difference([2.0], [1.0])
    assert math.isnan(alone.p)
    assert alone.sign_flip_p == 1


def test_sign_flips_by_hand() -> None:
    """Of the 8 sums of 1, 2 and 3 with either sign, 6 are as far from zero as 1 - 2 + 3 = 2."""
    sums = [a + 2 * b + 3 * c for a in (1, -1) for b in (1, -1) for c in (1, -1)]
    assert sorted(map(abs, sums)) == [0, 0, 2, 2, 4, 4, 6, 6]
    assert sign_flip_p(np.array([1.0, -2.0, 3.0])) == 6 / 8
    assert sign_flip_p(np.array([1.0, 2.0, 3.0])) == 2 / 8
    assert sign_flip_p(np.array([0.1, 0.1, 0.1, 0.1, 0.1])) == 2 / 32


def test_sign_flips_are_those_of_scipy() -> None:
    differences = np.subtract(SEVEN, OTHERS)
    wanted = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_p(differences) == pytest.approx(wanted.pvalue)


def test_many_sign_flips_are_drawn() -> None:
    differences = np.random.default_rng(0).normal(loc=0.3, size=23)
    drawn = sign_flip_p(differences)
    assert drawn == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.02)
    assert sign_flip_p(np.ones(23)) == pytest.approx(1 / 100_001)


def test_holm_by_hand() -> None:
    """Sorted 0.01, 0.013, 0.02, 0.04 times 4, 3, 2, 1: 0.04, 0.039, 0.04, 0.04, none below one before it."""
    assert holm([0.02, 0.01, 0.04, 0.013]) == pytest.approx([0.04, 0.04, 0.04, 0.04])
    assert holm([0.005, 0.03, 0.4, 0.011]) == pytest.approx([0.02, 0.06, 0.4, 0.033])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([0.7, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_leaves_out_what_was_not_compared() -> None:
    adjusted = holm([0.01, math.nan, 0.04])
    assert math.isnan(adjusted[1])
    assert [adjusted[0], adjusted[2]] == [0.02, 0.04]


def test_holm_keeps_false_alarms_rare() -> None:
    """Five comparisons without a difference: uncorrected, 23 of 100 studies find one."""
    p_values = np.random.default_rng(0).uniform(size=(2_000, 5))
    assert np.mean([min(row) < 0.05 for row in p_values]) > 0.2
    assert 0.035 < np.mean([min(holm(row)) < 0.05 for row in p_values.tolist()]) < 0.065


def test_a_bootstrap_of_errors_is_that_of_the_word_error_rate() -> None:
    """Sums of errors and words, their ratio as the score: the interval that metrics.bootstrap draws otherwise."""
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(list("ab"), int(generator.integers(1, 8)))) for _ in range(3 * 53)]
    one, other, references = texts[:53], texts[53:106], texts[106:]
    words = [len(reference.split()) for reference in references]
    rows = [np.stack([word_errors(side, references), words], axis=1).astype(float) for side in (one, other)]
    found = paired_bootstrap(*rows, score=lambda total: 100 * total[0] / total[1], draws=4_000)
    wanted = error_rate_difference(one, other, references)
    assert (found.low, found.high) == pytest.approx(wanted, abs=1.0)
    assert found.low < found.difference < found.high


def test_a_bootstrap_of_bleu_begins_at_sacrebleus_own() -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    references = ["a b c d e", "b c d e f g", "a c e g b d", "g f e d c"]
    systems = (
        ["a b c d e", "b c d e g", "a c e g b b", "g f e d"],
        ["a b c d", "b c d f g", "a c e b d", "f e d c"],
    )
    metric = sacrebleu.BLEU(tokenize="none", force=True)

    def of_sum(total: np.ndarray) -> float:
        return metric._compute_score_from_stats(list(map(int, total))).score

    rows = []
    for system in systems:
        statistics = metric._extract_corpus_statistics(system, [references])
        rows.append(np.array(statistics, dtype=float))
    found = paired_bootstrap(*rows, score=of_sum, draws=97)
    scores = [metric.corpus_score(system, [references]).score for system in systems]
    assert found.difference == pytest.approx(scores[0] - scores[1])
    assert found.low < found.difference < found.high


def test_a_bootstrap_tells_how_often_the_sign_turns() -> None:
    """Better by 1 on two sentences of three and worse by 1 on the third, 30 times: a third of a point, rarely turned."""
    one, other = np.tile([1.0, 1.0, 0.0], 30), np.tile([0.0, 0.0, 1.0], 30)
    found = paired_bootstrap(one, other)
    assert found.difference == pytest.approx(1 / 3)
    assert found.turned < 0.01
    assert found.low > 0
    few = paired_bootstrap(one[:3], other[:3])
    assert few.turned == pytest.approx(7 / 27, abs=0.03)  # none or one of three draws is a good one
    assert paired_bootstrap(other[:3], one[:3]).turned == few.turned
    assert paired_bootstrap(one, one) == (0, 0, 0, 1)


def test_blocks_of_draws_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 31))
    whole = paired_bootstrap(one, other, draws=101)
    monkeypatch.setattr("signlab.study.statistics.AT_ONCE", 31 * 7)
    assert paired_bootstrap(one, other, draws=101) == pytest.approx(whole)


BLEU = Metric(name="bleu4", unit="points", higher_is_better=True, words="BLEU-4")


@pytest.mark.parametrize(
    ("mean", "low", "high", "p", "kind", "end"),
    [
        (
            -2.5,
            -3.4,
            -1.6,
            0.001,
            "larger",
            "a detectable difference, large enough to matter (1 point or more).",
        ),
        (-2.5, -4.4, -0.6, 0.03, "larger", "(1 point or more), though the interval also holds smaller ones."),
        (
            0.5,
            0.2,
            0.8,
            0.01,
            "smaller",
            "difference, but smaller than one that would matter (1 point or more).",
        ),
        (0.9, 0.2, 1.6, 0.01, "smaller", "(1 point or more), though the interval also holds such ones."),
        (
            0.1,
            -0.4,
            0.6,
            0.7,
            "excluded",
            "no detectable difference, and the interval excludes any that would",
        ),
        (
            0.1,
            -1.4,
            1.6,
            0.9,
            "open",
            "no detectable difference, though one that would matter (1 point or more) is",
        ),
        (0.5, 0.1, 0.9, 0.08, "excluded", "no detectable difference, and the interval excludes"),
        (2.5, 0.1, 4.9, 0.05, "open", "no detectable difference, though one"),
    ],
)
def test_a_verdict_is_one_of_four(mean, low, high, p, kind, end) -> None:
    difference = PairedDifference(mean, low, high, p / 3, 0.0625, 5)
    found = verdict(
        difference, p=p, comparisons=3, level="no KL", reference="full", metric=BLEU, smallest=1.0
    )
    assert found.kind == kind
    assert end in found.sentence


def test_a_verdict_says_how_much_how_sure_and_which_way() -> None:
    difference = PairedDifference(-2.5, -3.4, 0.25, 0.004, 0.0625, 7)
    given = {"p": 0.012, "level": "no KL", "reference": "full", "smallest": 1.0}
    assert verdict(difference, comparisons=3, metric=BLEU, **given).sentence == (
        "no KL against full: BLEU-4 is 2.5 points lower, thus worse, on average (95 % interval from 3.4 points lower "
        "to 0.25 points higher, 7 seeds, p = 0.012 corrected for 3 comparisons): a detectable difference, large "
        "enough to matter (1 point or more), though the interval also holds smaller ones."
    )
    less = Metric(name="seconds", unit="s", higher_is_better=False)
    assert "2.5 s lower, thus better, on" in verdict(difference, comparisons=1, metric=less, **given).sentence
    assert "p = 0.012)" in verdict(difference, comparisons=1, metric=less, **given).sentence
    plain = Metric(name="length")
    assert (
        "length is 2.5 lower on average" in verdict(difference, comparisons=1, metric=plain, **given).sentence
    )
    none = PairedDifference(0.0, 0.0, 0.0, 1.0, 1.0, 5)
    told = verdict(none, comparisons=1, metric=plain, **given | {"p": 1.0})
    assert "is the same on average (95 % interval from no difference to no difference, 5" in told.sentence


def test_four_seeds_give_no_verdict() -> None:
    given = {"p": 0.001, "comparisons": 1, "level": "a", "reference": "b", "metric": BLEU, "smallest": 1.0}
    found = verdict(PairedDifference(3.0, 2.9, 3.1, 0.001, 0.125, 4), **given)
    assert found == (
        "too few",
        "a against b: no verdict, for it takes 5 seeds that both have, and there are 4.",
    )
    assert (
        "there is 1."
        in verdict(PairedDifference(3.0, math.nan, math.nan, math.nan, 1.0, 1), **given).sentence
    )


def test_numbers_as_they_are_written() -> None:
    assert [p_words(p) for p in (0.0, 0.00009, 0.01234, 1.0)] == [
        "p < 0.0001",
        "p < 0.0001",
        "p = 0.012",
        "p = 1",
    ]
    written = [with_unit(value, "%") for value in (0.0, -12.345, 1234.5, 1e-7)]
    assert written == ["0 %", "-12.3 %", "1,234 %", "1.00e-07 %"]
    assert with_unit(3.0, "") == "3"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"finite numbers, one or more, but got \[\]"):
        mean_interval([])
    with pytest.raises(ValueError, match=r"but got \[1\.0, nan\]"):
        mean_interval([1.0, math.nan])
    with pytest.raises(ValueError, match="the same seeds on both sides, but got 2 and 3 values"):
        paired_difference([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"same sentences twice.* got \(3, 2\) and \(3, 2\) without a score"):
        paired_bootstrap(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"got \(3,\) and \(5,\)"):
        paired_bootstrap(np.ones(3), np.ones(5))


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name == "scipy":
            raise ImportError(name)
        return real(name, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ValueError, match=r"pip install 'signlab\[metrics\]'"):
        mean_interval([1.0, 2.0])
