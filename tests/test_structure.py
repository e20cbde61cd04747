"""Tree, tests and book stay together."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(m for m in (ROOT / "signlab").rglob("*.py") if m.name not in ("__init__.py", "__main__.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOT)))
def test_every_module_has_a_mirror_a_chapter_and_a_modest_size(module: Path) -> None:
    path = module.relative_to(ROOT / "signlab")
    assert (ROOT / "tests" / path.with_name(f"test_{path.name}")).exists()
    text = module.read_text()
    assert re.search(r"Chapters? \d+", ast.get_docstring(ast.parse(text)) or "")
    assert len(text.splitlines()) <= 300


def test_every_unit_test_mirrors_a_module() -> None:
    extra = [
        str(test.relative_to(ROOT))
        for folder in (
            "assignment",
            "blocks",
            "data",
            "metrics",
            "production",
            "show",
            "study",
            "teach",
            "training",
            "translation",
        )
        for test in (ROOT / "tests" / folder).rglob("test_*.py")
        if not (
            ROOT / "signlab" / test.relative_to(ROOT / "tests").with_name(test.name.removeprefix("test_"))
        ).exists()
    ]
    assert extra == []


def test_the_map_names_every_module() -> None:
    """The docstring of the package is its table of contents."""
    text = ast.get_docstring(ast.parse((ROOT / "signlab" / "__init__.py").read_text())) or ""
    missing = [str(m.relative_to(ROOT)) for m in MODULES if not re.search(rf"\b{m.stem}\b", text)]
    assert missing == []


def imports_of(module: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("blocks", ("data", "translation", "production", "training", "metrics", "show", "study", "teach")),
        ("data", ("translation", "production", "training", "metrics", "show", "study", "teach")),
        ("translation", ("production", "show", "study", "teach")),
        ("production", ("translation", "show", "study", "teach")),
        ("training", ("translation", "production", "show", "study", "teach")),
        ("metrics", ("translation", "production", "show", "study", "teach")),
        ("show", ("translation", "production", "study", "teach")),
        ("study", ("teach", "assignment")),
        ("teach", ("assignment",)),
    ],
)
def test_dependencies_point_one_way(package: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        (str(module.relative_to(ROOT)), name)
        for module in (ROOT / "signlab" / package).rglob("*.py")
        for name in imports_of(module)
        if any(name == f"signlab.{other}" or name.startswith(f"signlab.{other}.") for other in forbidden)
    ]
    assert wrong == []


BARE = """
import importlib.abc, sys
allowed = {"signlab", "torch", "numpy", "einops", "matplotlib", "safetensors"}
refused = {"jaxtyping", "cv2", "yaml", "rich", "lightning_fabric", "av", "sacrebleu", "jiwer", "pose_format", "skimage",
           "scipy", "ray", "papermill", "nbformat",
           "sentencepiece", "transformers"}
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in refused:
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, Refuse())
import signlab, signlab.translation.model, signlab.translation.search, signlab.production.sample
import signlab.production.autoencoder, signlab.data.batches, signlab.data.text, signlab.training.checkpoint
import signlab.data.pieces, signlab.metrics.protocols
import signlab.show, signlab.teach, signlab.study.run, signlab.study.pages
"""


def test_the_models_need_only_what_a_bare_machine_has() -> None:
    """A wheel put in with ``--no-deps`` beside torch, numpy, einops, matplotlib and safetensors."""
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def test_the_project_speaks_of_itself_alone() -> None:
    """No machine's path in anything that is committed."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    path = re.compile(r"(?<![\w.])/(?:work|farm|root|home/\w+|tmp/[a-z])/[\w/]*")
    wrong = []
    for name in listed.stdout.splitlines():
        file = ROOT / name
        if file.suffix in {".py", ".md", ".ipynb", ".yml", ".yaml", ".toml", ".json", ".cfg", ""}:
            found = path.search(file.read_text(errors="ignore")) if file.is_file() else None
            wrong += [(name, found[0])] if found else []
    assert wrong == []
