"""The published ways to score translations, by name: what is a token, which marks are made equal, which ROUGE. Chapter 9."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from signlab.metrics.text import USUAL, BleuSettings, References, bleu, check_pairs, rouge_l

# what CV-SLT makes of CSL-Daily's marks; the full stop 。 and the quotation marks stay as they are
TO_ASCII = (("，", ","), ("？", "?"), ("！", "!"), ("：", ":"))


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationProtocol:
    """One way to score sentences. Scores of different protocols cannot be compared."""

    name: str  # stands in every result
    about: str  # whose way it is, on what
    corpus: str = ""  # as readers call it; its first protocol is taken where none is named
    tokens: Literal["words", "characters"] = "words"  # what is counted: between spaces, or each character
    marks: tuple[tuple[str, str], ...] = ()  # punctuation replaced, in sentences and references alike
    final_stop: bool = False  # a "." that a sentence ends with becomes a word of its own
    lowercase: bool = False  # sentences and references
    rouge: tuple[Literal["beta_1.2", "beta_ratio"], ...]  # which of the two numbers called ROUGE-L
    bleu: BleuSettings = USUAL  # but for lowercase, which is the field above
    several: bool = False  # any of several references counts; otherwise there must be one each
    source: str

    def prepare(self, sentences: Sequence[str], references: References) -> "Prepared":
        """Sentences and references as they are compared: tokens separated by single spaces.

        Raises:
            ValueError: If there are no sentences, numbers differ, or there are too few or too many references.
        """
        check_pairs(sentences, references)
        self.check(references)
        split = _final_stop_split if self.final_stop else str
        return Prepared(
            sentences=[self._tokens(split(sentence)) for sentence in sentences],
            references=[[self._tokens(one) for one in right] for right in references],
        )

    def check(self, references: References) -> None:
        """Refuse several references where the protocol has one; no translations are needed to know that."""
        most = max(map(len, references), default=0)
        if most > 1 and not self.several:
            raise ValueError(
                f"The protocol {self.name} is for one reference each, but a sentence has {most}; "
                f"keep one of them, or take the protocol {PUPPET.name}."
            )

    def _tokens(self, text: str) -> str:
        for mark, other in self.marks:
            text = text.replace(mark, other)
        text = text.lower() if self.lowercase else text
        return " ".join("".join(text.split()) if self.tokens == "characters" else text.split())


class Prepared(NamedTuple):
    """What a protocol compares with what."""

    sentences: list[str]
    references: list[list[str]]


PUPPET = EvaluationProtocol(
    name="puppet",
    about="words, every reference counts, both ROUGE-L; for the puppet and whatever has no protocol of its own",
    corpus="puppet-weather",
    rouge=("beta_1.2", "beta_ratio"),
    several=True,
    source="this library",
)
PHOENIX14T_CVSLT = EvaluationProtocol(
    name="phoenix14t-cvslt",
    about="PHOENIX14T as MMTLB, TwoStream-SLT and CV-SLT score it",
    corpus="phoenix14t",
    final_stop=True,
    rouge=("beta_ratio",),
    source="Zhao et al. (2024) and Chen et al. (2022), their programs",
)
PHOENIX14T_SLT = EvaluationProtocol(
    name="phoenix14t-slt",
    about="PHOENIX14T as Sign Language Transformers score it",
    corpus="phoenix14t",
    lowercase=True,
    rouge=("beta_1.2",),
    source="Camgoz et al. (2020), their program",
)
CSL_DAILY_CVSLT = EvaluationProtocol(
    name="csl-daily-cvslt",
    about="CSL-Daily as CV-SLT scores it: characters, full-width marks made ASCII",
    corpus="csl-daily",
    tokens="characters",
    marks=TO_ASCII,
    rouge=("beta_ratio",),
    source="Zhao et al. (2024), their program",
)
CSL_DAILY_SLRT = EvaluationProtocol(
    name="csl-daily-slrt",
    about="CSL-Daily as MMTLB and TwoStream-SLT score it: characters, references as they are distributed",
    corpus="csl-daily",
    tokens="characters",
    rouge=("beta_ratio",),
    source="Chen et al. (2022), their program",
)
PROTOCOLS = {
    one.name: one for one in (PUPPET, PHOENIX14T_CVSLT, PHOENIX14T_SLT, CSL_DAILY_CVSLT, CSL_DAILY_SLRT)
}


def score(protocol: EvaluationProtocol, sentences: Sequence[str], references: References) -> dict[str, Any]:
    """Scores in per cent, beside the protocol's name and sacreBLEU's signature.

    The trap of CSL-Daily: whoever writes with mBART's pieces cannot write full-width marks (see
    `PieceVocabulary`), while the references as distributed have them. A sentence that is right in every
    character but those then loses every n-gram with a mark in it: against raw references the best such a
    system can get is BLEU-1 to BLEU-4 of 95.7, 93.5, 91.1 and 88.5, measured on the sentences of the test split.
    CV-SLT makes the marks of the references ASCII first, MMTLB and TwoStream-SLT do not; a large part of the
    distance between their published numbers will be that.

    Args:
        protocol: One of `PROTOCOLS`, or a variation of one by `dataclasses.replace`, with a name of its own.
        sentences: What the model wrote; Chinese with or without spaces between characters.
        references: One right sentence for each, or several where the protocol allows them.

    Returns:
        "protocol", "signature", "bleu1" to "bleu4", the protocol's "rouge_l_..." and "exact", the share of
        sentences that are equal to a reference once both are prepared.

    Raises:
        ValueError: If there is nothing to score, there are references too few or too many, or sacrebleu is
            not installed.

    Departure: CV-SLT makes only the references' marks ASCII, since its own sentences have no others; here
    those of the sentences too, so that a system that writes words is not punished for the marks it was taught.
    MMTLB and CV-SLT leave it to transformers to take away the space before every mark of a German sentence,
    and put back the one before the last full stop; sentences are not touched here but for that full stop.
    Spaces within Chinese are no tokens here; their ROUGE counts them, their BLEU does not.
    """
    prepared = protocol.prepare(sentences, references)
    counted = bleu(*prepared, settings=protocol.bleu._replace(lowercase=protocol.lowercase))
    rouge = dict(zip(("beta_1.2", "beta_ratio"), rouge_l(*prepared), strict=True))
    exact = [one in right for one, right in zip(*prepared, strict=True)]
    return {
        "protocol": protocol.name,
        "signature": counted.signature,
        "bleu1": counted.bleu1,
        "bleu2": counted.bleu2,
        "bleu3": counted.bleu3,
        "bleu4": counted.bleu4,
        **{f"rouge_l_{name}": rouge[name] for name in protocol.rouge},
        "exact": 100 * sum(exact) / len(exact),
    }


def protocol_named(name: str) -> EvaluationProtocol:
    """One of `PROTOCOLS`.

    Raises:
        ValueError: If none is called so.
    """
    if name not in PROTOCOLS:
        close = difflib.get_close_matches(name, PROTOCOLS, 1, 0.5)
        known = ", ".join(PROTOCOLS)
        hint = f"did you mean {close[0]!r}?" if close else "take one of these."
        raise ValueError(f"The protocol must be one of {known}, but got {name!r}; {hint}")
    return PROTOCOLS[name]


def protocol_of(corpus: str) -> EvaluationProtocol:
    """The protocol of a corpus, by the name that its reader gives it; `PUPPET` if it has none of its own."""
    return next((one for one in PROTOCOLS.values() if one.corpus == corpus), PUPPET)


def _final_stop_split(sentence: str) -> str:
    """ "es regnet." as "es regnet ."; only the last character, and only if something stands before it.

    Source: MMTLB and CV-SLT, after decoding German.
    """
    return f"{sentence[:-1]} ." if len(sentence) > 2 and sentence.endswith(".") else sentence
