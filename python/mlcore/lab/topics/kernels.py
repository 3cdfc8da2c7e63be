"""The building blocks, in cache and beyond it: a table of operations, sizes and types.

NumPy is given its best idiom each time: `out=` where ours has it, `X.T @ X` for the Gram matrix (it recognises it and
calls the symmetric routine), SciPy's BLAS where NumPy has no single call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mlcore.lab.case import Case
from mlcore.lab.job import Job, compare_job
from mlcore.lab.settings import Settings
from mlcore.lab.topics import stacks, tables, vectors

__all__ = ["jobs"]

Build = Callable[[Settings, int, str], Case]

# What, how to build it from a size, the sizes; 0 stands for the size that lies beyond every cache.
OPERATIONS: tuple[tuple[str, Build, tuple[int, ...], tuple[int, ...]], ...] = (
    ("dot", vectors.dot, (100, 10_000, 0), (10_000, 0)),
    ("norm", vectors.norm, (100, 10_000, 0), (0,)),
    ("axpy", vectors.axpy, (100, 10_000, 0), (10_000, 0)),
    ("add", vectors.add, (100, 10_000, 0), (0,)),
    ("matvec", tables.matvec, (100, 1000, 0), (1000, 0)),
    ("gram", tables.gram, (1000, 100_000), (10_000,)),
    ("centred gram", tables.centred_gram, (1000, 100_000), (10_000,)),
    ("column moments", tables.column_moments, (1000, 100_000), (10_000,)),
    ("triangular solve", tables.triangular_solve, (32, 128, 512), (128,)),
    ("stack", stacks.products, (2, 3, 4, 6, 8, 12, 16), (3, 8)),
)


def jobs(settings: Settings) -> list[Job]:
    """One comparison per operation, size and type."""
    return [
        compare_job("kernels", f"{name} {n or 'beyond cache'} {dtype}", partial(build, settings, n, dtype))
        for name, build, full, quick in OPERATIONS
        for n in settings.sizes(full, quick)
        for dtype in settings.dtypes
    ]
