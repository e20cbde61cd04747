"""Runs by papermill: the ledger cannot tell them from others."""

import json
import math
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
import study_runners
from study_runners import STUDY

from signlab.study.ledger import Run, read_ledger
from signlab.study.notebooks import NotebookRunner, _read_outcome, run_notebook
from signlab.study.run import Done, run_study

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("papermill")

MEASURE = """import json, os
from pathlib import Path
fields = dict(setting.split("=") for setting in settings)
minutes = float(fields.get("minutes", 5)) + seed / 100
told = {"metrics": {"minutes": minutes, "process": os.getpid()}, "per_sentence": {"drops": [1, 0.5, [seed, 2]]}}
Path(out).write_text(json.dumps(told))"""


def notebook(
    folder: Path, *cells: str, parameters: str = "settings = []\nseed = 0\nout = 'out.json'"
) -> Path:
    """A notebook with a cell of parameters and others."""
    first = nbformat.v4.new_code_cell(parameters)
    first.metadata["tags"] = ["parameters"]
    made = nbformat.v4.new_notebook(cells=[first, *map(nbformat.v4.new_code_cell, cells)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "boil.ipynb"
    nbformat.write(made, path)
    return path


def test_a_notebook_gives_the_same_line_as_a_function(tmp_path: Path) -> None:
    path = notebook(tmp_path, MEASURE)
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    assert run_notebook(STUDY, path, "lid", 7, one, folder=tmp_path / "runs", threads=1) == Done(1, 0, ())
    run_study(STUDY, study_runners.boil, other, levels=["lid"], seeds=(7,), workers=0)
    (found,), (wanted,) = read_ledger(one).runs, read_ledger(other).runs
    for field in fields(Run):
        if field.name in {"study", "digest", "level", "settings", "seed", "per_sentence", "versions"}:
            assert getattr(found, field.name) == getattr(wanted, field.name), field.name
    assert found.metrics["minutes"] == wanted.metrics["minutes"] == 3.07
    assert found.metrics.keys() == wanted.metrics.keys()
    assert found.cpu_seconds > 0.1  # the kernel's, for the process itself does next to nothing

    kept = tmp_path / "runs" / "kettle" / "lid" / "seed=7.ipynb"
    executed = nbformat.read(kept, as_version=4)
    given = next(
        cell.source for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", [])
    )
    assert 'settings = ["minutes=3"]' in given
    assert "seed = 7" in given
    assert json.loads(kept.with_suffix(".json").read_text())["metrics"]["minutes"] == 3.07
    assert run_notebook(STUDY, path, "lid", 7, one, folder=tmp_path / "runs") == Done(0, 1, ())


@pytest.mark.filterwarnings("default")
def test_a_cell_that_fails_is_told_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = notebook(tmp_path, "raise RuntimeError('no water')")
    ledger, folder = tmp_path / "kettle.jsonl", tmp_path / "runs"
    study = replace(STUDY, seeds=(3,))
    done = run_study(study, runner(path, folder), ledger, levels=["two"], workers=0)
    assert done == Done(0, 0, ("kettle, two, seed 3",))
    kept = folder / "kettle" / "two" / "seed=3.ipynb"
    assert f"boil.ipynb must run, but one ended with RuntimeError: no water; look at {kept}." in caplog.text
    assert "no water" in kept.read_text()
    assert not ledger.exists()


def runner(path: Path, folder: Path) -> NotebookRunner:
    return NotebookRunner(study=STUDY, notebook=path, folder=folder)


@pytest.mark.filterwarnings("default")
def test_a_notebook_without_its_parameters_is_refused(tmp_path: Path) -> None:
    path = notebook(tmp_path, "1", parameters="seed = 0\nout = ''")
    with pytest.raises(
        ValueError, match=r"boil\.ipynb must have a cell .* but it sets no settings; add settings"
    ):
        runner(path, tmp_path / "runs")(("minutes=3",), 7)


def test_a_metric_may_be_no_number(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text('{"metrics": {"a": null, "b": 3}}')
    metrics, per_sentence = _read_outcome(out, tmp_path / "boil.ipynb")
    assert math.isnan(metrics["a"])
    assert (metrics["b"], per_sentence) == (3.0, None)


@pytest.mark.parametrize(
    ("wrote", "message"),
    [
        (None, "but wrote nothing"),
        ("{", "no such thing"),
        ("[1]", "no such thing"),
        ('{"metrics": {"a": "1"}}', "no such"),
    ],
)
def test_what_a_notebook_must_write_is_told(
    tmp_path: Path, wrote: str | None, message: str, monkeypatch
) -> None:
    """Papermill is taken at its word here: starting a kernel for each would take a while."""
    import papermill

    def execute(given: str, executed: str, *, parameters: dict, **_: object) -> None:
        if wrote is not None:
            Path(parameters["out"]).write_text(wrote)

    monkeypatch.setattr(papermill, "execute_notebook", execute)
    monkeypatch.setattr(
        papermill, "inspect_notebook", lambda path: dict.fromkeys(("settings", "seed", "out"))
    )
    path = notebook(tmp_path)
    stale = tmp_path / "runs" / "kettle" / "lid" / "seed=7.json"
    stale.parent.mkdir(parents=True)
    stale.write_text('{"metrics": {"minutes": 1.0}}')  # of an earlier run, which must not count
    with pytest.raises(ValueError, match=message):
        runner(path, tmp_path / "runs")(("minutes=3",), 7)


def test_what_cannot_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"must exist, but .*nowhere\.ipynb does not"):
        runner(tmp_path / "nowhere.ipynb", tmp_path)
    path = notebook(tmp_path)
    other = replace(STUDY, common=("water=2",))
    with pytest.raises(ValueError, match=r"those of a level of kettle, but got \('water=2',\)"):
        runner(path, tmp_path).executed(other.settings_of("none"), 7)
    monkeypatch.setattr("signlab.study.notebooks.data_folder", lambda: tmp_path / "data")
    with pytest.raises(ValueError, match=r"outside the book, but .*inside is inside; take folder=runs"):
        runner(path, tmp_path / "book" / "inside")


def test_without_papermill_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "papermill", None)
    path = notebook(tmp_path)
    with pytest.raises(ValueError, match=r"needs papermill, .*pip install 'signlab\[cluster\]'"):
        runner(path, tmp_path / "runs")(("minutes=3",), 7)
