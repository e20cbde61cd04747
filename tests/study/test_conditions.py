"""What is written down about a run: it must be true of this process."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from signlab import __version__
from signlab.study import conditions


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of three source files in place of signlab."""
    for name in ("one.py", "part/two.py", "part/three.py", "part/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(conditions, "_PACKAGE", tmp_path)
    return tmp_path


def test_a_digest_of_code_changes_with_the_named_files_only(package: Path) -> None:
    everything, part = conditions.code_digest(), conditions.code_digest(["part"])
    assert conditions.code_digest(["part/two.py", "part/three.py"]) == part
    assert conditions.code_digest(["part", "one.py"]) == everything != part

    (package / "part" / "notes.txt").write_text("no code")
    (package / "one.py").write_text("changed")
    assert conditions.code_digest(["part"]) == part
    assert conditions.code_digest() != everything
    (package / "part" / "two.py").rename(package / "part" / "four.py")
    assert conditions.code_digest(["part"]) != part


def test_line_ends_are_no_change(package: Path) -> None:
    (package / "one.py").write_bytes(b"a\nb\n")
    unix = conditions.code_digest()
    (package / "one.py").write_bytes(b"a\r\nb\r\n")
    assert conditions.code_digest() == unix


def test_a_runner_can_name_its_sources() -> None:
    @conditions.made_of("study", "shapes.py")
    def runner() -> None: ...

    assert getattr(runner, "sources") == ("study", "shapes.py")  # noqa: B009
    assert len(conditions.code_digest(("study", "shapes.py"))) == 16
    with pytest.raises(
        ValueError, match="source files of signlab, such as 'translation', but there is no 'stduy'"
    ):
        conditions.code_digest(["stduy"])


def test_versions_are_found_without_importing() -> None:
    script = "import sys; from signlab.study.conditions import versions; v = versions(); print(*v, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["signlab", "python", "torch", "numpy", "False"]
    import numpy as np
    import torch

    found = conditions.versions()
    assert found["signlab"] == __version__
    assert found["numpy"] == np.__version__
    assert torch.__version__.startswith(found["torch"].partition("+")[0])


def test_the_machine_is_named_and_a_gpu_only_if_used() -> None:
    here = conditions.hardware(3)
    assert here.cores == 3
    assert len(here.cpu) > 2
    assert here.gpu == ""
    assert conditions.peak_gpu_memory_mb() == 0
    assert conditions.cores_here() >= 1


def test_a_gpu_that_was_used_is_named_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As torch would tell; no GPU is needed."""
    cuda = SimpleNamespace(
        is_initialized=lambda: True, get_device_name=lambda: "A GPU", max_memory_allocated=lambda: 3_000_000
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))  # pyright: ignore[reportArgumentType]
    assert conditions.hardware(1).gpu == "A GPU"
    assert conditions.peak_gpu_memory_mb() == 3.0


def test_a_meter_tells_waiting_from_computing() -> None:
    meter = conditions.Meter()
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.3)"], check=True)
    while meter.cpu() < 0.05:
        sum(range(10_000))
    assert meter.seconds() > 0.3
    assert meter.cpu() < meter.seconds()
    assert meter.started.endswith("+00:00")


def test_peak_memory_holds_what_was_held() -> None:
    script = "from signlab.study.conditions import peak_memory_mb as p; b = p(); x = bytearray(200_000_000); print(b, p())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert 190 < after - before < 260


def test_threads_are_limited_where_torch_is_there_already() -> None:
    """Where it is not, the environment tells it; `test_run` looks at that."""
    script = (
        "import torch; from signlab.study.conditions import limit_threads; limit_threads(2)\n"
        "print(torch.get_num_threads())"
    )
    env = {"OMP_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.split() == ["2"]
