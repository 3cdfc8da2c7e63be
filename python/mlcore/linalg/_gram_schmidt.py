"""Orthonormal columns by the Gram-Schmidt process, in four variants of growing accuracy."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcore._core import blas
from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable

Method = Literal["classical", "modified", "twice", "block"]
_METHODS: Final[tuple[Method, ...]] = get_args(Method)  # in the order of GramSchmidt in cpp/linalg/linalg.hpp


class GramSchmidtResult(NamedTuple):
    """What `gram_schmidt` returns: ``A = Q @ R``."""

    Q: Any
    """ndarray of shape (m, n): orthonormal columns, and zeros for the dependent ones."""
    R: Any
    """ndarray of shape (n, n): upper triangular, its diagonal positive, and zero for the dependent columns."""
    rank: int
    """How many columns are independent."""
    dependent: NDArray[np.intp]
    """Which columns are not."""
    method: Method

    @property
    def loss_of_orthogonality(self) -> float:
        r""":math:`\|I - Q^T Q\|_F` over the independent columns: 0 in exact arithmetic. Computed at each access."""
        defect = np.asarray(blas.gram(self.Q), dtype=np.float64)
        independent = np.ones(len(defect), dtype=bool)
        independent[self.dependent] = False
        defect[independent, independent] -= 1.0
        return float(np.sqrt(np.square(defect[np.ix_(independent, independent)]).sum()))


@overridable
def gram_schmidt(A: ArrayLike, *, method: Method = "twice", rtol: float | None = None) -> GramSchmidtResult:
    r"""Orthonormalise the columns of `A` from left to right, :math:`A = QR`.

    .. math:: v = a_j - \sum_{i<j} r_{ij} q_i, \qquad r_{ij} = q_i^T a_j, \qquad q_j = v / r_{jj}, \quad r_{jj} = \|v\|

    Parameters
    ----------
    A : array_like of shape (m, n)
        float32 gives float32; everything else real is computed in float64. There may be more columns than rows; those
        too many are then dependent.
    method : {"twice", "block", "classical", "modified"}, default "twice"
        The formula is the same in exact arithmetic; what differs is how the loss of orthogonality
        :math:`\|I - Q^T Q\|` grows with the condition number :math:`\kappa` of `A`.

        - ``"classical"``: as it stands above. Like :math:`\epsilon \kappa^2`.
        - ``"modified"``: each coefficient from what the earlier subtractions have left,
          :math:`r_{ij} = q_i^T v`. Like :math:`\epsilon \kappa`.
        - ``"twice"``: the classical step, repeated where it has cancelled. :math:`\epsilon` always ("twice is enough").
        - ``"block"``: 32 columns at a time, by products of matrices. :math:`\epsilon` always, and the fastest for many
          columns.
    rtol : float, optional
        A column is dependent if the columns before it leave at most ``rtol`` of its length. The default is
        ``max(m, n) * eps``, below which nothing but rounding error is left.

    Returns
    -------
    GramSchmidtResult
        ``(Q, R, rank, dependent, method)``, and the property ``loss_of_orthogonality``. A dependent column is no noise
        scaled to length 1: its column of `Q` is zero, ``R[j, j]`` is 0, and the rest of its column of `R` says how it
        depends on the others. ``Q @ R`` is `A` up to rounding and to `rtol` of a dependent column (for the columns too
        many, up to the loss of orthogonality).

    Raises
    ------
    ValueError
        If `A` is not a matrix, `method` is unknown, or `rtol` is not between 0 and 1.
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    :math:`2mn^2` flops; up to twice as many for ``"twice"`` and ``"block"`` if `A` is ill-conditioned. Columns are
    scaled by powers of two first, so that lengths of 1e200 or 1e-200 do no harm. The kernels are
    ``cpp/linalg/gram_schmidt.cpp`` and the files it names; the bounds are those of [1]_.

    References
    ----------
    .. [1] L. Giraud, J. Langou and M. Rozloznik, "The Loss of Orthogonality in the Gram-Schmidt Orthogonalization
       Process", Computers and Mathematics with Applications 50, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> Q, R, *_ = linalg.gram_schmidt([[3.0, 5.0], [4.0, 0.0]])
    >>> Q
    array([[ 0.6,  0.8],
           [ 0.8, -0.6]])
    >>> R
    array([[5., 3.],
           [0., 4.]])

    The third column is the sum of the others, and says so:

    >>> result = linalg.gram_schmidt([[3.0, 5.0, 8.0], [4.0, 0.0, 4.0]])
    >>> result.rank, result.dependent
    (2, array([2]))
    >>> result.R[:, 2]
    array([8., 4., 0.])

    On a Hilbert matrix the methods part:

    >>> i = np.arange(8)
    >>> H = 1 / (i[:, None] + i + 1)
    >>> for method in ("classical", "modified", "twice", "block"):
    ...     loss = linalg.gram_schmidt(H, method=method).loss_of_orthogonality
    ...     print(method, "loses" if loss > 1e-3 else "loses some" if loss > 1e-12 else "keeps")
    classical loses
    modified loses some
    twice keeps
    block keeps
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(map(repr, sorted(_METHODS)))}.")
    if rtol is not None and not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol is {rtol}; expected a number from 0 to 1, the share of a column that counts as nothing.")
    array = np.asanyarray(A)
    if rtol is None:
        eps = np.finfo(np.float32 if array.dtype == np.float32 else np.float64).eps
        rtol = min(0.5, max(array.shape, default=0) * float(eps))
    Q, R, flags = _linalg.gram_schmidt(array, _METHODS.index(method), rtol)
    dependent = np.flatnonzero(flags)
    return GramSchmidtResult(Q, R, R.shape[1] - dependent.size, dependent, method)
