"""Spot checks: which runs are made again, what came of it, and a record so that nothing is made twice. Chapter 10."""

import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from signlab.assignment.kinds import FINGERPRINT
from signlab.assignment.spot import Limits, run_again
from signlab.study.attempt import Failure, outcome_of
from signlab.study.ledger import Run, to_line

SAME = 1e-6  # relative difference below which numbers are the same
logger = logging.getLogger(__name__)


class Check(NamedTuple):
    """One run that is made again."""

    student: str
    level: str
    run: Run

    @property
    def key(self) -> str:
        """What a second check would repeat: the very same line of the same student."""
        return hashlib.sha256(f"{self.student}\n{to_line(self.run)}".encode()).hexdigest()[:24]


class Checked(NamedTuple):
    """What came of it."""

    student: str
    level: str
    seed: int
    outcome: str  # "same", "near", "other" or "failed"
    words: str  # one sentence
    alone: bool = False  # whether the run was without a network


def chosen(student: str, counted: Mapping[tuple[str, int], Run], num: int, secret: str) -> list[Check]:
    """Runs of a student to make again, by a lot that only the class's secret can foretell."""

    def lot(key: tuple[str, int]) -> str:
        return hashlib.sha256(f"{secret}\ncheck\n{student}\n{key[0]}\n{key[1]}".encode()).hexdigest()

    return [Check(student, key[0], counted[key]) for key in sorted(counted, key=lot)[:num]]


def make_checks(
    checks: Sequence[Check],
    *,
    kind: str,
    primary: str,
    tolerance: float,
    record: Path,
    workers: int = 2,
    limits: Limits | None = None,
    progress: Callable[[range, str], Iterable[int]] = lambda steps, _: steps,
) -> list[Checked]:
    """Make runs again, several beside one another; what is in the record is not made again.

    Args:
        checks: Runs.
        kind: Of run.
        primary: Name of the metric that decides.
        tolerance: Difference in it that another machine's rounding may make.
        record: File that a line is added to for each check.
        workers: Child processes at a time, one core each.
        limits: Of each of them.
        progress: Goes through the numbers of checks, for a progress bar.
    """
    there = _recorded(record)
    new = [check for check in checks if check.key not in there]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        jobs = {
            pool.submit(_made, check, kind, primary, tolerance, limits or Limits()): check for check in new
        }
        try:
            for _, job in zip(progress(range(len(new)), "spot checks"), as_completed(jobs), strict=False):
                check, found = jobs[job], job.result()
                there[check.key] = found
                _write(record, check.key, found)
                logger.info("%s: %s", found.student, found.words)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [there[check.key] for check in checks]


def _made(check: Check, kind: str, primary: str, tolerance: float, limits: Limits) -> Checked:
    run, about = check.run, f"{check.level}, seed {check.run.seed}"
    again = run_again(kind, check.level, run.settings, run.seed, limits)
    told = outcome_of(again.text) if again.text else Failure(again.why, "")
    if isinstance(told, Failure):
        words = f"{about}, could not be made again: {told.reason[:200]}."
        return Checked(check.student, check.level, run.seed, "failed", words, again.alone)
    outcome, words = same(run, told, primary, tolerance)
    return Checked(check.student, check.level, run.seed, outcome, f"{about}: {words}", again.alone)


def same(run: Run, again: Run, primary: str, tolerance: float) -> tuple[str, str]:
    """Whether a run that was made again came out as the ledger says, and the sentence that says so."""
    one, other = run.metrics.get(primary, math.nan), again.metrics.get(primary, math.nan)
    told = f"the ledger says {one:.5g} for {primary}, made again it is {other:.5g}"
    differs = [
        name for name, value in again.metrics.items() if not _equal(value, run.metrics.get(name, math.nan))
    ]
    if not differs:
        return "same", f"{told}; every number is the same."
    if FINGERPRINT in differs:
        return "other", f"{told}; it did not learn from the same examples."
    if not abs(one - other) <= tolerance:
        return "other", f"{told}, which is further off than rounding on another machine explains."
    if run.hardware == again.hardware and run.versions == again.versions:
        return (
            "other",
            f"{told}, on the same kind of machine with the same versions; {', '.join(differs[:3])} differ.",
        )
    return "near", f"{told}, near enough for another machine."


def _equal(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=SAME, abs_tol=SAME)


def _recorded(record: Path) -> dict[str, Checked]:
    """What was checked before; a line that a kill cut short is left out."""
    found: dict[str, Checked] = {}
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    for line in lines:
        try:
            values = json.loads(line)
            key = values.pop("key")
            found[key] = Checked(**values)
        except (ValueError, TypeError, KeyError):
            continue
    return {key: one for key, one in found.items() if one.outcome != "failed"}


def _write(record: Path, key: str, found: Checked) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    cut_short = record.exists() and not record.read_bytes().endswith(b"\n") and record.stat().st_size > 0
    with record.open("a", encoding="utf-8") as file:
        file.write(("\n" if cut_short else "") + json.dumps({"key": key, **found._asdict()}) + "\n")
