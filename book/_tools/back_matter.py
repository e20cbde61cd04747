"""What the book says of its own chapters, made from their metadata: who needs what, symptoms, costs.

usage: back_matter.py [--check]

A page holds ``<!-- made: NAME -->`` and ``<!-- end -->``; what stands between them is written anew. --check writes
nothing and says which pages are out of date.
"""

import argparse
import html
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model_cards import as_markdown

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
PAGES = ("ways.md", "symptoms.md", "costs.md", "progress.md", "model-cards.md")
PARTS = {range(1, 4): 0, range(4, 11): -1, range(11, 17): 1, range(17, 99): 0}  # chapters: where they stand
BOX, GAP, STEP = 168, 20, 84  # width of a box, room beside it, from one row to the next


class Chapter(NamedTuple):
    """A notebook of the book."""

    path: Path
    number: int  # -1 = none
    title: str
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """As the table of contents calls it."""
        return self.path.stem

    @property
    def reference(self) -> str:
        """A link to it."""
        words = f"{self.number}. {self.title}" if self.number > 0 else self.title
        return f"{{doc}}`{words} <{self.name}>`"


def chapters() -> list[Chapter]:
    """All notebooks, in the order of their names."""
    found = []
    for path in sorted(BOOK.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        lines = "".join(
            "".join(cell["source"]) + "\n" for cell in notebook["cells"] if cell["cell_type"] == "markdown"
        )
        title = re.findall(r"^# (.+)$", lines, flags=re.MULTILINE)[0]
        about = notebook["metadata"].get("signlab", {})
        found.append(Chapter(path, about.get("chapter", -1), title.replace("`", ""), about))
    return found


def symptoms(all_of_them: Sequence[Chapter]) -> str:
    """A table: what one sees, what it is, and where the book brings it about."""
    lines = ["| what you see | what it often is | where it is broken on purpose |", "|---|---|---|"]
    for chapter in all_of_them:
        for one in chapter.about.get("symptoms", ()):
            where = f"{chapter.reference}, *{one['section']}*"
            lines.append(f"| {one['symptom']} | {one['cause']} | {where} |")
    return "\n".join(lines)


def costs(all_of_them: Sequence[Chapter]) -> str:
    """A table of what running each notebook takes."""
    lines = ["| page | seconds | memory, MB | download, MB |", "|---|--:|--:|--:|"]
    total = 0.0
    for chapter in all_of_them:
        cost = chapter.about.get("cost")
        if cost:
            total += cost["seconds"]
            size = chapter.path.stat().st_size / 1e6
            lines.append(
                f"| {chapter.reference} | {cost['seconds']:g} | {cost['megabytes']:,g} | {size:.1f} |"
            )
    lines.append(f"| all of them | {total:,g} | | |")
    return "\n".join(lines)


def needs(all_of_them: Sequence[Chapter]) -> str:
    """Which chapter needs which, as a picture and as a list for those who do not see it."""
    graph = {one.number: one for one in all_of_them if "needs" in one.about}
    depth: dict[int, int] = {}
    for number in sorted(graph):
        depth[number] = max((depth[before] + 1 for before in graph[number].about["needs"]), default=0)
    places = _places(graph, depth)
    width, height = 4 * (BOX + GAP) + GAP, (max(depth.values()) + 1) * STEP
    arrows = "".join(
        _arrow(places[before], places[number]) for number in graph for before in graph[number].about["needs"]
    )
    boxes = "".join(_box(graph[number], *places[number]) for number in graph)
    label = "Chapters and what they need; the same as a list is below."
    picture = (
        f'<div class="chapter-map"><svg viewBox="0 0 {width} {height}" role="group" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg">{arrows}{boxes}</svg></div>'
    )
    words = [
        f"- {one.reference}: "
        + (f"after {_joined(one.about['needs'])}" if one.about["needs"] else "needs no other chapter")
        for one in graph.values()
    ]
    return f"{picture}\n\n" + "\n".join(words)


def _places(graph: dict[int, Chapter], depth: dict[int, int]) -> dict[int, tuple[float, float]]:
    """The middle of each chapter's box: rows by what it needs, the two systems on either side."""
    middle, found = (4 * (BOX + GAP) + GAP) / 2, {}
    for number in graph:
        side = next(where for numbers, where in PARTS.items() if number in numbers)
        row = [n for n in graph if depth[n] == depth[number] and _side(n) == side]
        shift = (row.index(number) - (len(row) - 1) / 2) * (BOX + GAP)
        found[number] = (middle + side * (BOX + GAP) + shift, depth[number] * STEP + STEP / 2)
    return found


def _side(number: int) -> int:
    return next(where for numbers, where in PARTS.items() if number in numbers)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = start, end
    y, to_y = y + 24, to_y - 24
    middle = (y + to_y) / 2
    curve = f"M{x:g} {y:g} C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"
    return f'<path class="need" d="{curve} m-4 -6 l4 6 l4 -6"/>'


def _box(chapter: Chapter, x: float, y: float) -> str:
    lines = _wrapped(f"{chapter.number}. {chapter.title}")
    first = y - 8 * (len(lines) - 1) + 4.5
    text = "".join(
        f'<tspan x="{x:g}" y="{first + 16 * at:g}">{html.escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    return (
        f'<a href="{chapter.name}.html"><rect x="{x - BOX / 2:g}" y="{y - 24:g}" width="{BOX}" height="48" rx="6"/>'
        f"<text>{text}</text></a>"
    )


def _wrapped(text: str) -> list[str]:
    """At most two lines; what is longer is cut at a colon or shortened."""
    text = text if len(text) <= 44 else text.split(":")[0]
    words, lines = text.split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > 22:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if len(lines) <= 2 else [lines[0], f"{lines[1]} …"]


def _joined(numbers: Sequence[int]) -> str:
    return " and ".join(f"chapter {number}" for number in numbers)


def progress(all_of_them: Sequence[Chapter]) -> str:
    """A table that the reader's browser fills in."""
    rows = []
    for chapter in all_of_them:
        if chapter.number < 0:
            continue
        quiz = ROOT / "data" / "quizzes" / f"chapter{chapter.number:02d}.json"
        questions = len(json.loads(quiz.read_text(encoding="utf-8"))) if quiz.exists() else 0
        title = f"{chapter.number}. {chapter.title}" if chapter.number else chapter.title
        rows.append(
            f'<tr data-page="{chapter.name}" data-questions="{questions or ""}">'
            f'<th scope="row"><a href="{chapter.name}.html">{html.escape(title)}</a></th>'
            "<td>–</td><td>–</td><td>–</td></tr>"
        )
    header = "".join(f'<th scope="col">{name}</th>' for name in ("page", "first opened", "answered", "right"))
    return (
        '<div class="wide"><table class="table kept"><caption>Pages, and the questions at their ends.</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def models(_: Sequence[Chapter]) -> str:
    """The cards of the shipped models."""
    return as_markdown()


MADE: dict[str, Callable[[Sequence[Chapter]], str]] = {
    "symptoms": symptoms,
    "costs": costs,
    "needs": needs,
    "progress": progress,
    "models": models,
}


def fresh(text: str, all_of_them: Sequence[Chapter]) -> str:
    """A page with everything between its marks made anew."""

    def made(match: re.Match[str]) -> str:
        return f"<!-- made: {match[1]} -->\n\n{MADE[match[1]](all_of_them)}\n\n<!-- end -->"

    return re.sub(r"<!-- made: (\w+) -->.*?<!-- end -->", made, text, flags=re.DOTALL)


def refresh_pages(*, write: bool = True) -> list[str]:
    """Write the pages anew that are out of date; return their names."""
    found, old = chapters(), []
    for name in PAGES:
        path = BOOK / name
        text = path.read_text(encoding="utf-8")
        if (new := fresh(text, found)) != text:
            old.append(name)
            if write:
                path.write_text(new, encoding="utf-8")
    return old


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    old = refresh_pages(write=not options.check)
    if options.check and old:
        sys.exit(f"Out of date: {', '.join(old)}; run book/_tools/back_matter.py.")
    print(f"{len(PAGES)} pages, {len(old)} made anew")


if __name__ == "__main__":
    main()
