"""What a right result is: its distance from the exact one, in units of the machine epsilon.

The exact results come from arithmetic of twice the width (float64 for float32, long double for float64), never from the
code under test. Bounds are those of the textbook (N. Higham, "Accuracy and Stability of Numerical Algorithms", chapters 3 and
8), with small constants; a kernel that forgets a single term misses them by orders of magnitude.
"""

import numpy as np


def wide(x):
    """`x` in a type of at least eleven more bits."""
    x = np.asarray(x)
    return x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)


def eps(x):
    return float(np.finfo(np.asarray(x).dtype).eps)


def assert_within(computed, exact, bound):
    """|computed - exact| <= bound, element for element; NaN only where the exact value is NaN."""
    computed, exact, bound = np.asarray(computed), np.asarray(exact), np.asarray(bound)
    assert computed.shape == exact.shape
    wrong = ~((abs(computed - exact) <= bound) | (np.isnan(computed) & np.isnan(exact)) | (computed == exact))
    if wrong.any():
        where = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(wrong)))
        got, want, most = (np.atleast_1d(np.broadcast_to(a, wrong.shape))[where] for a in (computed, exact, bound))
        raise AssertionError(f"{wrong.sum()} of {wrong.size} wrong, first at {where}: {got}, exact {want}, bound {most}")


def assert_same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes(), f"{(a != b).sum()} of {a.size} elements differ"


def assert_gemm_accurate(C, A, B, alpha=1.0, beta=0.0, before=None):
    """C = alpha A B + beta before; each element within (k + 3) eps of the sum of its terms' absolute values."""
    A, B = wide(A), wide(B)
    exact, size = alpha * (A @ B), abs(alpha) * (abs(A) @ abs(B))
    if beta:
        exact, size = exact + beta * wide(before), size + abs(beta * wide(before))
    assert_within(C, exact, (A.shape[-1] + 3) * eps(C) * size)


def assert_dot_accurate(value, x, y):
    """Vectors along the last axis; within 200 eps of the sum of the terms' absolute values, however long they are."""
    terms = wide(x) * wide(y)
    assert_within(value, terms.sum(-1), min(terms.shape[-1] + 2, 200) * eps(value) * abs(terms).sum(-1))


def assert_gram_accurate(C, X, weights=None, center=False):
    """C = sum w (x - mean)^T (x - mean), within (n + 10) eps |X|^T W |X|, and exactly symmetric.

    With `center`, |X| is what is left after centring; what rounding a mean to float64 does to that is allowed for.
    """
    dtype_eps, X = eps(C), wide(X)
    w = np.ones(len(X), X.dtype) if weights is None else wide(weights).astype(X.dtype)
    mean = (w @ X) / w.sum() if center else np.zeros(X.shape[1], X.dtype)
    X = X - mean
    scaled = X * w[:, None]
    rounding = 4e-16 * np.outer(abs(mean), abs(scaled).sum(0))
    bound = (len(X) + 10) * dtype_eps * (abs(scaled).T @ abs(X)) + rounding + rounding.T
    assert_within(C, scaled.T @ X, bound)
    assert_same_bits(C, C.T)


def assert_norm_accurate(value, x, allowed=4):
    """The Euclidean norm of the last axis to 4 eps: a root of a sum of positive terms loses nothing."""
    x = wide(x)
    largest = abs(x).max(-1, initial=0)
    scale = np.where(largest > 0, largest, 1)
    exact = scale * np.sqrt(((x / scale[..., None]) ** 2).sum(-1))
    assert_within(value, exact, allowed * eps(value) * exact)


def triangle_of(a, lower, unit_diagonal):
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a[..., range(a.shape[-1]), range(a.shape[-1])] = 1
    return a


def assert_triangular_solution(x, a, b, lower=False, transposed=False, unit_diagonal=False):
    """|b - A x| <= (n + 2) eps |A| |x|, element for element (Higham, theorem 8.5)."""
    A = triangle_of(wide(a), lower, unit_diagonal)
    A, X = A.swapaxes(-1, -2) if transposed else A, wide(x)
    if np.ndim(b) == 1:
        X = X[..., None]
    product, size = (A @ X), abs(A) @ abs(X)
    if np.ndim(b) == 1:
        product, size = product[..., 0], size[..., 0]
    assert_within(np.broadcast_to(b, product.shape), product, (A.shape[-1] + 2) * eps(x) * size)


def assert_moments_accurate(mean, variance, X, weights=None, ddof=0):
    """mean within 20 eps of mean |x|; variance within 20 eps of itself, plus what rounding the mean once does to it."""
    unit, X = eps(variance), wide(X)
    w = np.ones(len(X), X.dtype) if weights is None else wide(weights).astype(X.dtype)
    exact_mean = (w @ X) / w.sum()
    exact_variance = (w @ (X - exact_mean) ** 2) / (w.sum() - ddof)
    assert_within(mean, exact_mean, 20 * unit * (w @ abs(X)) / w.sum())
    assert_within(variance, exact_variance, 20 * unit * exact_variance + (4e-16 * abs(exact_mean)) ** 2)
