"""Matrices whose eigenvalues or singular values are known to more digits than their type has.

Q diag(s) P' with orthogonal Q and P leaves nothing to be computed: s is given. Q is a product of discrete cosine transforms
and random signs, C D C D', which mixes all elements, costs n log n per column, and exists in long double. What is left
is the rounding of the matrix itself to its type, half an eps of each element.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["general", "spread", "symmetric"]


def spread(n: int, condition: float = 10.0) -> NDArray[Any]:
    """n values from `condition`^(1/2) down to its reciprocal, equally spaced on a logarithmic scale: their product is 1."""
    return np.asarray(condition ** np.linspace(np.longdouble(0.5), np.longdouble(-0.5), n))


def symmetric(values: NDArray[Any], dtype: str, seed: int) -> NDArray[Any]:
    """Q diag(values) Q', symmetric to the last bit."""
    A = _mixed(_mixed(np.diag(values.astype(np.longdouble)), seed).T, seed)
    return np.asarray((A + A.T) / 2, dtype=dtype)


def general(values: NDArray[Any], dtype: str, seed: int) -> NDArray[Any]:
    """Q diag(values) P'."""
    A = _mixed(_mixed(np.diag(values.astype(np.longdouble)), seed).T, seed + 1)
    return np.ascontiguousarray(A, dtype=dtype)


def _mixed(A: NDArray[Any], seed: int) -> NDArray[Any]:
    from scipy.fft import dct

    rng = np.random.default_rng(seed)
    for _ in range(2):
        A = dct(A * rng.choice([-1, 1], (len(A), 1)), axis=0, norm="ortho")
    return A
