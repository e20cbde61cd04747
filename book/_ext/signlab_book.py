"""Sphinx extension: pages work offline and without console errors; captions are of pictures; docstrings lead to chapters."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

CHAPTER = re.compile(r"\bChapters? (\d+)(?:(?:,| and) (\d+))*")
NUMBER = re.compile(r"\d+")
EMPHASIS = re.compile(r"(?<![\w*])\*[A-Za-z][^*]*[\w.:]\*(?![\w*])")
FIELD = re.compile(r"\s*(:[^:]+:|\.\. \w+::)\s*")  # what napoleon has written at the start of a line


class CaptionsOfPicturesOnly(SphinxTransform):
    """A cell's caption belongs to its picture; myst-nb gives it to the table beside the picture as well."""

    default_priority = 500

    def apply(self, **_kwargs: Any) -> None:
        for figure in list(self.document.findall(nodes.figure)):
            if not any(figure.findall(nodes.image)):
                figure.replace_self([one for one in figure.children if not isinstance(one, nodes.caption)])


def _number_in_chapters_only(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that are no chapter have no number that the numbers of their figures could begin with."""
    for page in [one for one in env.toc_fignumbers if not re.search(r"/ch\d\d-", one)]:
        del env.toc_fignumbers[page]
    return []


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


def _lead_to_chapters(
    app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    """Make a docstring into reStructuredText: names in backticks are code, "Chapter 5" is a link, a star is a star."""
    pages = {
        int(path.name[2:4]): path.stem for path in sorted((Path(app.srcdir) / "book").glob("ch[0-9]*.ipynb"))
    }

    def linked(match: re.Match[str]) -> str:
        if match[2] is None:
            return _link(pages, int(match[1]), match[0])
        return NUMBER.sub(lambda number: _link(pages, int(number[0]), number[0]), match[0])

    for at, line in enumerate(lines):
        field = FIELD.match(line)
        head = field[0] if field else ""
        parts = re.split(r"(``.+?``|`[^`]+`)", line.removeprefix(head))
        lines[at] = head + "".join(
            _code(part) if part.startswith("`") else CHAPTER.sub(linked, _plain(part)) for part in parts
        )


def _plain_signature(
    _app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Let a default that is made anew for each object be written so that Sphinx can read the signature."""
    return signature and signature.replace("<factory>", "..."), returns


def _tell_fields(_app: Sphinx, what: str, _name: str, obj: Any, _options: Any, lines: list[str]) -> None:
    """Let the comments behind a dataclass's or a named tuple's fields be the descriptions of its parameters."""
    if what != "class" or any(line.startswith(":param") for line in lines):
        return
    told = [f":param {name}: {words[0].upper()}{words[1:]}" for name, words in _comments(obj).items()]
    if told:
        lines += ["", *told, ""]


def _comments(kind: type) -> dict[str, str]:
    """What stands behind each field of a class in its source."""
    try:
        source = inspect.cleandoc("\n" + inspect.getsource(kind))
        body = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return {}
    rows = source.splitlines()
    found = {}
    for one in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.end_lineno:
            _, sign, words = rows[one.end_lineno - 1][one.end_col_offset or 0 :].partition("#")
            if sign and words.strip():
                found[one.target.id] = words.strip()
    return found


def _link(pages: dict[int, str], number: int, words: str) -> str:
    return f":doc:`{words} </book/{pages[number]}>`" if number in pages else words


def _code(part: str) -> str:
    return f"``{part.strip('`')}``"


def _plain(part: str) -> str:
    """Words with the signs that reStructuredText would read as markup."""
    emphasis = EMPHASIS.search(part)
    if emphasis:
        start, end = emphasis.span()
        return _plain(part[:start]) + emphasis[0] + _plain(part[end:])
    return re.sub(r"(?<!:)([*|\\]|(?<=\w)_(?!\w))", r"\\\1", part)


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.add_transform(CaptionsOfPicturesOnly)
    app.connect("autodoc-process-signature", _plain_signature)
    app.connect("autodoc-process-docstring", _tell_fields, priority=800)  # after napoleon
    app.connect("autodoc-process-docstring", _lead_to_chapters, priority=900)
    app.connect("env-get-updated", _number_in_chapters_only, priority=900)  # after Sphinx has counted
    app.connect("html-page-context", _drop_repeated_scripts, priority=900)
    app.set_html_assets_policy("always")  # MathJax on every page: quizzes have formulas too
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
