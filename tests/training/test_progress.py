import io
import sys
import types

import pytest

from signlab.training import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def sit_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, io.StringIO]:
    """Stderr is somebody's terminal, stdout goes to a file."""
    screen, file = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", file)
    for name in ("CI", *progress.NOTEBOOK_HOSTS, "TTY_COMPATIBLE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return screen, file


def test_nothing_is_shown_where_nobody_watches(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track("abcde", "training", total=5)) == list("abcde")
    assert capfd.readouterr() == ("", "")


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, results = sit_at_a_terminal(monkeypatch)
    assert list(progress.track("abc", "training", total=3)) == list("abc")
    assert "training" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()
    assert results.getvalue() == ""


def test_neither_ci_nor_another_process_shows_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, _ = sit_at_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "rank", lambda: 1)
    assert list(progress.track("abc", "training", total=3)) == list("abc")
    monkeypatch.setattr(progress, "rank", lambda: 0)
    monkeypatch.setenv("CI", "1")
    assert list(progress.track("abc", "training", total=3)) == list("abc")
    assert terminal.getvalue() == ""


def test_a_notebook_is_watched_only_with_a_person_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    for name in ("CI", *progress.NOTEBOOK_HOSTS):
        monkeypatch.delenv(name, raising=False)
    assert not progress.watched()
    monkeypatch.setenv("JPY_SESSION_NAME", "chapter.ipynb")
    assert progress.watched()
