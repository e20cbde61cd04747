"""The command line of studies: ``signlab study list | run | report``. Chapter 10."""

import logging
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signlab.commands import say, watch
from signlab.data.files import data_folder
from signlab.study.catalogue import CATALOGUE, find_study
from signlab.study.design import Study

PICTURES = (".png", ".svg", ".pdf")
HERE = "here"  # what --ray means without an address


def add_commands(
    parts: Any, command: Callable[..., ArgumentParser], at_least: Callable[[int], Callable[[str], int]]
) -> None:
    """Add the commands to a parser.

    Args:
        parts: Where the parser keeps its commands.
        command: Adds one: from `parts`, a name, a few words and what it does.
        at_least: From a least number to what reads a number that may not be below it.
    """
    command(parts, "list", "what studies there are", study_list)
    run = command(parts, "run", "make the runs that a study's ledger lacks", study_run)
    _named(run)
    run.add_argument(
        "--seeds",
        type=_seeds,
        metavar="N or A,B,...",
        help="the first N of the study's seeds, or these; 'A,' is one (default: all)",
    )
    run.add_argument("--levels", type=_names, metavar="A,B,...", help="only these levels (default: all)")
    run.add_argument("--workers", type=at_least(1), help="processes at a time (default: 1)")
    run.add_argument(
        "--threads", type=at_least(1), help="of each process (default: the cores, shared among the workers)"
    )
    run.add_argument(
        "--ray",
        nargs="?",
        const=HERE,
        metavar="ADDRESS",
        help="let Ray deal out the runs: to the cluster at this address, or else to the cores of this machine",
    )
    run.add_argument("--gpus", type=float, default=0.0, help="that Ray keeps for each run, such as 1 or 0.5")
    report = command(parts, "report", "what a study has shown, as Markdown", study_report)
    _named(report)
    report.add_argument(
        "--figure", type=_picture, metavar="PICTURE", help="draw every run and the means here"
    )
    report.add_argument(
        "--differences", type=_picture, metavar="PICTURE", help="draw the differences to the reference here"
    )
    report.add_argument("--metric", help="that is drawn (default: the one that decides)")
    report.add_argument(
        "--log", action="store_true", help="a logarithmic axis for levels that are quantities"
    )


def study_list(_args: Namespace) -> int:
    """What studies there are, what each asks, and how far it is."""
    from signlab.study.run import planned

    for name in CATALOGUE:
        study, runner, _ = find_study(name)
        plan = planned(study, runner, default_ledger(study.ledger_name))
        total = len(plan.tasks) + plan.there
        say(f"{name}: {study.question}")
        say(f"  {study.factor}: {', '.join(study.names)}; {plan.there} of {total} runs are there")
    return 0


def study_run(args: Namespace) -> int:
    """Make the runs that a study's ledger lacks; 1 if some failed."""
    from signlab.study.cluster import run_on_ray
    from signlab.study.run import run_study
    from signlab.training.progress import watched

    if args.ray is None and args.gpus:
        raise ValueError(f"--gpus must come with --ray, which deals them out, but got {args.gpus:g} alone.")
    if args.ray is not None and args.workers:
        raise ValueError(
            f"--workers must come without --ray, which starts as many runs as there are cores, but got {args.workers}."
        )
    study, runner, prepare = find_study(args.name)
    ledger = args.ledger or _writable(study.ledger_name)
    seeds = _chosen(study, args.seeds)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("signlab").setLevel(logging.WARNING if watched() else logging.INFO)
    if prepare is not None:
        prepare()
    chosen: dict[str, Any] = {"seeds": seeds, "levels": args.levels, "progress": watch}
    if args.ray is None:
        done = run_study(study, runner, ledger, workers=args.workers or 1, threads=args.threads, **chosen)
    else:
        address = None if args.ray == HERE else args.ray
        threads = args.threads or 1
        done = run_on_ray(study, runner, ledger, address=address, threads=threads, gpus=args.gpus, **chosen)
    failed = f", {len(done.failed)} failed" if done.failed else ""
    made = "1 run" if done.made == 1 else f"{done.made} runs"
    say(f"{made} made, {done.there} were there{failed}; the ledger is {ledger}")
    where = f" --ledger {args.ledger}" if args.ledger else ""
    say(f"see what came out with: signlab study report {args.name}{where}")
    return 1 if done.failed else 0


def study_report(args: Namespace) -> int:
    """What a study has shown so far."""
    from signlab.study.pages import as_markdown, differences_of, dots_of, sweep_of
    from signlab.study.report import report_of

    study = find_study(args.name).study
    report = report_of(study, args.ledger or default_ledger(study.ledger_name))
    report.part(args.metric)  # refused before anything is written
    text = as_markdown(report)
    if args.figure or args.differences:
        import matplotlib

        matplotlib.use("agg")
        from signlab.show.style import use_style

        use_style()
    if args.figure:
        along = study.levels[0].value is not None
        figure = sweep_of(report, args.metric, log=args.log) if along else dots_of(report, args.metric)
        figure.savefig(args.figure, dpi=200)
    if args.differences:
        differences_of(report, args.metric).savefig(args.differences, dpi=200)
    say(text.rstrip())
    return 0


def default_ledger(name: str) -> Path:
    """Where a study's ledger lies if nothing else is said: among the project's results."""
    return data_folder() / "results" / "studies" / f"{name}.jsonl"


def _writable(name: str) -> Path:
    if data_folder().name == "_data":
        raise ValueError(
            "--ledger must be given where signlab is installed without its checkout, whose results would be "
            f"written to; try --ledger {name}.jsonl."
        )
    return default_ledger(name)


def _named(added: ArgumentParser) -> None:
    added.add_argument("name", metavar="NAME", help="of the study; signlab study list tells them")
    added.add_argument(
        "--ledger",
        type=Path,
        metavar="PATH",
        help="its runs (default: data/results/studies/NAME.jsonl, or that of the study's pool)",
    )


def _seeds(text: str) -> int | tuple[int, ...]:
    """A number of seeds, or seeds."""
    try:
        numbers = tuple(int(part) for part in text.removesuffix(",").split(","))
    except ValueError:
        numbers = ()
    if not numbers or (numbers == (0,) and "," not in text) or min(numbers) < 0:
        raise ArgumentTypeError(
            f"must be a number of seeds, such as 5, or seeds, such as 0,1,2, but got {text!r}"
        )
    return numbers if "," in text else numbers[0]


def _chosen(study: Study, seeds: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The seeds of a study that were asked for."""
    if isinstance(seeds, int) and seeds > len(study.seeds):
        raise ValueError(
            f"--seeds must be at most {len(study.seeds)}, which is what {study.name} names, but got {seeds}; "
            "a study names its seeds before it runs."
        )
    return study.seeds[:seeds] if seeds is None or isinstance(seeds, int) else seeds


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in PICTURES or not path.parent.is_dir():
        raise ArgumentTypeError(f"must be a {', '.join(PICTURES)} in a folder that exists, but got {text!r}")
    return path
