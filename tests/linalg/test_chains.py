"""matrix_power, multi_dot, tensorsolve, tensorinv: parity with NumPy."""

import itertools

import numpy as np
import pytest

from mlcore import linalg
from mlcore.linalg._chains import _cheapest_cuts


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 3, 7, 16, 31])
def test_powers(n, dtype, rng):
    A = (rng.normal(size=(2, 4, 4)) / 2 + np.eye(4)).astype(dtype)
    before = A.copy()
    found = linalg.matrix_power(A, n)
    assert found.dtype == dtype
    assert not np.shares_memory(found, A)
    expected = np.linalg.matrix_power(A.astype(np.float64), n)
    np.testing.assert_allclose(found, expected, atol=1e4 * np.finfo(dtype).eps * abs(expected).max())
    np.testing.assert_array_equal(A, before)


def test_powers_refused():
    assert linalg.matrix_power([[2, 0], [0, 3]], np.int64(3)).tolist() == [[8, 0], [0, 27]]
    assert linalg.matrix_power(np.zeros((0, 0)), 3).shape == (0, 0)
    with pytest.raises(TypeError):
        linalg.matrix_power(np.eye(2), 1.5)
    with pytest.raises(np.linalg.LinAlgError, match="expected a square matrix"):
        linalg.matrix_power(np.ones((2, 3)), 2)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        linalg.matrix_power(np.ones((2, 2)), -1)
    with pytest.raises(TypeError, match=r"[Cc]omplex"):
        linalg.matrix_power(np.eye(2) * 1j, 2)


@pytest.mark.parametrize("sizes", [(3, 4, 5), (3, 4, 5, 6), (10, 2, 30, 4, 7), (1, 9, 1, 9, 1), (5, 0, 3, 2)])
def test_chains(sizes, dtype, rng):
    matrices = [rng.normal(size=shape).astype(dtype) for shape in itertools.pairwise(sizes)]
    tolerance = 1000 * np.finfo(dtype).eps * np.prod([max(size, 1) for size in sizes]) ** 0.5
    for first, last in itertools.product((0, 1), repeat=2):
        chain = [matrices[0][0] if first else matrices[0], *matrices[1:-1], matrices[-1][:, 0] if last else matrices[-1]]
        found, expected = linalg.multi_dot(chain), np.linalg.multi_dot(chain)
        assert found.dtype == dtype
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, atol=tolerance)
        if not (first and last):
            out = np.empty(np.shape(expected), dtype)
            assert linalg.multi_dot(chain, out=out) is out
            np.testing.assert_array_equal(out, found)


def test_the_order_is_the_cheapest(rng):
    def least(p, i, j):
        return min((least(p, i, k) + least(p, k + 1, j) + p[i] * p[k + 1] * p[j + 1] for k in range(i, j)), default=0)

    def cost(p, cut, i, j):
        k = cut[i][j]
        return 0 if i == j else cost(p, cut, i, k) + cost(p, cut, k + 1, j) + p[i] * p[k + 1] * p[j + 1]

    for _ in range(20):
        p = [int(size) for size in rng.integers(1, 30, 7)]
        assert cost(p, _cheapest_cuts(p), 0, 5) == least(p, 0, 5)


def test_chains_refused():
    with pytest.raises(ValueError, match="expected at least two"):
        linalg.multi_dot([np.eye(2)])
    with pytest.raises(ValueError, match=r"arrays\[1\] has 2 columns and arrays\[2\] 3 rows"):
        linalg.multi_dot([np.eye(2), np.eye(2), np.eye(3)])
    with pytest.raises(np.linalg.LinAlgError, match=r"arrays\[1\] has 1 axes"):
        linalg.multi_dot([np.eye(2), np.ones(2), np.eye(2)])
    with pytest.raises(ValueError, match="out must be an array of shape"):
        linalg.multi_dot([np.eye(2), np.eye(2)], out=np.empty(3))


def test_tensor_equations(dtype, rng):
    tolerance = 1e4 * np.finfo(dtype).eps
    a, b = (rng.normal(size=(2, 3, 6)) + np.eye(6).reshape(2, 3, 6) * 5).astype(dtype), rng.normal(size=(2, 3)).astype(dtype)
    np.testing.assert_allclose(linalg.tensorsolve(a, b), np.linalg.tensorsolve(a, b), atol=tolerance)
    moved = np.moveaxis(a, -1, 0)
    np.testing.assert_allclose(linalg.tensorsolve(moved, b, axes=(0,)), linalg.tensorsolve(a, b), atol=tolerance)
    inverse = linalg.tensorinv(a)
    assert inverse.shape == (6, 2, 3)
    np.testing.assert_allclose(inverse, np.linalg.tensorinv(a), atol=tolerance)
    np.testing.assert_allclose(linalg.tensorinv(a.reshape(6, 2, 3), ind=1), inverse.reshape(2, 3, 6), atol=tolerance)
    with pytest.raises(ValueError, match="ind is 0"):
        linalg.tensorinv(a, 0)
    with pytest.raises(np.linalg.LinAlgError, match="same product as the rest"):
        linalg.tensorinv(np.ones((2, 3)), 1)
    with pytest.raises(np.linalg.LinAlgError, match="as many elements, 3, as b"):
        linalg.tensorsolve(np.ones((3, 4)), np.ones(3))


@pytest.mark.parametrize("axes", [0, 1, 2, (1, 0), ((1, 2), (0, 1)), ([2, -2], [1, 0]), ((), ())])
def test_tensordot(axes, dtype, rng):
    a, b = rng.normal(size=(2, 3, 4)).astype(dtype), rng.normal(size=(3, 4, 5)).astype(dtype)
    if axes == 1 or axes == (1, 0):
        b = rng.normal(size=(4 if axes == 1 else 3, 2)).astype(dtype)
    found, expected = linalg.tensordot(a, b, axes=axes), np.tensordot(a, b, axes=axes)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=100 * np.finfo(dtype).eps)


def test_tensordot_refused():
    assert linalg.tensordot([1, 2], [3, 4], axes=1) == 11
    with pytest.raises(ValueError, match="must have the same sizes"):
        linalg.tensordot(np.ones((2, 3)), np.ones((2, 3)), axes=1)
    with pytest.raises(ValueError, match="axes is 3; expected 0 to 2"):
        linalg.tensordot(np.ones((2, 3)), np.ones((2, 3)), axes=3)
    with pytest.raises(ValueError, match="axis 4 is out of bounds"):
        linalg.tensorsolve(np.ones((2, 6, 3)), np.ones((2, 3)), axes=(4,))
