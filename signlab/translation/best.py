"""The weights that have translated best so far, kept beside a run. Chapter 9."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from signlab.data.batches import collate
from signlab.data.example import SignExample
from signlab.metrics.protocols import EvaluationProtocol, score
from signlab.training.device import rank
from signlab.training.run_folder import one_sentence
from signlab.training.weights import publish
from signlab.translation.model import SignTranslator
from signlab.translation.search import sentences_from
from signlab.translation.vocabularies import keep_vocabulary

BATCH = 16  # clips translated side by side
BEAMS = 5
BLEU = "valid/bleu4"  # in a run's log


class BestSoFar:
    """Keeps the weights with the best BLEU-4 on unseen clips; their folder is a run itself.

    Args:
        folder: Where they are kept.
        examples: The unseen clips, with features.
        config: Of the training, as it is to stand there; the runs that it names are seen from there.
        protocol: How translations are scored.
        log: Lines of the training's log so far, if it goes on: the best of them is to be beaten.

    Raises:
        ValueError: If the protocol cannot score the examples; at once, not when the first weights are ready.

    Source: CV-SLT (Zhao et al., 2024) takes the epoch with the best BLEU-4 on the split "dev", five beams.
    """

    def __init__(
        self,
        folder: Path,
        examples: Sequence[SignExample],
        *,
        config: Any,
        protocol: EvaluationProtocol,
        log: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.folder, self.examples, self.config, self.protocol = folder, examples, config, protocol
        self._bleu_of([example.sentences[0] for example in examples])
        self.bleu = max((row[BLEU] for row in log if BLEU in row), default=-1.0)

    def look(self, model: SignTranslator, *, step: int) -> float:
        """Translate the examples, keep the weights if that has never gone as well, and return BLEU-4 in per cent.

        Raises:
            OSError: If they cannot be written.
        """
        found = self._bleu_of(_translated(model, self.examples))
        if found > self.bleu:
            self.bleu = found
            self._keep(model, step)
        return found

    def _bleu_of(self, sentences: Sequence[str]) -> float:
        return score(self.protocol, sentences, [example.sentences for example in self.examples])["bleu4"]

    def _keep(self, model: SignTranslator, step: int) -> None:
        if rank() != 0:
            return
        with one_sentence(self.folder, "The best weights"):
            self.folder.mkdir(parents=True, exist_ok=True)
            publish(self.folder, self.config, model, model.state_dict(), step=step, half=False)
        keep_vocabulary(model.config, self.folder)


@torch.no_grad()
def _translated(model: SignTranslator, examples: Sequence[SignExample]) -> list[str]:
    """A sentence for each example, by the prior path."""
    model.eval()
    device, sentences = next(model.parameters()).device, []
    for start in range(0, len(examples), BATCH):
        batch = collate(examples[start : start + BATCH]).to(device)
        sentences += sentences_from(model, model.read(batch), beams=BEAMS)
    return sentences
