"""Run the topics one after the other, and tell a listener what is going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from mlcore.lab import machine
from mlcore.lab.bench import Bench
from mlcore.lab.job import Topic
from mlcore.lab.limits import measure
from mlcore.lab.quiet import undisturbed
from mlcore.lab.results import Comparison, Curve, HardCase, LadderStep, Note, Outcome, Report, TopicResult
from mlcore.lab.settings import Settings

__all__ = ["Listener", "run"]

# Told: how many jobs are done, how many there are, and what comes next.
Listener = Callable[[int, int, str], None]


def run(settings: Settings, topics: Sequence[Topic], *, listener: Listener | None = None) -> Report:
    """Measure the limits, then do every job of every topic.

    Parameters
    ----------
    settings : Settings
        Data, threads and pace.
    topics : sequence of Topic
        What to run, in this order.
    listener : callable, optional
        Called before each job with (jobs done, jobs in all, what comes next), and once at the end.

    Returns
    -------
    Report
    """
    tell = listener or (lambda done, total, label: None)
    started = time.perf_counter()
    plan = [(topic, topic.jobs(settings)) for topic in topics]
    total, done = 1 + sum(len(jobs) for _, jobs in plan), 1
    tell(0, total, "the machine's limits")
    quiet_before = undisturbed(settings.threads[-1])
    limits = tuple(measure(threads, seconds=settings.limits_budget) for threads in settings.threads)
    bench = Bench(settings, limits)

    results = []
    for topic, jobs in plan:
        begun, outcomes = time.perf_counter(), list[Outcome]()
        for job in jobs:
            tell(done, total, job.label)
            outcomes += job.run(bench)
            done += 1
        results.append(_sorted_out(topic, outcomes, time.perf_counter() - begun))
    quiet = min(quiet_before, undisturbed(settings.threads[-1]))
    tell(total, total, "the report")

    rows, columns = settings.data.X.shape
    return Report(
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        quick=settings.quick,
        seconds=time.perf_counter() - started,
        threads=settings.threads,
        undisturbed=quiet,
        machine=machine.describe(),
        data={"name": settings.data.name, "rows": rows, "columns": columns, "labels": settings.data.label_name or ""},
        limits=limits,
        topics=tuple(results),
    )


def _sorted_out(topic: Topic, outcomes: Iterable[Outcome], seconds: float) -> TopicResult:
    kept = list(outcomes)
    return TopicResult(
        name=topic.name,
        title=topic.title,
        question=topic.question,
        seconds=seconds,
        comparisons=tuple(item for item in kept if isinstance(item, Comparison)),
        curves=tuple(item for item in kept if isinstance(item, Curve)),
        steps=tuple(item for item in kept if isinstance(item, LadderStep)),
        hard=tuple(item for item in kept if isinstance(item, HardCase)),
        notes=tuple(item for item in kept if isinstance(item, Note)),
    )
