"""The studies of the translator: what is asked of CV-SLT, and of each of its parts. Chapter 10.

All were written down before their first run, but for two: `ABLATIONS` was put together from levels of the others
when the first of these had run, and `UPDATES` asks what a run with fewer updates, seen before, gave reason to ask.
The first metric decides: nats a sentence of unseen signing by unseen puppets, through the path that translates.
"""

from functools import partial

from signlab.study.design import Level, Metric, Study
from signlab.study.translation import SCARCE

SEEDS = (0, 1, 2, 3, 4)
POOL = "translation"  # one ledger: what two studies ask of the same translator is measured once
NATS = Metric(name="nats", unit="nats", higher_is_better=False, words="nats a sentence, unseen signing")
BLEU = Metric(name="bleu4", unit="%", higher_is_better=True, words="BLEU-4, greedy, all references")
ORACLES = (
    Metric(name="posterior_nats", unit="nats", higher_is_better=False, words="nats, posterior (oracle)"),
    Metric(name="posterior_bleu4", unit="%", higher_is_better=True, words="BLEU-4, posterior (oracle)"),
    Metric(name="context_only_bleu4", unit="%", words="BLEU-4, context swapped in (oracle)"),
    Metric(name="latent_only_bleu4", unit="%", words="BLEU-4, latent swapped in (oracle)"),
    Metric(name="misled_bleu4", unit="%", words="BLEU-4, posterior shown another sentence (oracle)"),
    Metric(name="latent_kl", unit="nats", words="latent KL, nats a sentence"),
    Metric(name="active_units", words="active units of the latent"),
)
LOOKS = (
    Metric(name="words_on_signs", words="share of a word's look that lies on its sign (decoder)"),
    Metric(name="words_even", words="the same for an even look"),
    Metric(name="signs_on_words", words="share of a sign's look that lies on its words (latent)"),
    Metric(name="signs_even", words="the same for an even look"),
)
PLAIN = ("objective.second=none", "model.latent=none")
TWICE = ("objective.second=prior", "model.latent=none")
PUBLISHED = 3.0  # weight of the agreement
MATTERS = 0.2  # nats a sentence; a choice, made before any run

ask = partial(Study, seeds=SEEDS, smallest=MATTERS, pool=POOL, common=SCARCE)

PATHS = ask(
    name="paths",
    question="Is it the sentence that helps, the latent, or only the second pass?",
    factor="what goes beside the prior path",
    levels=(
        Level(name="plain", settings=PLAIN, note="the prior path alone, same recipe"),
        Level(
            name="two passes",
            settings=(*TWICE, "objective.agreement_weight=0"),
            note="the clip twice with other dropout, nothing ties them",
        ),
        Level(name="R-Drop", settings=TWICE, note="the clip twice, tied by the words' KL; no text anywhere"),
        Level(name="published", note="CV-SLT: the posterior has read the sentence"),
        Level(name="no latent", settings=("model.latent=none",), note="CV-SLT without its Gaussian network"),
    ),
    reference="plain",
    metrics=(NATS, BLEU, *ORACLES),
    answer="CV-SLT's gain is the sentence's if it beats plain and R-Drop, and the latent's if it beats no latent.",
)

DIVERGENCES = ask(
    name="divergences",
    question="What does each KL do, and when does the latent carry anything?",
    factor="the two divergences",
    levels=(
        Level(name="published"),
        Level(name="no latent KL", settings=("objective.latent_weight=0",)),
        Level(name="no agreement", settings=("objective.agreement_weight=0",)),
        Level(
            name="free nats",
            settings=("objective.free_nats=0.01",),
            note="each component, each step: .01 nat free",
        ),
        Level(name="strict", settings=("model.latent.memory=strict",), note="text reaches words by z alone"),
        Level(
            name="strict without latent KL",
            settings=("model.latent.memory=strict", "objective.latent_weight=0"),
        ),
    ),
    reference="published",
    metrics=(NATS, BLEU, *ORACLES),
    answer="A term matters if the translation without it is detectably worse; the latent lives if latent-only BLEU rises.",
)

POSTERIOR = ask(
    name="posterior",
    question="Is a posterior that shifts the prior better than one that stands alone, or quicker learnt?",
    factor="the posterior's form",
    levels=(
        Level(name="residual"),
        Level(name="absolute", settings=("model.latent.posterior=absolute",)),
    ),
    reference="residual",
    metrics=(NATS, BLEU, *ORACLES),
    answer="It is if nats a sentence are detectably fewer at the end, or after a third of the updates (in the curves).",
)

ATTENTION = ask(
    name="attention",
    question="Does it matter that one attention serves both readings, or that there is one at all?",
    factor="the latent's attention",
    levels=(
        Level(name="shared"),
        Level(name="separate", settings=("model.latent.attention=separate",)),
        Level(name="none", settings=("model.latent.attention=none",)),
    ),
    reference="shared",
    metrics=(NATS, BLEU, *LOOKS, *ORACLES),
    answer="Sharing matters if separate attentions are detectably worse; attention, if none is.",
)

AGREEMENT = ask(
    name="lambda",
    question="How strongly should the two paths agree, and is 3 the best?",
    factor="weight of the agreement",
    levels=tuple(
        Level(
            name=f"{value:g}",
            settings=() if value == PUBLISHED else (f"objective.agreement_weight={value:g}",),
            value=value,
        )
        for value in (0.1, 0.3, 1.0, PUBLISHED, 10.0)  # 0.3 came later, for even steps
    ),
    reference="3",
    metrics=(NATS, BLEU, *ORACLES),
    answer="3 is best if every other weight is detectably worse; there is a trade-off if prior and posterior part ways.",
)

ANNEALING = ask(
    name="annealing",
    question="Does it matter how the divergences come in?",
    factor="schedule of both weights",
    levels=(
        Level(name="linear third", note="as shipped"),
        Level(name="none", settings=("objective.annealing.kind=none",)),
        Level(
            name="cyclical",
            settings=(
                "objective.annealing.kind=cyclical",
                "objective.annealing.warmup_steps=125",
                "objective.annealing.cycle_steps=250",
            ),
            note="four times from nothing",
        ),
    ),
    reference="linear third",
    metrics=(NATS, BLEU, *ORACLES),
    answer="It does if a schedule is detectably better or worse than the shipped one.",
)

GLOSSES = ask(
    name="glosses",
    question="What do glosses add as a second thing to learn?",
    factor="weight of the gloss loss",
    levels=(
        Level(name="plain", settings=PLAIN),
        Level(name="plain + glosses", settings=(*PLAIN, "objective.gloss_weight=1")),
        Level(name="published"),
        Level(name="published + glosses", settings=("objective.gloss_weight=1",)),
    ),
    reference="plain",
    metrics=(NATS, BLEU),
    answer="They help if nats a sentence fall detectably, with or without the posterior.",
)

AMOUNTS = (250, 1_000, 2_000)
AMOUNT = ask(
    name="amount",
    question="What is CV-SLT worth with how much signing?",
    factor="signed sentences, and who reads them",
    levels=tuple(
        Level(name=f"{kind} {num}", settings=(*settings, f"num_train={num}"))
        for num in AMOUNTS
        for kind, settings in (("plain", PLAIN), ("R-Drop", TWICE), ("published", ()))
    ),
    reference="plain 250",
    metrics=(NATS, BLEU),
    answer="CV-SLT is worth as much signing as plain needs to reach the same nats a sentence.",
    common=tuple(one for one in SCARCE if not one.startswith("num_train")),
)

START = ask(
    name="start",
    question="Does the picture change without a text model to start from?",
    factor="what a translator starts from",
    levels=(
        Level(name="plain from text", settings=PLAIN),
        Level(name="published from text"),
        Level(name="plain from nothing", settings=(*PLAIN, "text=none")),
        Level(name="published from nothing", settings=("text=none",)),
    ),
    reference="plain from text",
    metrics=(NATS, BLEU),
    answer="It does if published is behind plain with one start and ahead with the other.",
)

UPDATES = ask(
    name="updates",
    question="Is a translator without a second path only stopped too late?",
    factor="updates, and what goes beside the prior path",
    levels=tuple(
        Level(
            name=f"{kind} {num}",
            settings=(*settings, f"steps={num}", f"objective.annealing.warmup_steps={num // 3}"),
        )
        for kind, num, settings in (
            ("plain", 500, PLAIN),
            ("plain", 1_000, PLAIN),
            ("published", 500, ()),
            ("published", 1_000, ()),
        )
    ),
    reference="published 1000",
    metrics=(NATS, BLEU),
    answer="The gain is one of stopping if plain after half of the updates is as good as published after all.",
    common=tuple(one for one in SCARCE if not one.startswith(("steps", "objective.annealing"))),
)

ABLATIONS = ask(
    name="ablations",
    question="Which parts of CV-SLT can be taken away without the translation getting worse?",
    factor="what is taken away",
    levels=(
        Level(name="published", note="nothing"),
        Level(
            name="absolute posterior", settings=("model.latent.posterior=absolute",), note="its residual form"
        ),
        Level(name="separate attention", settings=("model.latent.attention=separate",), note="the sharing"),
        Level(name="no attention", settings=("model.latent.attention=none",), note="the latent's attention"),
        Level(name="no latent KL", settings=("objective.latent_weight=0",), note="the KL of the Gaussians"),
        Level(name="no agreement", settings=("objective.agreement_weight=0",), note="the KL of the words"),
        Level(name="no annealing", settings=("objective.annealing.kind=none",), note="the KLs' warm-up"),
        Level(name="no latent", settings=("model.latent=none",), note="the Gaussian network as a whole"),
        Level(name="R-Drop", settings=TWICE, note="latent and sentence; a second noisy pass stays"),
        Level(name="plain", settings=PLAIN, note="the second path with all that belongs to it"),
    ),
    reference="published",
    metrics=(NATS, BLEU, *ORACLES),
    answer="A part is needed if the translation without it is detectably worse, by as much as matters.",
)

STUDIES = {
    study.name: study
    for study in (
        PATHS,
        DIVERGENCES,
        POSTERIOR,
        ATTENTION,
        AGREEMENT,
        ANNEALING,
        GLOSSES,
        AMOUNT,
        START,
        UPDATES,
        ABLATIONS,
    )
}
