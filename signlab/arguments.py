"""What a command was given, checked before anything is drawn or trained. Chapter 2."""

import dataclasses
import json
import math
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from signlab.data.listing import AnyCorpus

STANDS_IN = {
    "visual": "puppet-words",
    "text": "puppet-weather",
    "translation": "puppet-weather",
}  # --data where none is given
# each gloss once; drawing thousands takes longer than smoke may
SMOKE_CORPUS = ("train=160", "valid=24", "test=24")
MARKS = {
    "visual": "augmentation",
    "text": "share_of_glosses",
    "translation": "visual_hash",
    "autoencoder": "commitment_weight",
    "latent": "autoencoder_digest",
    "estimator": "joints_weight",
}  # a field that only the configuration of this model has
MAY_BE_ZERO = ("seed", "draw_seed", "warmup_steps", "recolourings", "free_batches", "features_dim")
SHARES = (
    "dropout",
    "attention_dropout",
    "hidden_dropout",
    "share_of_glosses",
    "masked",
    "deleted",
    "label_smoothing",
    "steps_dropped",
    "softness",
    "absent_gloss",
    "absent_frame",
    "hidden_codes",
)  # of a whole
Config = TypeVar("Config")


def corpus_of(args: Namespace, kind: str) -> AnyCorpus:
    """The corpus that a command was asked to use, puppets drawn as ``--corpus`` says."""
    from signlab.data.puppet.corpus import PuppetConfig
    from signlab.data.sources import open_corpus
    from signlab.training.config import override

    usual = SMOKE_CORPUS if getattr(args, "preset", "") == "smoke" else ()
    config = override(PuppetConfig(), [*usual, *args.corpus])
    return open_corpus(args.data or STANDS_IN.get(kind, "puppet-words"), config=config)


def to_train_on(args: Namespace) -> AnyCorpus:
    """The corpus of a training, with the splits that the model needs.

    Raises:
        ValueError: If a split is not there.
    """
    corpus = corpus_of(args, args.model)
    needed = ("train",) if args.model in ("text", "translation") else ("train", "valid")
    missing = [name for name in needed if name not in corpus.splits]
    if missing:
        raise ValueError(
            f"Training {args.model} needs a split {missing[0]}, but {args.data} has only {', '.join(corpus.splits)}; "
            "use other data, or name the split in its table."
        )
    return corpus


def configured(preset: Config, settings: Sequence[str]) -> Config:
    """A scale's configuration, changed as ``--set`` says.

    Raises:
        ValueError: If a setting is wrong, a number of things is none, or a number negative or a share above 1.
    """
    from signlab.training.config import override

    config = override(preset, settings)
    _check_numbers(config, within="")
    return config


def _check_numbers(config: Any, *, within: str) -> None:
    for one in dataclasses.fields(config):
        value = getattr(config, one.name)
        least = 0 if one.name in MAY_BE_ZERO else 1
        if dataclasses.is_dataclass(value):
            _check_numbers(value, within=f"{within}{one.name}.")
        elif type(value) is int and value < least:
            raise ValueError(f"{within}{one.name} must be {least} or more, but got {value}.")
        elif type(value) is float and not 0 <= value <= (1 if one.name in SHARES else math.inf):
            bounds = "lie in [0, 1]" if one.name in SHARES else "be 0 or more"
            raise ValueError(f"{within}{one.name} must {bounds}, but got {value}.")


def check_language(args: Namespace, model: Any) -> None:
    """See to it, before anything is begun, that a training can start from what it was given to start from.

    Args:
        args: With "text", a run of a text model (for a translator) or the folder of an mBART; and "pieces".
        model: The configuration of the model that is to be trained.

    Raises:
        ValueError: If it is neither, of another shape, or a SentencePiece model is none.
    """
    from signlab.data.pieces import PieceVocabulary
    from signlab.translation.material import text_config
    from signlab.translation.mbart import mbart_config
    from signlab.translation.mbart_folder import is_hugging_face
    from signlab.translation.text_model import check_language_parts

    if args.text is not None and args.pieces is not None:
        raise ValueError(
            f"What a training starts from decides what it writes, but got --text {args.text} beside --pieces "
            f"{args.pieces}; leave one of them out."
        )
    if args.text is not None:
        if args.model == "text" or is_hugging_face(args.text):
            given = mbart_config(args.text)
        else:
            given = text_config(run_of("text", args.text))
        check_language_parts(given, model, args.text)
    if args.pieces is not None:
        PieceVocabulary(args.pieces, ())


def new_run(run: Path, *, resume: bool) -> None:
    """Make the folder of a training.

    Raises:
        ValueError: If it holds a training that is not to be gone on with, or cannot be made.
    """
    if (run / "config.json").exists() and not resume:
        raise ValueError(
            f"A training needs a folder of its own, but {run} holds one; add --resume to go on with it, or name another."
        )
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--out must be a folder that can be made, but {run}: {error.strerror}.") from error


def kind_of(run: Path) -> str:
    """Which of the models a run has trained, told by the fields of its configuration.

    Raises:
        ValueError: If it is no run, or of none of them.
    """
    try:
        fields = json.loads((run / "config.json").read_text(encoding="utf-8"))
        found = [kind for kind, mark in MARKS.items() if mark in fields]
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"A run must be the folder of a training with a config.json, but {run} has none that can be read."
        ) from error
    if len(found) != 1:
        raise ValueError(f"{run} must be a run of one of {', '.join(MARKS)}, but its config.json is of none.")
    return found[0]


def run_of(kind: str, run: Path) -> Path:
    """The run itself, if it is one of this kind.

    Raises:
        ValueError: If it is no run, or one of another model.
    """
    found = kind_of(run)
    if found != kind:
        raise ValueError(f"A run of {kind} is needed here, but {run} is one of {found}.")
    return run
