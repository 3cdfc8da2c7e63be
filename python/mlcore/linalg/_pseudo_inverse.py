"""The pseudo-inverse."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridable
from mlcore.linalg._rank import in_range, singular_value_limit
from mlcore.linalg._svd import svd


@overridable
def pinv(a: ArrayLike, rcond: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = None) -> Any:
    r"""Pseudo-inverse of Moore and Penrose, :math:`A^+ = V \,\mathrm{diag}(1/s)\, U^T` over the singular values that count.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.
    rcond : array_like of shape (...), optional
        Singular values up to `rcond` times the largest count as zero. Default ``max(m, n) * eps``, which, unlike NumPy's
        1e-15, knows of the type and the size.
    hermitian : bool, default False
        Take `a` for symmetric and read its lower triangle only, which is faster.
    rtol : array_like of shape (...), optional
        Another name of `rcond`. Not both can be given.

    Returns
    -------
    ndarray of shape (..., n, m)

    Raises
    ------
    ValueError
        If both `rcond` and `rtol` are given, or one is NaN.
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes, or contains NaN or infinity.

    See Also
    --------
    lstsq, solve : faster and more accurate where the pseudo-inverse is only to be multiplied with something.

    Notes
    -----
    :math:`x = A^+ b` is the shortest of the vectors with the least :math:`\|A x - b\|`. A singular value near the limit makes
    the result jump as it passes it.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.pinv([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    array([[1. , 0. , 0. ],
           [0. , 0.5, 0. ]])
    """
    if rcond is not None and rtol is not None:
        raise ValueError(f"rcond={rcond!r} and rtol={rtol!r} are two names of one thing: give one of them.")
    array = as_float_array(a, "a")
    scaled, power = in_range(array)
    U, s, Vh = svd(scaled, full_matrices=False, hermitian=hermitian)
    kept = s > singular_value_limit(s, array, rtol if rcond is None else rcond)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # the inverse of a subnormal number, and of a huge one
        inverse = np.divide(1, s, where=kept, out=np.zeros_like(s))
        # The inverses are multiplied by the power, which is 2^-64 or 1, before the product, as the matrix was.
        scaled = (power * inverse[..., np.newaxis]) * np.swapaxes(U, -1, -2)
    return blas.matmul(np.swapaxes(Vh, -1, -2), scaled, None)
