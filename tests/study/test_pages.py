"""Reports as they are read."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from signlab.study.coin import COIN, toss
from signlab.study.design import Level, Metric
from signlab.study.pages import (
    alternative_text,
    as_markdown,
    as_overview,
    as_table,
    differences_of,
    dots_of,
    sweep_of,
    verdicts_of,
)
from signlab.study.report import Report, report_of
from signlab.study.run import run_study


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Coins of which one has lost a seed."""
    ledger = tmp_path_factory.mktemp("coin") / "coin.jsonl"
    run_study(COIN, toss, ledger, workers=0, seeds=COIN.seeds[:4])
    run_study(COIN, toss, ledger, workers=0, levels=[name for name in COIN.names if name != "worn"])
    return report_of(COIN, ledger)


def test_markdown_has_the_question_every_number_every_verdict_and_what_is_missing(report: Report) -> None:
    text = as_markdown(report)
    assert text.startswith("# coin: Which coins are not fair?\n")
    assert COIN.answer in text
    lines = text.splitlines()
    header = next(line for line in lines if line.startswith("| coin |"))
    bent = next(line for line in lines if line.startswith("| bent |"))
    row = dict(zip(header.split("|"), bent.split("|"), strict=True))
    found = report.part().rows[1]
    assert row[" seeds "] == " 5 of 5 "
    assert row[" mean (95 % interval) "].startswith(f" {found.estimate.mean:.3g} % (")
    assert found.difference is not None
    assert row[" minus fair (95 % interval) "].startswith(f" {found.difference.mean:.3g} points (")
    assert float(row[" p, corrected for 4 "]) == pytest.approx(found.p, rel=0.05)
    assert row[" p, sign flips "] == " 0.062 "
    assert "; 0 %" in row[" over sentences (95 % interval; sign turns) "]
    assert "\n- bent against fair: " in text
    assert "\n- worn against fair: no verdict, for it takes 5 seeds" in text
    assert "\n## Missing\n\n- 4 of 5 seeds of worn are there; missing: 4.\n" in text
    assert "\n- 24 runs took " in text


def test_a_table_of_a_page_names_what_is_missing_too(report: Report) -> None:
    shown = as_table(report)
    assert '<th scope="row">left-handed</th>' in shown.html
    assert (
        "<caption>Which coins are not fair? The share of heads, %. Missing: 4 of 5 seeds of worn"
        in shown.html
    )
    assert repr(shown).count("\n") == 6


def test_an_overview_has_a_column_for_each_number(report: Report) -> None:
    name = report.study.primary.name
    shown = as_overview(report, [name, name]).html
    mean = f"{report.part().rows[1].estimate.mean:.3g} % ("
    assert shown.count(mean) == 2
    assert shown.count("<tr>") == 1 + len(report.study.levels)
    with pytest.raises(ValueError, match="at least one metric"):
        as_overview(report, [])


def test_verdicts_are_sentences_or_what_is_missing(report: Report, tmp_path: Path) -> None:
    lines = verdicts_of(report).splitlines()
    assert len(lines) == len(report.study.levels) - 1
    assert lines[0].startswith("bent against fair: ")
    run_study(COIN, toss, tmp_path / "coin.jsonl", workers=0, seeds=COIN.seeds[:1])
    said = verdicts_of(report_of(COIN, tmp_path / "coin.jsonl"))
    assert "no verdict, for it takes 5 seeds" in said


def test_columns_of_nothing_are_left_out(report: Report) -> None:
    two = replace(COIN, levels=COIN.levels[:2])
    rows = tuple(row._replace(sentences=None) for row in report.part().rows[:2])
    text = as_markdown(report._replace(study=two, parts=(report.parts[0]._replace(rows=rows),)))
    assert "corrected" not in text.split("\n- ")[0]
    assert "sentences" not in text


def test_a_metric_that_does_not_decide_says_so(report: Report) -> None:
    tails = Metric(name="tails", higher_is_better=False)
    study = replace(COIN, metrics=(*COIN.metrics, tails))
    rows = tuple(row._replace(verdict=None) for row in report.part().rows)
    text = as_markdown(
        report._replace(study=study, parts=(*report.parts, report.parts[0]._replace(metric=tails, rows=rows)))
    )
    assert "## Tails, lower is better\n" in text
    assert "The study decides by the share of heads" in text


def test_figures_hold_every_run(report: Report) -> None:
    fig = dots_of(report)
    plt.close(fig)
    (ax,) = fig.axes
    assert [text.get_text() for text in ax.texts] == ["fair (reference)", *COIN.names[1:]]
    counts = [len(np.asarray(line.get_xdata())) for line in ax.lines if line.get_marker() == "o"]
    assert counts == [5, 5, 4, 5, 5]
    assert ax.get_xlabel() == "the share of heads (%)"


def test_differences_are_drawn_around_zero(report: Report) -> None:
    fig = differences_of(report)
    plt.close(fig)
    (ax,) = fig.axes
    assert np.asarray(ax.lines[0].get_xdata()).tolist() == [0, 0]
    fair, bent = (report.part().rows[at].values for at in (0, 1))
    rings = next(line for line in ax.lines if line.get_marker() == "o")
    assert np.asarray(rings.get_xdata()).tolist() == [bent[seed] - fair[seed] for seed in COIN.seeds]
    assert [text.get_text() for text in ax.texts] == list(COIN.names[1:])
    assert ax.get_xlabel() == "the share of heads, minus fair\n(points)"


def test_levels_that_are_quantities_become_a_line(tmp_path: Path, report: Report) -> None:
    levels = tuple(Level(name=f"{bias}", settings=(f"bias={bias}",), value=bias) for bias in (0.1, 0.2, 0.5))
    study = replace(COIN, name="biases", factor="probability of heads", levels=levels, reference="0.5")
    run_study(study, toss, tmp_path / "biases.jsonl", workers=0, seeds=(0, 1))
    found = report_of(study, tmp_path / "biases.jsonl")
    fig = sweep_of(found, log=True)
    plt.close(fig)
    (ax,) = fig.axes
    assert ax.get_xlabel() == "probability of heads"
    assert np.asarray(ax.lines[0].get_ydata()).tolist() == [found.part().rows[2].estimate.mean] * 2
    with pytest.raises(ValueError, match="need values, but those of coin have none; draw them with dots_of"):
        sweep_of(report)


def test_words_stand_for_the_figure(report: Report) -> None:
    text = alternative_text(report)
    assert text.startswith("The share of heads, %, the mean and its 95 % interval for each level: fair ")
    assert text.count(" with 5 seeds") == 4
    assert "worn " in text
    none = report.part()._replace(rows=(report.part().rows[0]._replace(values={}),))
    assert alternative_text(report._replace(parts=(none,))).endswith(": fair no runs.")
