"""Every notebook runs at another scale, from another folder, with another seed."""

from pathlib import Path

import papermill
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))


@pytest.mark.notebooks
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_runs_at_smoke_scale_from_elsewhere(path: Path, tmp_path: Path) -> None:
    known = papermill.inspect_notebook(str(path))
    changes = {name: value for name, value in {"scale": "smoke", "seed": 11}.items() if name in known}
    assert "seed" in changes or {"ledger", "ledgers"} & set(
        known
    )  # a page that only shows ledgers draws nothing
    papermill.execute_notebook(
        str(path),
        str(tmp_path / path.name),
        parameters=changes,
        cwd=str(tmp_path),
        progress_bar=False,
        kernel_name="python3",
        execution_timeout=600,
    )
