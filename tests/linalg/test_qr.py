"""QR: A = Q R exactly enough, Q orthogonal enough, column by column, whatever the shape and the scale."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, eps, wide
from ..interrupts import interrupt
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout
from .gallery import MATRICES

SIZES = [1, 2, 3, 5, *edges(6, 8, 16, 32, 64), 150, 300]
SHAPES = [(0, 0), (0, 3), (3, 0), (1, 4), (4, 1), (5, 8), (8, 5), (7, 100), (100, 7), (60, 90), (90, 60), (33, 300), (600, 100)]
SHAPES += [(540, 530)]  # beyond L2, the last group of columns narrower than the others
# Shapes for which blocks of rows are factored by themselves: one block, several, a stack that is tall again, one column.
TALL = [(3000, 12), (4100, 8), (3300, 33), (40_000, 4), (9000, 50), (70_000, 1)]


def assert_qr(Q, R, A):
    """|a_j - Q r_j| <= 10 n eps |a_j| for each column, |Q^T Q - I| <= 10 n eps, R triangular."""
    m, n = A.shape[-2:]
    k = Q.shape[-1]
    assert Q.shape == (*A.shape[:-1], k)
    assert R.shape == (*A.shape[:-2], k, n)
    assert Q.dtype == R.dtype == A.dtype.newbyteorder("=")
    assert not np.tril(R, -1).any()
    columns = np.sqrt((wide(A) ** 2).sum(-2))
    allowed = 10 * min(m, n) * eps(A)
    error = np.sqrt(((wide(A) - wide(Q) @ wide(R)) ** 2).sum(-2))
    assert (error <= allowed * columns + n * np.finfo(A.dtype).smallest_subnormal).all(), (error / columns).max() / eps(A)
    orthogonality = wide(Q).swapaxes(-1, -2) @ wide(Q) - np.eye(k)
    loss = np.sqrt((orthogonality**2).sum((-1, -2)))
    assert (loss <= 10 * max(k, 1) * eps(A)).all(), loss.max() / eps(A)


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", SIZES)
def test_hard_matrices(name, n, dtype, rng):
    A = MATRICES[name](n, rng).astype(dtype)
    assert_qr(*linalg.qr(A), A)


@pytest.mark.parametrize("shape", SHAPES + TALL)
def test_shapes_and_modes(shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    Q, R = linalg.qr(A)
    assert Q.shape[-1] == min(shape)
    assert_qr(Q, R, A)
    np.testing.assert_allclose(linalg.qr(A, "r"), R, atol=1e4 * eps(A) * np.sqrt(shape[0] + 1))
    if shape[0] <= 1000:
        complete = linalg.qr(A, mode="complete")
        assert complete.Q.shape == (shape[0], shape[0])
        assert_qr(*complete, A)


@pytest.mark.parametrize("shape", SHAPES)
def test_signs_and_raw_form_are_those_of_lapack(shape, rng):
    A = rng.normal(size=shape)
    if shape[0] < 4 * shape[1]:
        np.testing.assert_allclose(linalg.qr(A).R, np.linalg.qr(A).R, atol=1e-11)
    h, tau = linalg.qr(A, "raw")
    expected_h, expected_tau = np.linalg.qr(A, "raw")
    assert h.shape == expected_h.shape
    np.testing.assert_allclose(h, expected_h, atol=1e-11)
    np.testing.assert_allclose(tau, expected_tau, atol=1e-11)


def test_raw_form_gives_q(rng):
    A = rng.normal(size=(2, 30, 20))
    h, tau = linalg.qr(A, "raw")
    for i in range(2):
        Q = scipy.linalg.lapack.dorgqr(h[i].T, tau[i])[0]
        np.testing.assert_allclose(Q, linalg.qr(A[i]).Q, atol=1e-13)


@pytest.mark.parametrize("shape", [(40, 40), (50, 9), (9, 50), (5000, 8), (4000, 20)])
@pytest.mark.parametrize("exponents", [(-300, 300), (-320, -300), (300, 307), (-160, -150)])
def test_columns_of_any_size(shape, exponents, dtype, rng):
    """Each column to its own size: a power of two of a column changes the exponents of its R and nothing else."""
    n = shape[1]
    low, high = (np.asarray(exponents) * (np.finfo(dtype).maxexp / 1024)).astype(float)
    A = rng.uniform(0.5, 1, size=shape).astype(dtype)
    powers = np.round(np.linspace(low, high, n) * np.log2(10)).astype(int)
    powers = np.minimum(powers, np.finfo(dtype).maxexp - 8)  # the length of a column is a number, too
    B = np.ldexp(A, rng.permutation(powers))
    Q, R = linalg.qr(B)
    assert np.isfinite(R).all()
    assert_qr(Q, R, B)


@pytest.mark.parametrize("shape", [(60, 20), (20, 60), (4500, 9)])
@pytest.mark.parametrize("size", [1e-30, 1e-140, 1e-200, 1e-300])
def test_what_is_left_of_a_column_may_be_tiny(shape, size, rng):
    """Rows graded so far that squares of what is below the diagonal underflow."""
    A = rng.normal(size=shape)
    A[1:] *= size
    assert_qr(*linalg.qr(A), A)
    A = np.triu(rng.normal(size=shape)) + size * np.tril(rng.normal(size=shape), -1)
    assert_qr(*linalg.qr(A), A)


@pytest.mark.parametrize("shape", [(30, 30), (50, 20), (20, 50), (4500, 9), (4000, 30)])
def test_dependent_and_zero_columns(shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    for columns in ([0], [3, 4], [shape[1] - 1], range(shape[1])):
        B = A.copy()
        B[:, columns] = 0
        assert_qr(*linalg.qr(B), B)
        B = A.copy()
        B[:, columns] = B[:, [1]]
        assert_qr(*linalg.qr(B), B)
        B[:, columns] += 1e-6 * A[:, columns]
        assert_qr(*linalg.qr(B), B)
    B = A.copy()
    B[5:] = 0
    assert_qr(*linalg.qr(B), B)
    B = A.copy()
    B[:-3] = 0
    assert_qr(*linalg.qr(B), B)


@pytest.mark.parametrize("condition", [1, 1e1, 1e2, 1e4, 1e6, 1e8, 1e12, 1e15, 1e18])
@pytest.mark.parametrize("shape", [(9000, 8), (5000, 40), (1600, 200)])
def test_tall_matrices_of_any_condition(shape, condition, dtype, rng):
    m, n = shape
    U, V = np.linalg.qr(rng.normal(size=(m, n)))[0], np.linalg.qr(rng.normal(size=(n, n)))[0]
    A = (U * np.geomspace(1, 1 / condition, n) @ V).astype(dtype)
    Q, R = linalg.qr(A)
    assert_qr(Q, R, A)
    assert (np.diagonal(R) >= 0).all()
    A *= 10.0 ** rng.integers(-9, 9, n)
    assert_qr(*linalg.qr(A), A)
    A += 100
    assert_qr(*linalg.qr(A), A)


@pytest.mark.parametrize("condition", [1, 2, 10, 30, 300, 1e4, 1e6, 1e8, 1e14])
@pytest.mark.parametrize("shape", [(9000, 8), (5000, 40), (1600, 130)])
def test_r_alone_of_tall_matrices(condition, shape, dtype, rng):
    """|R^T R - A^T A| <= 10 n eps |a_i| |a_j| in each element, and the singular values of A but for 10 n eps of the largest."""
    m, n = shape
    U, V = np.linalg.qr(rng.normal(size=(m, n)))[0], np.linalg.qr(rng.normal(size=(n, n)))[0]
    units = 2.0 ** rng.integers(-30, 30, n)
    A = (U * np.geomspace(1, 1 / condition, n) @ V).astype(dtype)
    R = linalg.qr(A, "r")
    assert not np.tril(R, -1).any()
    assert (np.diagonal(R) >= 0).all()
    lengths = np.sqrt((wide(A) ** 2).sum(0))
    assert (abs(wide(R).T @ wide(R) - wide(A).T @ wide(A)) <= 10 * n * eps(A) * np.outer(lengths, lengths)).all()
    s = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    for found in (np.linalg.svd(R.astype(np.float64), compute_uv=False), linalg.svdvals(A)):
        assert abs(found - s).max() <= 10 * n * eps(A) * s[0]
    assert_same_bits(linalg.qr(A * units.astype(dtype), "r"), R * units.astype(dtype))


@pytest.mark.parametrize("shape", [(9000, 8), (5000, 40), (1600, 200)])
def test_tall_graded_and_dependent(shape, dtype, rng):
    """Dependent columns by rounding errors and exactly; few different rows; columns and rows graded."""
    m, n = shape
    A = rng.normal(size=shape).astype(dtype)
    grades = np.geomspace(1, 1e-12, n)
    cases = {
        "columns": A * grades,
        "columns, reversed": A * grades[::-1],
        "rows": A * np.geomspace(1, 1e-12, m)[:, np.newaxis],
        "twice": np.concatenate([A[:, : n // 2]] * 2, axis=1),
        "signs": np.concatenate([np.sign(A[:, : n // 2])] * 2, axis=1),
        "few rows": A[np.arange(m) % (n - 1)],
        "low rank": A[:, :3] @ rng.normal(size=(3, n)),
        "nearly the same": 1 + 1e-7 * A,
        "powers": np.vander(np.linspace(0, 1, m), n),
    }
    for B in cases.values():
        assert_qr(*linalg.qr(B.astype(dtype)), B.astype(dtype))


@given(st.data(), dtypes, st.integers(0, 40), st.integers(0, 40))
def test_any_layout(data, dtype, m, n):
    A = data.draw(arrays(dtype, (m, n)))
    assert_qr(*linalg.qr(A), A)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(50, 30), (5000, 12)])
def test_layouts(layout, shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    for mode in ("reduced", "r", "raw"):
        for found, expected in zip(linalg.qr(in_layout(A, layout), mode), linalg.qr(A, mode), strict=True):
            np.testing.assert_allclose(found, expected, atol=1000 * eps(A) * np.sqrt(shape[0]))


@pytest.mark.parametrize(
    "shape", [(5, 4, 3), (2, 3, 4, 6), (0, 3, 2), (2, 0, 3, 3), (3, 0, 2), (3, 2, 0), (300, 3, 3), (3, 3000, 12)]
)
@pytest.mark.parametrize("mode", ["reduced", "complete", "r", "raw"])
def test_stacks(shape, mode, dtype, rng):
    if mode == "complete" and max(shape[-2:]) > 1000:
        shape = (3, 300, 2)
    A = rng.normal(size=shape).astype(dtype)
    found, expected = linalg.qr(A, mode), np.linalg.qr(A, mode)
    for one, other in zip([found] if mode == "r" else found, [expected] if mode == "r" else expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == dtype
    if A.size:
        one = linalg.qr(A.reshape(-1, *shape[-2:])[-1], mode)
        if mode == "r":
            assert_same_bits(one, found.reshape(-1, *one.shape)[-1])
        else:
            for x, y in zip(one, found, strict=True):
                assert_same_bits(x, y.reshape(-1, *x.shape)[-1])


@pytest.mark.parametrize("shape", [(6, 6), (7, 3), (3, 7), (4, 5, 3), (3000, 12)])
def test_positive(shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    for mode in ("reduced", "complete") if shape[0] < 1000 else ("reduced",):
        Q, R = linalg.qr(A, mode, positive=True)
        assert (np.diagonal(R, axis1=-2, axis2=-1) >= 0).all()
        assert_qr(Q, R, A)
    assert (np.diagonal(linalg.qr(A, "r", positive=True), axis1=-2, axis2=-1) >= 0).all()


@pytest.mark.parametrize("shape", [(500, 500), (300, 700), (20_000, 24), (3000, 200)])
def test_same_bits_on_any_number_of_threads(shape, threads, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    B = A.copy()
    B[:, 1] = B[:, 0] + 1e-8 * B[:, 1]  # Cholesky QR needs a shift
    C = A.copy()
    C[:, 1] = 0  # no Cholesky QR

    def results():
        return [*linalg.qr(A), linalg.qr(A, "r"), *linalg.qr(B), linalg.qr(B, "r"), *linalg.qr(C)]

    found = results()
    with mlcore.num_threads(1):
        expected = results()
    for one, other in zip(found, expected, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (50, 50), (5000, 12)])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(shape, value, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    for place in ((0, 0), (-1, -1), (-1, 0), (0, -1)):
        B = A.copy()
        B[place] = value
        for mode in ("reduced", "r", "raw"):
            with pytest.raises(np.linalg.LinAlgError, match="a contains NaN or infinity"):
                linalg.qr(B, mode)
    with pytest.raises(np.linalg.LinAlgError, match=r"a\[1\] contains NaN"):
        linalg.qr(np.stack([A, B]))


@pytest.mark.parametrize("shape", [(1500, 1500), (60, 300, 300), (300_000, 60)])
def test_interrupt(shape, threads, rng):
    A = rng.normal(size=shape)
    linalg.qr(rng.normal(size=(40, 40)))
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.qr(A), after=0.05)


def test_inputs_are_not_written_and_types(dtype, rng):
    for shape in ((20, 20), (5000, 12)):
        A = rng.normal(size=shape).astype(dtype)
        before = A.copy()
        A.flags.writeable = False
        for mode in ("reduced", "complete", "r", "raw") if shape[0] < 1000 else ("reduced", "r", "raw"):
            linalg.qr(A, mode)
        assert_same_bits(A, before)
    assert linalg.qr([[2, 0], [0, 4]]).R.dtype == np.float64


def test_refused():
    with pytest.raises(ValueError, match="mode is 'full'; expected 'reduced'"):
        linalg.qr(np.eye(2), "full")
    with pytest.raises(ValueError, match="positive is True with mode 'raw'"):
        linalg.qr(np.eye(2), "raw", positive=True)
    with pytest.raises(np.linalg.LinAlgError, match=r"a has shape \(3,\); expected a matrix"):
        linalg.qr(np.ones(3))
    with pytest.raises(TypeError, match="complex"):
        linalg.qr(np.eye(2) * 1j)
