"""What all rules of integration share: the Gauss-Kronrod rule (10, 21) on [-1, 1], and how exact values are taken to be."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore._core import calculus as _core

__all__ = ["EPS", "GAUSS_WEIGHTS", "KRONROD_WEIGHTS", "NODES", "ROUNDING"]

EPS: Final = float(np.finfo(float).eps)
# The relative error of a value of the integrand and of a sum of such, as in R. Piessens et al., "QUADPACK", Springer 1983.
ROUNDING: Final = 50 * EPS

# From left to right; of Gauss's rule, 0 at the nodes that it does not have.
NODES: NDArray[np.float64]
KRONROD_WEIGHTS: NDArray[np.float64]
GAUSS_WEIGHTS: NDArray[np.float64]
NODES, KRONROD_WEIGHTS, GAUSS_WEIGHTS = _core.gauss_kronrod_rule()
