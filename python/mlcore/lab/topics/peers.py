"""Who competes in dense linear algebra: LAPACK by way of NumPy, and in float32 by way of SciPy as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore.lab.case import Rival
from mlcore.lab.timing import Call

__all__ = ["IN_WORDS", "NUMPY_WIDE", "peers"]

NUMPY_WIDE = "NumPy f64"
IN_WORDS = (
    "numpy.linalg converts float32 to float64, computes there and rounds the result, which is therefore more exact than "
    f"any computed in float32. Its float32 rows are called '{NUMPY_WIDE}'; those of SciPy, which calls the float32 routines, "
    "compare like with like."
)


def peers(
    dtype: str, numpy: Call, scipy: Call | None = None, pick: Callable[[Any], ArrayLike] = np.asarray
) -> tuple[Rival, ...]:
    """NumPy in float64; in float32 NumPy under the name that says what it does, and SciPy where it has such a routine."""
    if dtype == "float64":
        return (Rival("NumPy", numpy, pick),)
    wide = Rival(NUMPY_WIDE, numpy, pick, wider=True)
    return (wide,) if scipy is None else (wide, Rival("SciPy", scipy, pick))
