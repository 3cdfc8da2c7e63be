"""Determinants."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridden


class SlogdetResult(NamedTuple):
    """What `slogdet` returns: ``det(a) = sign * exp(logabsdet)``."""

    sign: Any
    """ndarray of shape (...) or a number: 1, -1, 0 if the determinant is zero, or NaN."""
    logabsdet: Any
    """ndarray of shape (...) or a number: the natural logarithm of the absolute value, -inf for zero."""


def det(a: ArrayLike) -> Any:
    r"""Determinant of a square matrix.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    float or ndarray of shape (...)
        1 for a matrix of order 0. NaN gives NaN; infinity follows the arithmetic.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    slogdet : for determinants too large or too small for their type.

    Notes
    -----
    The product of the pivots of `lu`, with the sign of its exchanges; :math:`\frac{2}{3} n^3` flops. The product leaves the
    range of the type only if the determinant does. It is the determinant of a matrix that differs from `a` by a small
    multiple of :math:`n \epsilon \|A\|`; a determinant that should be zero is therefore rarely so exactly.

    Examples
    --------
    >>> from mlcore import linalg
    >>> round(float(linalg.det([[1.0, 2.0], [3.0, 4.0]])), 12)
    -2.0
    """
    try:
        return _linalg.det(a)[()]
    except TypeError:
        return overridden(det, a)


def slogdet(a: ArrayLike) -> SlogdetResult:
    r"""Sign and logarithm of the absolute value of a determinant.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    SlogdetResult
        ``(sign, logabsdet)`` with :math:`\det A = \mathrm{sign} \cdot e^{\mathrm{logabsdet}}`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square.
    TypeError
        For complex, half-precision, object or text arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> sign, logabsdet = linalg.slogdet(np.diag(np.full(1000, -10.0)))
    >>> float(sign), round(float(logabsdet / np.log(10)), 9)
    (1.0, 1000.0)
    """
    try:
        sign, logarithm = _linalg.slogdet(a)
    except TypeError:
        return overridden(slogdet, a)  # type: ignore[no-any-return]
    return SlogdetResult(sign[()], logarithm[()])
