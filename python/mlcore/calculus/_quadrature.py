"""What all rules of integration share: Gauss-Kronrod rules on [-1, 1], and how exact values are taken to be."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore._core import calculus as _core

__all__ = ["EPS", "GAUSS_WEIGHTS", "KRONROD_WEIGHTS", "NODES", "ROUNDING", "gauss_kronrod"]

EPS: Final = float(np.finfo(float).eps)
# The relative error of a value of the integrand and of a sum of such, as in R. Piessens et al., "QUADPACK", Springer 1983.
ROUNDING: Final = 50 * EPS

# From left to right; of Gauss's rule, 0 at the nodes that it does not have.
NODES: NDArray[np.float64]
KRONROD_WEIGHTS: NDArray[np.float64]
GAUSS_WEIGHTS: NDArray[np.float64]
NODES, KRONROD_WEIGHTS, GAUSS_WEIGHTS = _core.gauss_kronrod_rule()

# The nodes of the rule (7, 15) from 0 on, as in QUADPACK's dqk15. The weights follow from them: a rule with its nodes given is
# exact for polynomials of a degree below their number.
_NODES_15: Final = (
    0.0,
    0.207784955007898467600689403773245,
    0.405845151377397166906606412076961,
    0.586087235467691130294144691693013,
    0.741531185599394439863864773280788,
    0.864864423359769072789712788640926,
    0.949107912342758524526189684047851,
    0.991455371120812639206854697526329,
)


def gauss_kronrod(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Nodes, Kronrod's weights and Gauss's, 0 at nodes that it does not have, of the rule with `n` points, 15 or 21."""
    if n == 21:
        return NODES, KRONROD_WEIGHTS, GAUSS_WEIGHTS
    nodes = np.concatenate([np.negative(_NODES_15[:0:-1]), _NODES_15])
    gauss = np.zeros(15)
    gauss[1::2] = _weights(nodes[1::2])
    return nodes, _weights(nodes), gauss


def _weights(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the rule with these nodes: Legendre polynomials have the integral 0, but the first has 2."""
    polynomials = np.polynomial.legendre.legvander(nodes, len(nodes) - 1)
    return np.asarray(np.linalg.solve(polynomials.T, 2.0 * (np.arange(len(nodes)) == 0)))
