"""Results: pooled over those whom nothing speaks against, harmless in spreadsheets and browsers."""

from pathlib import Path

import handed_in
import pytest
from handed_in import a_class, hand_in, ledger_of, with_psnr

from signlab.assignment.grade import grade_class
from signlab.assignment.results import _harmless, pooled

pytestmark = pytest.mark.usefixtures("made_again")


def test_the_pool_leaves_out_whom_something_speaks_against(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    for student in ("Ada", "Cleo"):
        hand_in(klass, tmp_path, student)
    hand_in(klass, tmp_path, "Bo", [with_psnr(run, 90.0) for run in ledger_of(klass, klass.students[1])])
    graded = grade_class(tmp_path / "made", tmp_path / "handed-in", tmp_path / "out")
    found = {row.level: row for row in pooled(klass, graded)}
    assert list(found) == ["8", "32", "512"]
    assert found["8"].difference.n == 2
    assert found["8"].difference.mean == pytest.approx(
        handed_in.LEVELS["8"] - handed_in.LEVELS["128"], abs=0.2
    )
    assert found["8"].verdicts == {"matters": 2}


def test_a_cell_is_no_formula() -> None:
    for cell in ("=1+1", "+1", "-1", "@x", "\t=1"):
        assert str(_harmless(cell)).startswith("'")
    assert _harmless("Ada") == "Ada"
    assert _harmless(-1) == -1
