"""Directions: cosines, angles, projections."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridable


@overridable
def cosine_similarity(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1, pairwise: bool = False) -> Any:
    r"""Cosine of the angle between vectors, :math:`x \cdot y / (\|x\| \|y\|)`.

    Parameters
    ----------
    x1, x2 : array_like
        Equally long along `axis`; the other axes are broadcast.
    axis : int, default -1
        The axis that holds the vectors.
    pairwise : bool, default False
        Whether each vector of the matrix `x1` is compared with each of the matrix `x2`, as scikit-learn's function of
        this name does, instead of entry with entry.

    Returns
    -------
    scalar or ndarray
        Between -1 and 1; 0 where a vector is zero, as in scikit-learn. With `pairwise` of shape (n1, n2).

    Raises
    ------
    ValueError
        If the vectors are not equally long, or, with `pairwise`, an argument is not a matrix.

    See Also
    --------
    angle : Accurate also where the cosine says little, near 0 and near pi.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.cosine_similarity([1.0, 0.0], [3.0, 4.0])
    np.float64(0.6)
    >>> linalg.cosine_similarity([[1.0, 0.0], [0.0, 2.0]], [[3.0, 4.0], [1.0, 0.0]], pairwise=True)
    array([[0.6, 1. ],
           [0.8, 0. ]])
    """
    a, b = _vectors(x1, x2, axis)
    if pairwise:
        if a.ndim != 2 or b.ndim != 2:
            raise ValueError(
                f"pairwise cosines of shapes {a.shape} and {b.shape}: expected two matrices, one vector to a row."
            )
        cosine = blas.matmul(blas.normalize(a), blas.normalize(b).T)
    else:
        cosine = blas.vecdot(blas.normalize(a), blas.normalize(b))
    return np.minimum(np.maximum(cosine, -1), 1)


@overridable
def angle(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Any:
    r"""Angle between vectors, in radians.

    Parameters
    ----------
    x1, x2 : array_like
        Equally long along `axis`; the other axes are broadcast.
    axis : int, default -1
        The axis that holds the vectors.

    Returns
    -------
    scalar or ndarray
        From 0 to :math:`\pi`; NaN where a vector is zero.

    Raises
    ------
    ValueError
        If the vectors are not equally long.

    Notes
    -----
    The arc cosine of the cosine loses half the digits near 0 and :math:`\pi`: it cannot tell an angle of 1e-9 from
    none. Kahan's formula [1]_ with unit vectors :math:`u` and :math:`v` loses none:

    .. math:: 2 \arctan\left(\|u - v\| \,/\, \|u + v\|\right).

    References
    ----------
    .. [1] W. Kahan, "How Futile are Mindless Assessments of Roundoff in Floating-Point Computation?", 2006, section 12.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.angle([1.0, 0.0], [1.0, 1e-9])
    np.float64(1e-09)
    """
    a, b = _vectors(x1, x2, axis)
    u, v = blas.normalize(a), blas.normalize(b)
    result = 2 * np.arctan2(blas.norm2(blas.subtract(u, v)), blas.norm2(blas.add(u, v)))
    zero = (blas.norm_inf(a) == 0) | (blas.norm_inf(b) == 0)
    return np.where(zero, result.dtype.type(np.nan), result)[()] if np.any(zero) else result


@overridable
def project(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Any:
    r"""Orthogonal projection of `x1` onto the line along `x2`, :math:`\frac{x \cdot y}{y \cdot y}\, y`.

    Parameters
    ----------
    x1, x2 : array_like
        Equally long along `axis`; the other axes are broadcast.
    axis : int, default -1
        The axis that holds the vectors, in the arguments and in the result.

    Returns
    -------
    ndarray
        Of the broadcast shape; zeros where `x2` is zero, which spans nothing but zero.

    Raises
    ------
    ValueError
        If the vectors are not equally long.

    Notes
    -----
    The difference ``x1 - project(x1, x2)`` is orthogonal to `x2`. To project onto the space that the columns of a
    matrix span, make them orthonormal first: ``Q @ (Q.T @ x)``.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.project([2.0, 3.0], [10.0, 0.0])
    array([2., 0.])
    """
    a, b = _vectors(x1, x2, axis)
    direction = blas.normalize(b)
    result = np.asarray(blas.vecdot(a, direction))[..., np.newaxis] * direction
    return result if axis == -1 else np.moveaxis(result, -1, axis)


def _vectors(x1: ArrayLike, x2: ArrayLike, axis: int) -> tuple[FloatArray, FloatArray]:
    """Both arguments in their common type, vectors along the last axis."""
    a, b = as_float_array(x1, "x1"), as_float_array(x2, "x2")
    if a.ndim == 0 or b.ndim == 0 or a.shape[axis] != b.shape[axis]:
        raise ValueError(
            f"vectors of shapes {a.shape} and {b.shape} along axis {axis}: they must be equally long, and at least 1-D."
        )
    if a.dtype != b.dtype:
        a, b = a.astype(np.float64), b.astype(np.float64)
    return (a, b) if axis == -1 else (np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1))
