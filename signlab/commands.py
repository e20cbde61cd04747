"""What each command does: one call into the package, and its result on the terminal. Chapter 2."""

import json
import logging
import math
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from signlab.data.files import shipped
from signlab.data.listing import AnyCorpus

STANDS_IN = {"visual": "puppet-words", "translation": "puppet-weather"}  # --data where none is given
# each gloss once; drawing thousands takes longer than smoke may
SMOKE_CORPUS = ("train=160", "valid=24", "test=24")


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


def corpus_of(args: Namespace, kind: str) -> AnyCorpus:
    """The corpus that a command was asked to use, puppets drawn as ``--corpus`` says."""
    from signlab.data.puppet.corpus import PuppetConfig
    from signlab.data.sources import open_corpus
    from signlab.training.config import override

    usual = SMOKE_CORPUS if getattr(args, "preset", "") == "smoke" else ()
    config = override(PuppetConfig(), [*usual, *args.corpus])
    return open_corpus(args.data or STANDS_IN.get(kind, "puppet-words"), config=config)


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
    """Train one of the four models."""
    from signlab.production import presets as production
    from signlab.production.train_autoencoder import train_autoencoder
    from signlab.production.train_transformer import train_transformer
    from signlab.training.config import override
    from signlab.translation import presets as translation
    from signlab.translation.train import train_translation
    from signlab.translation.train_visual import train_visual

    for option, model in (("visual", "translation"), ("autoencoder", "latent")):
        if getattr(args, option) is not None and args.model != model:
            raise ValueError(
                f"--{option} belongs to the training of {model}, but this is one of {args.model}."
            )
    if (args.out / "config.json").exists() and not args.resume:
        raise ValueError(
            f"A training needs a folder of its own, but {args.out} holds one; add --resume to go on with it, or name another."
        )
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("signlab").setLevel(logging.INFO)
    where: dict[str, Any] = {"run": args.out, "resume": args.resume}
    if args.model == "visual":
        config = override(translation.visual(args.preset), args.set)
        train_visual(config, corpus=corpus_of(args, "visual"), **where)
    elif args.model == "translation":
        config = override(translation.translation(args.preset), args.set)
        corpus = corpus_of(args, "translation")
        train_translation(config, corpus=corpus, visual=args.visual, **where)
    elif args.model == "autoencoder":
        config = override(production.autoencoder(args.preset), args.set)
        train_autoencoder(config, corpus=corpus_of(args, "autoencoder"), **where)
    else:
        config = override(production.latent(args.preset), args.set)
        stage1 = args.autoencoder or shipped("checkpoints", "autoencoder")
        train_transformer(config, corpus=corpus_of(args, "latent"), autoencoder_run=stage1, **where)
    say(f"{args.model} trained for {config.steps} updates in {args.out}")
    return 0


def translate(args: Namespace) -> int:
    """A sentence for each clip."""
    from signlab.data.frames import square
    from signlab.data.video import read_video
    from signlab.translation.system import load_translation

    system = load_translation(args.run, visual=args.visual)
    videos = [square(read_video(clip).frames, args.pixels) for clip in args.clips]
    sentences = system.translate(videos, beams=args.beams)
    pairs = list(zip(args.clips, sentences, strict=True))
    if args.json:
        say_json([{"clip": str(clip), "sentence": sentence} for clip, sentence in pairs])
    else:
        for clip, sentence in pairs:
            say(sentence if len(pairs) == 1 else f"{clip}\t{sentence}")
    return 0


def produce(args: Namespace) -> int:
    """A clip of one sign, written as mp4."""
    from signlab.data.clips import SUFFIXES
    from signlab.data.frames import read_picture, square
    from signlab.data.video import read_video, write_mp4
    from signlab.production.system import DEFAULT_SAMPLING, load_production

    if args.out.suffix.lower() != ".mp4" or not args.out.parent.is_dir():
        raise ValueError(f"--out must be an .mp4 in a folder that exists, but got {args.out}.")
    system = load_production(args.run)
    first = None
    if args.frame is not None:
        filmed = args.frame.suffix.lower() in SUFFIXES
        picture = read_video(args.frame).frames[0] if filmed else read_picture(args.frame)
        first = square(picture[None], system.autoencoder.config.size)[0]
    given = {name: getattr(args, name) for name in ("temperature", "top_k", "top_p")}
    sampling = replace(
        DEFAULT_SAMPLING, **{name: value for name, value in given.items() if value is not None}
    )
    clip = system.produce(args.gloss, first, sampling=sampling, seed=args.seed)
    write_mp4(args.out, clip)
    say(f"{args.gloss}, {len(clip)} frames, in {args.out}")
    return 0


def kind_of(run: Path) -> str:
    """Which of the four models a run has trained, told by the fields of its configuration.

    Raises:
        ValueError: If it is no run, or of none of the four.
    """
    marks = {
        "autoencoder_digest": "latent",
        "commitment_weight": "autoencoder",
        "visual_hash": "translation",
        "augmentation": "visual",
    }
    try:
        fields = json.loads((run / "config.json").read_text(encoding="utf-8"))
        found = [kind for mark, kind in marks.items() if mark in fields]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"A run must be the folder of a training with a config.json, but {run} has none that can be read."
        ) from error
    if len(found) != 1:
        raise ValueError(
            f"{run} must be a run of one of {', '.join(marks.values())}, but its config.json is of none."
        )
    return found[0]


def evaluate(args: Namespace) -> int:
    """Scores of a run on a split, as JSON."""
    kind = kind_of(args.run)
    corpus = corpus_of(args, kind)
    if kind in ("visual", "translation"):
        say_json(_evaluate_reading(args, kind, corpus))
    else:
        say_json(_evaluate_writing(args, kind, corpus))
    return 0


def _evaluate_reading(args: Namespace, kind: str, corpus: AnyCorpus) -> dict[str, Any]:
    from signlab.translation.evaluate import evaluate_recognition, evaluate_translation

    shared: dict[str, Any] = {"cache": args.cache, "limit": args.limit}
    if kind == "visual":
        return evaluate_recognition(args.run, corpus, args.split, **shared)
    return evaluate_translation(args.run, corpus, args.split, beams=args.beams, visual=args.visual, **shared)


def _evaluate_writing(args: Namespace, kind: str, corpus: AnyCorpus) -> dict[str, Any]:
    from signlab.production.evaluate import evaluate_autoencoder, evaluate_production
    from signlab.production.system import load_production
    from signlab.production.train_autoencoder import load_autoencoder

    split = corpus.split(args.split)
    examples = [split[index] for index in range(min(len(split), args.limit or len(split)))]
    about = {"run": str(args.run), "corpus": corpus.name, "split": args.split}
    if kind == "autoencoder":
        return about | evaluate_autoencoder(load_autoencoder(args.run), examples).as_dict()
    recogniser = recogniser_of(args.visual or shipped("checkpoints", "visual"))
    return about | evaluate_production(load_production(args.run), examples, recogniser).as_dict()


def recogniser_of(run: Path) -> Any:
    """A trained recogniser as a function from clips to glosses."""
    from signlab.data.example import SignExample
    from signlab.translation.evaluate import recognise
    from signlab.translation.train_visual import load_recognizer

    recognizer = load_recognizer(run)

    def named(clips: Any) -> Sequence[str]:
        examples = [SignExample(name=f"clip {index}", video=clip) for index, clip in enumerate(clips)]
        best = recognise(recognizer, examples).argmax(dim=1)
        return [recognizer.config.glosses[int(index)] for index in best]

    return named
