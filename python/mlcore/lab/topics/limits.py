"""The machine's limits. They are measured before every run, whatever its topics, for every share refers to them."""

from __future__ import annotations

from collections.abc import Iterable

from mlcore.lab.job import Job
from mlcore.lab.limits import MachineLimits
from mlcore.lab.settings import Settings
from mlcore.lab.wording import count_threads

__all__ = ["TITLE", "in_words", "jobs"]

TITLE = "What this machine can do"


def jobs(settings: Settings) -> list[Job]:
    """None: asking for this topic alone asks for no comparison."""
    return []


def in_words(limits: Iterable[MachineLimits]) -> str:
    """What the measured limits mean for a computation."""
    balance = " and ".join(f"{row.fma_peak['float64'] / row.read:.1f} ({count_threads(row.threads)})" for row in limits)
    return (
        f"In float64, this machine can do {balance} operations in the time in which it reads one byte from memory: a "
        "computation that does fewer on each byte waits for memory, however good its code."
    )
