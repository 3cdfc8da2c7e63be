"""One comparison, described before it is run: the same inputs, mlcore's call, the rivals' calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore.lab.results import Bound
from mlcore.lab.timing import Call

__all__ = ["Case", "Rival", "difference"]


def _nothing() -> None:
    """Prepare nothing: the usual call writes to none of its inputs."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another library's way to the same result, in its own best idiom.

    `pick` takes from the raw result what is comparable (a NamedTuple's first entry, say); `tolerance` replaces the
    case's where this rival is known to be less accurate.
    """

    name: str
    call: Call
    pick: Callable[[Any], ArrayLike] = np.asarray
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An operation on given inputs. The fields are those of :class:`~mlcore.lab.results.Comparison`.

    `scale` is the size of the result that differences are measured against: for a sum of products the sum
    of their absolute values, by which the rounding error of any order of summation is bounded
    (|computed - exact| <= n eps sum|x_i y_i|; Higham, Accuracy and Stability, section 3.1). None takes the
    largest entry of the rival's result.

    `prepare` brings calls that write to their own input back to the same start before they are compared.
    """

    operation: str
    size: str
    n: int
    dtype: str
    ours: Call
    rivals: tuple[Rival, ...]
    tolerance: float
    flops: float = 0.0
    bytes: float = 0.0
    bound: Bound | None = None
    scale: float | None = None
    pick: Callable[[Any], ArrayLike] = np.asarray
    prepare: Callable[[], None] = _nothing

    def agreement(self) -> list[tuple[float, float]]:
        """For each rival how far its result is from mlcore's, and how far it may be; both as in `difference`.

        Examples
        --------
        >>> rival = Rival("NumPy", lambda: np.sum([1.0, 2.0]))
        >>> sums = Case("sum", "2", 2, "float64", lambda: 3.0, (rival,), tolerance=4.0)
        >>> sums.agreement()
        [(0.0, 4.0)]
        """
        self.prepare()
        ours = np.array(self.pick(self.ours()))  # a copy: the call may write to the same output again
        return [
            (
                difference(ours, rival.pick(rival.call()), dtype=self.dtype, scale=self.scale),
                self.tolerance if rival.tolerance is None else rival.tolerance,
            )
            for rival in self.rivals
        ]


def difference(ours: ArrayLike, theirs: ArrayLike, *, dtype: str, scale: float | None = None) -> float:
    """Largest difference of two results, in units of eps of `dtype` times `scale`.

    Infinite if the shapes or the types differ or only one of the two is finite: a result that is not the same kind of
    thing is not the same result.

    Examples
    --------
    >>> difference(np.array([1.0, 2.0 + 2**-51]), np.array([1.0, 2.0]), dtype="float64")
    1.0
    >>> difference(np.zeros(2), np.zeros(3), dtype="float64")
    inf
    """
    a, b = np.asarray(ours), np.asarray(theirs)
    if a.shape != b.shape or a.dtype != b.dtype:
        return float("inf")
    if a.size == 0:
        return 0.0
    a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    largest = float(np.abs(a - b).max())
    if scale is None:
        scale = float(np.abs(b).max())
    if largest == 0.0:
        return 0.0
    return largest / (float(np.finfo(dtype).eps) * scale) if scale else float("inf")
