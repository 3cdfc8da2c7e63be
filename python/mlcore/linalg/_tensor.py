"""Linear equations between arrays of any shape."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._validation import as_float_array
from mlcore.linalg._solve import inv, solve


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
        chosen = [axis % array.ndim for axis in axes]
        array = array.transpose([axis for axis in range(array.ndim) if axis not in chosen] + chosen)
    shape = array.shape[right.ndim :]
    size = math.prod(shape)
    if array.size != size * size or right.size != size:
        raise np.linalg.LinAlgError(
            f"a has shape {array.shape} and b {right.shape}; expected the axes of a that are not b's to have as many elements, "
            f"{right.size}, as b."
        )
    return solve(array.reshape(size, size), right.reshape(-1)).reshape(shape)


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
    if ind <= 0:
        raise ValueError(f"ind is {ind}; expected a positive number of axes.")
    before, after = array.shape[:ind], array.shape[ind:]
    if math.prod(before) != math.prod(after):
        raise np.linalg.LinAlgError(
            f"a has shape {array.shape}; expected the first {ind} sizes to have the same product as the rest."
        )
    return inv(array.reshape(math.prod(before), -1)).reshape(*after, *before)
