import os

import pytest


@pytest.fixture(autouse=True)
def _nobody_pulls_the_plug(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk: only a power failure would show it. killed_training.py waits as users do."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
