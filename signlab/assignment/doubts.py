"""What in a ledger cannot be: other corpora, altered numbers, runs made twice, times that contradict each other. Chapter 10."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from typing import NamedTuple

from signlab.assignment.folder import Task
from signlab.assignment.kinds import FINGERPRINT, Kind
from signlab.assignment.settings import corpus_seed
from signlab.assignment.submission import Submission
from signlab.study.design import Study
from signlab.study.ledger import Run

SLACK = timedelta(seconds=5)  # by which a run may end before the one above it in the ledger
QUICKEST = 8  # times as quick as the class's median is looked at
ROUNDED = 0.02  # by which a mean of rounded numbers may differ from the number itself


class Doubt(NamedTuple):
    """One sentence about a ledger."""

    words: str
    grave: bool  # cannot be; otherwise only strange, and to be looked at


class Sorted(NamedTuple):
    """The lines of a ledger: those that count, and what is to be said about it."""

    counted: Mapping[tuple[str, int], Run]  # by level and seed
    doubts: tuple[Doubt, ...]


def sort_runs(
    submission: Submission, task: Task, study: Study, kind: Kind, whose: Mapping[int, str]
) -> Sorted:
    """Take a ledger apart.

    Args:
        submission: What was handed in.
        task: What was handed out.
        study: On this student's corpus, with the level of their own if they have one.
        kind: Of run.
        whose: Students by the seeds of their corpora.
    """
    digests = {study.digest_of(name): name for name in study.names}
    counted: dict[tuple[str, int], Run] = {}
    foreign, altered = Counter[str](), []
    doubts: list[Doubt] = []
    for run in submission.runs:
        level = digests.get(run.digest)
        if level is None or run.seed not in study.seeds:
            foreign[_learnt_from(run, task, whose)] += 1
        elif run.settings != study.settings_of(level):
            altered.append(f"{level}, seed {run.seed}")
        elif (level, run.seed) in counted:
            doubts.append(
                Doubt(f"{level}, seed {run.seed}, is there more than once; the first one counts.", False)
            )
        else:
            counted[level, run.seed] = run
    for where, count in foreign.items():
        doubts.append(Doubt(f"{count} runs {where}, and do not count.", "corpus of" in where))
    if altered:
        doubts.append(Doubt(f"The settings of {altered[0]} are not those that its digest stands for.", True))
    for key, run in list(counted.items()):
        wrong = _wrong_in(run, kind)
        if wrong:
            doubts.append(Doubt(f"{key[0]}, seed {key[1]}: {wrong}.", True))
            del counted[key]
    if any(run.code != task.code for run in counted.values()):
        doubts.append(Doubt("Some runs were made with other code than was handed out.", False))
    doubts += [*_alike(counted), *_times(submission.runs)]
    return Sorted(counted, tuple(doubts))


def _learnt_from(run: Run, task: Task, whose: Mapping[int, str]) -> str:
    """Where a run that does not count comes from."""
    try:
        corpus = corpus_seed(run.settings)
    except ValueError:
        return "say no corpus"
    if corpus == task.corpus:
        return "are of no level and seed of the design"
    return (
        f"learnt from the corpus of {whose[corpus]}"
        if corpus in whose
        else "learnt from a corpus of nobody here"
    )


def _wrong_in(run: Run, kind: Kind) -> str:
    """What cannot be in one run; nothing if all can."""
    expected = kind.fingerprint(run.settings, run.seed)
    if run.metrics.get(FINGERPRINT) != expected:
        return "the fingerprint is not that of the examples which this corpus and seed draw"
    name, source = kind.mean_of
    values = run.per_sentence.get(source, [])
    if not values or any(type(value) not in (int, float) for value in values):
        return f"the list {source} is missing, or holds something else than numbers"
    if not abs(fmean(values) - run.metrics.get(name, float("nan"))) <= ROUNDED:
        return f"{name} is not the mean of its own list"
    return ""


def _alike(counted: Mapping[tuple[str, int], Run]) -> list[Doubt]:
    """Runs of different levels or seeds with the same numbers throughout."""
    found: dict[tuple[float, ...], list[str]] = defaultdict(list)
    for (level, seed), run in counted.items():
        found[_numbers(run)].append(f"{level}, seed {seed}")
    return [
        Doubt(f"{' and '.join(names[:3])} have the same numbers in everything.", True)
        for names in found.values()
        if len(names) > 1
    ]


def _times(runs: Sequence[Run]) -> list[Doubt]:
    """Times that contradict each other: a line is written when its run ends, so ends follow one another."""
    doubts, last = [], None
    now = datetime.now(UTC)
    for number, run in enumerate(runs, start=1):
        try:
            started = datetime.fromisoformat(run.started)
            started = started if started.tzinfo else started.replace(tzinfo=UTC)
            end = started + timedelta(seconds=run.seconds)
        except (ValueError, OverflowError):
            return [*doubts, Doubt(f"Line {number} says no time at which it started.", True)]
        if end > now + timedelta(days=1):
            return [*doubts, Doubt(f"Line {number} says that it ended in the future.", True)]
        if last is not None and end < last - SLACK:
            doubts.append(
                Doubt(
                    f"Line {number} ended before the line above it, though lines are added at the end.", True
                )
            )
            break
        last = end if last is None else max(last, end)
    over = [run for run in runs if run.cpu_seconds > 1.5 * run.seconds * max(1, run.hardware.cores) + 1]
    if over:
        doubts.append(
            Doubt(f"{len(over)} runs took more processor time than their cores have in that time.", True)
        )
    return doubts


def compared(ledgers: Mapping[str, Sorted]) -> dict[str, list[Doubt]]:
    """What only shows beside the others: numbers that two students share, runs that are far too quick."""
    doubts: dict[str, list[Doubt]] = {student: [] for student in ledgers}
    owners: dict[tuple[float, ...], set[str]] = defaultdict(set)
    seconds: dict[str, list[float]] = defaultdict(list)
    for student, ledger in ledgers.items():
        for (level, _), run in ledger.counted.items():
            owners[_numbers(run)].add(student)
            seconds[level].append(run.seconds)
    for students in owners.values():
        for student in students if len(students) > 1 else ():
            others = ", ".join(sorted(students - {student}))
            doubts[student].append(
                Doubt(f"A run has the same numbers as one of {others}, who has another corpus.", True)
            )
    usual = {level: median(values) for level, values in seconds.items()}
    for student, ledger in ledgers.items():
        quick = [key for key, run in ledger.counted.items() if QUICKEST * run.seconds < usual[key[0]]]
        if quick:
            doubts[student].append(
                Doubt(
                    f"{len(quick)} runs took less than an eighth of the class's usual time, such as "
                    f"{quick[0][0]}, seed {quick[0][1]}.",
                    False,
                )
            )
    return {student: list(dict.fromkeys(found)) for student, found in doubts.items()}


def _numbers(run: Run) -> tuple[float, ...]:
    """All that it measured, but for what is no number and what is the same at every level."""
    known = ((name, value) for name, value in sorted(run.metrics.items()) if not math.isnan(value))
    return tuple(value for name, value in known if name != FINGERPRINT)
