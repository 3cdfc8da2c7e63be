"""Products of a Gauss-Kronrod rule with itself: one, two or three dimensions, for smooth functions."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._quadrature import ROUNDING, gauss_kronrod
from mlcore.calculus._rule import Applied, largest
from mlcore.linalg import matmul

__all__ = ["ProductRule", "product_rule"]

# The length of the odd difference beside the other's: it is of one degree less, and only has to speak where that is silent.
_ODD: Final = 0.25


class ProductRule:
    r"""The product :math:`K \otimes \cdots \otimes K` in `d` dimensions, on the cube [-1, 1]^d, of the rule with `n` points.

    What the Gauss rule would give in place of Kronrod's on a line of points along an axis is that line's difference. Where the
    function jumps it may vanish by accident, and then for all lines that the jump crosses at the same place. So there is
    another one, of the odd parts: their divided difference over all points. The mean of the larger absolute value over all
    lines is the axis's :math:`\delta_i`. Without absolute values it may vanish, too, as along a kink on a diagonal, where the
    differences of one line have the sign opposite to another's. From the sum the error follows as in QUADPACK: with
    :math:`r = \int |f - \bar f|`, it is :math:`r \min(1, (200 \sum \delta_i / r)^{1.5})`.

    Attributes
    ----------
    nodes : ndarray of shape (d, n)
        The points, a column each.
    weights : ndarray of shape (n,)
        Their sum is 1.
    """

    def __init__(self, d: int, n: int) -> None:
        nodes, kronrod, gauss = gauss_kronrod(n)
        self.nodes: NDArray[np.float64] = np.stack(np.meshgrid(*[nodes] * d, indexing="ij")).reshape(d, -1)
        high = kronrod / 2
        self.weights: NDArray[np.float64] = reduce(np.multiply.outer, [high] * d).ravel()
        self._mean = self.weights[:, None].copy()
        even = high - gauss / 2
        odd = _odd_difference(nodes)
        self._difference = np.stack([even, odd * (_ODD * np.linalg.norm(even) / np.linalg.norm(odd))])
        self._lines = reduce(np.multiply.outer, [high] * (d - 1), np.ones(())).ravel()[:, None]
        self._shapes = [(len(high) ** axis, len(high), len(high) ** (d - 1 - axis)) for axis in range(d)]

    def __call__(self, y: NDArray[Any], volume: NDArray[Any]) -> Applied:
        """What values `y`, shape (regions, values, points), say of regions of the volumes `volume`."""
        mean = matmul(y, self._mean)[..., 0]
        differences = self._differences(y)
        total = differences.sum(-1)
        spread = matmul(abs(y - mean[..., None]), self._mean)[..., 0]
        with np.errstate(all="ignore"):
            scaled = spread * np.minimum(1.0, (200 * total / spread) ** 1.5)
        error = np.where(spread > 0, scaled, total)
        rounding = ROUNDING * matmul(abs(y), self._mean)[..., 0]
        volume = volume[:, None]
        return Applied(mean * volume, largest(error * volume), largest(rounding * volume), largest(differences))

    def _differences(self, y: NDArray[Any]) -> NDArray[Any]:
        """For each axis, the mean over all lines along it of the larger difference, shape (regions, values, d)."""
        y = np.ascontiguousarray(y)
        found = np.empty((*y.shape[:2], len(self._shapes)))
        for axis, shape in enumerate(self._shapes):
            lines = abs(matmul(self._difference, y.reshape(-1, *shape)))
            larger = np.maximum(lines[:, :, 0], lines[:, :, 1])
            found[..., axis] = matmul(larger.reshape(*y.shape[:2], -1), self._lines)[..., 0]
        return found


def _odd_difference(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that give 0 for polynomials of a degree below ``len(nodes) - 2``, and for all that are even.

    An odd polynomial over x is one in x squared, whose divided differences of a higher degree vanish.
    """
    right = nodes[len(nodes) // 2 + 1 :]
    gaps = right[:, None] ** 2 - right**2 + np.eye(len(right))
    weights = 1 / (right * gaps.prod(1))
    return np.concatenate([-weights[::-1], [0.0], weights])


@lru_cache(maxsize=8)
def product_rule(d: int, n: int = 21) -> ProductRule:
    """The rule in `d` dimensions with `n` points on each axis."""
    return ProductRule(d, n)
