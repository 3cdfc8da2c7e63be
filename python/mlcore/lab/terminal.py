"""What the person at the terminal sees: a progress bar while the lab runs, tables and a summary after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mlcore.lab.limits import MachineLimits
from mlcore.lab.results import Comparison, HardCase, LadderStep, Report, TopicResult
from mlcore.lab.run import Listener
from mlcore.lab.summary import summarise
from mlcore.lab.topics import limits
from mlcore.lab.wording import ACCURACY, duration, errors, orthogonality, percent, rate, ratio, shares, spread

__all__ = ["progress", "show"]

WIDE = 110  # columns of text from which all columns of a table fit
STYLE = {"faster": "green", "even": "", "slower": "red", "disagrees": "bold white on red"}

NUMERIC = {
    "threads", "mlcore", "its time", "ratio", "error / its", "value",
    "n", "time", "speed", "of FMA peak", "of the roof", "gain",
}  # fmt: skip


@contextmanager
def progress(console: Console) -> Iterator[Listener]:
    """A bar that counts jobs; on a console that is no terminal, one line at the start and nothing that moves."""
    if not console.is_terminal:
        yield _say_once(console)
        return
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting")

        def listen(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{escape(label)[:34]:<34}")

        yield listen


def _say_once(console: Console) -> Listener:
    def listen(done: int, total: int, label: str) -> None:
        if done == 0:
            console.print(f"measuring: {total} steps, beginning with {label}")

    return listen


def show(report: Report, console: Console) -> None:
    """Print the limits, one table per topic, and the summary."""
    console.print(Text(limits.TITLE, style="bold"))
    console.print(_limits_table(report.limits))
    console.print(Padding(Text(limits.in_words(report.limits)), (0, 0, 1, 2)))
    for topic in report.topics:
        if not (topic.comparisons or topic.steps or topic.hard or topic.notes):
            continue
        console.print(Text(topic.title, style="bold"))
        if topic.comparisons:
            console.print(_comparison_table(topic, console.width))
        if any(row.accuracy for row in topic.comparisons):
            console.print(Padding(Text(ACCURACY), (0, 0, 0, 2)))
        if topic.hard:
            console.print(Padding(_hard_table(topic.hard), (1, 0, 0, 0)))
        for name in dict.fromkeys(step.topic for step in topic.steps):
            console.print(_ladder_table([step for step in topic.steps if step.topic == name]))
        for note in topic.notes:
            console.print(Padding(Text(note.text), (0, 0, 0, 2)))
        console.print()
    _show_summary(report, console)


def _limits_table(limits: tuple[MachineLimits, ...]) -> Table:
    table = _table("threads", "FMA peak float64", "FMA peak float32", "read", "update", "triad")
    for row in limits:
        table.add_row(
            str(row.threads),
            rate(row.fma_peak["float64"], "flop/s"),
            rate(row.fma_peak["float32"], "flop/s"),
            rate(row.read, "B/s"),
            rate(row.update, "B/s"),
            rate(row.triad, "B/s"),
        )
    return table


def _comparison_table(topic: TopicResult, width: int) -> Table:
    rows, wide = topic.comparisons, width >= WIDE
    cells: dict[str, list[str | Text]] = {
        "operation": [Text(row.operation) for row in rows],
        "size": [row.size for row in rows],
        "type": [row.dtype for row in rows],
        "threads": [str(row.threads) for row in rows],
        "mlcore": [duration(row.seconds) for row in rows],
        "rival": [row.rival for row in rows],
        "its time": [duration(row.rival_seconds) for row in rows],
        "ratio": [Text(_ratio(row), style=STYLE[row.verdict]) for row in rows],
    }
    if any(row.accuracy for row in rows):  # beside the ratio, on every terminal
        cells["error / its"] = [errors(row) for row in rows]
    if wide:
        cells["quartiles"] = [spread(row) for row in rows]
        if any(row.bound for row in rows):
            cells["share / its"] = [shares(row) for row in rows]
        if any(row.accuracy and row.accuracy.loss is not None for row in rows):
            cells["||I-Q'Q|| / its"] = [orthogonality(row) for row in rows]
    table = _table(*cells)
    for line in zip(*cells.values(), strict=True):
        table.add_row(*line)
    return table


def _hard_table(cases: tuple[HardCase, ...]) -> Table:
    table = _table("problem", "measured", "method", "value")
    for case in cases:
        for i, (method, value) in enumerate(case.values.items()):
            table.add_row(case.problem if i == 0 else "", case.measure if i == 0 else "", method, f"{value:.1f}")
    return table


def _ratio(row: Comparison) -> str:
    return "disagrees" if row.verdict == "disagrees" else ratio(row.ratio)


def _ladder_table(steps: list[LadderStep]) -> Table:
    table = _table(f"ladder: {steps[0].topic}", "n", "type", "threads", "time", "speed", "of FMA peak", "of the roof", "gain")
    before: LadderStep | None = None
    for step in steps:
        gain = before.seconds / step.seconds if before and (before.n, before.dtype) == (step.n, step.dtype) else None
        table.add_row(
            step.step,
            str(step.n),
            step.dtype,
            str(step.threads),
            duration(step.seconds),
            rate(step.flops / step.seconds, "flop/s"),
            percent(step.share),
            percent(step.roof_share),
            "" if gain is None else ratio(gain),
        )
        before = step
    return table


def _show_summary(report: Report, console: Console) -> None:
    summary = summarise(report)
    for problem in summary.problems:
        console.print(Text(f"DISAGREES  {problem}", style="bold red"))
    if summary.caution:
        console.print(Text(summary.caution, style="yellow"))
    if summary.headline:
        console.print(Text(summary.headline, style="bold"))
    if summary.headline and summary.conclusive:
        for title, items, nothing in (
            ("Faster", summary.faster, "in nothing measured by this run"),
            ("Slower", summary.slower, "in nothing measured by this run"),
        ):
            console.print(Text(title, style="bold"))
            for item in items or (nothing,):
                console.print(Padding(Text(item), (0, 0, 0, 2)))
    if any(row.accuracy for row in report.comparisons):  # which a busy machine does not spoil
        console.print(Text("Less exact", style="bold"))
        for item in summary.less_exact or ("in nothing whose error this run measured",):
            console.print(Padding(Text(item), (0, 0, 0, 2)))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        # On a narrow terminal names are folded, numbers never.
        table.add_column(
            heading, justify="right" if heading in NUMERIC else "left", no_wrap=heading in NUMERIC, overflow="fold"
        )
    return table
