"""One comparison, described before it is run: the same inputs, mlcore's call, the rivals' calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mlcore.lab.results import Accuracy, Bound
from mlcore.lab.timing import Call

__all__ = ["Agreement", "Case", "Certify", "Rival", "difference"]

Certify = Callable[[Any], Accuracy]


def _nothing() -> None:
    """Prepare nothing: the usual call writes to none of its inputs."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another library's way to the same result, in its own best idiom.

    `pick` takes from the raw result what is comparable (a NamedTuple's first entry, say); `tolerance` replaces the
    case's where this rival is known to be less accurate, and `certify` the case's where its raw result is of another form.
    `wider` says that it computes in a wider type than the case's, and is more exact for that reason.
    """

    name: str
    call: Call
    pick: Callable[[Any], ArrayLike] = np.asarray
    tolerance: float | None = None
    certify: Certify | None = None
    wider: bool = False


class Agreement(NamedTuple):
    """How the two results of a comparison stand to each other, and each to the exact one."""

    difference: float
    tolerance: float
    accuracy: Accuracy | None = None
    rival_accuracy: Accuracy | None = None

    @property
    def holds(self) -> bool:
        """Whether the two are the same up to rounding."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True)
class Case:
    """An operation on given inputs. The fields are those of :class:`~mlcore.lab.results.Comparison`.

    `scale` is the size of the result that differences are measured against: for a sum of products the sum
    of their absolute values, by which the rounding error of any order of summation is bounded
    (|computed - exact| <= n eps sum|x_i y_i|; Higham, Accuracy and Stability, section 3.1). None takes the
    largest entry of the rival's result.

    `certify` measures a raw result of either side by what the mathematics promises of it, which the other side's result
    cannot say: two results may differ and both be right. :mod:`mlcore.lab.certificates` makes such functions.

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
    certify: Certify | None = None

    def agreement(self) -> list[Agreement]:
        """For each rival how far its result is from mlcore's, how far it may be, both as in `difference`, and the accuracies.

        Examples
        --------
        >>> rival = Rival("NumPy", lambda: np.sum([1.0, 2.0]))
        >>> sums = Case("sum", "2", 2, "float64", lambda: 3.0, (rival,), tolerance=4.0)
        >>> sums.agreement()[0].holds
        True
        """
        self.prepare()
        result = self.ours()
        accuracy = None if self.certify is None else self.certify(result)
        ours = np.array(self.pick(result))  # a copy: the call may write to the same output again
        found = []
        for rival in self.rivals:
            result, certify = rival.call(), rival.certify or self.certify
            found.append(
                Agreement(
                    difference(ours, rival.pick(result), dtype=self.dtype, scale=self.scale),
                    self.tolerance if rival.tolerance is None else rival.tolerance,
                    accuracy,
                    None if certify is None else certify(result),
                )
            )
        return found


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
