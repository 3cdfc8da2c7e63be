"""Eigenvalues of Hessians: all of a small one, the leading ones of a large one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore._validation import check_count
from mlcore.calculus._flat import Flat
from mlcore.calculus._gradients import value_and_grad
from mlcore.calculus._modes import vjp
from mlcore.calculus._trace import value_of

__all__ = ["HessianSpectrum", "hessian_spectrum", "local_model"]

# Below this order the matrix is assembled: a Lanczos basis would not be much smaller.
_WHOLE: Final = 400


@dataclass(frozen=True, slots=True, eq=False)
class HessianSpectrum:
    """What `hessian_spectrum` returns."""

    eigenvalues: NDArray[Any]
    """ndarray of shape (k,), largest modulus first."""
    eigenvectors: NDArray[Any]
    """ndarray of shape (n, k), orthonormal: column j belongs to ``eigenvalues[j]``, and its largest element is positive."""
    residuals: NDArray[np.float64]
    """ndarray of shape (k,): :math:`\\|H v_j - \\lambda_j v_j\\|`, from H times the vectors returned. An eigenvalue of
    H lies within that of ``eigenvalues[j]``."""
    method: Literal["eigh", "block_lanczos"]
    """``"eigh"`` if the Hessian was assembled."""
    products: int
    """How many products of the Hessian with a vector were computed."""
    _flat: Flat = field(repr=False)

    def direction(self, j: int) -> Any:
        """Eigenvector j in the structure and shapes of the point."""
        return self._flat.tree(self.eigenvectors[:, j])


def local_model(f: Callable[[Any], Any], flat: Flat) -> tuple[float, NDArray[Any], Callable[[Any], NDArray[Any]]]:
    """Value, gradient, and ``v -> H v`` at a point.

    The gradient's tape is kept, and each product reads it backwards: :math:`H v = (d \\nabla f / d x)^T v`, H being symmetric.
    """
    values: list[Any] = []

    def gradient(vector: Any) -> Any:
        value, slope = value_and_grad(lambda v: f(flat.tree(v)))(vector)
        values.append(float(value_of(value)))
        return slope

    slope, pullback = vjp(gradient, flat.vector)
    for name, y in (("gradient", slope), ("value", values[0])):
        if not np.isfinite(y).all():
            raise ValueError(f"the {name} of the function at {flat.name} is NaN or infinite; expected finite numbers.")
    return values[0], np.asarray(slope), lambda v: np.asarray(pullback(v)[0])


def assembled(product: Callable[[Any], NDArray[Any]], n: int, dtype: Any) -> NDArray[Any]:
    """The Hessian, from n products, symmetric to the last bit."""
    H = _times(product, np.eye(n, dtype=dtype))
    return H / 2 + H.T / 2


def _times(product: Callable[[Any], NDArray[Any]], X: NDArray[Any]) -> NDArray[Any]:
    """The Hessian times the columns of X."""
    Y = np.stack([product(x) for x in X.T], axis=1)
    if not np.isfinite(Y).all():
        raise ValueError("the Hessian contains NaN or infinity: the function has no finite second derivatives at this point.")
    return Y


def hessian_spectrum(
    f: Callable[[Any], Any],
    x: Any,
    *,
    k: int | None = None,
    tol: float | None = None,
    max_iter: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> HessianSpectrum:
    r"""Eigenvalues and eigenvectors of the Hessian of a scalar function: the curvatures at a point.

    Parameters
    ----------
    f : callable
        A function of one argument that returns one number, written with NumPy.
    x : array_like, or tuple, list or dict of such
        The point; n numbers in all.
    k : int, optional
        How many eigenvalues, those of largest modulus; all n by default.
    tol : float, optional
        As in `mlcore.linalg.eigh_topk`: the residual to reach, relative to the norm of H. Of no concern where the Hessian is
        assembled.
    max_iter : int, default 1000
        The most products of H with a block of 8 vectors, for each end of the spectrum.
    rng : None, int or numpy.random.Generator, default 0
        Draws the start of the iteration.

    Returns
    -------
    HessianSpectrum
        With ``eigenvalues``, ``eigenvectors``, ``residuals``, ``method``, ``products``; ``direction(j)`` is an eigenvector in
        the structure of `x`.

    Raises
    ------
    ValueError
        If `x`, the gradient or the Hessian contains NaN or infinity, or `k` is out of range.
    mlcore.calculus.TracingError
        As for `grad`.
    mlcore.exceptions.ConvergenceError
        As in `mlcore.linalg.eigh_topk`.

    See Also
    --------
    critical_point : what kind of point it is.
    loss_landscape : the function along leading eigenvectors.

    Notes
    -----
    Up to n = 400, or without `k`, the Hessian is assembled from n products with unit vectors and decomposed by
    `mlcore.linalg.eigh`. Beyond, the k largest eigenvalues of H and of -H are found by block Lanczos from products alone, and
    the k of largest modulus among them are kept. One product costs about as much as two gradients [1]_; the function itself
    runs once.

    References
    ----------
    .. [1] B. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6(1), 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> found = calculus.hessian_spectrum(lambda x: x[0] ** 2 - 3 * x[1] ** 2, np.zeros(2))
    >>> found.eigenvalues
    array([-6.,  2.])
    >>> found.direction(0)
    array([0., 1.])
    """
    flat = Flat(x, "x")
    n = flat.size
    if k is not None:
        k = check_count(k, "k", 1, n, "as many as x holds numbers")
    _, _, product = local_model(f, flat)
    if k is None or n <= _WHOLE or n <= 4 * k:
        H = assembled(product, n, flat.dtype)
        found = linalg.eigh(H)
        values, vectors, products = found.eigenvalues, found.eigenvectors, n
        images = H @ vectors
        method: Literal["eigh", "block_lanczos"] = "eigh"
    else:
        values, vectors, images, products = _both_ends(product, n, k, flat.dtype, tol, max_iter, rng)
        method = "block_lanczos"
    order = np.argsort(-np.abs(values), kind="stable")[:k]
    values, vectors, images = values[order], vectors[:, order], images[:, order]
    residuals = np.array([float(linalg.norm(r)) for r in (images - vectors * values).T])
    signs = np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])])
    vectors = vectors * np.where(signs == 0, 1, signs).astype(vectors.dtype)
    return HessianSpectrum(values, vectors, residuals, method, products, flat)


def _both_ends(
    product: Callable[[Any], NDArray[Any]], n: int, k: int, dtype: Any, tol: float | None, max_iter: int, rng: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], int]:
    """The k eigenpairs of largest modulus among the k largest of H and the k smallest; H times the vectors; how many products.

    What is zero up to the residuals comes from the upper end alone: such vectors from both need not be orthogonal. Otherwise
    they are so up to residual / gap; what is missing costs no more than another residual.
    """
    count = 0

    def block(X: NDArray[Any]) -> NDArray[Any]:
        nonlocal count
        count += X.shape[1]
        return _times(product, X)

    def opposite(X: NDArray[Any]) -> NDArray[Any]:
        return -block(X)

    upper, lower = (
        linalg.eigh_topk(A, k, n=n, dtype=dtype, tol=tol, max_iter=max_iter, rng=rng) for A in (block, opposite)
    )
    values = np.concatenate([upper.eigenvalues, -lower.eigenvalues])
    vectors = np.concatenate([upper.eigenvectors, lower.eigenvectors], axis=1)
    zero = np.abs(values).max() * max(upper.residuals.max(), lower.residuals.max(), n * np.finfo(dtype).eps)
    taken = np.concatenate([np.full(k, True), lower.eigenvalues > zero])
    best = np.flatnonzero(taken)[np.argsort(-np.abs(values[taken]), kind="stable")[:k]]
    Q = linalg.qr(vectors[:, best]).Q
    return values[best], Q, block(Q), count
