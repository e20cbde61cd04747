"""Wheel and source distribution: built, looked into, and used in an environment that has nothing else of this checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both; building takes hatchling from the package index."""
    out = tmp_path_factory.mktemp("built")
    script = "import sys\nfrom hatchling import build as b\nprint(b.build_wheel(sys.argv[1]), b.build_sdist(sys.argv[1]))"
    tool = tmp_path_factory.mktemp("tool")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    got = subprocess.run(
        [*pip, "install", "-q", "--target", str(tool), "hatchling"], capture_output=True, check=False
    )
    if got.returncode and not os.environ.get("CI"):
        pytest.skip("hatchling cannot be fetched here")
    assert got.returncode == 0, got.stderr.decode()
    done = subprocess.run(
        [sys.executable, "-c", script, str(out)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tool)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def test_the_wheel_holds_the_library_and_its_data_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"signlab"}
    for needed in (
        "puppet/lexicon.yaml",
        "checkpoints/latent/weights.safetensors",
        "assignments/critics.yaml",
    ):
        assert f"signlab/_data/{needed}" in names
    assert "signlab/teach/quiz.js" in names
    assert not [name for name in names if name.endswith((".ipynb", ".pyc"))]
    assert wheel.stat().st_size < 50e6


def test_the_source_distribution_can_be_built_from(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "signlab/__init__.py",
        "data/puppet/grammar.yaml",
    } <= names
    assert not [name for name in names if name.startswith(("tests", "book", "_build"))]


def test_the_installed_wheel_finds_its_data_from_any_folder(built: Path, tmp_path: Path) -> None:
    """Other packages are taken from this environment; signlab is the wheel's alone."""
    (wheel,) = built.glob("*.whl")
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    folder = Path(sysconfig.get_path("purelib", vars={"base": str(bare), "platbase": str(bare)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = bare / ("Scripts" if os.name == "nt" else "bin") / "python"

    def told(*arguments: str) -> str:
        done = subprocess.run(
            [str(python), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": ""},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = told("-c", "import signlab; print(signlab.__file__)")
    assert Path(where.strip()).is_relative_to(bare)
    assert "critics" in told("-m", "signlab", "assignment", "list")
    assert "paths" in told("-m", "signlab", "study", "list")
    drawn = told(
        "-c", "import signlab.data as d; print(d.open_corpus('puppet-words').split('test')[0].video.shape)"
    )
    assert "64, 64, 3" in drawn
