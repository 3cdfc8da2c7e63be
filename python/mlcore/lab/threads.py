"""Give every library the same number of threads, and make sure that it took them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import mlcore
from mlcore.lab.errors import LabError

__all__ = ["available", "counts", "equal"]


def available() -> int:
    """How many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def counts(requested: int | None) -> tuple[int, ...]:
    """The thread counts a run compares: one thread, and all of them.

    Parameters
    ----------
    requested : int or None
        What `--threads` said; None takes as many as mlcore uses by default.

    Returns
    -------
    tuple of int
        `(1,)` or `(1, requested)`.

    Raises
    ------
    LabError
        If `requested` is less than 1 or more than there are processors.
    """
    if requested is None:
        requested = mlcore.get_num_threads()
    elif requested < 1:
        raise LabError(f"--threads {requested}: at least 1 thread is needed; this machine offers {available()}")
    elif requested > available():
        raise LabError(
            f"--threads {requested}: this process may use {available()} processor{'s' * (available() != 1)}, and "
            f"more threads than that would measure the scheduler: give at most {available()}"
        )
    return (1,) if requested == 1 else (1, requested)


@contextmanager
def equal(threads: int) -> Iterator[None]:
    """Within this context mlcore and every other library's pool use `threads` threads.

    Raises
    ------
    LabError
        If a library cannot be set to that number, for then the comparison would not be fair.
    """
    # A pool can be limited only after it has been loaded: NumPy and SciPy each bring an OpenBLAS of their own,
    # scikit-learn an OpenMP.
    import numpy.linalg  # noqa: F401
    import scipy.linalg  # noqa: F401
    import sklearn.decomposition  # noqa: F401
    from threadpoolctl import threadpool_info, threadpool_limits

    with threadpool_limits(limits=threads), mlcore.num_threads(threads):
        for pool in threadpool_info():
            if pool["num_threads"] != threads:
                raise LabError(
                    f"{pool['internal_api']} ({pool['filepath']}) runs {pool['num_threads']} threads where {threads} "
                    "were asked for, so no comparison would be fair: give a smaller --threads"
                )
        yield
