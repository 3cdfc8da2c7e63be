"""The lab: mlcore beside NumPy, SciPy, scikit-learn and the machine's own limits.

``mlcore lab`` on the command line runs it. Where to start reading: `cli.py` (what a person can ask for), `run.py` (the
order of events), `bench.py` (how one comparison is made), `topics/` (what is compared), `figures/` and `report.py` (how
it is shown).

The ladders of `cpp/ladder` can be called from here: `steps("matmul")`, `ladder("matmul", "tiled")(A, B)`.
"""

from mlcore.lab._ladder import Step, ladder, steps

__all__ = ["Step", "ladder", "steps"]
