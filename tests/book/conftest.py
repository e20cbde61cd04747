"""The built pages and a browser, for all tests of the book."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from built_pages import ADVICE, ARGUMENTS, CHROMIUM, ROOT, SITE


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "book" / "index.html").exists():
        builder = Path(sys.executable).with_name("jupyter-book")
        subprocess.run([builder, "build", ".", "-W", "-n", "--keep-going", "-q"], check=True, cwd=ROOT)
    return SITE


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, ADVICE
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()
