"""Quadrature rules: nodes and weights, and what one application of each gives."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAUSS_WEIGHTS", "KRONROD_WEIGHTS", "NODES", "Estimate", "gauss_kronrod"]

# Gauss-Kronrod (10, 21) on [-1, 1], the right half; every second node from the second on is one of Gauss.
# R. Piessens et al., "QUADPACK", Springer 1983, routine qk21.
_RIGHT: Final = [
    (0.995657163025808080735527280689003, 0.011694638867371874278064396062192, 0.0),
    (0.973906528517171720077964012084452, 0.032558162307964727478818972459390, 0.066671344308688137593568809893332),
    (0.930157491355708226001207180059508, 0.054755896574351996031381300244580, 0.0),
    (0.865063366688984510732096688423493, 0.075039674810919952767043140916190, 0.149451349150580593145863397657697),
    (0.780817726586416897063717578345042, 0.093125454583697605535065465083366, 0.0),
    (0.679409568299024406234327365114874, 0.109387158802297641899210590325805, 0.219086362515982043995534934228163),
    (0.562757134668604683339000099272694, 0.123491976262065851077958109585166, 0.0),
    (0.433395394129247190799265943165784, 0.134709217311473325928054001771707, 0.269266719309996355091226921569469),
    (0.294392862701460198131126603103866, 0.142775938577060080797094273138717, 0.0),
    (0.148874338981631210884826001129720, 0.147739104901338491374841515972068, 0.295524224714752870173815619188769),
]
_TABLE: Final = np.array([(-x, k, g) for x, k, g in _RIGHT] + [(0.0, 0.149445554002916905664936468389821, 0.0)] + _RIGHT[::-1])
NODES: Final[NDArray[np.float64]] = _TABLE[:, 0].copy()
KRONROD_WEIGHTS: Final[NDArray[np.float64]] = _TABLE[:, 1].copy()
GAUSS_WEIGHTS: Final[NDArray[np.float64]] = _TABLE[:, 2].copy()
_BOTH: Final = np.stack([KRONROD_WEIGHTS, KRONROD_WEIGHTS - GAUSS_WEIGHTS])
EPS: Final = float(np.finfo(float).eps)


class Estimate(NamedTuple):
    """Of one interval each: the integral, a bound of its error, and the integral of the absolute value."""

    value: Any
    error: Any
    size: Any


def gauss_kronrod(half: Any, y: Any) -> Estimate:
    r"""Integrals over intervals of half the lengths `half`, shape (n,), from values `y` at the nodes, shape (n, 21, ...).

    The error is that of QUADPACK: with :math:`\delta = |K - G|` and the mean deviation :math:`r = \int |f - \bar f|`,
    :math:`r \min(1, (200 \delta / r)^{1.5})`, and at least the rounding error of the sum. Of a function with several values:
    the largest.
    """
    flat = y.reshape(len(y), 21, -1)
    sums = half[:, None, None] * (_BOTH @ flat)
    value, difference = sums[:, 0], abs(sums[:, 1])
    size = half[:, None] * (KRONROD_WEIGHTS @ abs(flat))
    mean = value / np.where(half == 0, 1.0, 2 * half)[:, None]
    spread = half[:, None] * (KRONROD_WEIGHTS @ abs(flat - mean[:, None]))
    with np.errstate(all="ignore"):
        scaled = spread * np.minimum(1.0, (200 * difference / spread) ** 1.5)
    error = np.maximum(np.where(spread > 0, scaled, difference), 10 * EPS * size)
    return Estimate(value.reshape(len(y), *y.shape[2:]), error.max(1), size.max(1))
