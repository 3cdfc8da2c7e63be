"""Rotations and stretches: the polar decomposition, and the rotation from one direction to another."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._validation import FloatArray, as_vector
from mlcore.linalg._override import overridable
from mlcore.linalg._svd import svd


class PolarResult(NamedTuple):
    """What `polar` returns: ``a = U @ P``, or ``a = P @ U``."""

    U: Any
    """ndarray of shape (..., m, n): orthonormal columns, or rows if there are fewer of them."""
    P: Any
    """ndarray of shape (..., n, n), or (..., m, m) on the left: symmetric, positive semidefinite."""


@overridable
def polar(a: ArrayLike, side: Literal["left", "right"] = "right") -> PolarResult:
    r"""Polar decomposition, :math:`A = U P`: a stretch along orthogonal axes, then a rotation or reflection.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.
    side : {"right", "left"}, default "right"
        Where the symmetric factor stands: :math:`A = U P` or :math:`A = P U`.

    Returns
    -------
    PolarResult
        ``(U, P)``. Of all matrices with orthonormal columns, `U` is the nearest to `a`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes, or contains NaN or infinity.
    ValueError
        If `side` is something else.

    Notes
    -----
    From the singular value decomposition: :math:`U = W Z^T` and :math:`P = Z \,\mathrm{diag}(s)\, Z^T` where
    :math:`A = W \,\mathrm{diag}(s)\, Z^T` [1]_. P is exactly symmetric. `U` is unique only if `a` has full rank.

    References
    ----------
    .. [1] N. Higham, "Functions of Matrices", chapter 8, SIAM, 2008.

    Examples
    --------
    >>> from mlcore import linalg
    >>> U, P = linalg.polar([[0.0, -3.0], [2.0, 0.0]])
    >>> U.round(12) + 0.0
    array([[ 0., -1.],
           [ 1.,  0.]])
    >>> P.round(12) + 0.0
    array([[2., 0.],
           [0., 3.]])
    """
    if side not in ("left", "right"):
        raise ValueError(f"side is {side!r}; expected 'right' (a = U P) or 'left' (a = P U).")
    W, s, Zt = svd(a, full_matrices=False)
    Z = np.swapaxes(Zt, -1, -2) if side == "right" else W
    P = blas.matmul(Z * s[..., np.newaxis, :], np.swapaxes(Z, -1, -2), None)
    P /= 2  # before the sum, which might overflow
    return PolarResult(blas.matmul(W, Zt, None), P + np.swapaxes(P, -1, -2))


@overridable
def rotation_between(x: ArrayLike, y: ArrayLike, /) -> Any:
    r"""Rotation that takes the direction of `x` to that of `y`, and leaves alone what is orthogonal to both.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Not zero; n at least 2. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    ndarray of shape (n, n)
        Orthogonal with determinant 1.

    Raises
    ------
    ValueError
        If the vectors are zero, not equally long, shorter than 2, or contain NaN or infinity.

    Notes
    -----
    With unit vectors :math:`u, v` the rotation is a product of two reflections, of which one is chosen such that neither needs
    the difference of nearly equal numbers:

    .. math:: R = (2 w w^T - I)(2 u u^T - I), \quad w = \frac{u + v}{\|u + v\|} \qquad (u \cdot v \ge 0)

    .. math:: R = (I - 2 m m^T)(I - 2 q q^T), \quad m = \frac{u - v}{\|u - v\|},\ q \perp u\ \text{in the plane of}\ u, v
       \qquad (u \cdot v < 0).

    For opposite directions every plane through `x` would do; :math:`q` is then what is left of the axis that `x` leans to
    least.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.rotation_between([2.0, 0.0], [0.0, 1.0]).round(12) + 0.0
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    a, b = as_vector(x, name="x"), as_vector(y, name="y")
    if a.shape != b.shape or a.size < 2:
        raise ValueError(f"x has shape {a.shape} and y {b.shape}; expected two vectors of the same length, at least 2.")
    for name, vector in (("x", a), ("y", b)):
        if not vector.any():
            raise ValueError(f"{name} is zero, which has no direction.")
    dtype = np.result_type(a, b)
    u, v = blas.normalize(a.astype(np.float64)), blas.normalize(b.astype(np.float64))
    if blas.vecdot(u, v) >= 0:
        m, q = blas.normalize(u + v), u
    else:
        m, q = blas.normalize(u - v), _orthogonal_part(v, u)
    # (I - 2 m m^T)(I - 2 q q^T), of rank 2 but for I: n^2 flops instead of n^3. The signs of the first formula cancel.
    R = np.eye(u.size) - 2 * (np.outer(m, m - 2 * blas.vecdot(m, q) * q) + np.outer(q, q))
    return R.astype(dtype)


def _orthogonal_part(v: FloatArray, u: FloatArray) -> FloatArray:
    """Return the direction of `v` without its part along the unit vector `u`; any other direction if nothing is left."""
    q: FloatArray = v - blas.vecdot(u, v) * u
    if blas.norm2(q) < 4 * np.finfo(np.float64).eps:
        q = np.zeros_like(u)
        q[abs(u).argmin()] = 1
    for _ in range(2):  # twice: the first leaves an error of eps / |q|
        q = blas.normalize(q - blas.vecdot(u, q) * u)
    return q
