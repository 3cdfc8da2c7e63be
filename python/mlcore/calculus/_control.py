r"""A second look at a region: does the function have features that the points of a rule do not see?

The rule of Genz and Malik has most of its points in planes through the centre. A jump or a peak may lie between all of them;
then the function looks smooth, and no null rule can tell. So on the first regions the function is evaluated at control
points, too, spread evenly: :math:`k (g^{-1}, \ldots, g^{-d})` modulo 1 with :math:`g^{d+1} = g + 1`. The quadratic polynomial
that fits the values at the rule's points best leaves residuals there and at the control points. Of a smooth function both are
of about the same size (up to a factor of 9 in A. C. Genz's families); a feature that only the control points see has residuals
far larger.

If all values, the rule's and the others, are those of a quadratic polynomial, that may be the function, or one that vanishes
but in a corner. Then there are more control points.

The sequence is M. Roberts's, "The unreasonable effectiveness of quasirandom sequences" (2018).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._genz_malik import genz_malik
from mlcore.linalg import matmul

__all__ = ["LARGEST_D", "Control", "control"]

LARGEST_D: Final = 10  # beyond, the rule has more than 1200 points
_PER_AXIS: Final = 64
_MANY: Final = 4096
_LARGER: Final = 12.0
_ROUNDING: Final = 1e-12


class Control:
    """`n` control points for the rule of Genz and Malik in `d` dimensions.

    Attributes
    ----------
    nodes : ndarray of shape (d, n)
        The points, on [-1, 1]^d.
    both : ndarray
        Those of the rule, then these.
    """

    def __init__(self, d: int, n: int) -> None:
        g = 1.5
        for _ in range(60):
            g = (1 + g) ** (1 / (d + 1))
        steps = g ** -np.arange(1.0, d + 1)
        self.nodes: NDArray[np.float64] = 2 * ((0.5 + steps[:, None] * np.arange(1, n + 1)) % 1) - 1
        rule = genz_malik(d)
        self._weights = rule.weights[:, None].copy()
        self.both: NDArray[np.float64] = np.concatenate([rule.nodes, self.nodes], axis=1)
        at = _quadratic(rule.nodes)
        self._fit = np.linalg.pinv(at).T.copy()
        self._at, self._beside = at.T.copy(), _quadratic(self.nodes).T.copy()

    def __call__(self, y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], bool]:
        """What values `y`, shape (regions, values, points), at the rule's points and then the control points, say of the rule.

        The first answer, shape (regions, values), is the largest residual at a control point where it cannot be explained by
        those at the rule's points, otherwise 0. Values at control points that are no numbers count as infinite residuals. The
        second is by how much the mean of the residuals at the control points differs from what the rule makes of
        its own: two means of the same function, so at least one of them is that wrong. The third is whether all residuals are
        rounding errors.
        """
        n = len(self._fit)
        at, beside = np.ascontiguousarray(y[..., :n]), y[..., n:]
        with np.errstate(invalid="ignore", over="ignore"):
            fitted = matmul(at, self._fit)
            inside = at - matmul(fitted, self._at)
            seen = abs(inside).max(-1)
            outside = beside - matmul(fitted, self._beside)
            largest = abs(outside).max(-1)
            rounding = _ROUNDING * abs(at).max(-1)
            explained = (largest <= _LARGER * seen + rounding) | ~np.isfinite(seen)
            apart = abs(outside.mean(-1) - matmul(inside, self._weights)[..., 0])
            exact = bool((np.maximum(largest, seen) <= rounding).all())
        return np.where(explained, 0.0, np.where(np.isnan(largest), np.inf, largest)), apart, exact


@lru_cache(maxsize=2 * LARGEST_D)
def control(d: int, many: bool = False) -> Control:
    """Few control points in `d` dimensions, 2 to `LARGEST_D`, or many."""
    return Control(d, _MANY if many else _PER_AXIS * d)


def _quadratic(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The monomials up to the second degree, shape (points, monomials)."""
    i, j = np.triu_indices(len(points))
    return np.concatenate([np.ones((1, points.shape[1])), points, points[i] * points[j]]).T
