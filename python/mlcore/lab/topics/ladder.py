"""The ladders: every step of the way from plain loops to the production kernel, timed and checked."""

from __future__ import annotations

from collections.abc import Iterable

from mlcore.lab.bench import Bench
from mlcore.lab.job import Job
from mlcore.lab.results import Outcome
from mlcore.lab.settings import Settings

__all__ = ["jobs"]


def jobs(settings: Settings) -> list[Job]:
    """One job per ladder."""
    return []


def _climb(bench: Bench) -> Iterable[Outcome]:
    return []
