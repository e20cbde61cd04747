"""Pages of the library's reference, one a package, as the docstring of `signlab` orders the modules.

usage: api_pages.py [--check]

What stands on them is written by Sphinx from the docstrings; these files only name the modules. --check writes nothing
and says which are out of date.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "book" / "api"
HIDDEN = "training"  # what every network has of torch
LEAD = """\
# The library

Every public name of `signlab`, from its docstring: what it is, what it takes and in which units, what it raises, where it
comes from, and which chapter builds it by hand. Shapes stand in the signatures: `Float[Tensor, "batch steps dim"]` is a
tensor of numbers with three axes, named as in {doc}`notation <../notation>`.

"""


class Package(NamedTuple):
    """A part of the library."""

    name: str  # below signlab; "" = the package itself
    about: str
    chapters: dict[str, tuple[int, ...]]  # of each module, the chapters that its line names

    @property
    def modules(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.chapters)

    @property
    def path(self) -> str:
        """As Python calls it."""
        return f"signlab.{self.name}" if self.name else "signlab"

    @property
    def page(self) -> str:
        """Name of its file, without the ending."""
        return self.name.replace(".", "-") or "signlab"


def packages() -> Iterator[Package]:
    """The packages, as the docstring of `signlab` lists them."""
    tree = ast.parse((ROOT / "signlab" / "__init__.py").read_text(encoding="utf-8"))
    name, about, modules = "", "What all parts share", dict[str, tuple[int, ...]]()
    for line in (ast.get_docstring(tree) or "").splitlines()[1:]:
        if line.startswith("    ") and not line.startswith("     "):
            module, number = line.split()[:2]
            modules[module] = (int(number),)
        elif ": " in line and not line.startswith(" "):
            yield Package(name, about, modules)
            name, about = line.split(": ", 1)
            modules = {}
    yield Package(name, about, modules)


def page_of(package: Package) -> str:
    """The page of one package."""
    blocks = [f"# {package.path}", f"{package.about[0].upper()}{package.about[1:]}."]
    for module in package.modules:
        if module == "__main__":
            continue
        path = f"{package.path}.{module}"
        blocks.append(
            f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {path}\n   :members:\n   :undoc-members:\n   :exclude-members: {HIDDEN}\n```"
        )
    return "\n\n".join(blocks) + "\n"


def index_of(all_of_them: list[Package]) -> str:
    """The page that leads to the others."""
    rows = [f"| {{doc}}`{one.path} <{one.page}>` | {one.about} | {len(one.modules)} |" for one in all_of_them]
    return LEAD + "\n".join(["| package | what it holds | modules |", "|---|---|--:|", *rows]) + "\n"


def refresh(*, write: bool = True) -> list[str]:
    """Write the pages that are out of date; return their names."""
    found = list(packages())
    texts = {"index": index_of(found)} | {one.page: page_of(one) for one in found}
    old = []
    for name, text in texts.items():
        path = PAGES / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            old.append(name)
            if write:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return old


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    old = refresh(write=not options.check)
    if options.check and old:
        sys.exit(f"Out of date: {', '.join(old)}; run book/_tools/api_pages.py.")
    print(f"{len(old)} pages made anew")


if __name__ == "__main__":
    main()
