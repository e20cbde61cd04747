"""The cells that every chapter shares, made from its metadata: the card and the set-up.

A notebook's metadata holds ``signlab: {chapter, objectives, prerequisites, paper, data, cost}``; the cell
tagged ``card`` and the cell tagged ``setup`` are written from it and never by hand.
"""

from pathlib import Path
from typing import Any

import yaml
from api_pages import packages

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
VERSION = (ROOT / "signlab" / "__init__.py").read_text().split('__version__ = "')[1].split('"')[0]
MANY = 8  # modules: more are not named one by one
COLAB = "https://colab.research.google.com/github"

SETUP = f"""\
#@title Set up: run this cell first
import importlib.util
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("signlab") is None:
    wheel = "{REPOSITORY["url"]}/releases/download/v{VERSION}/signlab-{VERSION}-py3-none-any.whl"
    %pip install --quiet --no-deps {{wheel}} jaxtyping wadler-lindig lightning-fabric lightning-utilities
    %pip install --quiet av sacrebleu

import signlab.teach

signlab.teach.setup()"""


def card(path: Path, about: dict[str, Any]) -> str:
    """The card at the top of a chapter: what it is for, what it needs, what it costs."""
    repository = REPOSITORY["url"].removeprefix("https://github.com/")
    link = f"{COLAB}/{repository}/blob/{REPOSITORY['branch']}/book/{path.name}"
    lines = ["::::{admonition} About this chapter", ":class: card", ""]
    if about.get("objectives"):
        lines += ["**After it you can**", "", *(f"- {o}" for o in about["objectives"]), ""]
    rows = {"Before it": about.get("prerequisites"), "Cost": cost_sentence(about.get("cost", {}))}
    lines += [f"**{name}:** {value}\n" for name, value in rows.items() if value]
    lines += [f"[Open in Colab]({link})", "", ":::{dropdown} Papers, data, library, licence"]
    rows = {
        "Papers": about.get("paper"),
        "Data": about.get("data"),
        "In the library": in_the_library(about.get("chapter", 0)),
        "Licence": "text and figures CC BY 4.0, code MIT",
    }
    lines += [f"**{name}:** {value}\n" for name, value in rows.items() if value]
    lines += [":::", "::::"]
    return "\n".join(lines)


def in_the_library(chapter: int) -> str:
    """Links to the modules whose docstring names a chapter; to their packages alone where they are many."""
    found = [
        (package, [module for module, numbers in package.chapters.items() if chapter in numbers])
        for package in packages()
    ]
    found = [(package, modules) for package, modules in found if modules]
    many = sum(len(modules) for _, modules in found) > MANY
    links = []
    for package, modules in found:
        if many:
            links.append(
                f"{{doc}}`{package.path} <api/{package.page}>` ({len(modules)} module{'s' * (len(modules) > 1)})"
            )
        else:
            links += [f"{{doc}}`{package.path}.{module} <api/{package.page}>`" for module in modules]
    return ", ".join(links)


def cost_sentence(cost: dict[str, float]) -> str:
    """What running the chapter takes, as last measured by ``make run``."""
    if not cost:
        return ""
    return (
        f"about {cost['seconds']:.0f} seconds on two CPU cores, {cost['megabytes']:.0f} MB of memory, measured when the "
        "outputs below were made; no GPU needed"
    )


def refresh(notebook: Any, path: Path) -> None:
    """Write the generated cells of one notebook anew."""
    about = notebook.metadata.get("signlab", {})
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "card" in tags:
            cell.source = card(path, about)
        if "setup" in tags:
            cell.source = SETUP
