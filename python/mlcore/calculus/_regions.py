"""The regions of an adaptive cubature: which of them are cut next, along which axes, and what the others add up to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._quadrature import EPS
from mlcore.calculus._rule import Applied, largest

__all__ = ["Regions"]

# Regions whose errors together are below this part of the tolerance are added up and forgotten.
_SETTLED: Final = 0.05
# The regions that are left alone may together have this part of the tolerance.
_LEFT: Final = 0.5
# Axes whose roughness differs by no more are equally rough.
_SAME: Final = 0.1
# Another axis is cut as well if its roughness is more than this part of the largest: along a jump, others need no cuts.
_AS_WELL: Final = 0.3
_TIE: Final = 1e-9
_TINY: Final = float(np.finfo(float).tiny)
# Children together are expected to have no more than this part of the tolerance if there are to be no more of them.
_EXPECTED: Final = 0.5
# The part of the change through cutting that counts as error of each of two halves.
_CHANGE: Final = 0.5
# What is left of it in the next generation, and the part of it that a half's own error must reach to be believed.
_FADING: Final = 0.03
_SUSPECT: Final = 1 / 64
# An error estimated too small is a reason to trust the estimates of the region's children less: that many times the change
# through cutting over the estimate, at most _CAUTION. Its root is left in the next generation.
_EXCEEDED: Final = 2.0
_CAUTION: Final = 100.0


class Regions:
    """Boxes with centres and half lengths, shape (n, d), and what the rule said of them.

    All is in one table, a row for each box, so that choosing rows is one operation: centre, half length and roughness for each
    axis; error, error of rounding, doubt, caution; values.
    """

    def __init__(self, centre: NDArray[Any], half: NDArray[Any], applied: Applied) -> None:
        self._d = centre.shape[1]
        self._whole = half.max(0)
        self._table = self._rows(centre, half, applied, 0.0, 1.0)
        self._value: Any = 0.0
        self._error = self._rounding = 0.0
        self._sums: NDArray[Any]
        self._parents: tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]
        self._add_up()

    @property
    def value(self) -> NDArray[Any]:
        """The sum of the integrals over all regions."""
        return np.asarray(self._value + self._sums[4:])

    @property
    def error(self) -> float:
        """The sum of the errors."""
        return float(self._error + self._sums[0]) + self.rounding

    @property
    def rounding(self) -> float:
        """The part of the error that no cutting can make smaller."""
        return float(self._rounding + self._sums[1])

    def add(self, centre: NDArray[Any], half: NDArray[Any], applied: Applied) -> None:
        """Append the children of regions that `split` returned, and what the rule says of them.

        A jump close to the border of a child lies beyond the outermost points, and all looks smooth there. But the parent had
        seen it. So where the error of a child is small without reason beside the change of the value through cutting, it
        counts as its error. The change fades from one generation to the next, and the axes stay the same until the jump is
        seen. Where a function is smooth, no child is suspect.
        """
        parents, children, first, rows, cut = self._parents
        d = self._d
        sums = np.add.reduceat(applied.value, first, axis=0)
        change = largest(abs(sums - parents[:, 3 * d + 4 :]))
        error, doubt, caution = parents[:, 3 * d], parents[:, 3 * d + 2], parents[:, 3 * d + 3]
        with np.errstate(all="ignore"):  # 0 / 0: the estimate of a region that is exact
            exceeded = np.minimum(_CAUTION, _EXCEEDED * caution * change / error)
        caution = np.fmax(np.sqrt(caution), exceeded)[rows]
        doubt = (np.maximum(2 * _CHANGE * change / children, _FADING * doubt))[rows]
        doubt[applied.error >= _SUSPECT * doubt] = 0.0
        doubtful = np.flatnonzero(doubt)
        if len(doubtful):
            applied.roughness[doubtful] = cut[rows[doubtful]]
        applied = applied._replace(error=np.maximum(caution * applied.error, doubt))
        self._table = np.concatenate([self._table, self._rows(centre, half, applied, doubt, caution)])
        self._add_up()

    def split(self, tolerance: float, most: int, few: int) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Take out the worst regions and return their children, `most` at most; None if none can be cut.

        Regions are cut along several axes where that makes no more than `few` children.

        Taking the worst one at a time until the tolerance is met would leave alone, at the end, regions with small errors that
        add up to no more than the tolerance. So all others would be cut sooner or later, and are cut at once.
        """
        d, table = self._d, self._table
        error = table[:, 3 * d]
        order = np.argsort(error, kind="stable")
        below = np.cumsum(error[order])
        settled, first = np.searchsorted(below, (_SETTLED * tolerance - self._error, _LEFT * tolerance))
        first = max(int(first), len(order) - most // 2)
        settled = min(int(settled), first)
        self._settle(table[order[:settled]])
        kept, chosen = order[settled:first], table[order[first:]]
        axes = max(1, (few // max(1, len(chosen))).bit_length() - 1)
        possible = chosen[:, d : 2 * d] > 8 * EPS * abs(chosen[:, :d]) + _TINY
        cut = self._cuts(chosen, possible, tolerance, axes)
        fine = cut.any(1) & (chosen[:, 3 * d] > chosen[:, 3 * d + 1])
        if not fine.all():  # what is as small as numbers allow stays as it is
            self._settle(chosen[~fine])
            chosen, cut = chosen[fine], cut[fine]
        kept.sort()
        self._table = table[kept]
        if not len(chosen):
            self._add_up()
            return None
        if len(chosen) << axes > most and int((1 << cut.sum(1)).sum()) > most:
            cut = self._cuts(chosen, possible[fine], tolerance, 1)
        return self._children(chosen, cut)

    def _cuts(self, chosen: NDArray[Any], possible: NDArray[Any], tolerance: float, axes: int) -> NDArray[np.bool_]:
        """Along which axes to cut each region: first the roughest, and of those as rough the longest beside the range.

        Cutting one axis takes away about the part of the error that is due to that axis: its roughness squared, for the
        roughness falls as half the power of the lengths by which the error falls. If too much would be left, the
        next would be cut in the next round anyway; cut at once, the regions in between need no evaluations.
        """
        d = self._d
        rough = chosen[:, 2 * d : 3 * d]
        rough = rough / (rough.max(1, keepdims=True) + _TINY)
        rank = np.where(rough >= 1 - _SAME, 1 + chosen[:, d : 2 * d] / self._whole, rough)
        rows = np.arange(len(chosen))
        cut = np.zeros(rough.shape, dtype=bool)
        first = rank.argmax(1)
        cut[rows, first] = possible[rows, first]
        if axes == 1 or not cut.any():
            return cut
        rank = np.where(possible, rank, 0.0) - _TIE * np.arange(d)
        above = rank[:, :, None] < rank[:, None, :]  # (regions, axis, axes before it)
        share = rough * rough
        left = (np.where(above, 0.0, share[:, None, :])).sum(2)
        more = left > _EXPECTED * tolerance / chosen[:, 3 * d].sum() * share.sum(1, keepdims=True)
        more &= possible & (rough > _AS_WELL) & (above.sum(2) < axes) & cut.any(1, keepdims=True)
        return np.asarray(cut | more)

    def _children(self, chosen: NDArray[Any], cut: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Those of one parent stand together; the bits of a child's number say on which sides of the cuts it lies."""
        d = self._d
        places = cut.cumsum(1)
        count = 1 << places[:, -1]
        first = count.cumsum() - count
        rows = np.repeat(np.arange(len(chosen)), count)
        number = np.arange(len(rows)) - first[rows]
        half = np.where(cut, chosen[:, d : 2 * d] / 2, chosen[:, d : 2 * d])
        side = np.where(cut, half, 0.0)[rows]
        centre = chosen[rows, :d]
        centre += np.where((2 * number[:, None] >> places[rows]) & 1, side, -side)
        self._parents = chosen, count, first, rows, cut
        return centre, half[rows]

    def _rows(
        self, centre: NDArray[Any], half: NDArray[Any], applied: Applied, doubt: Any, caution: Any
    ) -> NDArray[np.float64]:
        d = self._d
        table = np.empty((len(centre), 3 * d + 4 + applied.value.shape[1]))
        table[:, :d], table[:, d : 2 * d], table[:, 2 * d : 3 * d] = centre, half, applied.roughness
        table[:, 3 * d], table[:, 3 * d + 1] = applied.error, applied.rounding
        table[:, 3 * d + 2], table[:, 3 * d + 3] = doubt, caution
        table[:, 3 * d + 4 :] = applied.value
        return table

    def _add_up(self) -> None:
        self._sums = self._table[:, 3 * self._d :].sum(0)

    def _settle(self, rows: NDArray[Any]) -> None:
        if len(rows):
            sums = rows[:, 3 * self._d :].sum(0)
            self._value = self._value + sums[4:]
            self._error += float(sums[0])
            self._rounding += float(sums[1])
