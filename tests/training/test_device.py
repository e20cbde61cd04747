import sys

import pytest
import torch

from signlab.training.device import launch


def test_the_seed_decides_the_weights() -> None:
    weights = []
    for seed in (3, 3, 5):
        launch(accelerator="cpu", seed=seed)
        weights.append(torch.nn.Linear(3, 5).weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_without_fabric_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(ValueError, match="pip install lightning-fabric"):
        launch()
