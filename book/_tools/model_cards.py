"""Cards of the shipped models, made from their folders: what each is, what it learnt from, how good it is, its limits."""

import json
import re
import struct
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "data" / "checkpoints"


class Figure(NamedTuple):
    """A number of a card."""

    words: str
    path: str  # in results.json, with dots
    unit: str = ""
    times: float = 1.0


class Card(NamedTuple):
    """What a person has to say of a model; the rest is read from its folder."""

    name: str  # of the folder
    use: str
    limits: str
    figures: tuple[Figure, ...]


JUDGED = (
    Figure("signs named right by the recogniser, real clips", "judged.recognised.real", "%", 100),
    Figure("the same, reconstructed", "judged.recognised.reconstructed", "%", 100),
)
CARDS = (
    Card(
        "visual",
        "names isolated signs of the puppet; its encoder gives the translator its features",
        "Knows the puppet's signs and nothing else. It sees 64 x 64 pixels, and confuses signs that differ in a finger.",
        (
            Figure("signs named right, unseen puppets", "top1", "%"),
            Figure("the right one among five", "top5", "%"),
            Figure("by chance", "chance", "%"),
        ),
    ),
    Card(
        "text",
        "restores sentences and writes them from glosses; the translator starts from it",
        "Has read the sentences of one invented grammar about the weather. It writes fluently whatever it is given.",
        (
            Figure("BLEU-4 from glosses", "model.bleu4"),
            Figure("sentences exactly right", "model.exact", "%"),
        ),
    ),
    Card(
        "glosses",
        "writes the glosses of a sentence, the first step of the round trip",
        "Glosses are not a language, and these have no place, direction or face in them. A word it has not read is refused.",
        (
            Figure("sentences whose glosses are all right, unseen meanings", "model.exact", "%"),
            Figure("glosses wrong", "model.word_error_rate", "%"),
        ),
    ),
    Card(
        "translation",
        "writes an English sentence for a clip of the puppet's weather",
        "Fluent when wrong: nothing in a sentence shows that a place or a number in it is made up. Not for any real signing.",
        (
            Figure("BLEU-4, unseen puppets and sentences", "model.bleu4"),
            Figure("BLEU-4 of the nearest training clip's sentence", "nearest.bleu4"),
            Figure("BLEU-4 of the commonest sentence", "majority.bleu4"),
            Figure("sentences exactly right", "model.exact", "%"),
        ),
    ),
    Card(
        "autoencoder",
        "tells a clip in codes and draws it again",
        "Fingers blur where hands are fast. It has learnt ten puppets' colours and builds.",
        (
            Figure("PSNR, unseen puppets", "psnr", "dB"),
            Figure("PSNR in the hands' boxes", "hand_psnr", "dB"),
            Figure("energy of edges, the clips' own = 1", "sharpness"),
            *JUDGED,
        ),
    ),
    Card(
        "vq-gan",
        "the same codes, drawn by a decoder that critics have judged",
        "Sharper, and no more faithful: what it invents looks like what it knows.",
        (
            Figure("PSNR, unseen puppets", "psnr", "dB"),
            Figure("PSNR in the hands' boxes", "hand_psnr", "dB"),
            Figure("energy of edges, the clips' own = 1", "sharpness"),
            *JUDGED,
        ),
    ),
    Card(
        "latent",
        "writes the codes of one sign, from its gloss and a first frame",
        "Knows two puppets; for others see the second figure. A recogniser that names its signs is no proof that a person would.",
        (
            Figure("generated signs named right, known puppets", "judged.recognised.generated", "%", 100),
            Figure("the same, new puppets", "new:judged.recognised.generated", "%", 100),
            Figure("real clips, known puppets", "judged.recognised.real", "%", 100),
            Figure("by chance", "chance", "%", 100),
        ),
    ),
    Card(
        "estimator",
        "reads joints, handshapes and faces off clips: an instrument that judges made ones",
        "Trained on the puppet's true joints; on anything else its answers mean nothing.",
        (
            Figure("joints off, in fractions of the frame's side", "joints"),
            Figure("handshapes read right", "parameters.handshape", "%", 100),
        ),
    ),
)


def as_markdown() -> str:
    """All cards."""
    commands = _commands()
    blocks = []
    for card in CARDS:
        folder = SHIPPED / card.name
        results = {"": _read(folder / "results.json"), "new": _read(folder / "results-new-puppets.json")}
        rows = [f"| {one.words} | {_value(results, one)} |" for one in card.figures]
        weights = folder / "weights.safetensors"
        blocks += [
            f"## {card.name}",
            f"**For:** {card.use}.",
            f"**Size:** {_numbers_in(weights):,} weights, {weights.stat().st_size / 1e6:.1f} MB in half precision.",
            "| measured on the test split | value |\n|---|--:|\n" + "\n".join(rows),
            f"**Limits:** {card.limits}",
            f"**Trained by:** {commands[card.name]}",
        ]
    return "\n\n".join(blocks)


def _commands() -> dict[str, str]:
    """How each was trained, as the folder's README says."""
    rows = re.findall(
        r"^\| `([\w-]+)` \| .*? \| (.*) \|$",
        (SHIPPED / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return dict(rows)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _value(results: dict[str, dict[str, Any]], figure: Figure) -> str:
    which, _, path = figure.path.rpartition(":")
    value: Any = results[which]
    for name in path.split("."):
        value = value[name]
    return f"{figure.times * value:.3g} {figure.unit}".rstrip()


def _numbers_in(weights: Path) -> int:
    """How many numbers a file of tensors holds, by its header."""
    with weights.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return sum(prod(one["shape"]) for name, one in header.items() if name != "__metadata__")
