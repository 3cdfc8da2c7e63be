"""Products of the Gauss-Kronrod rule (10, 21) with itself: one, two or three dimensions, for smooth functions."""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._quadrature import GAUSS_WEIGHTS, KRONROD_WEIGHTS, NODES, ROUNDING
from mlcore.calculus._rule import Applied
from mlcore.linalg import matmul

__all__ = ["ProductRule", "product_rule"]


class ProductRule:
    r"""The product rule :math:`K \otimes \cdots \otimes K` in `d` dimensions, on the cube [-1, 1]^d.

    What the Gauss rule would give along one axis in place of Kronrod's is that axis's difference :math:`\delta_i`, and from
    their sum the error follows as in QUADPACK: with :math:`r = \int |f - \bar f|`, it is
    :math:`r \min(1, (200 \sum \delta_i / r)^{1.5})`.

    Attributes
    ----------
    nodes : ndarray of shape (d, n)
        The points, a column each.
    weights : ndarray of shape (n,)
        Their sum is 1.
    """

    def __init__(self, d: int) -> None:
        self.nodes: NDArray[np.float64] = np.stack(np.meshgrid(*[NODES] * d, indexing="ij")).reshape(d, -1)
        high, difference = KRONROD_WEIGHTS / 2, (KRONROD_WEIGHTS - GAUSS_WEIGHTS) / 2
        factors = [[difference if i == axis else high for i in range(d)] for axis in range(-1, d)]
        self._columns = np.stack([reduce(np.multiply.outer, row).ravel() for row in factors], axis=1)
        self.weights: NDArray[np.float64] = self._columns[:, 0].copy()
        self._mean = self.weights[:, None].copy()

    def __call__(self, y: NDArray[Any], volume: NDArray[Any]) -> Applied:
        """What values `y`, shape (regions, values, points), say of regions of the volumes `volume`."""
        sums = matmul(y, self._columns)
        mean, differences = sums[..., 0], abs(sums[..., 1:])
        total = differences.sum(-1)
        spread = matmul(abs(y - mean[..., None]), self._mean)[..., 0]
        with np.errstate(all="ignore"):
            scaled = spread * np.minimum(1.0, (200 * total / spread) ** 1.5)
        error = np.where(spread > 0, scaled, total)
        rounding = ROUNDING * matmul(abs(y), self._mean)[..., 0]
        volume = volume[:, None]
        return Applied(mean * volume, (error * volume).max(1), (rounding * volume).max(1), differences.max(1))


@lru_cache(maxsize=4)
def product_rule(d: int) -> ProductRule:
    """The rule in `d` dimensions."""
    return ProductRule(d)
