"""The run in plain words: where mlcore is faster, where it is even, and where it loses.

Losses are named one by one, the worst first; wins only by their range. A reader who trusts nothing else should be
able to trust this.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mlcore.lab.results import OF_TOLERANCE, Comparison, Report
from mlcore.lab.wording import count_threads, errors, orthogonality, percent, ratio

__all__ = ["Summary", "losses", "summarise"]

# Less than these shares of the processor time asked for make times doubtful, or useless.
UNDISTURBED, BUSY = 0.9, 0.7
SHOWN = 10  # losses named; the tables have all
LESS_EXACT = 3.0  # times the rival's error: nearer than that, two backward stable methods differ by chance


@dataclass(frozen=True, slots=True)
class Summary:
    """The run in sentences.

    Attributes
    ----------
    headline : str
        The count of comparisons won, even and lost; empty if nothing was compared.
    problems : tuple of str
        Results that disagreed. None is the rule.
    caution : str
        Why the times of this run are to be doubted; empty if nothing speaks against them.
    conclusive : bool
        Whether they are good enough to say who is faster. If not, `faster` and `slower` are empty.
    faster, slower : tuple of str
        One entry per operation won, one per comparison lost.
    less_exact : tuple of str
        One entry per operation in which mlcore's error is more than three times the rival's somewhere, rivals that compute in a
        wider type apart.
    """

    headline: str
    problems: tuple[str, ...]
    caution: str
    conclusive: bool
    faster: tuple[str, ...]
    slower: tuple[str, ...]
    less_exact: tuple[str, ...]


def summarise(report: Report) -> Summary:
    """Sum up a run.

    Parameters
    ----------
    report : Report
        The run.

    Returns
    -------
    Summary
    """
    timed = [row for row in report.comparisons if row.verdict != "disagrees"]
    conclusive = report.undisturbed >= BUSY
    return Summary(
        headline=_headline(timed, conclusive),
        problems=tuple(_problems(report)),
        caution=_caution(report),
        conclusive=conclusive,
        faster=tuple(_faster(timed)) if conclusive else (),
        slower=tuple(_slower(timed)) if conclusive else (),
        less_exact=tuple(_less_exact(timed)),
    )


def losses(rows: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons in which mlcore is slower, the worst first."""
    return sorted((row for row in rows if row.verdict == "slower"), key=lambda row: row.ratio)


def _headline(timed: list[Comparison], conclusive: bool) -> str:
    if not timed:
        return ""
    done = f"{len(timed)} comparison{'s' * (len(timed) != 1)} with equal threads and equal results"
    if not conclusive:
        return f"{done}, from which no conclusion is drawn, for this machine was busy."
    count = {verdict: sum(row.verdict == verdict for row in timed) for verdict in ("faster", "even", "slower")}
    mean = math.exp(sum(math.log(row.ratio) for row in timed) / len(timed))
    return (
        f"{done}: mlcore is faster in "
        f"{count['faster']}, even (within 5 %) in {count['even']}, slower in {count['slower']}. "
        f"The geometric mean of the ratios is {ratio(mean)}."
    )


def _problems(report: Report) -> Iterable[str]:
    for row in report.comparisons:
        if row.verdict == "disagrees":
            yield (
                f"{_name(row)}: the result differs from {row.rival}'s by {row.difference:.3g} eps where "
                f"{row.tolerance:.3g} are allowed, so it was not timed."
            )
    for step in report.steps:
        if not step.difference <= step.tolerance:
            yield (
                f"Ladder {step.topic}, step {step.step}, n = {step.n}: the result is off by {step.difference:.3g} eps "
                f"where {step.tolerance:.3g} are allowed."
            )


def _caution(report: Report) -> str:
    if report.undisturbed >= UNDISTURBED:
        return ""
    return (
        f"Other work ran on this machine: with {count_threads(report.threads[-1])} the lab got only "
        f"{percent(report.undisturbed)} of the processor time it asked for. On a busy machine, libraries whose threads wait by "
        "spinning can look a thousand times too slow. Run the lab again when the machine is idle."
    )


def _faster(timed: list[Comparison]) -> Iterable[str]:
    won: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in timed:
        if row.verdict == "faster" and not row.rival_wider:  # a rival that does more work is no boast
            won[row.operation][row.rival].append(row.ratio)
    for operation, rivals in sorted(won.items(), key=lambda item: -max(map(max, item[1].values()))):
        yield f"{operation}: " + ", ".join(f"{_range(ratios)} {rival}'s" for rival, ratios in rivals.items()) + " speed"


def _range(ratios: list[float]) -> str:
    low, high = ratio(min(ratios)), ratio(max(ratios))
    return low if low == high else f"{low[:-1]} to {high}"


def _slower(timed: list[Comparison]) -> Iterable[str]:
    lost = losses(timed)
    for row in lost[:SHOWN]:
        exact = f", error {errors(row)}" if row.accuracy else ""
        yield f"{_name(row)}: {ratio(row.ratio)} {row.rival}'s speed{exact}"
    if len(lost) > SHOWN:
        yield f"and {len(lost) - SHOWN} more, marked in the tables"


def _less_exact(timed: list[Comparison]) -> Iterable[str]:
    """The worst case of each operation beside each rival: in its error, and in its vectors' orthogonality."""
    found: dict[tuple[str, str, str], tuple[float, Comparison]] = {}
    for row in timed:
        if row.accuracy is None or row.rival_accuracy is None or row.rival_wider:
            continue
        ours, theirs = row.accuracy, row.rival_accuracy
        for what, a, b in (("error", ours.error, theirs.error), ("lack of orthogonality", ours.loss, theirs.loss)):
            if a is None or b is None:
                continue
            # One eps is 1 / n of the unit, and less than that is luck; less than was asked for is as good as zero.
            least = 1.0 if ours.unit == OF_TOLERANCE else 1 / row.n
            times, key = a / max(b, least), (row.operation, row.rival, what)
            if not times > LESS_EXACT:
                continue
            if key not in found or times > found[key][0]:
                found[key] = times, row
    for (_, rival, what), (times, row) in sorted(found.items(), key=lambda item: -item[1][0]):
        both = errors(row) if what == "error" else orthogonality(row)
        yield f"{_name(row)}: {ratio(times)} {rival}'s {what} ({both})"


def _name(row: Comparison) -> str:
    return f"{row.operation} {row.size}, {row.dtype}, {count_threads(row.threads)}"
