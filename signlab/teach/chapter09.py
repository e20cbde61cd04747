"""Checks of chapter 9's exercises: clipped n-grams, BLEU from its counts, settings from a signature. Chapter 9."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from math import exp, prod
from typing import Any

from signlab.metrics.text import BleuSettings, bleu

Counts = tuple[int, ...]

# exercise 9.2: two sentences of 7 and 5 words, and how long their references are
MATCHES, TOTALS = (8, 5, 3, 2), (12, 10, 8, 6)
LENGTHS, REFERENCE_LENGTHS = (7, 5), ((10, 3, 8, 13), (12, 11, 14))

WANTED = {"nrefs": "1", "case": "lc", "eff": "no", "tok": "13a", "smooth": "floor[0.50]"}
HELP = {
    "case": "lc means that both sides are lower-cased first: lowercase=True.",
    "eff": "eff:no is the default; leave effective_order out.",
    "tok": "tok is the tokeniser that sacreBLEU applies: tokenize.",
    "smooth": "The method stands before the bracket, its value inside: smooth_method and smooth_value.",
}


def clipped(ask: Callable[[Sequence[str], Sequence[Sequence[str]], int], Any]) -> str:
    """Exercise 9.1: clipped n-gram matches of a sentence, and its n-grams."""
    tokens = "the the the rain the wind the rain snow".split()
    references = ["snow and the wind".split(), "the rain in the rain the".split()]
    for order in (1, 2, 3):
        got = ask(tokens, references, order)
        if not (isinstance(got, (tuple, list)) and len(got) == 2):
            return f"Return two numbers, matches and total; you returned {got!r}."
        told = _clipped_diagnosis(tokens, references, order, *got)
        if told:
            return told
    short = tuple(ask(["rain"], references, 3))
    return "" if short == (0, 0) else f"One word has no triples: 0 matches of 0; you returned {short}."


def _clipped_diagnosis(
    tokens: Sequence[str], references: Sequence[Sequence[str]], order: int, matches: Any, total: Any
) -> str:
    ours, theirs = _grams(tokens, order), [_grams(one, order) for one in references]
    most: Counter[tuple[str, ...]] = Counter()
    for one in theirs:
        most |= one
    right, all_of_them = sum((ours & most).values()), sum(ours.values())
    if (matches, total) == (right, all_of_them):
        return ""
    told = (
        f"'{' '.join(tokens)}' has {right} clipped matches among {all_of_them} n-grams of order {order}, "
        f"but you get {matches} and {total}."
    )
    if total != all_of_them:
        if total == len(ours):
            return f"{told} The total counts every n-gram, also one that comes again; yours counts each once."
        hint = f" A sentence of {len(tokens)} words has {all_of_them} n-grams of order {order}."
        return told + (hint if total == len(tokens) else "")
    mistakes = {
        "They are not clipped: an n-gram counts at most as often as in the reference that has it most often.": (
            sum(times for gram, times in ours.items() if gram in most)
        ),
        "You added the references' counts up; take for each n-gram the one reference that has it most often.": (
            sum((ours & sum(theirs, Counter())).values())
        ),
        "You count each different n-gram once; clipping keeps as many of it as a reference has.": (
            len(ours.keys() & most.keys())
        ),
        "Only the first reference counts in yours; an n-gram of any of them is a match.": (
            sum((ours & theirs[0]).values())
        ),
        "You took the one best reference; each n-gram may find its match in another one.": (
            max(sum((ours & one).values()) for one in theirs)
        ),
    }
    return " ".join([told, *(hint for hint, value in mistakes.items() if value == matches)][:2])


def bleu_of(ask: Callable[[Counts, Counts, Counts, tuple[Counts, ...]], Any]) -> str:
    """Exercise 9.2: BLEU in per cent from what was counted."""
    got = ask(MATCHES, TOTALS, LENGTHS, REFERENCE_LENGTHS)
    if isinstance(got, bool) or not isinstance(got, (int, float)):
        return f"Return one number, BLEU in per cent; you returned {type(got).__name__}."
    right = 100 * _means()[""] * _penalties()[""]
    if _near(got, right):
        return _bleu_edges(ask)
    counted = f"matches of {MATCHES} among {TOTALS}, lengths {LENGTHS}, references {REFERENCE_LENGTHS}"
    told = f"For {counted} BLEU is {right:.2f}, but you get {got:.2f}."
    for (mean_hint, mean), (penalty_hint, penalty), (unit_hint, unit) in product(
        _means().items(), _penalties().items(), _units().items()
    ):
        if _near(got, unit * mean * penalty):
            return " ".join(filter(None, (told, mean_hint, penalty_hint, unit_hint)))
    return told


def _means() -> dict[str, float]:
    shares = [match / total for match, total in zip(MATCHES, TOTALS, strict=True)]
    return {
        "": prod(shares) ** (1 / 4),
        "You took the arithmetic mean of the four shares; BLEU takes the geometric one, the fourth root of "
        "their product.": sum(shares) / 4,
        "You multiplied the four shares and took no root; divide the sum of their logarithms by four.": (
            prod(shares)
        ),
        "You took a square root; of four shares it is the fourth root.": prod(shares) ** (1 / 2),
        "Only the last order is in it: BLEU-4 has all four shares.": shares[-1],
    }


def _penalties() -> dict[str, float]:
    written = sum(LENGTHS)
    several = {
        "the shortest": sum(map(min, REFERENCE_LENGTHS)),
        "the longest": sum(map(max, REFERENCE_LENGTHS)),
        "the first": sum(one[0] for one in REFERENCE_LENGTHS),
        "the mean": sum(sum(one) / len(one) for one in REFERENCE_LENGTHS),
        "the total": sum(map(sum, REFERENCE_LENGTHS)),
    }
    nearest = 8 + 11
    return {
        "": exp(1 - nearest / written),
        "The brevity penalty is missing.": 1.0,
        "The fraction in your brevity penalty is upside down: it is 1 - wanted / written.": (
            exp(1 - written / nearest)
        ),
        "Your penalty is the plain ratio of the lengths; BLEU's is an exponential.": written / nearest,
        "You averaged the penalties of the sentences; BLEU adds the lengths up first.": (
            (exp(1 - 8 / 7) + exp(1 - 11 / 5)) / 2
        ),
    } | {
        f"Your reference length is {name} of each sentence's references; it must be the nearest to the "
        "sentence's own.": exp(1 - wanted / written)
        for name, wanted in several.items()
    }


def _units() -> dict[str, float]:
    return {"": 100.0, "This is a share; BLEU is written in per cent.": 1.0}


def _bleu_edges(ask: Callable[[Counts, Counts, Counts, tuple[Counts, ...]], Any]) -> str:
    full = (9, 7, 5, 3)
    long = ask(full, full, (9,), ((5,),))
    if not _near(long, 100):
        return f"A sentence longer than its reference gets no bonus: 100, but you get {long:.2f}; cut at 1."
    tie = ask(full, full, (9,), ((11, 7),))
    if not _near(tie, 100):
        return (
            "References of 11 and 7 words are equally near to a sentence of 9. BLEU then takes the shorter one, "
            f"which gives 100, but you get {tie:.2f}."
        )
    nothing = ask((5, 2, 1, 0), full, (9,), ((9,),))
    return "" if nothing == 0 else f"Without one matching quadruple BLEU-4 is 0, but you get {nothing!r}."


def settings(ask: Callable[[], Any]) -> str:
    """Exercise 9.3: the settings that give a signature."""
    answer = ask()
    if not isinstance(answer, BleuSettings):
        return f"Return BleuSettings(...); you returned {type(answer).__name__}."
    try:
        signature = bleu(["it rains in the north"], [["it rains in the south"]], settings=answer).signature
    except Exception as error:
        return f"sacreBLEU refuses these settings: {(str(error).splitlines() or [''])[0]}"
    fields = dict(one.split(":", 1) for one in signature.split("|"))
    for name, value in WANTED.items():
        if fields[name] != value:
            hint = HELP.get(name, "")
            if fields[name].startswith("floor["):
                hint = "The floor is right, its value is not; where none is given, sacreBLEU takes its own."
            return f"Your settings give {name}:{fields[name]}, the paper has {name}:{value}. {hint}"
    return ""


def _grams(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + order]) for at in range(len(tokens) - order + 1))


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1e-3, abs(other))
