"""Colab: links that lead to files which are there, a first cell that can be run, accelerators only where they are used."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from built_pages import ROOT

import signlab

sys.path.insert(0, str(ROOT / "book" / "_tools"))
from colab import as_on_colab

NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]


@pytest.mark.site
def test_every_launch_button_leads_to_a_file_of_the_repository(site: Path) -> None:
    owner = REPOSITORY["url"].removeprefix("https://github.com/")
    start = f"https://colab.research.google.com/github/{owner}/blob/{REPOSITORY['branch']}/"
    for path in NOTEBOOKS:
        page = (site / "book" / f"{path.stem}.html").read_text(encoding="utf-8")
        links = set(re.findall(r'href="(https://colab[^"]*)"', page))
        assert links == {start + path.relative_to(ROOT).as_posix()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_gpu_is_asked_for_where_the_code_uses_one(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert (notebook.metadata.get("accelerator") == "GPU") == ('"cuda"' in code)
    assert notebook.metadata["colab"]["provenance"] == []


def test_the_first_cell_takes_the_wheel_of_this_version(tmp_path: Path) -> None:
    for path in NOTEBOOKS:
        source = next(
            cell.source
            for cell in nbformat.read(path, as_version=4).cells
            if "setup" in cell.metadata.get("tags", [])
        )
        assert f"v{signlab.__version__}/signlab-{signlab.__version__}-py3-none-any.whl" in source
        assert "--no-deps" in source
        cells = {
            tag: cell
            for cell in as_on_colab(path, tmp_path / "x.whl").cells
            for tag in cell.metadata.get("tags", [])
        }
        assert f'wheel = "{tmp_path / "x.whl"}"' in cells["setup"].source
        assert 'scale = "quick"' not in cells["parameters"].source
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", metadata={"tags": ["setup"]})])
    nbformat.write(bare, tmp_path / "bare.ipynb")
    with pytest.raises(ValueError, match=r"must say where the wheel is, but that of bare.ipynb does not"):
        as_on_colab(tmp_path / "bare.ipynb", tmp_path / "x.whl")


@pytest.mark.skipif("COLAB_PYTHON" not in os.environ, reason="needs an environment like Colab's: make colab")
def test_every_chapter_runs_with_the_versions_of_colab() -> None:
    tool = ROOT / "book" / "_tools" / "colab.py"
    done = subprocess.run(
        [sys.executable, tool, "--python", os.environ["COLAB_PYTHON"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "changed: nothing" in done.stdout
