"""Products of arrays of any shape, and linear equations between them."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._norms import normalize_axes
from mlcore.linalg._override import overridable
from mlcore.linalg._solve import inv, solve


@overridable
def tensordot(a: ArrayLike, b: ArrayLike, /, *, axes: int | tuple[int | Sequence[int], int | Sequence[int]] = 2) -> Any:
    r"""Sum of products over some axes of both arrays, :math:`\sum_J a_{IJ}\, b_{JK}`.

    Parameters
    ----------
    a, b : array_like
        float32 with float32 gives float32; everything else real is computed in float64.
    axes : int or pair of (sequences of) int, default 2
        A number N: the last N axes of `a` with the first N of `b`, in order. A pair: those of `a` and those of `b`.

    Returns
    -------
    ndarray
        The other axes of `a`, then those of `b`; a scalar if there are none.

    Raises
    ------
    ValueError
        If the axes do not go together.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> linalg.tensordot(np.ones((2, 3, 4)), np.ones((3, 4, 5))).shape
    (2, 5)
    """
    left, right = as_float_array(a, "a"), as_float_array(b, "b")
    if np.iterable(axes) and not isinstance(axes, str):
        pair = list(axes)
        if len(pair) != 2:
            raise ValueError(f"axes has {len(pair)} parts; expected two, the axes of a and those of b.")
        of_a, of_b = (normalize_axes(part, x.ndim) for part, x in zip(pair, (left, right), strict=True))
    else:
        try:
            count = operator.index(axes)
        except TypeError:
            raise TypeError(f"axes is {axes!r}; expected an int or a pair of (sequences of) ints.") from None
        if not 0 <= count <= min(left.ndim, right.ndim):
            raise ValueError(f"axes is {count}; expected 0 to {min(left.ndim, right.ndim)}, as many as both arrays have.")
        of_a, of_b = tuple(range(left.ndim - count, left.ndim)), tuple(range(count))
    if [left.shape[i] for i in of_a] != [right.shape[i] for i in of_b]:
        raise ValueError(
            f"a has shape {left.shape} and b {right.shape}; axes {of_a} of a and {of_b} of b must have the same sizes."
        )
    rest_a = [i for i in range(left.ndim) if i not in of_a]
    rest_b = [i for i in range(right.ndim) if i not in of_b]
    shape_a, shape_b = [left.shape[i] for i in rest_a], [right.shape[i] for i in rest_b]
    size = math.prod(left.shape[i] for i in of_a)
    rows = left.transpose([*rest_a, *of_a]).reshape(math.prod(shape_a), size)
    columns = right.transpose([*of_b, *rest_b]).reshape(size, math.prod(shape_b))
    return blas.matmul(rows, columns, None).reshape([*shape_a, *shape_b])[()]


@overridable
def tensorsolve(a: ArrayLike, b: ArrayLike, axes: tuple[int, ...] | None = None) -> Any:
    r"""Solve :math:`\sum_J a_{IJ} x_J = b_I`, where I and J are groups of axes.

    Parameters
    ----------
    a : array_like of shape b.shape + Q
        Q is the shape of the solution; it has as many elements as `b`.
    b : array_like
    axes : tuple of int, optional
        Axes of `a` to move to its end, in this order, first.

    Returns
    -------
    ndarray of shape Q

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is singular, or not square as a matrix of I by J.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> a = np.eye(6).reshape(2, 3, 6)
    >>> linalg.tensorsolve(a, np.ones((2, 3)))
    array([1., 1., 1., 1., 1., 1.])
    """
    array, right = as_float_array(a, "a"), as_float_array(b, "b")
    if axes is not None:
        chosen = list(normalize_axes(axes, array.ndim))
        array = array.transpose([axis for axis in range(array.ndim) if axis not in chosen] + chosen)
    shape = array.shape[right.ndim :]
    size = math.prod(shape)
    if array.size != size * size or right.size != size:
        raise np.linalg.LinAlgError(
            f"a has shape {array.shape} and b {right.shape}; expected the axes of a that are not b's to have as many elements, "
            f"{right.size}, as b."
        )
    return solve(array.reshape(size, size), right.reshape(-1)).reshape(shape)


@overridable
def tensorinv(a: ArrayLike, ind: int = 2) -> Any:
    r"""Inverse of the linear map :math:`x_J \mapsto \sum_J a_{IJ} x_J`, where I is the first `ind` axes and J the rest.

    Parameters
    ----------
    a : array_like
        The product of its first `ind` sizes is that of the others.
    ind : int, default 2
        How many axes belong to I; at least 1.

    Returns
    -------
    ndarray of shape ``a.shape[ind:] + a.shape[:ind]``

    Raises
    ------
    ValueError
        If `ind` is not positive.
    numpy.linalg.LinAlgError
        If `a` is singular, or not square as a matrix of I by J.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> linalg.tensorinv(np.eye(4).reshape(2, 2, 4)).shape
    (4, 2, 2)
    """
    array = as_float_array(a, "a")
    try:
        ind = operator.index(ind)
    except TypeError:
        raise TypeError(f"ind is {ind!r}; expected a positive int, a number of axes.") from None
    if ind <= 0:
        raise ValueError(f"ind is {ind}; expected a positive number of axes.")
    before, after = array.shape[:ind], array.shape[ind:]
    if math.prod(before) != math.prod(after):
        raise np.linalg.LinAlgError(
            f"a has shape {array.shape}; expected the first {ind} sizes to have the same product as the rest."
        )
    return inv(array.reshape(math.prod(before), -1)).reshape(*after, *before)
