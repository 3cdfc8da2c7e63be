"""Least squares: the residual is orthogonal to the columns, the solution the shortest, NIST's figures, NumPy's shapes."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, eps, wide
from ..interrupts import interrupt
from ..strategies import LAYOUTS, in_layout
from .gallery import MATRICES

NIST = json.loads((Path(__file__).parent.parent / "cases" / "nist_linear.json").read_text())
SHAPES = [(1, 1), (2, 1), (1, 2), (5, 3), (3, 5), (9, 9), (60, 20), (20, 60), (5000, 12), (300, 100), (40, 1000)]


def assert_least_squares(x, A, b):
    """|A^T (b - A x)| <= 10 n eps |A| (|A| |x| + |b|), by columns of b."""
    n = max(A.shape[-1], 1)
    A, X, B = wide(A), wide(x), wide(b)
    size = np.sqrt((A**2).sum((-1, -2)))[..., None]
    left = A.swapaxes(-1, -2) @ (B - A @ X)
    length = lambda v: np.sqrt((v**2).sum(-2))  # noqa: E731
    assert (length(left) <= 10 * n * eps(x) * size * (size * length(X) + length(B))).all()


def digits(found, certified):
    return -np.log10(np.max(abs(found - certified) / abs(certified)))


@pytest.mark.parametrize(("name", "least"), [("filip", 7.5), ("longley", 11), ("pontius", 11)])
@pytest.mark.parametrize("reverse", [False, True])
def test_nist(name, least, reverse):
    """Of Filip's polynomial no more than 7.6 to 7.9 digits survive that the powers of x are rounded to double."""
    case = NIST[name]
    x, y, certified = (np.array(v) for v in (case["x"], case["y"], case["certified"]["coefficients"]))
    A = x if x.ndim == 2 else np.vander(x, len(certified), increasing=True)
    if reverse:
        A, certified = A[:, ::-1], certified[::-1]
    found, more = linalg.lstsq(A, y, diagnostics=True)
    assert digits(found.x, certified) >= least
    assert found.rank == more.rank == len(certified)
    assert more.method == "qr"
    assert more.refined == (name != "pontius")
    np.testing.assert_allclose(found.residuals, case["certified"]["residual_sum_of_squares"], rtol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("columns", [None, 0, 1, 3, 150])
def test_as_numpy(shape, columns, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    b = rng.normal(size=shape[:1] if columns is None else (shape[0], columns)).astype(dtype)
    found, expected = linalg.lstsq(A, b), np.linalg.lstsq(A.astype(np.float64), b)
    condition = expected[3][0] / expected[3][-1]
    assert found.x.dtype == found.s.dtype == found.residuals.dtype == dtype
    assert found.x.shape == expected[0].shape
    assert found.residuals.shape == expected[1].shape
    assert found.rank == expected[2]
    assert isinstance(found.rank, int)
    np.testing.assert_allclose(found.s, expected[3], rtol=0, atol=10 * max(shape) * eps(A) * expected[3][0])
    size = abs(expected[0]).max(initial=0)
    np.testing.assert_allclose(found.x, expected[0], rtol=0, atol=20 * max(shape) ** 0.5 * eps(A) * condition**2 * size)
    np.testing.assert_allclose(found.residuals, expected[1], rtol=100 * shape[0] ** 0.5 * eps(A))
    if columns is not None:
        assert_least_squares(found.x, A, b)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("columns", [None, 2])
def test_without_elements(shape, columns):
    A, b = np.ones(shape), np.ones(shape[:1] if columns is None else (shape[0], columns))
    found, expected = linalg.lstsq(A, b, diagnostics=True)[0], np.linalg.lstsq(A, b)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other)
        assert np.shape(one) == np.shape(other)


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("n", [1, 2, 5, 30])
@pytest.mark.parametrize("rows", [-1, 0, 7])
def test_hard_matrices(name, n, rows, dtype, rng):
    square = MATRICES[name](n + abs(rows), rng).astype(dtype)
    A = square[:, :n] if rows >= 0 else square[:n]
    b = rng.normal(size=(A.shape[0], 2)).astype(dtype)
    x = linalg.lstsq(A, b).x
    assert np.isfinite(x).all()
    if name not in ("hilbert", "graded rows", "graded columns", "kahan", "frank"):  # all but those of undecided rank
        assert_least_squares(x, A, b)


@pytest.mark.parametrize("shape", [(30, 8), (8, 30), (12, 12), (5000, 8), (30, 30), (80, 70), (60, 90)])
@pytest.mark.parametrize("rank", [0, 1, 5])
@pytest.mark.parametrize("columns", [1, 40])
def test_dependent_columns(shape, rank, columns, dtype, rng):
    """The shortest solution, as the pseudo-inverse gives it."""
    A = (rng.normal(size=(shape[0], rank)) @ rng.normal(size=(rank, shape[1]))).astype(dtype)
    b = rng.normal(size=(shape[0], columns)).astype(dtype)
    found, more = linalg.lstsq(A, b, diagnostics=True)
    assert found.rank == rank
    assert more.method == "svd"
    assert found.residuals.size == 0
    expected = scipy.linalg.pinv(A.astype(np.float64), rtol=1e-5) @ b if rank else np.zeros((shape[1], columns))
    np.testing.assert_allclose(found.x, expected, rtol=0, atol=1e4 * eps(A) * abs(expected).max(initial=1))
    np.testing.assert_allclose(more.residual_norms, np.linalg.norm(b - A @ expected, axis=0), rtol=1e4 * eps(A))
    assert more.scaled_condition * eps(A) > 1e-2


TALL = {
    "orthogonal": lambda m, n, rng: np.linalg.qr(rng.normal(size=(m, n)))[0],
    "independent": lambda m, n, rng: rng.normal(size=(m, n)),
    "positive": lambda m, n, rng: rng.uniform(size=(m, n)),
    "means": lambda m, n, rng: rng.normal(size=(m, n)) + np.arange(n) * 30,
    "a constant": lambda m, n, rng: np.hstack([np.ones((m, 1)), 1e3 + rng.normal(size=(m, n - 1))]),
    "units": lambda m, n, rng: rng.normal(size=(m, n)) * 10.0 ** rng.integers(-8, 8, n),
    "one-hot": lambda m, n, rng: np.eye(n)[rng.integers(0, n, m)],
    "integers": lambda m, n, rng: rng.integers(-3, 4, (m, n)).astype(float),
    **{f"condition {c:g}": lambda m, n, rng, c=c: _of_condition(m, n, c, rng) for c in (10, 300, 1e4, 1e6, 1e8, 1e10)},
}


def _of_condition(m, n, condition, rng):
    U, V = np.linalg.qr(rng.normal(size=(m, n)))[0], np.linalg.qr(rng.normal(size=(n, n)))[0]
    return U * np.geomspace(1, 1 / condition, n) @ V


@pytest.mark.parametrize("name", TALL)
@pytest.mark.parametrize("shape", [(20_000, 5), (3000, 37), (2000, 150)])
def test_tall_matrices_consistent_or_not(name, shape, dtype, rng):
    """Gram matrices, one or two, and reflections are as good: x, the residual's length and s, b in the range or not."""
    m, n = shape
    A = TALL[name](m, n, rng).astype(dtype)
    true = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    if true[0] * np.sqrt(n) * m * eps(A) > true[-1]:
        pytest.skip("no full rank in this precision")
    x = rng.normal(size=n).astype(dtype)
    inside, outside = A @ x, rng.normal(size=m).astype(dtype)
    outside *= np.linalg.norm(inside) / np.linalg.norm(outside)
    B = np.stack([inside, inside + A.dtype.type(1e3 * eps(A)) * outside, inside + outside, outside], axis=1)
    alone = [linalg.lstsq(A, b) for b in B.T]
    together = linalg.lstsq(A, B)
    length = lambda v: np.sqrt((v**2).sum(0))  # noqa: E731
    for X, residuals, s in [
        (np.stack([one.x for one in alone], axis=1), np.concatenate([one.residuals for one in alone]), alone[0].s),
        (together.x, together.residuals, together.s),
    ]:
        assert_least_squares(X, A, B)
        assert abs(s - true).max() <= 10 * n * eps(A) * true[0]
        left = length(wide(B) - wide(A) @ wide(X))
        rounding = eps(A) * (length(wide(B)) + true[0] * length(wide(X)))
        assert (abs(np.sqrt(wide(residuals)) - left) <= 10 * n * rounding).all()
    # The consistent one: an error of about the condition number times eps, not of its square.
    columns = length(wide(A))
    scaled = np.linalg.svd((wide(A) / columns).astype(np.float64), compute_uv=False)
    error = length(columns * (wide(together.x)[:, 0] - wide(x))) / length(columns * wide(x))
    assert error <= 10 * n * eps(A) * scaled[0] / scaled[-1]


def test_tall_with_right_hand_sides_of_any_size(dtype, rng):
    A = rng.normal(size=(20_000, 8)).astype(dtype)
    b = rng.normal(size=20_000).astype(dtype)
    expected = linalg.lstsq(A, b)
    for exponent in (np.finfo(dtype).minexp // 2, -20, 30, np.finfo(dtype).maxexp - 20):
        found = linalg.lstsq(A, np.ldexp(b, exponent))
        np.testing.assert_allclose(np.ldexp(found.x, -exponent), expected.x, rtol=1e3 * eps(A))
    found = linalg.lstsq(A, np.stack([b, 0 * b], axis=1))
    assert not found.x[:, 1].any()
    assert found.residuals[1] == 0
    np.testing.assert_allclose(found.x[:, 0], expected.x, rtol=1e3 * eps(A))
    exact = rng.integers(-3, 4, A.shape).astype(dtype)
    found = linalg.lstsq(exact, exact @ np.arange(8, dtype=dtype))
    np.testing.assert_allclose(found.x, np.arange(8), atol=100 * eps(A))


def test_rank_follows_rcond(rng):
    Q = np.linalg.qr(rng.normal(size=(20, 6)))[0]
    A = Q @ np.diag(10.0 ** -np.arange(6)) @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    b = rng.normal(size=20)
    for rcond in (1e-1 * 1.01, 1e-3 * 1.01, 1e-5 * 0.99, -1, 0.5):
        found, expected = linalg.lstsq(A, b, rcond), np.linalg.lstsq(A, b, rcond=rcond)
        assert found.rank == expected[2]
        np.testing.assert_allclose(found.x, expected[0], rtol=1e-8, atol=1e-10)
        assert found.residuals.shape == expected[1].shape


@pytest.mark.parametrize("shape", [(20, 6), (6, 20), (5000, 10)])
def test_units_of_columns_do_not_matter(shape, rng):
    """NumPy takes such a matrix for singular; so does the default for units of rows of a wide matrix, but not rcond=0."""
    A, b = rng.normal(size=shape), rng.normal(size=shape[0])
    units = 2.0 ** np.linspace(-60, 60, min(shape)).astype(int)
    plain = linalg.lstsq(A, b)
    if shape[0] > shape[1]:
        scaled = linalg.lstsq(A * units, b)
        np.testing.assert_allclose(scaled.x * units, plain.x, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(scaled.residuals, plain.residuals, rtol=1e-12)
    else:
        scaled = linalg.lstsq(A * units[:, None], b * units, rcond=0)
        np.testing.assert_allclose(scaled.x, plain.x, rtol=1e-11, atol=1e-12)
        assert linalg.lstsq(A * units[:, None], b * units).rank == np.linalg.matrix_rank(A * units[:, None])
    assert scaled.rank == min(shape)


@pytest.mark.parametrize(
    ("a", "b"),
    [((5, 4, 3), (4,)), ((5, 4, 3), (5, 4, 2)), ((4, 3), (5, 4, 2)), ((5, 1, 4, 6), (3, 4, 2)), ((0, 4, 3), (4, 2))]
    + [((2, 3, 6, 6), (6,)), ((3, 4, 2), (4, 50))],
)
def test_stacks(a, b, dtype, rng):
    A, B = rng.normal(size=a).astype(dtype), rng.normal(size=b).astype(dtype)
    found, more = linalg.lstsq(A, B, diagnostics=True)
    leading = np.broadcast_shapes(a[:-2], b[:-2])
    columns = 1 if len(b) == 1 else b[-1]
    assert found.x.shape == (*leading, a[-1], *([] if len(b) == 1 else [columns]))
    assert found.residuals.shape == more.residual_norms.shape == (*leading, columns)
    assert np.shape(found.rank) == leading
    assert found.s.shape == (*leading, min(a[-2:]))
    assert np.shape(more.condition) == np.shape(more.scaled_condition) == leading
    for i in np.ndindex(leading):
        one = np.broadcast_to(A, (*leading, *a[-2:]))[i]
        right = B if len(b) == 1 else np.broadcast_to(B, (*leading, *b[-2:]))[i]
        expected = np.linalg.lstsq(one.astype(np.float64), right)
        np.testing.assert_allclose(found.x[i], expected[0], rtol=0, atol=1e4 * eps(A) * abs(expected[0]).max())
        assert found.rank[i] == expected[2]


def test_a_stack_of_mixed_ranks(rng):
    A = rng.normal(size=(4, 9, 3))
    A[1, :, 2] = A[1, :, 0]
    A[2] = 0
    b = rng.normal(size=(9, 2))
    found = linalg.lstsq(A, b)
    np.testing.assert_array_equal(found.rank, [3, 2, 0, 3])
    for i in range(4):
        np.testing.assert_allclose(found.x[i], np.linalg.lstsq(A[i], b)[0], atol=1e-12)


@pytest.mark.parametrize("size", [1e-200, 1e200])
@pytest.mark.parametrize("shape", [(20, 6), (6, 20), (5000, 10)])
def test_large_and_small(size, shape, rng):
    A, b = rng.normal(size=shape), rng.normal(size=(shape[0], 2))
    expected = linalg.lstsq(A, b).x
    np.testing.assert_allclose(linalg.lstsq(A * size, b).x * size, expected, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(linalg.lstsq(A * size, b * size).x, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("n", [4, 30, 70])
@pytest.mark.parametrize("share", [-0.98, -0.7, 0.7, 0.98])
@pytest.mark.parametrize("least", [1e-3, 1e-5])
def test_powers_of_two_change_nothing_where_the_rank_is_not_full(n, share, least, dtype, rng):
    """Right-hand sides at the end of the range divided by small singular values of a matrix that is there too."""
    U, V = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    A = (U * np.r_[np.geomspace(1, least, n - 1), 0] @ V).astype(dtype)
    b = rng.normal(size=(n, 3)).astype(dtype)
    expected = linalg.lstsq(A, b, least / 4)
    power = int(share * np.log2(np.finfo(dtype).max))
    found = linalg.lstsq(np.ldexp(A, power), np.ldexp(b, power), least / 4)
    assert found.rank == expected.rank == n - 1
    size = abs(expected.x).max()
    np.testing.assert_allclose(found.x, expected.x, rtol=0, atol=100 * n * eps(A) * size / least)
    np.testing.assert_allclose(np.ldexp(found.s, -power), expected.s, rtol=0, atol=10 * n * eps(A))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (8, 8), (30, 12), (12, 30), (12, 12), (400, 20), (20000, 8)])
@pytest.mark.parametrize("deficient", [False, True])
def test_both_ends_of_the_range(shape, deficient, dtype, rng):
    """Whole numbers, brought by powers of two to where sums overflow or digits end: the answers are the same but for that."""
    m, n = shape
    A = rng.integers(-3, 4, shape).astype(dtype)
    if deficient:
        if n <= m:
            A[:, -1] = A[:, 0] - A[:, 1]
        else:
            A[-1] = A[0] - A[1]
    b = rng.integers(-7, 8, (m, 2)).astype(dtype)
    expected, judged = linalg.lstsq(A, b, diagnostics=True)
    assert expected.rank == min(m, n) - deficient
    high, low = np.finfo(dtype).maxexp - 3, np.finfo(dtype).minexp - np.finfo(dtype).nmant
    for a_power, b_power in [(high, high), (high - 1, high), (high, 0), (low, low), (0, low), (low, low + 20)]:
        with np.errstate(over="ignore", under="ignore"):
            found, diagnostics = linalg.lstsq(np.ldexp(A, a_power), np.ldexp(b, b_power), diagnostics=True)
            assert found.rank == expected.rank
            tolerance = {"rtol": 0, "atol": 100 * max(m, n) ** 0.5 * judged.condition * eps(A) * abs(expected.x).max()}
            if b_power >= a_power:
                np.testing.assert_allclose(np.ldexp(found.x, a_power - b_power), expected.x, **tolerance)
            else:
                ulp = np.finfo(dtype).smallest_subnormal
                np.testing.assert_allclose(found.x, np.ldexp(expected.x, b_power - a_power), rtol=1e3 * eps(A), atol=1e3 * ulp)
            end = np.ldexp(1.0, np.finfo(dtype).maxexp - a_power)
            inside = expected.s < end / 2
            rounding = 0.51 * np.ldexp(np.finfo(dtype).smallest_subnormal, -a_power)
            atol = 10 * max(m, n) * eps(A) * expected.s[0] + rounding
            np.testing.assert_allclose(np.ldexp(found.s[inside], -a_power), expected.s[inside], rtol=0, atol=atol)
            assert np.isinf(found.s[expected.s > end]).all()
        np.testing.assert_allclose(diagnostics.condition, judged.condition, rtol=1e3 * max(m, n) * eps(A))


@pytest.mark.parametrize("share", [(-0.52, -0.64), (-0.7, -0.5), (-0.3, -0.9), (0.5, 0.65), (0.0, -0.9)])
def test_a_refined_solution_is_the_same_at_any_scale(share, dtype, rng):
    """Products of `a` and `b`, the gradients, leave the range long before these do."""
    A = rng.standard_normal((17, 7)).astype(dtype)
    A[:, -1] = A[:, 0] + eps(A) ** 0.5 * A[:, -1]
    b = rng.standard_normal((17, 2)).astype(dtype)
    expected, judged = linalg.lstsq(A, b, diagnostics=True)
    assert judged.refined
    a_power, b_power = (int(0.9 * np.finfo(dtype).maxexp * part) for part in share)
    units = np.arange(7) * (-1 if a_power > 0 else 1)
    found, diagnostics = linalg.lstsq(np.ldexp(A, a_power + units), np.ldexp(b, b_power), diagnostics=True)
    assert diagnostics.refined
    with np.errstate(over="ignore", under="ignore"):
        power = b_power - a_power - units[:, np.newaxis]
        tiny = np.finfo(dtype).smallest_subnormal
        np.testing.assert_allclose(found.x, np.ldexp(expected.x, power), rtol=4 * eps(A), atol=tiny)


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (20, 3), (3, 3)])
def test_answers_beyond_the_range_are_infinite_and_others_are_found(shape, dtype, rng):
    """One column of the right-hand sides does not spoil another, nor an element of a solution another."""
    A = rng.integers(-3, 4, shape).astype(dtype)
    b = rng.integers(-7, 8, (shape[0], 4)).astype(dtype)
    expected = linalg.lstsq(A, b)
    assert expected.rank == 3
    most = np.finfo(dtype).maxexp
    powers = np.array([most - 4, 0, most // 2 + most % 3 - 1, -most + 40])
    found = linalg.lstsq(np.ldexp(A, -most // 2), np.ldexp(b, powers))
    with np.errstate(over="ignore", under="ignore"):
        exact = np.ldexp(expected.x, powers + most // 2)
    assert np.isinf(exact).any()
    assert np.isfinite(exact).any()
    clear = abs(expected.x) > 100 * eps(A)
    np.testing.assert_allclose(found.x[clear], exact[clear], rtol=1e4 * eps(A))
    assert not np.isnan(found.x).any()


def test_only_what_is_beyond_is_infinite():
    """In a stack, matrices of all sizes side by side; a column in small units beside one of huge numbers."""
    sizes = np.array([1.0, 1.7e308, 5e-324, 0.0, 1e200])
    a = np.array([[1, 0], [0, 0.5], [0, 0]]) * sizes[:, np.newaxis, np.newaxis]
    found = linalg.lstsq(a, np.array([1.0, 1.0, 1.0]))
    np.testing.assert_array_equal(found.rank, [2, 2, 1, 0, 2])
    np.testing.assert_allclose(found.x[0], [1, 2], rtol=1e-15)
    np.testing.assert_allclose(found.x[1], [1 / 1.7e308, 2 / 1.7e308], rtol=1e-15)
    np.testing.assert_array_equal(found.x[2], [np.inf, 0])
    np.testing.assert_array_equal(found.x[3], [0, 0])
    np.testing.assert_allclose(found.x[4], [1e-200, 2e-200], rtol=1e-15)
    np.testing.assert_array_equal(found.s[:, 0], sizes)
    mixed = linalg.lstsq([[1.7e308, 3e-280], [1.7e308, -1e-280], [1.7e308, 1e-280]], [1.0, -1.0, 0.5])
    expected = linalg.lstsq([[1.7, 3], [1.7, -1], [1.7, 1]], [1.0, -1.0, 0.5])
    assert mixed.rank == 2
    np.testing.assert_allclose(mixed.x, expected.x * [1e-308, 1e280], rtol=1e-14)


def test_no_singular_value_is_minus_zero():
    """As that of a bidiagonal matrix sometimes is."""
    for n in (9, 30, 60):
        for s in (linalg.lstsq(np.full((n, n), 5e-324), np.ones(n)).s, linalg.svd(np.full((n, n), 5e-324))[1]):
            assert not np.signbit(s).any()


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (40, 60), (60, 40), (0, 3), (3, 0)])
@pytest.mark.parametrize("columns", [0, 2, 70])
@pytest.mark.parametrize("deficient", [False, True])
def test_a_stack_of_right_hand_sides_of_one_matrix(shape, columns, deficient, dtype, rng):
    A, B = rng.normal(size=shape).astype(dtype), rng.normal(size=(3, 2, shape[0], columns)).astype(dtype)
    if deficient:
        A[:, :1] = 0
    found, more = linalg.lstsq(A, B, diagnostics=True)
    assert found.x.shape == (3, 2, shape[1], columns)
    assert found.x.flags.c_contiguous
    assert found.residuals.shape == (3, 2, columns)
    assert found.s.shape == (3, 2, min(shape))
    assert np.shape(more.condition) == np.shape(more.scaled_condition) == (3, 2)
    for i in np.ndindex(3, 2):
        alone, one = linalg.lstsq(A, B[i], diagnostics=True)
        assert found.rank[i] == alone.rank
        assert (more.method, more.refined) == (one.method, one.refined)
        np.testing.assert_allclose(found.x[i], alone.x, rtol=0, atol=1e3 * eps(A) * abs(alone.x).max(initial=0))
        np.testing.assert_allclose(found.s[i], alone.s, rtol=0, atol=20 * max(shape) * eps(A) * alone.s.max(initial=0))
    assert linalg.lstsq(A, B[:, :0]).rank.shape == (3, 0)


def test_a_stack_of_right_hand_sides_is_refined_as_its_columns_are(rng):
    A, B = np.vander(np.linspace(0, 1, 12), 8), rng.normal(size=(3, 12, 2))
    found, more = linalg.lstsq(A, B, diagnostics=True)
    assert more.refined
    assert_same_bits(np.hstack(found.x), linalg.lstsq(A, np.hstack(B)).x)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, rng):
    for shape in ((40, 7), (5000, 8)):
        A, b = rng.normal(size=shape), rng.normal(size=shape[0])
        expected = linalg.lstsq(A, b).x
        np.testing.assert_allclose(linalg.lstsq(in_layout(A, layout), in_layout(b, layout)).x, expected, atol=1e-12)


def test_same_bits_on_any_number_of_threads(threads, rng):
    A, b = rng.normal(size=(30_000, 20)), rng.normal(size=(30_000, 2))
    B = A.copy()
    B[:, 1] = B[:, 0] + 1e-9 * B[:, 1]  # refined
    found = [*linalg.lstsq(A, b), *linalg.lstsq(B, b)]
    with mlcore.num_threads(1):
        expected = [*linalg.lstsq(A, b), *linalg.lstsq(B, b)]
    for one, other in zip(found, expected, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (5000, 8)])
def test_not_finite(shape, rng):
    for value in (np.nan, np.inf):
        for place in ("a", "b"):
            A, b = rng.normal(size=shape), rng.normal(size=(shape[0], 2))
            (A if place == "a" else b)[-1, -1] = value
            with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
                linalg.lstsq(A, b)
            with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
                linalg.lstsq(A, np.tile(b, 20))


def test_interrupt(rng):
    A = rng.normal(size=(300_000, 60))
    interrupt(lambda: linalg.lstsq(A, A[:, 0]), after=0.05)


def test_refused_and_inputs(rng):
    A, b = rng.normal(size=(9, 4)), rng.normal(size=9)
    before = A.copy(), b.copy()
    A.flags.writeable = b.flags.writeable = False
    linalg.lstsq(A, b)
    assert_same_bits(A, before[0])
    assert_same_bits(b, before[1])
    assert linalg.lstsq(A.astype(np.float32), b).x.dtype == np.float64
    with pytest.raises(np.linalg.LinAlgError, match="b needs 9 rows, as many as a"):
        linalg.lstsq(A, b[:3])
    with pytest.raises(np.linalg.LinAlgError, match="expected a matrix"):
        linalg.lstsq(b, b)
    with pytest.raises(TypeError, match="complex"):
        linalg.lstsq(A * 1j, b)


def test_a_wide_matrix_with_columns_of_all_sizes_is_not_made_worse(rng):
    """Its rows are independent when scaled, but solving for all of b would need an x so long that A x is rounding error."""
    A = np.vander(np.linspace(0, 100.0, 8), 20, increasing=True)
    for _ in range(5):
        b = rng.normal(size=8)
        result, diagnostics = linalg.lstsq(A, b, diagnostics=True)
        assert np.linalg.norm(b - A @ result.x) <= np.linalg.norm(b)
        assert result.rank == np.linalg.matrix_rank(A) == diagnostics.rank
