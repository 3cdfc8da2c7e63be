"""A topic is a question with a list of jobs; a job is one tick of the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from mlcore.lab.bench import Bench
from mlcore.lab.case import Case
from mlcore.lab.results import Outcome
from mlcore.lab.settings import Settings

__all__ = ["Job", "Topic", "compare_job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of a topic: what the progress bar says, and what to do, given the bench."""

    label: str
    run: Callable[[Bench], Iterable[Outcome]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A chapter of the report.

    Attributes
    ----------
    name : str
        As typed on the command line.
    title, question : str
        Heading, and what the chapter answers, in a sentence.
    jobs : callable
        From the settings to the list of jobs.
    """

    name: str
    title: str
    question: str
    jobs: Callable[[Settings], list[Job]]


def compare_job(topic: str, label: str, build: Callable[[], Case]) -> Job:
    """The job that builds a case (its inputs live only as long as the job) and compares it."""
    return Job(label, partial(_build_and_compare, topic, build))


def _build_and_compare(topic: str, build: Callable[[], Case], bench: Bench) -> Iterable[Outcome]:
    return bench.compare(topic, build())
