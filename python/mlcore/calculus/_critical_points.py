"""What kind of critical point a point is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore.calculus._flat import Flat
from mlcore.calculus._hessian_spectrum import assembled, local_model

__all__ = ["CriticalPoint", "Inertia", "critical_point"]


class Inertia(NamedTuple):
    """How many eigenvalues of a symmetric matrix have which sign."""

    positive: int
    negative: int
    zero: int


@dataclass(frozen=True, slots=True, eq=False)
class CriticalPoint:
    """What `critical_point` returns."""

    kind: Literal["minimum", "maximum", "saddle", "degenerate", "not critical"]
    """"minimum" or "maximum" if all eigenvalues of the Hessian are positive, or negative; "saddle" if there are both signs;
    "degenerate" if some are zero and the rest has one sign, so that the Hessian does not decide; "not critical" if the
    distance is too large."""
    value: float
    """The function's value."""
    gradient: Any
    """Of the structure and shapes of the point."""
    gradient_norm: float
    distance: float
    """An estimate of how far the critical point is: the length of Newton's step. Infinite if the Hessian leads to none."""
    distance_limit: float
    """The point counts as critical if ``distance <= distance_limit``."""
    eigenvalues: NDArray[Any]
    """ndarray of shape (n,): those of the Hessian, smallest first."""
    eigenvalue_limit: float
    """Eigenvalues of a modulus up to this count as zero."""
    inertia: Inertia
    """``(positive, negative, zero)``: how many eigenvalues of each sign, "not critical" or not."""


def critical_point(
    f: Callable[[Any], Any], x: Any, *, tol: float = 1e-6, zero_tol: float | None = None
) -> CriticalPoint:
    r"""Name a critical point of a scalar function by the inertia of its Hessian.

    Parameters
    ----------
    f : callable
        A function of one argument that returns one number, written with NumPy.
    x : array_like, or tuple, list or dict of such
        The point; n numbers in all.
    tol : float, default 1e-6
        How far from a critical point `x` may be, in units of :math:`1 + \|x\|`.
    zero_tol : float, optional
        Eigenvalues up to this share of :math:`\|H\|` count as zero; :math:`n \epsilon` by default, which is what rounding makes
        of a zero. Give more for a point known less exactly, where an eigenvalue of zero is one of the order of the distance.

    Returns
    -------
    CriticalPoint
        With ``kind``, ``value``, ``gradient``, ``gradient_norm``, ``distance``, ``distance_limit``, ``eigenvalues``,
        ``eigenvalue_limit`` and ``inertia``.

    Raises
    ------
    ValueError
        If `x`, the value, the gradient or the Hessian contains NaN or infinity, or a tolerance is negative or NaN.
    mlcore.calculus.TracingError
        As for `grad`.

    See Also
    --------
    hessian_spectrum : leading eigenvalues where n is large; here all are computed, from n products with the Hessian.

    Notes
    -----
    Near a critical point :math:`x^*`, :math:`f(x) = f(x^*) + \frac12 (x - x^*)^T H (x - x^*) + O(\|x - x^*\|^3)` [1]_: the
    signs of the eigenvalues decide, unless some are zero. A positive and a negative one make a saddle, whatever the others
    are. :math:`\|H\|` is the largest modulus of an eigenvalue.

    The distance from :math:`x^*` is about the length of Newton's step :math:`H^{-1} \nabla f`, the norm of all
    :math:`v_i^T \nabla f / \lambda_i`; a short gradient alone says little, as at 0 of :math:`10^{12} x^2 + (y - 1)^2`.
    Components :math:`|v_i^T \nabla f| \le n \epsilon \|H\| (1 + \|x\|)` are what rounding makes of 0, and count as that.
    Where more stands beside :math:`\lambda_i = 0`, the distance is infinite.

    `f` is to be smooth around `x`. At a kink of ``abs`` or ``maximum`` the gradient is the mean of both sides and the Hessian
    that of the pieces, which say nothing of the bend between them: :math:`x^2 - |x|` at 0 is called a minimum.

    References
    ----------
    .. [1] J. Nocedal and S. Wright, "Numerical Optimization", 2nd ed., section 2.1, Springer, 2006.

    Examples
    --------
    >>> from mlcore.calculus import critical_point
    >>> found = critical_point(lambda x: x[0] ** 2 - x[1] ** 2, [0.0, 0.0])
    >>> found.kind, found.inertia
    ('saddle', Inertia(positive=1, negative=1, zero=0))
    >>> critical_point(lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2, [0.0, 0.0]).kind
    'degenerate'
    >>> found = critical_point(lambda x: x[0] ** 2 + x[1] ** 2, [1.0, 0.0])
    >>> found.kind, found.distance
    ('not critical', 1.0)
    """
    flat = Flat(x, "x")
    if zero_tol is None:
        zero_tol = flat.size * float(np.finfo(flat.dtype).eps)
    for name, limit in (("tol", tol), ("zero_tol", zero_tol)):
        if not 0 <= limit < np.inf:
            raise ValueError(f"{name} is {limit}; expected a number >= 0.")
    value, slope, product = local_model(f, flat)
    found = linalg.eigh(assembled(product, flat.size, flat.dtype))
    eigenvalues = found.eigenvalues
    norm = float(np.abs(eigenvalues).max())
    positive = int(np.sum(eigenvalues > zero_tol * norm))
    negative = int(np.sum(eigenvalues < -zero_tol * norm))
    inertia = Inertia(positive, negative, flat.size - positive - negative)
    unit = 1 + float(linalg.norm(flat.vector))
    slopes = np.abs(found.eigenvectors.T @ slope).astype(float)
    above = slopes > flat.size * float(np.finfo(flat.dtype).eps) * norm * unit
    with np.errstate(divide="ignore", over="ignore"):
        distance = math.hypot(*(slopes[above] / np.abs(eigenvalues[above])))
    return CriticalPoint(
        _kind(inertia) if distance <= tol * unit else "not critical", value, flat.tree(slope), float(linalg.norm(slope)),
        distance, tol * unit, eigenvalues, zero_tol * norm, inertia,
    )  # fmt: skip


def _kind(inertia: Inertia) -> Literal["minimum", "maximum", "saddle", "degenerate"]:
    if inertia.positive and inertia.negative:
        return "saddle"
    if inertia.zero:
        return "degenerate"
    return "minimum" if inertia.positive else "maximum"
