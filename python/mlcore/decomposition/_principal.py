"""From data, or from its moments, to principal axes: which of the routes to take, and what it lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore._core import blas
from mlcore._validation import FloatArray, check_rng
from mlcore.decomposition._axes import (
    Axes,
    complete,
    fix_signs,
    full_axes,
    is_poor,
    resolution,
)
from mlcore.decomposition._centered import Centered
from mlcore.decomposition._dimension import Count
from mlcore.decomposition._moments import Moments
from mlcore.exceptions import ConvergenceError
from mlcore.linalg import EighTopkResult, eigh_topk, gram, gram_schmidt, matmul, qr, randomized_svd, svd

__all__ = ["Principal", "Solver", "from_data", "from_moments"]

# `auto` prefers the leading eigenpairs alone from this size on, if they are no more than this share.
_TOP_FROM: Final = 256
_TOP_SHARE: Final = 0.1

# From this order of the Gram matrix on it is not formed for the leading pairs alone: the 20 of 1500 x 1500 take 14 to 45
# products with B^T B, at 0.04 of the cost of forming it. They need B, a centred copy of the data, so up to this many elements.
_UNFORMED_FROM: Final = 1000
_UNFORMED_MOST: Final = 1 << 25

# The residual at which an iteration stops, as a share of the largest eigenvalue. It should be that share of the smallest one
# wanted: where it exceeds the second figure, the iteration is repeated with a smaller one. An eigenvalue has an error of the
# order of its residual squared, over its distance from the next; an axis, one of the order of the residual: so much of the
# random start stays in it, in constant columns as well.
_TOL: Final = {np.dtype(np.float64): 1e-8, np.dtype(np.float32): 2e-5}
_LOOSEST: Final = {np.dtype(np.float64): 1e-5, np.dtype(np.float32): 1e-3}

# Up to this many elements of float32, trying in float32 first saves less than a second try costs.
_SMALL: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Solver:
    """How to solve the eigenproblem.

    Parameters
    ----------
    name : {"auto", "full", "covariance_eigh", "power", "randomized"}
        See `PCA`.
    tol : float or None
        Residual, as a share of the largest eigenvalue, at which an iteration stops; None for the default of the type.
    max_iter : int
        Its cap.
    seed : None, int, Generator or RandomState
        Its start.
    oversample, n_products : int
        Random vectors beyond the components of a sketch, and its products with ``B B^T``.
    """

    name: Literal["auto", "full", "covariance_eigh", "power", "randomized"]
    tol: float | None
    max_iter: int
    seed: Any
    oversample: int
    n_products: int

    def rng(self) -> np.random.Generator:
        """Return the generator of the start."""
        return check_rng(0 if self.seed is None else self.seed, name="random_state")

    def iterates(self, size: int, count: int) -> bool:
        """Whether the leading `count` eigenpairs of a matrix of order `size` are iterated for."""
        if self.name == "power":
            return count > 0
        return self.name == "auto" and size >= _TOP_FROM and 0 < count <= _TOP_SHARE * size

    def __call__(self, G: FloatArray, count: int) -> Axes:
        """Return the leading `count` eigenpairs of a Gram matrix, or all of them."""
        axes = self._iterate(G, count, G.shape[0], G.dtype) if self.iterates(G.shape[0], count) else None
        return full_axes(G) if axes is None else axes

    def unformed(self, B: FloatArray, count: int) -> Axes | None:
        """Return the leading `count` eigenpairs of ``B.T @ B``, which is not formed; None if they cannot be had so."""
        return self._iterate(lambda V: blas.gram_apply(B, V), count, B.shape[1], B.dtype)

    def _iterate(self, A: Any, count: int, size: int, dtype: np.dtype[Any]) -> Axes | None:
        """Iterate for the leading eigenpairs; None where ``"auto"`` had better go another way."""

        def leading(tol: float) -> EighTopkResult:
            return eigh_topk(A, count, tol=tol, max_iter=self.max_iter, rng=self.rng(), n=size, dtype=dtype)

        tol = self.tol or _TOL[dtype]
        try:
            result = leading(tol)
            values = np.maximum(result.eigenvalues, 0)
            # A residual that is small beside the largest eigenvalue says little of one that is small itself.
            share = float(values[-1] / values[0]) if values[0] > 0 else 1.0
            if (result.residuals * values[0] > max(10 * tol, _LOOSEST[dtype]) * values).any():
                reachable = 4 * size**0.5 * float(np.finfo(dtype).eps)
                if tol * share < reachable and self.name == "auto" and not is_poor(values, count):
                    return None
                result = leading(max(tol * share, reachable))
        except ConvergenceError:
            if self.name == "power":
                raise
            return None
        return Axes(np.maximum(result.eigenvalues, 0), result.eigenvectors)


@dataclass(frozen=True, slots=True)
class Principal:
    """What principal component analysis finds.

    Parameters
    ----------
    weight : float
        The number of samples, or the sum of their weights.
    mean : ndarray of float64, shape (n_features,)
        Their mean.
    components : ndarray, shape (k, n_features)
        Principal axes, in the type of the data.
    values : ndarray of float64, shape (k,)
        Squared singular values of the centred data, divided by ``scale**2``.
    total, rest : float
        Their sum over all directions, and over those that were not asked for.
    scale : float
        1, or a power of two if the squares do not fit their type.
    n_lost : int
        How many of the k axes may have some variance, but too little for the route taken to find it.
    poor : bool
        Whether a value has lost half of its digits.
    whole : bool
        Whether the axes hold all variance there is.
    moments : Moments or None
        The moments of the data, where the route formed them.
    """

    weight: float
    mean: NDArray[np.float64]
    components: FloatArray
    values: NDArray[np.float64]
    total: float
    rest: float
    scale: float
    n_lost: int
    poor: bool
    whole: bool
    moments: Moments | None


def from_data(X: FloatArray, weights: FloatArray | None, count: Count, solver: Solver) -> Principal:
    """Find the principal axes of the rows of `X`.

    Parameters
    ----------
    X : ndarray of float32 or float64, shape (n_samples, n_features)
        At least one row and one column; not yet searched for NaN.
    weights : ndarray of the same type, shape (n_samples,), or None
        How often each row counts.
    count : int or callable
        The number of axes, or a function from all squared singular values to that number.
    solver : Solver
        ``"auto"`` decomposes the data itself where the Gram matrix has lost digits.

    Returns
    -------
    Principal

    Raises
    ------
    ValueError
        If `X` contains NaN or infinities, or overflows.
    numpy.linalg.LinAlgError
        If the eigensolver does not converge.
    """
    if solver.name == "full":
        return _by_svd(X, weights, count)
    if solver.name == "randomized" and not callable(count):
        return _sketched(X, weights, count, solver)
    may_widen = X.dtype == np.float32 and solver.name == "auto"
    if not (may_widen and X.size <= _SMALL and _wants_small(count, X)):
        found = _attempt(X, weights, count, solver)
        if found is not None and not (may_widen and found.poor):
            return found
        if not may_widen:
            return _formed(X, weights, count, solver)
    # Half of the digits of float32 are few. Squares of float32 in float64 keep all of them.
    wide, wide_weights = X.astype(np.float64), None if weights is None else weights.astype(np.float64)
    found = _attempt(wide, wide_weights, count, solver) or _formed(wide, wide_weights, count, solver)
    return replace(
        found,
        components=found.components.astype(X.dtype),
        moments=found.moments and replace(found.moments, dtype=X.dtype),
    )


def _attempt(X: FloatArray, weights: FloatArray | None, count: Count, solver: Solver) -> Principal | None:
    """Take the cheapest route; None if that is not good enough."""
    if not callable(count) and _few_of_many(X, count, solver):
        return _unformed(X, weights, count, solver)
    return _formed(X, weights, count, solver)


def _formed(X: FloatArray, weights: FloatArray | None, count: Count, solver: Solver) -> Principal:
    """Take one of the routes over a Gram matrix."""
    return (_by_samples if X.shape[0] < X.shape[1] else _by_features)(X, weights, count, solver)


def _few_of_many(X: FloatArray, count: int, solver: Solver) -> bool:
    """Whether so few components are wanted of so large a matrix that its Gram matrix is not worth forming."""
    size = min(X.shape)
    few = count <= _TOP_SHARE * size and solver.iterates(size, count)
    return few and size >= _UNFORMED_FROM and X.size <= _UNFORMED_MOST


def _wants_small(count: Count, X: FloatArray) -> bool:
    """Whether so many components are wanted that the last of them are likely to be small."""
    return callable(count) or 2 * count > min(X.shape)


def from_moments(moments: Moments, n_rows: float, count: Count, solver: Solver) -> Principal:
    """Find the principal axes of data of which only the moments are known.

    Parameters
    ----------
    moments : Moments
        Of the data.
    n_rows : float
        A bound on the number of its rows.
    count : int or callable
        As in `from_data`.
    solver : Solver
        There is no data to win lost digits back from.

    Returns
    -------
    Principal
    """
    S = moments.scatter
    bound = int(min(S.shape[0] - moments.n_constant, n_rows - 1))
    axes, k = _solve(S, count, bound, solver)
    return _finish(moments, axes, k, bound, resolution(S.shape[0], S.dtype), poor=is_poor(axes.values, min(k, bound)))


def _by_features(X: FloatArray, weights: FloatArray | None, count: Count, solver: Solver) -> Principal:
    """Take the route over the d x d scatter matrix."""
    moments = Moments.of(X, weights)
    S = moments.scatter
    bound = min(S.shape[0] - moments.n_constant, _rows(X, weights) - 1)
    axes, k = _solve(S, count, bound, solver)
    live = min(k, bound)
    poor = is_poor(axes.values, live)
    floor = resolution(S.shape[0], S.dtype)
    if poor and solver.name == "auto" and X.dtype == np.float64:
        return replace(_by_svd(X, weights, count), moments=moments)
    return _finish(moments, axes, k, bound, floor, poor=poor)


def _by_samples(X: FloatArray, weights: FloatArray | None, count: Count, solver: Solver) -> Principal:
    """Take the route over the n x n matrix of inner products of the centred rows."""
    data = Centered.of(X, weights)
    B = data.rows
    K = gram(B.T)
    bound = _rows(X, weights) - 1
    axes, k = _solve(K, count, bound, solver)
    live = min(k, bound)
    poor = is_poor(axes.values, live)
    floor = resolution(K.shape[0], K.dtype)
    if poor and solver.name == "auto" and X.dtype == np.float64:
        return _by_svd(X, weights, count)
    return _finish(data, _features(data, axes, live, floor), k, bound, floor, poor=poor)


def _by_svd(X: FloatArray, weights: FloatArray | None, count: Count) -> Principal:
    """Take the singular value decomposition of the centred rows B, of their factor R = Q^T B if there are many."""
    data = Centered.of(X, weights)
    B, many = data.rows, X.shape[0] >= X.shape[1]
    R = qr(B, mode="r") if many else B
    _, s, Vh = svd(R, full_matrices=False)
    axes = Axes(s * s, Vh.T)
    k = count(axes.values.astype(np.float64)) if callable(count) else count
    bound = min(X.shape[1] - data.n_constant, _rows(X, weights) - 1)
    floor = resolution(X.shape[1], B.dtype) ** 2
    moments = Moments(data.weight, data.mean, gram(R), data.scale, X.dtype) if many else None
    return replace(_finish(data, axes, k, bound, floor, poor=False), moments=moments)


def _sketched(X: FloatArray, weights: FloatArray | None, count: int, solver: Solver) -> Principal:
    """Approximate the leading axes from a few products with random vectors."""
    data = Centered.of(X, weights)
    bound = min(X.shape[1] - data.n_constant, _rows(X, weights) - 1)
    # With weights above 1 there may be more components than rows; those have no variance.
    live = min(count, bound)
    result = randomized_svd(data.rows, live, oversample=solver.oversample, n_iter=solver.n_products, rng=solver.rng())
    floor = resolution(data.order, X.dtype) ** 2
    return _finish(data, Axes(result.S * result.S, result.Vh.T), count, bound, floor, poor=False)


def _unformed(X: FloatArray, weights: FloatArray | None, count: int, solver: Solver) -> Principal | None:
    """Iterate with B^T B, or with B B^T if that is the smaller one, and form neither; None if that is not good enough."""
    data = Centered.of(X, weights)
    B, wide = data.rows, X.shape[0] < X.shape[1]
    bound = min(X.shape[1] - data.n_constant, _rows(X, weights) - 1)
    live = min(count, bound)
    axes = solver.unformed(B.T if wide else B, live) if live > 0 else None
    if axes is None:
        return None
    poor = is_poor(axes.values, live)
    if poor and solver.name == "auto":
        return None
    floor = resolution(data.order, B.dtype)
    return _finish(data, _features(data, axes, live, floor) if wide else axes, count, bound, floor, poor=poor)


def _features(data: Centered, axes: Axes, live: int, floor: float) -> Axes:
    """Turn eigenvectors of ``B B^T`` into those of ``B^T B``."""
    rank = _rank(axes.values[:live], floor)
    # v = B^T u / s has an error of eps s_1 / s; each is made orthogonal to those before it, which are better.
    return Axes(axes.values, gram_schmidt(matmul(data.rows.T, axes.vectors[:, :rank]), method="block").Q)


def _solve(G: FloatArray, count: Count, bound: int, solver: Solver) -> tuple[Axes, int]:
    """Return eigenpairs of G, and the number of axes; no more than `bound` of them have any variance."""
    if callable(count):
        axes = full_axes(G)
        return axes, count(axes.values.astype(np.float64))
    return solver(G, min(count, bound)), count


def _finish(data: Moments | Centered, axes: Axes, k: int, bound: int, floor: float, *, poor: bool) -> Principal:
    """Put the answer together; axes without variance, all beyond `bound`, become a basis of what is left."""
    live = min(k, bound)
    rank = _rank(axes.values[:live], floor)
    V = complete(axes.vectors[:, :rank], k)
    values = np.zeros(k)
    values[:rank] = axes.values[:rank]
    total = data.total
    all_known = axes.values.size == data.order
    rest = float(axes.values[k:].sum(dtype=np.float64)) if all_known else max(0.0, total - float(values.sum()))
    return Principal(
        weight=data.weight,
        mean=data.mean,
        components=fix_signs(np.ascontiguousarray(V.T)),
        values=values,
        total=total,
        rest=rest,
        scale=data.scale,
        # From the data itself, a value below the floor is zero as well as one can tell.
        n_lost=live - rank if poor else 0,
        poor=poor,
        whole=k >= bound,
        moments=data if isinstance(data, Moments) else None,
    )


def _rank(values: FloatArray, floor: float) -> int:
    return int(np.count_nonzero(values > floor * values[0])) if values.size else 0


def _rows(X: FloatArray, weights: FloatArray | None) -> int:
    """Return the number of rows that count."""
    return X.shape[0] if weights is None else int(np.count_nonzero(weights))

