"""polar and rotation_between."""

import numpy as np
import pytest
import scipy.linalg

from mlcore import linalg

from .gallery import MATRICES
from .spectra import orthogonality


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_polar(name, side, dtype, rng):
    A = MATRICES[name](12, rng).astype(dtype)
    for matrix in (A, A[:, :5], A[:5]):
        U, P = result = linalg.polar(matrix, side)
        assert isinstance(result, linalg.PolarResult)
        assert U.dtype == P.dtype == dtype
        m, n = matrix.shape
        tolerance = 100 * np.finfo(dtype).eps * max(1, np.linalg.norm(matrix))
        assert orthogonality(U if m >= n else U.T) <= 10
        np.testing.assert_array_equal(P, P.T)
        assert np.linalg.eigvalsh(P.astype(np.float64)).min() >= -tolerance
        np.testing.assert_allclose(U @ P if side == "right" else P @ U, matrix, atol=tolerance)
    random = rng.normal(size=(6, 6))
    for found, expected in zip(linalg.polar(random, side), scipy.linalg.polar(random, side), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_polar_of_stacks(dtype, rng):
    A = rng.normal(size=(2, 3, 5, 4)).astype(dtype)
    U, P = linalg.polar(A)
    np.testing.assert_allclose(U @ P, A, atol=100 * np.finfo(dtype).eps)
    with pytest.raises(ValueError, match="side is 'up'"):
        linalg.polar(A, "up")


@pytest.mark.parametrize("n", [2, 3, 10])
def test_rotations(n, dtype, rng):
    x = rng.normal(size=n)
    other = rng.normal(size=n)
    for y in (other, x, -x, -x + 1e-9 * other, -x + 1e-15 * other, x + 1e-9 * other, 1e150 * other, 1e-150 * other):
        if dtype == np.float32 and not 1e-30 < np.linalg.norm(y) < 1e30:
            continue
        a, b = x.astype(dtype), y.astype(dtype)
        R = linalg.rotation_between(a, b)
        assert R.dtype == dtype
        assert orthogonality(R) <= 4
        tolerance = 8 * np.finfo(dtype).eps
        np.testing.assert_allclose(np.linalg.det(R.astype(np.float64)), 1, atol=20 * tolerance)
        u, v = (np.asarray(z, np.float64) / np.linalg.norm(np.asarray(z, np.float64)) for z in (a, b))
        np.testing.assert_allclose(R @ u, v, atol=tolerance)
        if n > 2:  # what is orthogonal to both stays
            z = scipy.linalg.null_space(np.stack([u, v]))[:, -1]
            if abs(abs(u @ v) - 1) > 1e-3:
                np.testing.assert_allclose(R @ z, z, atol=tolerance)


def test_rotations_refused():
    with pytest.raises(ValueError, match="y is zero, which has no direction"):
        linalg.rotation_between([1.0, 0.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="two vectors of the same length"):
        linalg.rotation_between([1.0, 0.0], [0.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="at least 2"):
        linalg.rotation_between([1.0], [2.0])
    with pytest.raises(ValueError, match="NaN"):
        linalg.rotation_between([1.0, np.nan], [2.0, 1.0])
