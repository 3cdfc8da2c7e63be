"""Dense linear algebra beside NumPy's and SciPy's LAPACK: time, and next to each ratio how exact both results are."""

from __future__ import annotations

from mlcore.lab.job import Job
from mlcore.lab.results import Note
from mlcore.lab.settings import Settings
from mlcore.lab.topics import linalg_eigen, linalg_hard, linalg_orthogonal, linalg_stacks, linalg_systems, linalg_topk, peers

__all__ = ["jobs"]


def jobs(settings: Settings) -> list[Job]:
    """The chapters one after the other."""
    timed = (linalg_systems, linalg_orthogonal, linalg_eigen, linalg_topk, linalg_stacks)
    notes = [Job("notes", lambda bench: [Note("linalg", peers.IN_WORDS)])] if "float32" in settings.dtypes else []
    return [job for part in timed for job in part.jobs(settings)] + linalg_hard.jobs() + notes
