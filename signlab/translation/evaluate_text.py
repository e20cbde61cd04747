"""How well a text model writes sentences from glosses: what the best of recognisers could hope for. Chapter 9."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from signlab.metrics.protocols import protocol_named, protocol_of, score
from signlab.training import load_config
from signlab.translation.evaluate import side_by_side
from signlab.translation.pretrain import (
    TextTrainingConfig,
    from_glosses,
    load_text_model,
    measure_text,
    readable,
)
from signlab.translation.search import sentences_from
from signlab.translation.splits import AnyCorpus
from signlab.translation.text_model import Source, TextModel

BATCH = 64  # sentences written side by side


def evaluate_text(
    run: str | Path,
    corpus: AnyCorpus,
    split: str = "test",
    *,
    beams: int = 5,
    length_penalty: float = 1.0,
    limit: int | None = None,
    protocol: str | None = None,
) -> dict[str, Any]:
    """Write the sentences of a split from their glosses, and score them.

    Args:
        run: Folder of the text model's training.
        corpus: Sentences with glosses; no video is drawn or read.
        split: Which split of it.
        beams: Width of the search; 1 = greedy.
        length_penalty: See `beam_search`.
        limit: Only so many first examples of the split.
        protocol: How to score, by name; None = the corpus's own way, as in `evaluate_translation`.

    Returns:
        The protocol's name and the BLEU signature; scores in per cent under "model"; nats per token of the
        first sentences; the sentences, as they were written.

    Raises:
        ValueError: If no protocol is called so, it allows one reference and there are several, or an example
            lacks its sentence or its glosses.
    """
    chosen = protocol_of(corpus.name) if protocol is None else protocol_named(protocol)
    writes = load_config(run, TextTrainingConfig).writes
    examples = readable(corpus, split, writes=writes)[:limit]
    references = [example.sentences for example in examples]
    if not chosen.several:
        chosen.check(references)
    model = load_text_model(Path(run))
    told = measure_text(model, examples)
    glosses = [example.glosses for example in examples]
    written = write_from_glosses(model, glosses, beams=beams, length_penalty=length_penalty)
    return {
        "run": str(run),
        "corpus": corpus.name,
        "split": split,
        "examples": len(examples),
        "beams": beams,
        "length_penalty": length_penalty,
        "protocol": chosen.name,
        "signature": score(chosen, written, references)["signature"],
        "nats_per_token": told["surprise"],
        "token_accuracy": 100 * told["accuracy"],
        **side_by_side({"model": written}, references, protocol=chosen),
        "sentences": [
            {"name": example.name, "model": sentence, "references": list(example.sentences)}
            for example, sentence in zip(examples, written, strict=True)
        ],
    }


@torch.no_grad()
def write_from_glosses(
    model: TextModel, glosses: Sequence[Sequence[str]], *, beams: int = 5, length_penalty: float = 1.0
) -> list[str]:
    """A sentence for each row of glosses; one beam searches greedily."""
    model.eval()
    device, sentences = next(model.parameters()).device, []
    for start in range(0, len(glosses), BATCH):
        source = from_glosses(model.config, glosses[start : start + BATCH])
        memory = model.read(Source(*(one.to(device) for one in source)))
        sentences += sentences_from(model, memory, beams=beams, length_penalty=length_penalty)
    return sentences
