"""A symmetric matrix, or a function that multiplies with one, as the iterations see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mlcore._core import blas
from mlcore._validation import FloatArray, check_count
from mlcore.linalg._arrays import as_one_matrix
from mlcore.linalg._products import matmul

# Columns that a function is given at once, at most.
WIDTH: Final = 8
# Beyond these exponents of two, squares of products leave their type: the products are scaled.
_SAFE: Final = {np.dtype(np.float64): 300, np.dtype(np.float32): 30}


class Operator:
    """``X -> 2^-shift A X``: the power of two, settled by the first product, keeps squares of A X in their type.

    Parameters
    ----------
    source : ndarray of shape (n, n), or callable
        A.
    n : int
        Its order.
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, source: FloatArray | Callable[[FloatArray], ArrayLike], n: int, dtype: np.dtype[Any]) -> None:
        self.source = source
        self.n = n
        self.dtype = dtype
        self.shift: int | None = None

    @classmethod
    def of(cls, A: ArrayLike | Callable[[FloatArray], ArrayLike], n: int | None, dtype: DTypeLike) -> Operator:
        """Check the arguments of the public functions."""
        if callable(A):
            if n is None:
                raise ValueError("A is a function, and n is None; pass n, the order of the matrix it multiplies with.")
            kind = np.dtype(dtype)
            if kind not in _SAFE:
                raise TypeError(f"dtype is {kind}; expected float64 or float32.")
            return cls(A, check_count(n, "n", 0), kind)
        matrix = as_one_matrix(A, "A")
        if matrix.shape[0] != matrix.shape[1]:
            raise LinAlgError(f"A has shape {matrix.shape}; expected a square matrix.")
        if n is not None and n != matrix.shape[0]:
            raise ValueError(f"n is {n}, but A has shape {matrix.shape}; leave n out.")
        return cls(matrix, matrix.shape[0], matrix.dtype)

    def __call__(self, X: FloatArray) -> FloatArray:
        """Return a new array ``2^-shift A X``; X of shape (n, at most WIDTH)."""
        W = self._product(X)
        largest = float(blas.norm_inf(W.ravel()))
        if not np.isfinite(largest):
            raise LinAlgError("A X contains NaN or infinity: A does, or the product overflows. Replace such elements.")
        if self.shift is None:
            self.settle(largest)
        return W if self.shift == 0 else self.scaled(W)

    def settle(self, size: float) -> None:
        """Choose the power of two for products of this size."""
        exponent = int(np.frexp(size)[1])
        self.shift = exponent if abs(exponent) > _SAFE[self.dtype] else 0

    def scaled(self, values: FloatArray) -> FloatArray:
        """Return eigenvalues of ``2^-shift A`` from those of A."""
        return np.ldexp(values, -(self.shift or 0))

    def unscaled(self, values: FloatArray) -> FloatArray:
        """Return eigenvalues of A from those of ``2^-shift A``."""
        return np.ldexp(values, self.shift or 0)

    def residuals(self, values: FloatArray, vectors: FloatArray, products: FloatArray | None = None) -> NDArray[np.float64]:
        """Return the lengths of ``2^-shift A v - value v``; `products`: ``2^-shift A v``, if known."""
        lengths = np.empty(values.size)
        width = WIDTH if callable(self.source) and products is None else max(1, values.size)
        for start in range(0, values.size, width):
            part = slice(start, start + width)
            product = self(vectors[:, part]) if products is None else products[:, part]
            difference = product - vectors[:, part] * values[part]
            lengths[part] = np.sqrt(np.square(difference, dtype=np.float64).sum(axis=0))
        return lengths

    def written_out(self) -> tuple[FloatArray, int]:
        """Return A as a matrix, and how many products that took."""
        if not callable(self.source):
            return self.source, 0
        identity = np.eye(self.n, dtype=self.dtype)
        columns = [self._product(identity[:, j : j + WIDTH]) for j in range(0, self.n, WIDTH)]
        return np.hstack([np.empty((self.n, 0), self.dtype), *columns]), len(columns)

    def _product(self, X: FloatArray) -> FloatArray:
        if not callable(self.source):
            return np.asarray(matmul(self.source, X))
        answer = np.asarray(self.source(np.array(X, order="C")))
        if answer.dtype.kind not in "fiub":
            raise TypeError(f"the function A returned an array of {answer.dtype}; expected real numbers.")
        W = np.array(answer, dtype=self.dtype, order="C")
        if W.shape != X.shape:
            raise ValueError(f"the function A returned an array of shape {W.shape} for one of {X.shape}; expected the same.")
        return W
