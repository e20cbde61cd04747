"""Answers to chapter 9's exercises, right and wrong."""

from collections import Counter
from math import exp, log, prod

import pytest

from signlab.metrics.text import BleuSettings, bleu
from signlab.teach.checks import check


def grams(tokens, n):
    return [tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1)]


def clipped(tokens, references, n):
    ours, theirs = Counter(grams(tokens, n)), Counter()
    for one in references:
        theirs |= Counter(grams(one, n))
    return sum((ours & theirs).values()), sum(ours.values())


def clipped_by_loop(tokens, references, n):
    found = 0
    for gram in set(grams(tokens, n)):
        found += min(grams(tokens, n).count(gram), max(grams(one, n).count(gram) for one in references))
    return [found, max(0, len(tokens) - n + 1)]


def matched(count):
    """An answer that has the total right and counts matches in its own way."""
    return lambda tokens, references, n: (count(tokens, references, n), len(grams(tokens, n)))


def anywhere(tokens, references, n):
    return sum(any(gram in grams(one, n) for one in references) for gram in grams(tokens, n))


def each_once(tokens, references, n):
    return len(set(grams(tokens, n)) & {gram for one in references for gram in grams(one, n)})


def added_up(tokens, references, n):
    theirs = Counter(gram for one in references for gram in grams(one, n))
    return sum((Counter(grams(tokens, n)) & theirs).values())


def nearest(length, several):
    return min(several, key=lambda one: (abs(one - length), one))


def wanted(lengths, references, choose):
    return sum(choose(length, several) for length, several in zip(lengths, references, strict=True))


def bleu_of(
    matches,
    totals,
    lengths,
    references,
    *,
    mean=lambda shares: prod(shares) ** (1 / 4),
    choose=nearest,
    penalty=lambda written, other: min(1.0, exp(1 - other / written)),
    unit=100,
):
    shares = [match / total for match, total in zip(matches, totals, strict=True)]
    return unit * mean(shares) * penalty(sum(lengths), wanted(lengths, references, choose))


def bleu_by_logarithms(matches, totals, lengths, references):
    if 0 in matches:
        return 0
    found = sum(log(match) - log(total) for match, total in zip(matches, totals, strict=True)) / 4
    gap = wanted(lengths, references, nearest) / sum(lengths) - 1
    return 100 * exp(found - max(0, gap))


def but(**changes):
    return lambda *counted: bleu_of(*counted, **changes)


def by_sentence(matches, totals, lengths, references):
    each = [bleu_of(matches, totals, [n], [r]) for n, r in zip(lengths, references, strict=True)]
    return sum(each) / len(each)


def add_one(matches, totals, lengths, references):
    if 0 not in matches:
        return bleu_of(matches, totals, lengths, references)
    return bleu_of([one + 1 for one in matches], [one + 1 for one in totals], lengths, references)


RIGHT = BleuSettings(tokenize="13a", smooth_method="floor", smooth_value=0.5, lowercase=True)

ANSWERS = {
    "9.1": {
        "stub": lambda tokens, references, n: ...,
        "right": [clipped, clipped_by_loop],
        "wrong": [
            (matched(anywhere), "not clipped"),
            (matched(each_once), "each different n-gram once"),
            (matched(added_up), "added the references' counts up"),
            (matched(lambda t, r, n: clipped(t, r[:1], n)[0]), "Only the first reference"),
            (matched(lambda t, r, n: max(clipped(t, [one], n)[0] for one in r)), "the one best reference"),
            (lambda t, r, n: (clipped(t, r, n)[0], len(set(grams(t, n)))), "yours counts each once"),
            (lambda t, r, n: (clipped(t, r, n)[0], len(t)), "words has 8 n-grams of order 2"),
            (lambda t, r, n: (clipped(t, r, n)[0], len(t) - n + 1), "One word has no triples"),
            (lambda t, r, n: (clipped(t, r, 1)[0], len(grams(t, n))), "clipped matches among 8"),
            (lambda t, r, n: clipped(t, r, n)[0], "Return two numbers"),
            (lambda t, r, n: clipped(t, r), "stopped with TypeError"),
        ],
    },
    "9.2": {
        "stub": lambda matches, totals, lengths, references: None,
        "right": [but(), bleu_by_logarithms],
        "wrong": [
            (but(mean=lambda shares: sum(shares) / 4), "took the arithmetic mean"),
            (but(mean=prod), "took no root"),
            (but(mean=lambda shares: prod(shares) ** 0.5), "a square root"),
            (but(mean=lambda shares: shares[-1]), "Only the last order"),
            (but(penalty=lambda written, other: 1.0), "brevity penalty is missing"),
            (but(penalty=lambda written, other: exp(1 - written / other)), "upside down"),
            (but(penalty=lambda written, other: min(1.0, written / other)), "plain ratio"),
            (but(choose=lambda length, several: min(several)), "length is the shortest"),
            (but(choose=lambda length, several: max(several)), "length is the longest"),
            (but(choose=lambda length, several: several[0]), "length is the first"),
            (but(choose=lambda length, several: sum(several) / len(several)), "length is the mean"),
            (but(choose=lambda length, several: sum(several)), "length is the total"),
            (but(unit=1), "This is a share"),
            (by_sentence, "averaged the penalties"),
            (but(penalty=lambda written, other: exp(1 - other / written)), "cut at 1"),
            (but(choose=lambda length, several: min(several, key=lambda one: abs(one - length))), "equally near"),
            (add_one, "Without one matching quadruple"),
            (lambda *counted: bleu_of(*counted) + 1, "but you get"),
            (lambda *counted: [bleu_of(*counted)], "you returned list"),
            (lambda m, t, n, r: sum(log(one) for one in m), "but you get"),
        ],
    },
    "9.3": {
        "stub": lambda: ...,
        "right": [lambda: RIGHT, lambda: BleuSettings("13a", "floor", 0.5, False, True)],
        "wrong": [
            (lambda: RIGHT._replace(lowercase=False), "lower-cased first"),
            (lambda: RIGHT._replace(effective_order=True), "eff:no is the default"),
            (lambda: RIGHT._replace(tokenize="none"), "the paper has tok:13a"),
            (lambda: RIGHT._replace(smooth_value=None), "its value is not"),
            (lambda: RIGHT._replace(smooth_method="exp"), "smooth_method and smooth_value"),
            (lambda: RIGHT._replace(smooth_method="floor[0.50]"), "sacreBLEU refuses"),
            (lambda: RIGHT._replace(tokenize="13b"), "sacreBLEU refuses"),
            (lambda: "nrefs:1|case:lc", "you returned str"),
        ],
    },
}  # fmt: skip


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis


def test_two_mistakes_are_both_named() -> None:
    answer = but(mean=lambda shares: sum(shares) / 4, penalty=lambda written, other: 1.0, unit=1)
    told = check("9.2", answer).diagnosis
    for piece in ("arithmetic", "penalty is missing", "a share"):
        assert piece in told


def test_bleu_of_counts_is_what_sacrebleu_says() -> None:
    """Two sentences of 7 and 5 words, all n-grams right; the references nearest in length have 8 and 11."""
    sentences = ["a b c d e f g", "h i j k l"]
    references = [
        ["a b c d e f g x", "a b c"],
        ["h i j k l m n o p q r", "s t u v w x y z a b c d"],
    ]
    expected = bleu_of((12, 10, 8, 6), (12, 10, 8, 6), (7, 5), ((8, 3), (11, 12)))
    assert bleu(sentences, references).bleu4 == pytest.approx(expected)
