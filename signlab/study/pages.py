"""A report as it is read: as Markdown, as a table, as a figure and as the words that stand for it. Chapter 10."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from signlab.show.dots import Interval, dots, sweep
from signlab.show.figures import table
from signlab.show.page import Html
from signlab.study.design import Metric
from signlab.study.report import NOTHING, Part, Report, Row
from signlab.study.statistics import with_unit

NONE = "–"


def as_markdown(report: Report) -> str:
    """The whole report as text: question, a table for each metric, verdicts, and what is missing."""
    study = report.study
    blocks = [f"# {study.name}: {study.question}", f"What would count as an answer: {study.answer}"]
    for part in report.parts:
        header, rows = _cells(report, part.metric.name)
        lines = [_row(header), _row(["---"] * len(header)), *map(_row, rows)]
        blocks += [f"## {_caption(part.metric)}", "\n".join(lines)]
        said = [f"- {row.verdict.sentence}" for row in part.rows if row.verdict]
        if said:
            blocks.append("\n".join(said))
        elif part.metric != study.primary:
            blocks.append(
                f"The study decides by {study.primary.title}; these numbers are there to be looked at."
            )
    for heading, sentences in (("Missing", report.missing), ("Notes", report.notes)):
        if sentences:
            blocks += [f"## {heading}", "\n".join(f"- {sentence}" for sentence in sentences)]
    return "\n\n".join(blocks) + "\n"


def as_table(report: Report, metric: str | None = None) -> Html:
    """The levels by one metric, as a table of a page; None = the metric that decides.

    Raises:
        ValueError: If the study has no such metric.
    """
    part = report.part(metric)
    header, rows = _cells(report, part.metric.name)
    missing = f" Missing: {' '.join(report.missing)}" if report.missing else ""
    return table(header, rows, caption=f"{report.study.question} {_caption(part.metric)}.{missing}")


def as_overview(report: Report, metrics: Sequence[str]) -> Html:
    """The levels by several metrics, as a table of a page: means with their 95 % intervals.

    Raises:
        ValueError: If there are no metrics, or the study has no such metric.
    """
    if not metrics:
        raise ValueError("An overview shows at least one metric, but got none; name some of the study's.")
    parts = [report.part(name) for name in metrics]
    header = [report.study.factor, "seeds", *(_caption(part.metric) for part in parts)]
    rows = [
        [
            row.level,
            f"{len(row.values)} of {len(report.study.seeds)}",
            *(_estimated(one, part.metric) for one, part in zip(rows, parts, strict=True)),
        ]
        for row, *rows in zip(parts[0].rows, *(part.rows for part in parts), strict=True)
    ]
    return table(header, rows, caption=f"{report.study.question} Means over seeds (95 % interval).")


def verdicts_of(report: Report, metric: str | None = None) -> str:
    """What the study decides, a line for each level beside the reference; or how many runs are there so far."""
    said = [row.verdict.sentence for row in report.part(metric).rows if row.verdict]
    return "\n".join(said or report.missing)


def dots_of(report: Report, metric: str | None = None) -> Figure:
    """The figure of a report: a row for each level, a ring for each seed, the mean in its interval.

    Raises:
        ValueError: If the study has no such metric.
    """
    part, reference = report.part(metric), report.study.reference
    return dots(
        [f"{row.level} (reference)" if row.level == reference else row.level for row in part.rows],
        [_numbers(row) for row in part.rows],
        [Interval(*row.estimate[:3]) for row in part.rows],
        xlabel=_axis(part.metric),
        title=report.study.question,
        line=_reference_mean(report, part),
    )


def differences_of(report: Report, metric: str | None = None) -> Figure:
    """What the verdicts are about: for each seed, how much more a level has than the reference.

    Intervals of the levels themselves may overlap where this one keeps clear of zero: what a seed does to
    both levels is in the former and not in the latter.

    Raises:
        ValueError: If the study has no such metric.
    """
    part, reference = report.part(metric), report.study.reference
    base = next(row.values for row in part.rows if row.level == reference)
    rows = [row for row in part.rows if row.level != reference]
    unit = f" ({part.metric.difference_unit})" if part.metric.difference_unit else ""
    return dots(
        [row.level for row in rows],
        [
            np.array([value - base[seed] for seed, value in row.values.items() if seed in base])
            for row in rows
        ],
        [Interval(*(row.difference or NOTHING)[:3]) for row in rows],
        xlabel=f"{part.metric.title}, minus {reference}{unit}",
        title=report.study.question,
        line=0.0,
    )


def sweep_of(report: Report, metric: str | None = None, *, log: bool = False) -> Figure:
    """The figure of a study whose levels are quantities: a line along the factor.

    Raises:
        ValueError: If the levels have no values, or one is not above 0 on a logarithmic axis.
    """
    part, study = report.part(metric), report.study
    places = [level.value for level in study.levels if level.value is not None]
    if not places:
        raise ValueError(
            f"Levels along an axis need values, but those of {study.name} have none; draw them with dots_of."
        )
    return sweep(
        np.array(places, dtype=float),
        [_numbers(row) for row in part.rows],
        [Interval(*row.estimate[:3]) for row in part.rows],
        xlabel=study.factor,
        ylabel=_axis(part.metric),
        title=study.question,
        log=log,
        line=_reference_mean(report, part),
    )


def alternative_text(report: Report, metric: str | None = None) -> str:
    """What a figure of the report shows, for those who do not see it."""
    part = report.part(metric)
    rows = [
        f"{row.level} {_estimated(row, part.metric)} with {len(row.values)} seeds"
        if row.values
        else f"{row.level} no runs"
        for row in part.rows
    ]
    return f"{_caption(part.metric)}, the mean and its 95 % interval for each level: {'; '.join(rows)}."


def _cells(report: Report, metric: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table; columns of nothing are left out."""
    part = report.part(metric)
    several = len(report.study.levels) > 2
    header = [
        report.study.factor,
        "seeds",
        "mean (95 % interval)",
        f"minus {report.study.reference} (95 % interval)",
        "p",
        f"p, corrected for {len(report.study.levels) - 1}",
        "p, sign flips",
        "over sentences (95 % interval; sign turns)",
    ]
    rows = [[_written(cell) for cell in _row_cells(report, row, part.metric)] for row in part.rows]
    wanted = [True, True, True, True, True, several, True, any(row.sentences for row in part.rows)]
    kept = [at for at, keep in enumerate(wanted) if keep]
    return [header[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _row_cells(report: Report, row: Row, metric: Metric) -> list[str | float]:
    difference, over = row.difference, row.sentences
    return [
        row.level,
        f"{len(row.values)} of {len(report.study.seeds)}",
        _estimated(row, metric),
        _span(difference.mean, difference.low, difference.high, metric.difference_unit)
        if difference
        else NONE,
        difference.p if difference else math.nan,
        row.p,
        difference.sign_flip_p if difference else math.nan,
        f"{_span(over.difference, over.low, over.high, metric.difference_unit)}; {100 * over.turned:.3g} %"
        if over
        else NONE,
    ]


def _written(cell: str | float) -> str:
    """A cell; numbers among them are p-values."""
    if isinstance(cell, str):
        return cell
    return NONE if math.isnan(cell) else "<0.0001" if cell < 0.0001 else f"{cell:.2g}"


def _estimated(row: Row, metric: Metric) -> str:
    mean, low, high, n = row.estimate
    return _span(mean, low, high, metric.unit) if n else NONE


def _span(mean: float, low: float, high: float, unit: str) -> str:
    if math.isnan(low):
        return with_unit(mean, unit)
    return f"{with_unit(mean, unit)} ({with_unit(low, '')} to {with_unit(high, '')})"


def _reference_mean(report: Report, part: Part) -> float | None:
    row = next(row for row in part.rows if row.level == report.study.reference)
    return row.estimate.mean if row.values else None


def _numbers(row: Row) -> np.ndarray:
    return np.array(list(row.values.values()), dtype=float)


def _caption(metric: Metric) -> str:
    words = metric.title[:1].upper() + metric.title[1:]
    better = {True: ", higher is better", False: ", lower is better", None: ""}[metric.higher_is_better]
    return f"{words}{f', {metric.unit}' if metric.unit else ''}{better}"


def _axis(metric: Metric) -> str:
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
