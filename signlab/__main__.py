"""The command line: ``signlab data | train | translate | produce | evaluate | study | assignment``. Chapter 2."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from signlab import __version__, commands
from signlab.assignment import commands as assignments
from signlab.metrics.protocols import PROTOCOLS
from signlab.parsing import Parser, at_least
from signlab.study import commands as studies

MODELS = ("visual", "text", "translation", "autoencoder", "latent", "estimator")
GOES_ON = {
    commands.train: "; the same command with --resume goes on",
    studies.study_run: "; the same command goes on",
    assignments.assignment_grade: "; the same command goes on",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 = done; 1 = `data check` or `assignment check` found something to do, or runs of a study failed; 2 = a bad argument, file or configuration, told in
        one sentence on stderr; 130 = stopped by the keyboard.
    """
    args, unknown = parser().parse_known_args(arguments)
    if unknown:
        args.parser.refuse(unknown)
    try:
        return args.command(args)
    except KeyboardInterrupt:
        told = GOES_ON.get(args.command, "")
        sys.stderr.write(f"{args.prog}: stopped by the keyboard{told}.\n")
        return 130
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        sys.stderr.close()
        return 0
    except (ValueError, OSError, FloatingPointError) as error:
        told = str(error)
        if isinstance(error, OSError) and error.filename is not None:  # the system's own, not one of ours
            told = f"{error.filename} cannot be used: {error.strerror}."
        sys.stderr.write(f"{args.prog}: {' '.join(told.split())}\n")
        return 2


def parser() -> argparse.ArgumentParser:
    """All commands and what they take."""
    top = Parser(
        prog="signlab",
        description="Generative models of signed language, built by hand.",
        epilog="signlab COMMAND --help tells what each of them takes.",
    )
    top.add_argument("--version", action="version", version=f"signlab {__version__}")
    kinds = top.add_subparsers(metavar="COMMAND", required=True)
    data = kinds.add_parser("data", help="make or check a corpus")
    parts = data.add_subparsers(metavar="COMMAND", required=True)
    _data_make(_command(parts, "make", "write a corpus of the puppet as clips", commands.data_make))
    check = _command(
        parts, "check", "tell what a folder holds and what is wrong with it", commands.data_check
    )
    check.add_argument("path", help="a folder or file of any supported format, or a corpus's name")
    _train(_command(kinds, "train", "train a model", commands.train))
    _translate(_command(kinds, "translate", "clips to sentences", commands.translate))
    _produce(_command(kinds, "produce", "a gloss to a clip", commands.produce))
    _evaluate(_command(kinds, "evaluate", "scores of a run, as JSON", commands.evaluate))
    study = kinds.add_parser("study", help="run a study, and see what came out")
    studies.add_commands(study.add_subparsers(metavar="COMMAND", required=True), _command, at_least)
    assignment = kinds.add_parser(
        "assignment", help="hand out an ablation to a class, and grade what comes back"
    )
    assignments.add_commands(assignment.add_subparsers(metavar="COMMAND", required=True), _command, at_least)
    return top


def _command(kinds: Any, name: str, about: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    added = kinds.add_parser(name, help=about, description=run.__doc__)
    added.set_defaults(command=run, parser=added, prog=added.prog)
    return added


def _data(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--data",
        metavar="PATH",
        help="a folder or file of any supported format, puppet-words or puppet-weather (default: the puppet's "
        "corpus for this model)",
    )
    _corpus(added)


def _corpus(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--corpus",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="how puppets are drawn, such as size=128 (pixels; filmed clips are brought to it) or language=de; may be repeated",
    )


def _data_make(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "name", choices=("puppet-words", "puppet-weather"), help="isolated signs, or sentences"
    )
    added.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    added.add_argument(
        "--seed", type=at_least(0), default=0, help="another seed is another corpus (default: 0)"
    )
    added.add_argument(
        "--size",
        type=at_least(3),
        default=500,
        help="examples in all splits together; a tenth each for valid and test (default: 500)",
    )
    _corpus(added)


def _train(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "model",
        choices=MODELS,
        help="recogniser, text model, translator, or one of the two stages that make clips",
    )
    added.add_argument(
        "--preset",
        "--scale",
        default="quick",
        metavar="SCALE",
        help="smoke, quick, colab or paper (default: quick)",
    )
    added.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run, to be made")
    _data(added)
    added.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a field of the training, such as seed=1 or model.dim=64; may be repeated",
    )
    added.add_argument("--resume", action="store_true", help="go on where the run stopped")
    added.add_argument(
        "--visual", type=Path, metavar="RUN", help="visual encoder for translation (default: the shipped one)"
    )
    added.add_argument(
        "--text",
        type=Path,
        metavar="FOLDER",
        help="what translation starts from: a run of text, or mBART as Hugging Face's transformers write it, which text "
        "can start from too (default: from nothing)",
    )
    added.add_argument(
        "--pieces",
        type=Path,
        metavar="FILE",
        help="a SentencePiece model: text or translation write pieces of words (default: words, or as --text does)",
    )
    added.add_argument(
        "--autoencoder",
        type=Path,
        metavar="RUN",
        help="stage 1 for latent (default: the shipped one), or what an autoencoder begins with (default: nothing)",
    )


def _translate(added: argparse.ArgumentParser) -> None:
    added.add_argument("run", type=Path, metavar="RUN", help="of the translator")
    added.add_argument("clips", type=Path, nargs="+", metavar="CLIP", help="mp4, webm, avi, gif, ...")
    added.add_argument(
        "--beams", type=at_least(1), default=5, help="width of the search; 1 = greedy (default: 5)"
    )
    _precision(added)
    added.add_argument("--json", action="store_true", help="a list with the clips' names, for programs")
    added.add_argument(
        "--pixels", type=at_least(1), default=64, help="side of the square a clip becomes (default: 64)"
    )
    added.add_argument("--visual", type=Path, metavar="RUN", help="its visual encoder, if it was moved")


def _precision(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--precision",
        choices=("32-true", "bf16-mixed"),
        default="32-true",
        help="of the search for sentences; bf16-mixed is faster on some machines (default: 32-true)",
    )


def _produce(added: argparse.ArgumentParser) -> None:
    added.add_argument("run", type=Path, metavar="RUN", help="of the latent transformer")
    added.add_argument(
        "--autoencoder", type=Path, metavar="RUN", help="another with the same codes, to draw the clip"
    )
    asked = added.add_mutually_exclusive_group(required=True)
    asked.add_argument("--gloss", nargs="+", help="what to sign, such as RAIN; several make a longer clip")
    asked.add_argument("--sentence", help='what to sign, such as "tomorrow it will rain ."')
    added.add_argument(
        "--writer", type=Path, metavar="RUN", help="text model that writes the glosses of a sentence"
    )
    added.add_argument(
        "--frame", type=Path, metavar="PICTURE", help="who signs; the first frame of a clip will do"
    )
    added.add_argument("--out", type=Path, required=True, metavar="CLIP.mp4")
    added.add_argument(
        "--seed", type=at_least(0), default=0, help="the same seed gives the same clip (default: 0)"
    )
    _sampling(added)


def _sampling(added: argparse.ArgumentParser) -> None:
    added.add_argument("--top-k", type=at_least(1), help="draw from the k likeliest codes only")
    added.add_argument("--top-p", type=float, help="draw from the likeliest codes that hold this probability")
    added.add_argument("--temperature", type=float, help="below 1 more careful, above 1 bolder")
    added.add_argument(
        "--guidance", type=float, help="1 as learnt, above 1 nearer to the gloss; 1 is fastest"
    )


def _evaluate(added: argparse.ArgumentParser) -> None:
    added.add_argument("run", type=Path, metavar="RUN", help="of any model")
    _data(added)
    added.add_argument("--split", default="test", help="train, valid or test (default: test)")
    added.add_argument(
        "--beams", type=at_least(1), default=5, help="of the search for sentences (default: 5)"
    )
    _precision(added)
    added.add_argument(
        "--protocol",
        choices=tuple(PROTOCOLS),
        metavar="NAME",
        help=f"how translations are scored: {', '.join(PROTOCOLS)} (default: the corpus's own)",
    )
    added.add_argument("--limit", type=at_least(1), help="only so many first examples")
    added.add_argument("--cache", type=Path, metavar="FOLDER", help="keep drawn clips and features here")
    added.add_argument("--visual", type=Path, metavar="RUN", help="visual encoder or recogniser to use")
    added.add_argument("--estimator", type=Path, metavar="RUN", help="of poses, to judge made clips with")
    added.add_argument("--autoencoder", type=Path, metavar="RUN", help="another, to draw made clips")
    _sampling(added)
    added.add_argument(
        "--features",
        choices=("recogniser", "i3d"),
        default="recogniser",
        help="what sets of made clips are compared in (default: recogniser, a proxy)",
    )


if __name__ == "__main__":
    sys.exit(main())
