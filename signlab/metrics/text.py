"""How near sentences are to their references: BLEU with signature, ROUGE-L twice, word error rate. Chapter 9."""

from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

References = Sequence[Sequence[str]]  # for each sentence, every right one


class Bleu(NamedTuple):
    """Corpus BLEU with n-grams up to 1, 2, 3 and 4, in per cent, and how it was computed."""

    bleu1: float
    bleu2: float
    bleu3: float
    bleu4: float
    signature: str  # of sacreBLEU; scores with different signatures cannot be compared


class BleuSettings(NamedTuple):
    """What sacreBLEU is asked for; the defaults are those of the field (see `bleu`)."""

    tokenize: str = "none"  # sentences come in tokens already
    smooth_method: str = "none"
    smooth_value: float | None = None  # None = sacreBLEU's own for the method, 0.1 for "floor"
    effective_order: bool = False  # leave out orders of which the sentences have no n-gram
    lowercase: bool = False


USUAL = BleuSettings()


def bleu(sentences: Sequence[str], references: References, *, settings: BleuSettings = USUAL) -> Bleu:
    """BLEU-1 to BLEU-4 of a whole corpus.

    Geometric mean of the n-gram precisions, counted over all sentences together, times a penalty for
    being too short. Sentences come in tokens already (PHOENIX14T: words and " ."), so sacreBLEU splits at
    spaces only. Without smoothing: a corpus without one common 4-gram has BLEU-4 zero.

    With these settings the numbers are those of the programs of Camgoz et al., MMTLB and CV-SLT. They carry a
    copy of sacreBLEU 1.4.2, changed to give all four orders at once, and ask it for smoothing "floor" and
    effective order. But its floor is 0, which smooths nothing (today's sacreBLEU takes 0.1 if it is asked for
    "floor" alone), and the changed copy always counts all n orders of BLEU-n, so that effective order has no
    effect: BLEU-4 is zero where no sentence has four tokens.

    Args:
        sentences: What the model wrote, tokens separated by spaces.
        references: One or more right sentences for each; n-grams of any of them count.
        settings: Other than usual, if need be; scores with other settings cannot be compared.

    Raises:
        ValueError: If there are no sentences, one has no reference, numbers differ, or sacrebleu is not
            installed.

    Source: Papineni et al. (2002); Post (2018).
    """
    sacrebleu = _sacrebleu()
    check_pairs(sentences, references)
    most = max(map(len, references))
    streams = [[several[i] if i < len(several) else None for several in references] for i in range(most)]
    scores, signature = [], ""
    for order in range(1, 5):
        metric = sacrebleu.BLEU(max_ngram_order=order, force=True, **settings._asdict())
        scores.append(metric.corpus_score(list(sentences), streams).score)
        signature = str(metric.get_signature())
    return Bleu(*scores, signature=signature)


class RougeL(NamedTuple):
    """Two numbers that papers both call ROUGE-L, in per cent. Never compare one with the other."""

    beta_1_2: float  # recall counts 1.2 times as much as precision: COCO captions, Camgoz et al. (SLT)
    beta_ratio: float  # beta = precision / recall: TensorFlow's seq2seq, MMTLB, CV-SLT


def rouge_l(sentences: Sequence[str], references: References) -> RougeL:
    """ROUGE-L: the longest common subsequence of tokens, as an F-measure, averaged over sentences.

    With precision P and recall R of that subsequence, F = (1 + b^2) P R / (R + b^2 P). The first variant
    has b = 1.2, the second b = P / R, thus F = R P (R^2 + P^2) / (R^3 + P^3). Of several references the
    one with the highest F counts.

    Raises:
        ValueError: As `bleu`, but for the package.

    Source: Lin (2004), Section 3.
    """
    check_pairs(sentences, references)
    pairs = list(zip(sentences, references, strict=True))
    fixed = [max(f_measure(s, one, beta=1.2) for one in several) for s, several in pairs]
    ratio = [max(f_measure(s, one, beta=None) for one in several) for s, several in pairs]
    return RougeL(100 * sum(fixed) / len(fixed), 100 * sum(ratio) / len(ratio))


def f_measure(sentence: str, reference: str, *, beta: float | None) -> float:
    """ROUGE-L of one sentence against one reference, in [0, 1]; `beta` None = precision / recall."""
    written, right = sentence.split(), reference.split()
    common = longest_common_subsequence(written, right)
    if common == 0:
        return 0.0
    precision, recall = common / len(written), common / len(right)
    squared = (precision / recall if beta is None else beta) ** 2
    return (1 + squared) * precision * recall / (recall + squared * precision)


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence of tokens that both contain in order, gaps allowed."""
    row = [0] * (len(second) + 1)
    for token in first:
        before = 0  # the entry up and to the left
        for column, other in enumerate(second, start=1):
            above = row[column]
            row[column] = before + 1 if token == other else max(above, row[column - 1])
            before = above
    return row[-1]


def word_error_rate(sentences: Sequence[str], references: Sequence[str]) -> float:
    """Insertions, deletions and substitutions for each reference token, over all sentences, in per cent.

    May exceed 100. Only for sequences with one right order, such as glosses.

    Raises:
        ValueError: As `bleu`; or if jiwer is not installed.
    """
    jiwer = _jiwer()
    check_pairs(sentences, [(one,) for one in references])
    if not all(one.split() for one in references):
        raise ValueError("A word error rate needs references with at least one word, but one is empty.")
    return 100 * float(jiwer.wer(list(references), list(sentences)))


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions that make one sequence of tokens the other."""
    row = list(range(len(second) + 1))
    for place, token in enumerate(first, start=1):
        before, row[0] = row[0], place  # the entry up and to the left
        for column, other in enumerate(second, start=1):
            above = row[column]
            row[column] = min(before + (token != other), above + 1, row[column - 1] + 1)
            before = above
    return row[-1]


def check_pairs(sentences: Sequence[str], references: References) -> None:
    """Refuse what cannot be scored."""
    if not sentences or len(sentences) != len(references):
        raise ValueError(
            f"Each sentence needs its references, and there must be one sentence or more, but got "
            f"{len(sentences)} sentences and {len(references)} sets of references."
        )
    empty = [index for index, several in enumerate(references) if not several]
    if empty:
        raise ValueError(
            f"Each sentence needs a reference, but sentence {empty[0]} (counted from 0) has none."
        )


def _sacrebleu() -> ModuleType:
    try:
        import sacrebleu
    except ImportError as error:
        raise ValueError(
            "BLEU needs sacrebleu, which is not installed: pip install 'signlab[metrics]'."
        ) from error
    return sacrebleu


def _jiwer() -> ModuleType:
    try:
        import jiwer
    except ImportError as error:
        raise ValueError(
            "A word error rate needs jiwer, which is not installed: pip install 'signlab[metrics]'."
        ) from error
    return jiwer
