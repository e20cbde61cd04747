"""How well a recogniser and a translator do on a split, beside what needs no learning. Chapter 9."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange

from signlab.data.batches import collate
from signlab.data.example import SignExample
from signlab.metrics.bootstrap import error_rate_difference, error_rate_interval
from signlab.metrics.protocols import PUPPET, EvaluationProtocol, protocol_named, protocol_of, score
from signlab.metrics.text import word_error_rate
from signlab.shapes import Float, UInt8
from signlab.translation.baselines import best_constant, nearest_neighbours
from signlab.translation.feature_cache import with_features
from signlab.translation.features import WordRecognizer
from signlab.translation.splits import AnyCorpus, at_hand, texts
from signlab.translation.system import load_translation
from signlab.translation.train import measure
from signlab.translation.train_visual import load_recognizer

MOST_CONFUSIONS = 20  # named in a report


def evaluate_translation(
    run: str | Path,
    corpus: AnyCorpus,
    split: str = "test",
    *,
    beams: int = 5,
    length_penalty: float = 1.0,
    visual: str | Path | None = None,
    cache: Path | None = None,
    limit: int | None = None,
    protocol: str | None = None,
    precision: str = "32-true",
) -> dict[str, Any]:
    """Translate a split and score the sentences, beside two baselines that learn nothing.

    Args:
        run: Folder of the translator's training.
        corpus: What to translate; its split "train" feeds the baselines.
        split: Which split of it.
        beams: Width of the search; 1 = greedy.
        length_penalty: See `beam_search`.
        visual: Run of the visual encoder, if it is not where the translator's run says.
        cache: Where generated clips and features are kept; None = computed anew and not kept.
        limit: Only so many first examples of the split.
        protocol: How to score, by name (see `signlab.metrics.protocols`); None = the corpus's own way: CV-SLT's
            for PHOENIX14T and CSL-Daily, "puppet" for all others.
        precision: In which sentences are searched for, see `TranslationSystem.translate`; nats are in single
            precision always.

    Returns:
        The protocol's name and the BLEU signature; scores in per cent under "model", "majority" (see
        `best_constant`) and "nearest" (see `nearest_neighbours`); under "unseen" the same for the examples
        whose sentence is not in the training split, if it has some but not all of them; nats per token; the
        sentences, as they were written. Word error rates, with intervals, are there if each example has one
        reference; they too are counted in what the protocol makes of the sentences.

    Raises:
        ValueError: If no protocol is called so, it allows one reference and there are several, or the data
            lack the features that the translator was trained on.
    """
    chosen = protocol_of(corpus.name) if protocol is None else protocol_named(protocol)
    system = load_translation(run, visual=visual)
    train, wanted = corpus.split("train"), corpus.split(split)
    if limit is not None:
        wanted = [wanted[index] for index in range(min(limit, len(wanted)))]
    if system.encoder is None and wanted[0].features is None:
        raise ValueError(
            f"The translator at {run} was trained on features that came with its data, but {corpus.name} has "
            "none; give it data with such features."
        )
    if not chosen.several:
        chosen.check([example.sentences for example in texts(wanted)])
    if cache is not None:
        train, wanted = at_hand(train, cache), at_hand(wanted, cache)
    if system.encoder is not None:
        train = with_features(system.encoder, train, folder=cache)
        wanted = with_features(system.encoder, wanted, folder=cache)
    train, wanted = list(train), list(wanted)
    told = measure(system.translator, wanted, vocabulary=system.config.model.vocabulary)
    learnt = [example.sentences[0] for example in train]
    written = {
        "model": system.translate_examples(
            wanted, beams=beams, length_penalty=length_penalty, precision=precision
        ),
        "majority": [best_constant(learnt)] * len(wanted),
        "nearest": [learnt[index] for index in nearest_neighbours(train, wanted)],
    }
    references = [example.sentences for example in wanted]
    return {
        "run": str(run),
        "corpus": corpus.name,
        "split": split,
        "examples": len(wanted),
        "beams": beams,
        "length_penalty": length_penalty,
        "precision": precision,
        "protocol": chosen.name,
        "signature": score(chosen, written["model"], references)["signature"],
        "nats_per_token": told["surprise"],
        "token_accuracy": 100 * told["accuracy"],
        **side_by_side(written, references, protocol=chosen),
        **_unseen(written, references, set(learnt), protocol=chosen),
        "sentences": [
            {"name": example.name, "model": model, "nearest": nearest, "references": list(example.sentences)}
            for example, model, nearest in zip(wanted, written["model"], written["nearest"], strict=True)
        ],
    }


def side_by_side(
    written: dict[str, list[str]],
    references: Sequence[Sequence[str]],
    *,
    protocol: EvaluationProtocol = PUPPET,
) -> dict[str, dict[str, Any]]:
    """The scores of each system; where there are word error rates, with 95 % intervals over sentences.

    "word_error_rate_difference" is the interval of the model's rate minus that of the baseline.
    """
    found: dict[str, dict[str, Any]] = {
        name: dict(scores(one, references, protocol=protocol)) for name, one in written.items()
    }
    if all(len(several) == 1 for several in references):
        tokens = {name: protocol.prepare(one, references) for name, one in written.items()}
        right = [several[0] for several in tokens["model"].references]
        for name, (sentences, _) in tokens.items():
            found[name]["word_error_rate_interval"] = list(error_rate_interval(sentences, right))
            if name != "model":
                difference = error_rate_difference(tokens["model"].sentences, sentences, right)
                found[name]["word_error_rate_difference"] = list(difference)
    return found


def _unseen(
    written: dict[str, list[str]],
    references: Sequence[Sequence[str]],
    learnt: set[str],
    *,
    protocol: EvaluationProtocol = PUPPET,
) -> dict[str, Any]:
    """The scores where no reference stands in the training split; nothing if that is everywhere or nowhere."""
    new = [index for index, several in enumerate(references) if not learnt & set(several)]
    if len(new) in (0, len(references)):
        return {}
    some = {name: [sentences[index] for index in new] for name, sentences in written.items()}
    right = [references[index] for index in new]
    return {"unseen": {"examples": len(new), **side_by_side(some, right, protocol=protocol)}}


def scores(
    sentences: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    protocol: EvaluationProtocol = PUPPET,
) -> dict[str, float]:
    """Every text metric that applies, in per cent."""
    counted = score(protocol, sentences, references)
    found = {name: value for name, value in counted.items() if name not in ("protocol", "signature")}
    if all(len(several) == 1 for several in references):
        tokens = protocol.prepare(sentences, references)
        found["word_error_rate"] = word_error_rate(tokens.sentences, [one for (one,) in tokens.references])
    return found


def evaluate_recognition(
    run: str | Path,
    corpus: AnyCorpus,
    split: str = "test",
    *,
    cache: Path | None = None,
    limit: int | None = None,
) -> dict[str, Any]:
    """Name the signs of a split.

    Args:
        run: Folder of the recogniser's training.
        corpus: Isolated signs.
        split: Which split of it.
        cache: Where generated clips are kept; None = drawn anew and not kept.
        limit: Only so many first examples of the split.

    Returns:
        Top-1 and top-5 accuracy and chance in per cent, and the most frequent confusions.

    Raises:
        ValueError: If the split has a gloss that the recogniser has never met.
    """
    recognizer = load_recognizer(Path(run))
    wanted = corpus.split(split)
    if limit is not None:
        wanted = [wanted[index] for index in range(min(limit, len(wanted)))]
    if cache is not None:
        wanted = at_hand(wanted, cache)
    known = recognizer.config.glosses
    truth = [example.glosses[0] for example in texts(wanted)]
    strange = sorted(set(truth) - set(known))
    if strange:
        raise ValueError(
            f"A recogniser can be tested on glosses it has met, but {strange[0]!r} of {corpus.name} is none "
            f"of its {len(known)}; was it trained on another corpus?"
        )
    logits = recognise(recognizer, wanted)
    ranked = logits.argsort(dim=1, descending=True)
    labels = rearrange(torch.tensor([known.index(gloss) for gloss in truth]), "clips -> clips 1")
    hits = ranked == labels
    guesses = [known[int(row[0])] for row in ranked]
    wrong = Counter((t, g) for t, g in zip(truth, guesses, strict=True) if t != g)
    return {
        "run": str(run),
        "corpus": corpus.name,
        "split": split,
        "examples": len(wanted),
        "top1": 100 * hits[:, :1].any(dim=1).float().mean().item(),
        "top5": 100 * hits[:, :5].any(dim=1).float().mean().item(),
        "chance": 100 / len(known),
        "confusions": [
            {"gloss": gloss, "named": named, "times": times}
            for (gloss, named), times in wrong.most_common(MOST_CONFUSIONS)
        ],
    }


@torch.no_grad()
def recognise(
    recognizer: WordRecognizer, examples: Sequence[SignExample]
) -> Float[torch.Tensor, "clips vocab"]:
    """One logit for each clip and gloss."""
    recognizer.eval()
    rows = []
    for start in range(0, len(examples), 32):
        batch = collate(examples[start : start + 32])
        assert batch.video is not None
        assert batch.frames_mask is not None
        rows.append(recognizer(batch.video, batch.frames_mask))
    return torch.cat(rows)


def recognise_videos(
    recognizer: WordRecognizer, videos: UInt8[np.ndarray, "clips frames height width 3"]
) -> list[str]:
    """The likeliest gloss of each clip of one sign; clips as they are stored."""
    examples = [SignExample(name=f"clip {index}", video=clip) for index, clip in enumerate(videos)]
    best = recognise(recognizer, examples).argmax(dim=1)
    return [recognizer.config.glosses[int(index)] for index in best]


@torch.no_grad()
def pooled_features(
    recognizer: WordRecognizer, videos: Float[torch.Tensor, "batch 3 frames height width"]
) -> Float[torch.Tensor, "batch dim"]:
    """What the recogniser sees in clips in [-1, 1] before it names them; they are of one length."""
    recognizer.eval()
    mask = torch.ones(len(videos), videos.shape[2], dtype=torch.bool, device=videos.device)
    return recognizer.pooled(videos, mask)
