"""Second looks at what the translator's studies showed, took for granted or left out. Chapter 10.

What the first studies (`translation_studies`) had shown gave reason to ask these. Each was written down before any
run of its own, except that `PRECISION` compares with runs that were there.
"""

from signlab.study.design import Level, Metric, Study
from signlab.study.translation import SCARCE
from signlab.study.translation_studies import ABLATIONS, BLEU, MATTERS, NATS, ORACLES, ask

DRAWN = Metric(
    name="drawn_surprise",
    unit="nats",
    higher_is_better=False,
    words="nats a sentence, latent drawn as in training",
)
CHANCE = Metric(name="noise", words="share of chance in what the latent says")

WORDING = ask(
    name="wording",
    question="Is it the choice of words that the posterior path knows of, and does the latent carry something without it?",
    factor="right sentences for a clip",
    levels=(
        Level(name="several", note="as drawn: the clip leaves the words open"),
        Level(name="one", settings=("wording=one",), note="the first by the alphabet, in the test too"),
    ),
    reference="several",
    metrics=(
        Metric(name="advantage", unit="nats", words="nats by which the posterior (oracle) is ahead"),
        Metric(name="by_context", unit="nats", words="of it with the prior's latent (oracle)"),
        Metric(name="by_latent", unit="nats", words="of it with the prior's context (oracle)"),
        NATS,
        BLEU,
        *ORACLES,
    ),
    answer="It is the choice of words if the posterior is detectably less ahead where there is none.",
)

NOISE = Study(
    name="noise",
    question="Do two ablations cost what their part is worth, or only show a decoder the mean of what it knows as noise?",
    factor=ABLATIONS.factor,
    levels=tuple(ABLATIONS.level(name) for name in ("published", "absolute posterior", "no attention")),
    reference="published",
    seeds=(5, 6, 7, 8, 9),  # not those by which the rows stood out
    metrics=(DRAWN, NATS, BLEU, CHANCE),
    smallest=MATTERS,
    answer="It is the mean if the loss is there again with the latent's mean, and smaller by what matters with a draw.",
    common=SCARCE,
)

PRECISION = ask(
    name="precision",
    question="Does a training whose products are in bfloat16 learn what one in single precision learns?",
    factor="precision of the products in training",
    levels=(
        Level(name="bfloat16", note="as in all other studies"),
        Level(name="single", settings=("precision=32-true",)),
    ),
    reference="bfloat16",
    metrics=(NATS, BLEU, *ORACLES),
    answer="It does if the difference in nats a sentence, interval included, is smaller than what matters.",
)

DIRECTION = ask(
    name="direction",
    question="Who should be pulled where the two paths disagree on a word: the path that translates, or both?",
    factor="the form of the agreement",
    levels=(
        Level(name="symmetric", note="as published: the mean of both directions"),
        Level(
            name="one way", settings=("objective.direction=one-way",), note="the posterior's, which gives way"
        ),
        Level(
            name="held teacher",
            settings=("objective.direction=one-way-stopped",),
            note="the posterior's, which is held: a teacher",
        ),
    ),
    reference="symmetric",
    metrics=(NATS, BLEU, *ORACLES),
    answer="The symmetric form is needed if both others are detectably worse, by as much as matters.",
)

SECOND_LOOKS = {study.name: study for study in (WORDING, NOISE, PRECISION, DIRECTION)}
