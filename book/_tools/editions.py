"""The three editions, each from the same chapters: for readers, for students, for instructors.

usage: editions.py reader|student|instructor [--out FOLDER] [--only-sources]

Readers get the book as it is. Students get it without the solutions of the exercises. Instructors get it with a part of their own: a
plan of 50 and one of 90 minutes for each chapter, replies to predictions, what to watch for, how to mark, and slides. An
edition is a tree of sources of its own, from which its pages are built; hiding a cell would leave it in the page's download.
Every edition is searched for lines that are not meant for it, and packed into a zip that opens from a disk.
"""

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
NOTES = ROOT / "book" / "instructor"
EDITIONS = ("reader", "student", "instructor")
NO_SOURCES = {"__pycache__", ".ipynb_checkpoints", "instructor"}
SOLUTIONS = re.compile(r":::\{admonition\} (?:A s|S)olution[^\n]*\n:class: dropdown\n.*?\n:::\n?", re.DOTALL)
INSTEAD = "*Solutions: ask whoever teaches this course.*\n"
LEAST = 24  # letters and digits of a line that is looked for; shorter ones occur by chance
PLANS = {"fifty": 50, "ninety": 90}


class Picture(NamedTuple):
    """A figure of a chapter."""

    section: str
    alt: str
    caption: str
    png: str  # base64


def chapters() -> list[Path]:
    """The notebooks of all chapters, in order."""
    return sorted((ROOT / "book").glob("ch[0-9]*.ipynb"))


def notes_of(chapter: Path) -> dict[str, Any]:
    """What is written for those who teach a chapter."""
    return yaml.safe_load((NOTES / f"{chapter.name[:4]}.yaml").read_text(encoding="utf-8"))


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def title_of(notebook: dict[str, Any]) -> str:
    return text_of(notebook["cells"][0]).splitlines()[0].removeprefix("# ")


def sections_of(notebook: dict[str, Any]) -> list[str]:
    """The chapter's headings."""
    return [
        line[3:].strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for line in text_of(cell).splitlines()
        if line.startswith("## ")
    ]


def predictions_of(notebook: dict[str, Any]) -> dict[str, list[str]]:
    """Each question of a chapter and its options, as the page shows them."""
    found = {}
    for cell in notebook["cells"]:
        if "predict" in cell["metadata"].get("tags", []):
            name = re.search(r'"(ch\d\d-[\w-]+)"', text_of(cell))
            shown = "".join(cell["outputs"][0]["data"]["text/plain"])
            assert name
            question, *options = re.split(r"\n\s+\d\. ", shown)
            found[name[1]] = [question, *options]
    return found


def pictures_of(notebook: dict[str, Any]) -> Iterator[Picture]:
    """The chapter's figures with their alternative texts and captions, in the order of their numbers."""
    section = title_of(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            headings = re.findall(r"^##+ (.+)$", text_of(cell), re.MULTILINE)
            section = headings[-1] if headings else section
            continue
        words = cell["metadata"].get("mystnb", {})
        alt, caption = (
            words.get(kind, {}).get(key, "") for kind, key in (("image", "alt"), ("figure", "caption"))
        )
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png:
                yield Picture(section, alt, caption, "".join(png).replace("\n", ""))


def solutions_of(notebook: dict[str, Any]) -> list[str]:
    """The solutions that a chapter shows, as they stand in it."""
    return [match[0] for cell in notebook["cells"] for match in SOLUTIONS.finditer(text_of(cell))]


def without_solutions(notebook: dict[str, Any]) -> dict[str, Any]:
    """A chapter as students get it."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = SOLUTIONS.sub(INSTEAD, text_of(cell)).splitlines(keepends=True)
    return notebook


def page_for_instructors(chapter: Path) -> str:
    """Markdown of what is written for those who teach a chapter."""
    notebook, notes = read(chapter), notes_of(chapter)
    number = int(chapter.name[2:4])
    lines = [
        f"# Teaching chapter {number}",
        "",
        f"{{doc}}`{title_of(notebook)} <../book/{chapter.stem}>`. **What should stay:** {notes['say']}",
        "",
        f'<p><a href="../_static/slides/{chapter.name[:4]}.html">Slides with the figures of this chapter</a></p>',
    ]
    for plan, minutes in PLANS.items():
        lines += ["", f"## In {minutes} minutes", "", "| minutes | section | what to do |", "|--:|---|---|"]
        lines += [f"| {one['minutes']} | {'; '.join(one['sections'])} | {one['do']} |" for one in notes[plan]]
    lines += ["", "## What people predict, and what to reply"]
    for name, (question, *options) in predictions_of(notebook).items():
        lines += ["", f"**{question}**", "", "| they say | you reply, or ask |", "|---|---|"]
        lines += [f"| {one} | {reply} |" for one, reply in zip(options, notes["replies"][name], strict=True)]
    lines += [
        "",
        "Whether an answer is right the chapter says, from its own run.",
        "",
        "## What to watch for",
        "",
    ]
    lines += [f"- {one}" for one in notes["watch"]]
    lines += [
        "",
        "## Marking",
        "",
        f"**Investigate.** {notes['investigate']}",
        "",
        f"**Extend.** {notes['extend']}",
    ]
    return "\n".join(lines) + "\n"


def slides_of(chapter: Path) -> str:
    """A chapter's figures as one page for a projector: one to a screen, and one to a sheet of paper."""
    notebook = read(chapter)
    number = int(chapter.name[2:4])
    title = html.escape(f"{number}. {title_of(notebook)}")
    shown = "".join(
        f"<section><h2>{html.escape(one.section)}</h2>"
        f'<img src="data:image/png;base64,{one.png}" alt="{html.escape(one.alt, quote=True)}">'
        f"<p><b>Fig. {number}.{at}</b> {html.escape(one.caption)}</p></section>"
        for at, one in enumerate(pictures_of(notebook), start=1)
    )
    style = (
        "html{scroll-snap-type:y mandatory}body{margin:0;font-family:system-ui,sans-serif;color:#14213d;background:#fff}"
        "section{height:100vh;box-sizing:border-box;padding:3vh 5vw;scroll-snap-align:start;display:flex;"
        "flex-direction:column;align-items:center}h1,h2{margin:0 0 2vh;font-weight:500;align-self:start}"
        "img{flex:1;min-height:0;max-width:100%;object-fit:contain}p{margin:2vh 0 0;max-width:70em;color:#444}"
        "@media print{section{page-break-after:always}@page{size:landscape}}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head><body><main>'
        f"<section><h1>{title}</h1><p>Space goes on; the puppet's code in these figures is invented and is no signed "
        f"language. Text and figures CC BY 4.0.</p></section>{shown}</main></body></html>\n"
    )


def stage(edition: str, target: Path) -> None:
    """Write the sources of an edition into an empty folder."""
    if edition not in EDITIONS:
        raise ValueError(f"An edition must be one of {', '.join(EDITIONS)}, but got {edition!r}.")
    target.mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml", "LICENSE"):
        shutil.copy2(ROOT / name, target / name)
    shutil.copytree(ROOT / "book", target / "book", ignore=lambda _, names: NO_SOURCES & set(names))
    if edition == "student":
        for path in sorted((target / "book").glob("ch[0-9]*.ipynb")):
            text = json.dumps(without_solutions(read(path)), indent=1, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
    if edition == "instructor":
        pages, slides = target / "instructor", target / "book" / "_static" / "slides"
        pages.mkdir()
        slides.mkdir()
        shutil.copy2(NOTES / "index.md", pages / "index.md")
        for chapter in chapters():
            (pages / f"{chapter.name[:4]}.md").write_text(page_for_instructors(chapter), encoding="utf-8")
            (slides / f"{chapter.name[:4]}.html").write_text(slides_of(chapter), encoding="utf-8")
        contents = yaml.safe_load((target / "_toc.yml").read_text(encoding="utf-8"))
        part = ["index", *(chapter.name[:4] for chapter in chapters())]
        files = [{"file": f"instructor/{name}"} for name in part]
        contents["parts"].append({"caption": "For instructors", "chapters": files})
        (target / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")


def kept_from(edition: str) -> set[str]:
    """Lines that must not be found in an edition, as `essence` leaves them."""
    lines: list[str] = []
    if edition != "instructor":
        for chapter in chapters():
            lines += strings_in(notes_of(chapter))
    if edition == "student":
        shown = "\n".join(
            essence(SOLUTIONS.sub("", text_of(cell)))
            for chapter in chapters()
            for cell in read(chapter)["cells"]
        )
        for chapter in chapters():
            for solution in solutions_of(read(chapter)):
                lines += [line for line in solution.splitlines() if essence(line) not in shown]
    return {essence(line) for line in lines if len(essence(line)) >= LEAST}


def strings_in(value: Any) -> Iterator[str]:
    """All sentences of a chapter's notes; names of sections and predictions are no secrets."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from strings_in(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "sections":
                yield from strings_in(one)


def essence(text: str) -> str:
    """Letters and digits alone: the same in a page, a notebook and an archive's text."""
    return re.sub(r"[\W_]+", "", text)


def leaks(files: Iterable[tuple[str, bytes]], secrets: set[str]) -> list[str]:
    """Where a secret line is found; in archives too.

    Args:
        files: Names and contents.
        secrets: As `kept_from` gives them.
    """
    found = []
    for name, content in files:
        if name.endswith((".zip", ".whl")):
            found += [f"{name}: {one}" for one in leaks(members(content), secrets)]
        elif name.endswith(
            (".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py", ".yaml", ".yml", ".css")
        ):
            text = content.decode("utf-8", errors="replace")
            if name.endswith(".html"):
                text = html.unescape(re.sub(r"<[^>]*>", "", text))
            if name.endswith(".ipynb"):
                text = "\n".join(map(text_of, json.loads(text)["cells"]))
            told = essence(text)
            found += [f"{name}: {secret[:60]}" for secret in secrets if secret in told]
    return found


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a zip."""
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("edition", choices=EDITIONS)
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "editions")
    parser.add_argument("--only-sources", action="store_true", help="do not build pages")
    args = parser.parse_args()
    sources = args.out / args.edition
    shutil.rmtree(sources, ignore_errors=True)
    stage(args.edition, sources)
    if not args.only_sources:
        builder = Path(sys.executable).with_name("jupyter-book")
        subprocess.run([builder, "build", ".", "-W", "-n", "--keep-going", "-q"], check=True, cwd=sources)
        pages = sources / "_build" / "html"
        shutil.make_archive(str(args.out / f"signlab-{args.edition}"), "zip", pages)
    found = leaks(files_below(sources), kept_from(args.edition))
    sys.stdout.write("".join(f"{one}\n" for one in found))
    sys.stdout.write(f"{args.edition}: {len(found)} lines that are not meant for it; {sources}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
