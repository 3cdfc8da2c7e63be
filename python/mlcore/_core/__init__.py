"""The compiled core, in the best build this CPU can run.

Every build holds the same functions, compiled from the same sources. ``MLCORE_ISA`` (e.g. ``x86-64-v3``) asks for one.
"""

from mlcore._core._select import load as _load

_build = _load()
runtime = _build.runtime
blas = _build.blas
calculus = _build.calculus
ladder = _build.ladder
linalg = _build.linalg
stats = _build.stats
