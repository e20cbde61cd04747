"""A browser for the tests that need one, in a thread of its own so that several test modules can share it."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # so a shell starts what it puts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ADVICE = "No Chromium here: install it (Debian: apt-get install chromium) to test pages in a browser."
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>
<meta name="viewport" content="width=device-width"><style>
:root {{ color-scheme: light dark; }} body {{ font-family: sans-serif; margin: 1rem; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #121212; color: #eee; }} }}
</style></head><body><main><h1>Test</h1>{body}</main></body></html>"""


@pytest.fixture(scope="session")
def _browser_thread() -> Iterator[tuple[ThreadPoolExecutor, Any]]:
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip(ADVICE)
    assert CHROMIUM, ADVICE
    from playwright.sync_api import sync_playwright

    with ThreadPoolExecutor(max_workers=1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        launch = playwright.chromium.launch
        running = thread.submit(launch, executable_path=CHROMIUM, args=ARGUMENTS).result()
        yield thread, running
        thread.submit(running.close).result()
        thread.submit(playwright.stop).result()


@pytest.fixture
def visit(_browser_thread: tuple[ThreadPoolExecutor, Any], tmp_path: Path) -> Callable[..., Any]:
    """`visit(html, look, **settings)`: open the piece of a page from a file, return `look(page)`.

    Fails on any request that leaves the page and on any error in its console.
    """
    thread, running = _browser_thread

    def visit_page(body: str, look: Callable[[Any], Any], **settings: Any) -> Any:
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(body=body), encoding="utf-8")

        def work() -> Any:
            page = running.new_page(**settings)
            page.set_default_timeout(10_000)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
            page.on(
                "request",
                lambda request: (
                    None if request.url.startswith(("file:", "data:")) else problems.append(request.url)
                ),
            )
            try:
                page.goto(file.as_uri(), wait_until="load")
                return look(page), problems
            finally:
                page.close()

        seen, problems = thread.submit(work).result(timeout=60)
        assert problems == []
        return seen

    return visit_page


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[Any]]:
    """`axe(page)`: what axe-core finds wrong with a page, of any severity."""
    package = pytest.importorskip("axe_playwright_python")
    source = (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    def violations(page: Any) -> list[Any]:
        page.evaluate(source)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]

    return violations
