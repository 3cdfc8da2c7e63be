"""The block Lanczos process with thick restart: the engine of `eigh_topk`.

A basis ``V`` of orthonormal columns grows by one block at a time, and ``A`` is seen through it as a small matrix::

    A V = V T + Q R E^T         T = V^T A V,  Q R: what a new block leaves of A times the last block

An eigenpair ``(theta, s)`` of ``T`` gives the Ritz pair ``(theta, V s)`` of ``A``, whose residual is ``|R s_last|``: known
without a product. When the basis is full it is replaced by its best Ritz vectors, and the process goes on from ``Q``: the
result is that of a subspace iteration with the best polynomial filter, found by the process itself.

Every new block is made orthogonal to the whole basis, and all of ``T`` is computed as ``V^T (A V)``. That is half of the work
for a dense matrix of order 500 and little of it beyond; in exchange there are no ghosts of eigenvalues already found, no
three-term recurrence to repair after a restart, and a block may be replaced by a random one at any time.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore._core import linalg as _linalg
from mlcore._validation import FloatArray
from mlcore.linalg._eigh import eigh
from mlcore.linalg._products import matmul

Operator = Callable[[FloatArray], FloatArray]

# What a product costs: reading a dense A of order 1500 takes as long as multiplying it with some 6 vectors, so a block of 4
# takes as long as one of 8, one of 16 takes 1.6 times that. How many are needed: the smaller the block, the higher the powers
# of A that a basis of the same size contains. Vectors multiplied, and time, for the 20 largest eigenvalues of a flat spectrum
# (Marchenko-Pastur) to 4e-11: 380, 480, 656 and 157, 111, 122 ms with blocks of 4, 8, 16. And a block of b finds b copies of
# a repeated eigenvalue at once.
BLOCK: Final = 8


def require_symmetric(H: FloatArray, allowed: float, size: float = 0.0) -> None:
    """Raise a ValueError if H, which is A or X^T A X, is not symmetric; `size`: of A X, if larger than H."""
    difference, scale = float(abs(H - H.T).max(initial=0.0)), max(size, float(abs(H).max(initial=0.0)))
    if difference > allowed * scale:
        raise ValueError(
            f"A is not symmetric: x^T A y and y^T A x differ by {difference / scale:.1e} of their size. Pass a symmetric "
            "matrix; power_iteration takes any square one."
        )


class BlockLanczos:
    """Basis and projected matrix; `expand`, `ritz` and `restart` are the three steps of the method.

    Parameters
    ----------
    apply : callable
        ``X -> A X`` for X of shape (n, BLOCK).
    n : int
        Order of A.
    dtype : dtype
        float32 or float64.
    size : int
        Largest number of basis vectors.
    rng : Generator
        Draws the first block, and blocks that take the place of exhausted ones.
    asymmetry : float
        The share of A by which it may fail to be symmetric.
    """

    def __init__(
        self, apply: Operator, n: int, dtype: np.dtype[Any], size: int, rng: np.random.Generator, asymmetry: float
    ) -> None:
        self.apply = apply
        self.rng = rng
        self.size = size
        self.asymmetry = asymmetry
        self.rtol = n * float(np.finfo(dtype).eps)
        self.count = 0  # of basis vectors
        self.noise = 0.0  # the largest x^T A y - y^T A x seen
        self.Vt = np.zeros((size + BLOCK, n), dtype)  # basis vectors as rows; behind them the next block
        self.AV: FloatArray | None = np.empty((n, size), dtype)  # A times them, until the first restart
        self.T = np.zeros((size, size), dtype)
        self.R: FloatArray = np.zeros((BLOCK, BLOCK), dtype)
        self._fill_with_random()

    @property
    def full(self) -> bool:
        """Whether the basis has no room for another block."""
        return self.count + BLOCK > self.size

    def expand(self) -> None:
        """Add the next block to the basis: one product with A."""
        old, new = self.count, self.count + BLOCK
        W = self.apply(self.Vt[old:new].T)
        if self.AV is not None:
            self.AV[:, old:new] = W
        H, self.R, dropped = _linalg.orthogonalize_block(self.Vt[:new], W, self.rtol)
        square = H[old:]
        if old == 0:  # random vectors: whether A is symmetric can be seen, and rounding be told from it
            require_symmetric(square, self.asymmetry, float(abs(self.R).max()))
        self.noise = max(self.noise, float(abs(square - square.T).max()))
        self.T[:new, old:new] = H
        self.T[old:new, :old] = H[:old].T
        self.T[old:new, old:new] = (square + square.T) / 2
        self.count = new
        self.Vt[new : new + BLOCK] = W.T
        if dropped:  # the basis holds a subspace that A does not leave
            self._fill_with_random()

    def ritz(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Ritz values, largest first, their coordinates in the basis, and the lengths of their residuals."""
        values, S = eigh(self.T[: self.count, : self.count])
        values, S = values[::-1], S[:, ::-1]
        errors = matmul(self.R, S[self.count - BLOCK :])
        return values, S, np.sqrt(np.square(errors, dtype=np.float64).sum(axis=0))

    def vectors(self, S: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        """Ritz vectors, in columns, of these coordinates, and A times them.

        The products that were made are combined in the same way as the vectors. After a restart they are not at hand: None.
        """
        products = None if self.AV is None else np.asarray(matmul(self.AV[:, : self.count], S))
        return np.asarray(matmul(self.Vt[: self.count].T, S)), products

    def restart(self, values: FloatArray, S: FloatArray, *, fresh: bool = False) -> None:
        """Replace the basis by these Ritz vectors; `fresh`: and go on from a random block."""
        keep = values.size
        self.AV = None
        following = self.Vt[self.count : self.count + BLOCK].copy()
        self.Vt[:keep] = matmul(S.T, self.Vt[: self.count])
        self.Vt[keep : keep + BLOCK] = 0 if fresh else following
        self.T[:keep, :keep] = np.diag(values)
        self.count = keep
        if fresh:
            self._fill_with_random()

    def _fill_with_random(self) -> None:
        """Replace the zero rows of the next block by random directions, orthogonal to all others."""
        block = self.Vt[self.count : self.count + BLOCK]
        empty = np.flatnonzero(~block.any(axis=1))
        X: NDArray[Any] = self.rng.standard_normal((block.shape[1], empty.size)).astype(block.dtype)
        _linalg.orthogonalize_block(self.Vt[: self.count + BLOCK], X, self.rtol)
        block[empty] = X.T
