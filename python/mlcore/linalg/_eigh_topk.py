"""The few largest eigenvalues of a big symmetric matrix."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mlcore._validation import FloatArray, check_count, check_rng
from mlcore.exceptions import ConvergenceError
from mlcore.linalg._block_lanczos import BLOCK, BlockLanczos, require_symmetric
from mlcore.linalg._eigh import eigh
from mlcore.linalg._operator import Operator
from mlcore.linalg._override import overridable

Status = Literal["converged", "max_iter", "stagnated"]

# Blocks that the basis holds beside the wanted vectors. More blocks, fewer products, but a larger projected problem and more
# to orthogonalise against. Vectors multiplied in the case of _block_lanczos.BLOCK: 576, 480, 456, 464 for 8, 12, 16, 24 blocks.
# With 16 of them the 20 largest of the eigenvalues 1, 1/2, 1/3, ... are found before a restart: 144 vectors, 176 with 12.
_BLOCKS: Final = 16
# A matrix less than this many times larger than k + _LEAST, or 2 k, is decomposed whole.
_WHOLE: Final = 2
_LEAST: Final = 96
# How often the projected matrix may promise a residual that the products do not keep, or fail to improve it.
_PATIENCE: Final = 3
# An asymmetry that no function has by rounding in a lower precision.
_GROSS: Final = 1e-4


class EighTopkResult(NamedTuple):
    """What `eigh_topk` returns."""

    eigenvalues: Any
    """ndarray of shape (k,), largest first."""
    eigenvectors: Any
    """ndarray of shape (n, k): column ``j`` belongs to ``eigenvalues[j]``."""
    status: Status
    """Only ``"converged"`` is ever returned; the result that a `ConvergenceError` carries has one of the others."""
    n_iter: int
    """Products of `A` with a block of 8 vectors."""
    residuals: NDArray[np.float64]
    """ndarray of shape (k,): :math:`\\|A v_j - \\lambda_j v_j\\| / \\|A\\|`, of the vectors returned, from products of A with
    them or, before a restart, with the basis that they are combinations of."""
    history: NDArray[np.float64]
    """The largest residual, as the projected matrix had it, each time it was decomposed."""
    method: Literal["block_lanczos", "eigh"]
    """``"eigh"`` if all eigenpairs were computed and the largest taken."""


@overridable
def eigh_topk(
    A: ArrayLike | Callable[[FloatArray], ArrayLike],
    k: int,
    *,
    tol: float | None = None,
    max_iter: int = 1000,
    rng: int | np.random.Generator | None = None,
    n: int | None = None,
    dtype: DTypeLike = np.float64,
) -> EighTopkResult:
    r"""The `k` algebraically largest eigenvalues of a symmetric matrix, and their eigenvectors.

    Parameters
    ----------
    A : array_like of shape (n, n), or callable
        A symmetric matrix, or the function ``X -> A X``, which is given an ndarray of shape (n, 8), contiguous, and
        returns one of the same shape. float32 gives float32; everything else real is computed in float64.
    k : int
        From 0 to n.
    tol : float, optional
        An eigenpair has converged when :math:`\|Av - \lambda v\| \le` ``tol`` :math:`\|A\|`, where :math:`\|A\|` is
        the largest modulus of an eigenvalue seen. The error of :math:`\lambda` is then at most that, and usually its
        square; the error of `v` is that over the distance to the next eigenvalue. The default is ``eps**(2/3)``: 4e-11
        for float64, 2e-5 for float32. Less than ``4 * sqrt(n) * eps`` cannot be reached and is raised to that. More than
        the default is used from the moment when the basis has been filled, after up to 16 + k/8 products.
    max_iter : int, default 1000
        How many products of `A` with a block of 8 vectors are allowed.
    rng : None, int or numpy.random.Generator, optional
        Draws the start. The same seed gives the same bits on any number of threads.
    n : int, optional
        The order of `A`; needed for a function, and only then.
    dtype : {numpy.float64, numpy.float32}, optional
        The type in which a function is iterated.

    Returns
    -------
    EighTopkResult
        ``(eigenvalues, eigenvectors, status, n_iter, residuals, history, method)``.

    Raises
    ------
    mlcore.exceptions.ConvergenceError
        If `max_iter` products were not enough, or `A` is too inexact or unsymmetric for `tol` (status ``"stagnated"``). It
        is a ``LinAlgError`` and carries what there is as ``error.result``, with its ``status`` and true ``residuals``.
    numpy.linalg.LinAlgError
        If `A` is not square, or a product contains NaN or infinity.
    ValueError
        If `A` is not symmetric, or another argument is out of range.
    TypeError
        For complex, object or text arrays.

    See Also
    --------
    eigh : all eigenvalues.
    power_iteration : the one eigenvalue of largest modulus, step by step.

    Notes
    -----
    Block Lanczos with full re-orthogonalisation and thick restart [1]_, [2]_. The basis holds ``k + 128`` vectors or
    ``2 k`` if that is more. A matrix of order less than 2 (k + 96) or 4 k is decomposed whole by `eigh` (a function is first
    written out as a matrix, by `n` / 8 products), and `tol` and `max_iter` do not matter.

    A block of 8 finds 8 copies of a repeated eigenvalue at once. If as many are found and still smaller ones are wanted,
    there may be more: the iteration is then repeated with a random block orthogonal to what was found, until that adds
    nothing. Beside symmetry, which is checked on random vectors, nothing is assumed of `A`.

    A dense product costs :math:`16n^2` flops, the rest of a step about :math:`32n(k + 60)`.

    References
    ----------
    .. [1] G. Golub and R. Underwood, "The Block Lanczos Method for Computing Eigenvalues", in "Mathematical Software
       III", Academic Press, 1977.
    .. [2] K. Wu and H. Simon, "Thick-Restart Lanczos Method for Large Symmetric Eigenvalue Problems", SIAM Journal on
       Matrix Analysis and Applications 22(2), 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> result = linalg.eigh_topk(np.diag(np.arange(1000.0)), 3, rng=0)
    >>> result.eigenvalues.round(8)
    array([999., 998., 997.])
    >>> result.status, result.method
    ('converged', 'block_lanczos')

    The second difference on a circle of 500 points, as a function; its eigenvalues are :math:`4 \sin^2(\pi j / 500)`:

    >>> def difference(X):
    ...     return 2 * X - np.roll(X, 1, axis=0) - np.roll(X, -1, axis=0)
    >>> linalg.eigh_topk(difference, 3, n=500, rng=0).eigenvalues.round(6)
    array([4.      , 3.999842, 3.999842])
    """
    operator = Operator.of(A, n, dtype)
    order, eps = operator.n, float(np.finfo(operator.dtype).eps)
    k = check_count(k, "k", 0, order, "the order of A")
    max_iter = check_count(max_iter, "max_iter", 1)
    if tol is None:
        tol = _default_tol(operator.dtype)
    if not 0 <= tol < np.inf:
        raise ValueError(f"tol is {tol}; expected a number >= 0, the residual as a share of the norm of A.")
    size = max(2 * k, k + _BLOCKS * BLOCK)
    if k == 0 or order < _WHOLE * max(2 * k, k + _LEAST):
        tol = max(tol, 10 * order * eps)
        return _or_raise(_whole(operator, k, tol), tol)
    tol = max(tol, 4 * order**0.5 * eps)
    return _or_raise(_iterate(operator, k, size, tol, max_iter, check_rng(rng)), tol)


def _iterate(A: Operator, k: int, size: int, tol: float, max_iter: int, rng: np.random.Generator) -> EighTopkResult:
    """Fill the basis, look, restart, until the wanted Ritz pairs have converged and none is missing."""
    lanczos = BlockLanczos(A, A.n, A.dtype, size, rng, _asymmetry(A, tol))
    keep = k + (size - k) // 3
    first = ceil(keep / BLOCK)  # the number of products before the first look; two looks tell how fast the residual falls
    looks: list[tuple[int, float]] = []  # number of products, largest residual
    confirmed: FloatArray | None = None  # Ritz values that had converged before the last random block
    n_iter, inexact = 0, 0
    goal = min(tol, _default_tol(A.dtype))  # a larger tol saves restarts; within the first basis little is left to save
    while True:
        early = len(looks) < 2 and confirmed is None  # a random block needs the whole basis: it starts from nothing
        due = min(max_iter, first + 2 * len(looks) if early else _due(looks, goal))
        while n_iter < due and not lanczos.full:
            lanczos.expand()
            n_iter += 1
        values, S, errors = lanczos.ritz()
        top, scale = values[:k], float(abs(values).max())
        limit = tol * scale
        largest = float(errors[:k].max()) if top.size == k else np.inf
        looks.append((n_iter, largest / scale if scale else 0.0))

        if lanczos.full or n_iter == max_iter:
            goal = tol
        converged = largest <= goal * scale
        complete = converged and not (_may_miss_copies(top, 10 * limit) and _differ(top, confirmed, limit))
        stuck = _stuck(looks, 10 * A.n**0.5 * lanczos.noise / (scale or 1.0))
        if complete or stuck or n_iter == max_iter:
            vectors, products = lanczos.vectors(S[:, :k])
            residuals = A.residuals(top, vectors, products)
            proven = complete and bool(residuals.max() <= limit)
            inexact += complete and not proven
            if proven or stuck or n_iter == max_iter or inexact == _PATIENCE:
                status: Status = "converged" if proven else "stagnated" if stuck or inexact else "max_iter"
                shares = residuals / scale if scale else residuals
                history = np.array([residual for _, residual in looks])
                return EighTopkResult(A.unscaled(top), vectors, status, n_iter, shares, history, "block_lanczos")
        if converged and not complete:
            confirmed = top
            lanczos.restart(top, S[:, :k], fresh=True)
        elif converged or lanczos.full:
            lanczos.restart(values[:keep], S[:, :keep])


def _due(looks: list[tuple[int, float]], tol: float) -> float:
    """At which product the residual will be `tol` if it goes on falling as it did between the last two looks."""
    if len(looks) < 2 or not tol < looks[-1][1] < looks[-2][1] < np.inf:
        return np.inf
    (first, before), (last, after) = looks[-2:]
    rate = float(np.log(before / after)) / (last - first)
    return last + max(1, int(np.ceil(np.log(after / tol) / rate)))


def _stuck(looks: list[tuple[int, float]], noise: float) -> bool:
    """Whether the residual has come down to the inexactness of the products and gets no smaller."""
    return len(looks) > _PATIENCE and looks[-1][1] <= noise and looks[-1][1] > looks[-1 - _PATIENCE][1] / 2


def _differ(values: FloatArray, others: FloatArray | None, limit: float) -> bool:
    return others is None or bool(abs(values - others).max() > limit)


def _may_miss_copies(values: FloatArray, width: float) -> bool:
    """Whether as many equal values were found as a block can find at once, and smaller ones after them."""
    return bool((values[:-BLOCK] - values[BLOCK - 1 : -1] <= width).any()) if values.size > BLOCK else False


def _or_raise(result: EighTopkResult, tol: float) -> EighTopkResult:
    if result.status == "converged":
        return result
    largest = f"the largest residual is {result.residuals.max():.1e} of the norm of A, and tol is {tol:.1e}"
    if result.status == "max_iter":
        raise ConvergenceError(
            f"{result.n_iter} products with blocks of {BLOCK} vectors did not find the {result.eigenvalues.size} largest "
            f"eigenvalues: {largest}. Raise max_iter or tol; the error's `result` holds what was found.",
            result,
        )
    raise ConvergenceError(
        f"A is not symmetric, or its products are inexact: {largest}, and gets no smaller. Raise tol "
        "to the accuracy of A, or pass (A + A.T) / 2; the error's `result` holds what was found.",
        result,
    )


def _whole(A: Operator, k: int, tol: float) -> EighTopkResult:
    """Decompose the whole matrix."""
    matrix, n_iter = A.written_out()
    with np.errstate(over="ignore", invalid="ignore"):  # infinities are for eigh to refuse
        require_symmetric(matrix, _asymmetry(A, tol))
    values, vectors = eigh(matrix)
    A = Operator(matrix, A.n, A.dtype)
    A.settle(float(abs(values).max(initial=0.0)))
    top, vectors = values[::-1][:k].copy(), vectors[:, ::-1][:, :k].copy()
    residuals = A.residuals(A.scaled(top), vectors)
    scale = float(abs(A.scaled(values)).max(initial=0.0))
    if scale:
        residuals /= scale
    status: Status = "converged" if residuals.max(initial=0.0) <= tol else "stagnated"
    return EighTopkResult(top, vectors, status, n_iter, residuals, np.zeros(0), "eigh")


def _asymmetry(A: Operator, tol: float) -> float:
    """The share of A by which it may fail to be symmetric: less is left to the residuals to judge."""
    return max(_GROSS, 10 * tol, 100 * A.n * float(np.finfo(A.dtype).eps))


def _default_tol(dtype: np.dtype[Any]) -> float:
    eps = float(np.finfo(dtype).eps)
    return float(eps ** (2 / 3))
