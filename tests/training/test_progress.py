import pytest

from signlab.training import progress


def test_nothing_is_shown_where_nobody_watches(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track(range(5), "training", total=5)) == [0, 1, 2, 3, 4]
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_shown_to_somebody(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "watched", lambda: True)
    assert list(progress.track(range(3), "training", total=3)) == [0, 1, 2]
    assert "training" in capfd.readouterr().out
