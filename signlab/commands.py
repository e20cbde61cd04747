"""What each command does: one call into the package, and its result on the terminal. Chapter 2."""

import json
import logging
import math
import re
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from signlab.arguments import check_language, configured, corpus_of, kind_of, new_run, run_of, to_train_on
from signlab.data.files import shipped
from signlab.data.listing import AnyCorpus

if TYPE_CHECKING:
    from signlab.production.judges import Judges

READING = ("visual", "text", "translation")  # models that read signing, or learn to write for one that does
BELONGS_TO = {
    "visual": ("translation",),
    "text": ("text", "translation"),
    "pieces": ("text", "translation"),
    "autoencoder": ("latent", "autoencoder"),
}  # options of a training, and the models they are for


def watch(steps: range, what: str) -> Iterable[int]:
    """Go through numbers with a progress bar where somebody looks."""
    from signlab.training.progress import track

    return track(steps, what, total=len(steps))


def say(text: str) -> None:
    """One piece of a command's result."""
    sys.stdout.write(f"{text}\n")


def say_json(value: Any) -> None:
    """A result for programs: numbers to four digits, and null, which JSON knows, for what is none."""
    say(json.dumps(_rounded(value), indent=1, ensure_ascii=False))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def data_make(args: Namespace) -> int:
    """Write a generated corpus as clips and a table."""
    from signlab.data.clips import write_clips
    from signlab.data.puppet.corpus import PuppetConfig
    from signlab.data.sources import open_corpus
    from signlab.training.config import override

    valid = test = max(1, args.size // 10)
    usual = PuppetConfig(seed=args.seed, train=args.size - valid - test, valid=valid, test=test)
    config = override(usual, args.corpus)
    write_clips(open_corpus(args.name, config=config), args.out, settings=asdict(config), watch=watch)
    total = config.train + config.valid + config.test
    say(f"{total} examples of {args.name} in {args.out}; look at them with: signlab data check {args.out}")
    return 0


def data_check(args: Namespace) -> int:
    """A table of what is there; 1 and the reasons if something is wrong."""
    from signlab.data.checks import as_table, check_corpus

    report = check_corpus(args.path, watch=watch)
    if report.rows:
        say(as_table(report))
    for note in report.notes:
        say(f"note: {note}")
    for problem in report.problems:
        sys.stderr.write(f"signlab data check: {' '.join(problem.split())}\n")
    return 1 if report.problems else 0


def train(args: Namespace) -> int:
    """Train one of the models."""
    for option, models in BELONGS_TO.items():
        if getattr(args, option) is not None and args.model not in models:
            raise ValueError(
                f"--{option} belongs to the training of {' or '.join(models)}, but this is one of {args.model}."
            )
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("signlab").setLevel(logging.INFO)
    config = _train_reading(args) if args.model in READING else _train_writing(args)
    say(f"{args.model} trained for {config.steps} updates in {args.out}")
    return 0


def _train_reading(args: Namespace) -> Any:
    from signlab.translation import presets
    from signlab.translation.pretrain import train_text
    from signlab.translation.train import train_translation
    from signlab.translation.train_visual import train_visual

    preset = {"visual": presets.visual, "text": presets.text, "translation": presets.translation}[args.model]
    config, corpus = configured(preset(args.preset), args.set), to_train_on(args)
    if args.visual is not None:
        run_of("visual", args.visual)
    check_language(args, config.model)
    new_run(args.out, resume=args.resume)
    common: dict[str, Any] = {"corpus": corpus, "run": args.out, "resume": args.resume}
    if isinstance(config, presets.VisualTrainingConfig):
        train_visual(config, **common)
    elif isinstance(config, presets.TextTrainingConfig):
        train_text(config, text=args.text, pieces=args.pieces, **common)
    else:
        train_translation(config, visual=args.visual, text=args.text, pieces=args.pieces, **common)
    return config


def _train_writing(args: Namespace) -> Any:
    from signlab.production import presets
    from signlab.production.train_autoencoder import train_autoencoder
    from signlab.production.train_estimator import train_estimator
    from signlab.production.train_transformer import train_transformer
    from signlab.production.windows import as_signs

    preset = {"autoencoder": presets.autoencoder, "latent": presets.latent, "estimator": presets.estimator}
    config, corpus = configured(preset[args.model](args.preset), args.set), as_signs(to_train_on(args))
    stage1 = args.autoencoder
    if args.model == "latent":
        stage1 = run_of("autoencoder", stage1 or shipped("checkpoints", "autoencoder"))
    new_run(args.out, resume=args.resume)
    if isinstance(config, presets.AutoencoderTrainingConfig):
        begin_with = None if stage1 is None else run_of("autoencoder", stage1)
        train_autoencoder(config, corpus=corpus, run=args.out, begin_with=begin_with, resume=args.resume)
    elif isinstance(config, presets.EstimatorTrainingConfig):
        train_estimator(config, corpus=corpus, run=args.out, resume=args.resume)
    else:
        train_transformer(config, corpus=corpus, autoencoder_run=stage1, run=args.out, resume=args.resume)
    return config


def translate(args: Namespace) -> int:
    """A sentence for each clip."""
    from signlab.data.frames import square
    from signlab.data.video import read_video
    from signlab.translation.system import load_translation

    system = load_translation(run_of("translation", args.run), visual=args.visual)
    videos = [square(read_video(clip).frames, args.pixels) for clip in args.clips]
    sentences = system.translate(videos, beams=args.beams, precision=args.precision)
    pairs = list(zip(args.clips, sentences, strict=True))
    if args.json:
        say_json([{"clip": str(clip), "sentence": sentence} for clip, sentence in pairs])
    else:
        for clip, sentence in pairs:
            say(sentence if len(pairs) == 1 else f"{clip}\t{sentence}")
    return 0


def produce(args: Namespace) -> int:
    """A clip of one sign, of several in a row, or of a sentence, written as mp4."""
    from signlab.data.clips import SUFFIXES
    from signlab.data.frames import read_picture, square
    from signlab.data.video import read_video, write_mp4
    from signlab.production.system import DEFAULT_SAMPLING, load_production

    if args.out.suffix.lower() != ".mp4" or not args.out.parent.is_dir():
        raise ValueError(f"--out must be an .mp4 in a folder that exists, but got {args.out}.")
    drawn_by = None if args.autoencoder is None else run_of("autoencoder", args.autoencoder)
    system = load_production(run_of("latent", args.run), autoencoder=drawn_by)
    first = None
    if args.frame is not None:
        filmed = args.frame.suffix.lower() in SUFFIXES
        picture = read_video(args.frame).frames[0] if filmed else read_picture(args.frame)
        first = square(picture[None], system.autoencoder.config.size)[0]
    sampling = replace(DEFAULT_SAMPLING, **drawn_as(args))
    glosses = args.gloss or glosses_of(args)
    clip = system.produce_sentence(glosses, first, sampling=sampling, seed=args.seed)
    write_mp4(args.out, clip)
    say(f"{' '.join(glosses)}, {len(clip)} frames, in {args.out}")
    return 0


def glosses_of(args: Namespace) -> tuple[str, ...]:
    """How the sentence that was asked for is signed; capitals and marks are written as in the corpus first."""
    from signlab.round_trip import load_writer, write_glosses

    writer = load_writer(None if args.writer is None else run_of("text", args.writer))
    sentence = re.sub(r"\s*([.,?])", r" \1", args.sentence.lower())
    return write_glosses(writer, [sentence])[0]


def drawn_as(args: Namespace) -> dict[str, Any]:
    """What was said of how boldly to draw codes."""
    given = {name: getattr(args, name) for name in ("temperature", "top_k", "top_p", "guidance")}
    return {name: value for name, value in given.items() if value is not None}


def evaluate(args: Namespace) -> int:
    """Scores of a run on a split, as JSON."""
    kind = kind_of(args.run)
    if args.protocol is not None and kind not in ("text", "translation"):
        raise ValueError(
            f"--protocol belongs to a run of text or translation, but {args.run} is one of {kind}."
        )
    if args.precision != "32-true" and kind != "translation":
        raise ValueError(f"--precision belongs to a run of translation, but {args.run} is one of {kind}.")
    of_making = [*drawn_as(args), *([] if args.autoencoder is None else ["autoencoder"])]
    if of_making and kind != "latent":
        option = of_making[0].replace("_", "-")
        raise ValueError(f"--{option} belongs to a run of latent, but {args.run} is one of {kind}.")
    corpus = corpus_of(args, kind)
    if kind in READING:
        say_json(_evaluate_reading(args, kind, corpus))
    else:
        say_json(_evaluate_writing(args, kind, corpus))
    return 0


def _evaluate_reading(args: Namespace, kind: str, corpus: AnyCorpus) -> dict[str, Any]:
    from signlab.translation.evaluate import evaluate_recognition, evaluate_translation
    from signlab.translation.evaluate_text import evaluate_text

    if kind == "text":
        how: dict[str, Any] = {"beams": args.beams, "limit": args.limit, "protocol": args.protocol}
        return evaluate_text(args.run, corpus, args.split, **how)
    shared: dict[str, Any] = {"cache": args.cache, "limit": args.limit}
    if kind == "visual":
        return evaluate_recognition(args.run, corpus, args.split, **shared)
    shared |= {"beams": args.beams, "precision": args.precision}
    shared |= {"visual": args.visual, "protocol": args.protocol}
    return evaluate_translation(args.run, corpus, args.split, **shared)


def _evaluate_writing(args: Namespace, kind: str, corpus: AnyCorpus) -> dict[str, Any]:
    from signlab.data.puppet.lexicon import face_twins, load_lexicon
    from signlab.production.evaluate import evaluate_autoencoder, evaluate_production
    from signlab.production.system import DEFAULT_SAMPLING, load_production
    from signlab.production.train_autoencoder import load_autoencoder
    from signlab.production.train_estimator import evaluate_estimator, load_estimator
    from signlab.production.windows import as_signs

    corpus = as_signs(corpus)
    split = corpus.split(args.split)
    examples = [split[index] for index in range(min(len(split), args.limit or len(split)))]
    about = {"run": str(args.run), "corpus": corpus.name, "split": args.split}
    if kind == "estimator":
        return about | evaluate_estimator(load_estimator(args.run), examples).as_dict()
    judges = judges_of(args)
    twins = face_twins(load_lexicon()) if corpus.name.startswith("puppet-") else frozenset[str]()
    if kind == "autoencoder":
        autoencoder = load_autoencoder(args.run)
        return about | evaluate_autoencoder(autoencoder, examples, judges, twins=twins).as_dict()
    drawn_by = None if args.autoencoder is None else run_of("autoencoder", args.autoencoder)
    system = load_production(args.run, autoencoder=drawn_by)
    sampling = replace(DEFAULT_SAMPLING, **drawn_as(args))
    report = evaluate_production(system, examples, judges, sampling=sampling, twins=twins)
    return about | {"sampling": asdict(sampling)} | report.as_dict()


def judges_of(args: Namespace) -> "Judges":
    """Who looks at clips: a recogniser, whose features also stand for sets unless I3D is asked for, and an estimator."""
    from signlab.metrics.i3d import enlarged, load_i3d
    from signlab.production.judges import Judges
    from signlab.production.train_estimator import load_estimator
    from signlab.translation.evaluate import pooled_features, recognise_videos
    from signlab.translation.train_visual import load_recognizer

    visual = run_of("visual", args.visual or shipped("checkpoints", "visual"))
    estimator = run_of("estimator", args.estimator or shipped("checkpoints", "estimator"))
    recogniser = load_recognizer(visual)
    named, features = "word recogniser (a proxy)", partial(pooled_features, recogniser)
    if args.features == "i3d":
        i3d = load_i3d()
        named, features = "I3D (Kinetics-400)", lambda clips: i3d(enlarged(clips))
    return Judges(
        recogniser=partial(recognise_videos, recogniser),
        features=features,
        features_named=named,
        estimator=load_estimator(estimator),
        glosses=recogniser.config.glosses,
    )
