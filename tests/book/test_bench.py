"""`make bench` at a tiny scale: every number is there; which numbers they are is nobody's business here."""

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import pytest
import torch

CVSLT = [
    "CV-SLT update", "CV-SLT update", "formulas' update", "CV-SLT update", "CV-SLT memory for backward",
    "CV-SLT search", "CV-SLT search", "transformers' search",
]  # fmt: skip
TRAJECTORY = [
    "trajectory attention", "trajectory attention", "equations' trajectory", "trajectory memory for backward",
    "3 prototypes", "3 prototypes",
]  # fmt: skip
TOOLS = Path(__file__).parents[2] / "book" / "_tools"
SAMPLING = (
    "cache in sampling", "sampling", "clips sampled", "weights read in sampling", "sampling", "clips sampled",
    "weights read in sampling", "GPT-2's sampling",
    "sampling", "clips sampled", "sampling", "clips sampled", "GPT-2's sampling",
)  # fmt: skip


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The script as a module, with threads for processes: those would only import for seconds."""
    monkeypatch.syspath_prepend(TOOLS)
    import bench  # pyright: ignore[reportMissingImports]

    def threads(num: int, **_: Any) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(num)

    monkeypatch.setattr(bench, "ProcessPoolExecutor", threads)
    monkeypatch.setattr(bench, "CORES", 1)
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield bench
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_a_table_and_a_file_with_every_benchmark(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.main(["--scale", "tiny", "--json", str(tmp_path / "bench.json")])
    report = json.loads((tmp_path / "bench.json").read_text())
    assert (report["scale"], report["machine"]["torch"]) == ("tiny", torch.__version__)
    assert all(math.isfinite(line["value"]) and line["value"] > 0 for line in report["lines"])
    named = [line["what"].partition(",")[0] for line in report["lines"]]
    assert named == [
        "puppets drawn", "copy on disk read", "copy on disk against drawing", "sentences written",
        "sentences written", "cache in search", *CVSLT, *TRAJECTORY, *SAMPLING, "codebook steps", "codebook",
        "clips encoded", "clips decoded", "updates", "updates", "memory kept", "memory kept",
    ]  # fmt: skip
    ratios = [line["what"].partition(",")[0] for line in report["lines"] if line["unit"] == "times as fast"]
    assert ratios == [
        "copy on disk against drawing", "cache in search", *CVSLT[:3], *CVSLT[5:], *TRAJECTORY[:3], TRAJECTORY[4],
        *(line for line in SAMPLING if line not in ("clips sampled", "weights read in sampling")), "codebook",
        "memory kept", "memory kept",
    ]  # fmt: skip
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("Nothing else should run meanwhile")
    assert [row[: len(name)] for row, name in zip(printed[-len(named) :], named, strict=True)] == named


def test_one_benchmark_alone(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(["--scale", "tiny", "--only", "codebook"])
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if "/s" in row] == rows[-2:-1]
    assert rows[-2].startswith("codebook steps, 512 vectors, 64 codes")
    assert rows[-1].startswith("codebook, 60 x 7 vectors, 13 codes")


def test_the_first_round_does_not_count_and_the_fastest_of_the_others_does(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, rounds = 0.0, iter([0.1, 7.0, 2.0, 5.0])

    def work() -> None:
        nonlocal clock
        clock += next(rounds)

    monkeypatch.setattr(bench.time, "perf_counter", lambda: clock)
    assert bench.fastest(work, 3) == pytest.approx(2.0)
    assert list(rounds) == []


def test_a_target_is_met_or_missed(bench: ModuleType) -> None:
    assert bench.as_row(bench.Line("a", 3000.0, "frames/s", 3000.0)).endswith("(target 3,000: met)")
    assert bench.as_row(bench.Line("a", 2999.0, "frames/s", 3000.0)).endswith("(target 3,000: MISSED)")
    assert bench.as_row(bench.Line("a", 0.12345, "clips/s")).split() == ["a", "0.123", "clips/s"]


def test_the_full_scale_is_the_shipped_one_with_a_target_for_each_picture(bench: ModuleType) -> None:
    full = bench.SCALES["full"]
    assert full.preset == "quick"
    assert set(full.sizes) == set(bench.TARGETS) == {64, 128}
