"""Runs made again in no time, for tests that are not about making them."""

from dataclasses import replace
from pathlib import Path

import handed_in
import numpy as np
import pytest

from signlab.assignment import checks
from signlab.assignment.settings import corpus_seed
from signlab.assignment.spot import Again, Limits
from signlab.study.ledger import to_line


@pytest.fixture
def made_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, int]]:
    """Let spot checks say what `handed_in.truth` says; the list grows by what was asked for."""
    asked: list[tuple[str, int]] = []
    klass = handed_in.a_class(tmp_path / "elsewhere")

    def instead(kind: str, level: str, settings: tuple[str, ...], seed: int, limits: Limits) -> Again:
        asked.append((level, seed))
        corpus = corpus_seed(settings)
        task = klass.students[0]._replace(corpus=corpus)
        run = next(run for run in handed_in.ledger_of(klass, task) if (run.level, run.seed) == (level, seed))
        assert np.isclose(run.metrics["psnr"], np.mean(handed_in.truth(corpus, level, seed)))
        return Again(to_line(replace(run, settings=settings)), "", True)

    monkeypatch.setattr(checks, "run_again", instead)
    return asked
