"""Sphinx extension: small repairs that let the built book work offline and without console errors."""

from typing import Any

from sphinx.application import Sphinx


def _drop_repeated_scripts(
    _app: Sphinx, _pagename: str, _templatename: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Keep one copy of each inline script: sphinx-thebe and sphinx-togglebutton add theirs twice."""
    seen: set[str] = set()
    kept = []
    for script in context.get("script_files", []):
        body = script.attributes.get("body")
        if body and not script.filename:
            if body in seen:
                continue
            seen.add(body)
        kept.append(script)
    if "script_files" in context:
        context["script_files"][:] = kept


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _drop_repeated_scripts, priority=900)
    app.set_html_assets_policy("always")  # MathJax on every page: quizzes have formulas too
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
