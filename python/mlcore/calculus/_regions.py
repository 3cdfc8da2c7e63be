"""The regions of an adaptive cubature: which of them are halved next, and what the others add up to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._quadrature import EPS
from mlcore.calculus._rule import Applied

__all__ = ["Regions"]

# Regions whose errors together are below this part of the tolerance are added up and forgotten.
_SETTLED: Final = 0.05
# The regions that are left alone may together have this part of the tolerance.
_LEFT: Final = 0.5
# Axes whose roughness differs by no more are equally rough.
_SAME: Final = 0.1
# The part of the change through halving that counts as error of each half.
_CHANGE: Final = 0.5
# What is left of it in the next generation, and the part of it that a half's own error must reach to be believed.
_FADING: Final = 0.03
_SUSPECT: Final = 1 / 64


class Regions:
    """Boxes with centres and half lengths, shape (n, d), and what the rule said of them."""

    def __init__(self, centre: NDArray[Any], half: NDArray[Any], applied: Applied) -> None:
        self.centre, self.half = centre, half
        self.applied = applied
        self._value: Any = 0.0
        self._error = self._rounding = 0.0
        self._whole = half.max(0)
        self._doubt = np.zeros(len(half))
        self._parents: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

    @property
    def value(self) -> NDArray[Any]:
        """The sum of the integrals over all regions."""
        return np.asarray(self._value + self.applied.value.sum(0))

    @property
    def error(self) -> float:
        """The sum of the errors."""
        return float(self._error + self.applied.error.sum()) + self.rounding

    @property
    def rounding(self) -> float:
        """The part of the error that no halving can make smaller."""
        return float(self._rounding + self.applied.rounding.sum())

    def add(self, centre: NDArray[Any], half: NDArray[Any], applied: Applied) -> None:
        """Append the halves of regions that `split` returned, and what the rule says of them.

        A jump close to the border of a half lies beyond the outermost points, and all looks smooth there. But the whole had
        seen it. So where the error of a half is small without reason beside the change of the value through halving, the change
        counts as its error. It fades from one generation to the next, and the axis stays the same until the jump is seen.
        Where a function is smooth, no half is suspect.
        """
        value, doubt, axis = self._parents
        left, right = np.split(applied.value, 2)
        doubt = np.tile(np.maximum(_CHANGE * abs(left + right - value).max(1), _FADING * doubt), 2)
        axis = np.tile(axis, 2)
        doubt[applied.error >= _SUSPECT * doubt] = 0.0
        doubtful = np.flatnonzero(doubt)
        applied.roughness[doubtful] = 0.0
        applied.roughness[doubtful, axis[doubtful]] = 1.0
        applied = applied._replace(error=np.maximum(applied.error, doubt))
        self._doubt = np.concatenate([self._doubt, doubt])
        self.centre = np.concatenate([self.centre, centre])
        self.half = np.concatenate([self.half, half])
        self.applied = Applied(*(np.concatenate(pair) for pair in zip(self.applied, applied, strict=True)))

    def split(self, tolerance: float, most: int) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Take out the worst regions, `most` at most, and return their halves; None if none can be halved.

        Taking the worst one at a time until the tolerance is met would leave alone, at the end, regions with small errors that
        add up to no more than the tolerance. So all others would be halved sooner or later, and are halved at once.
        """
        error = self.applied.error
        order = np.argsort(error, kind="stable")
        below = np.cumsum(error[order])
        settled = int(np.searchsorted(below, _SETTLED * tolerance - self._error))
        first = max(int(np.searchsorted(below, _LEFT * tolerance)), len(order) - most)
        chosen, kept = order[first:], order[min(settled, first) : first]
        self._settle(order[: min(settled, first)])
        axis = self._axis(chosen)
        rows = np.arange(len(chosen))
        centre, half, parents = self.centre[chosen], self.half[chosen], self.applied.value[chosen]
        doubt = self._doubt[chosen]
        step = half[rows, axis] / 2
        fine = (step > 4 * EPS * abs(centre[rows, axis])) & (step > 0) & (error[chosen] > self.applied.rounding[chosen])
        if not fine.all():  # what is as small as numbers allow stays as it is
            self._settle(chosen[~fine])
            centre, half, step, axis, parents, doubt = (part[fine] for part in (centre, half, step, axis, parents, doubt))
            rows = np.arange(len(step))
        kept.sort()
        self.centre, self.half, self._doubt = self.centre[kept], self.half[kept], self._doubt[kept]
        self.applied = Applied(*(part[kept] for part in self.applied))
        if not len(step):
            return None
        self._parents = (parents, doubt, axis)
        half[rows, axis] = step
        left = centre.copy()
        left[rows, axis] -= step
        centre[rows, axis] += step
        return np.concatenate([left, centre]), np.concatenate([half, half])

    def _settle(self, which: NDArray[Any]) -> None:
        if len(which):
            self._value = self._value + self.applied.value[which].sum(0)
            self._error += float(self.applied.error[which].sum())
            self._rounding += float(self.applied.rounding[which].sum())

    def _axis(self, which: NDArray[Any]) -> NDArray[Any]:
        """Along which axis to halve: the roughest, and of those as rough the longest, in proportion to the whole range."""
        rough = self.applied.roughness[which]
        rough = rough / np.maximum(rough.max(1, keepdims=True), np.finfo(float).tiny)
        return np.asarray(np.argmax(np.where(rough >= 1 - _SAME, self.half[which] / self._whole, 0.0), axis=1))
