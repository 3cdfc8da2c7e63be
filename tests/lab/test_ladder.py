"""The ladders: every step of a topic gives the same result, and none of them is checked against another."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from mlcore import lab
from mlcore._core import ladder as kernels
from mlcore._core import runtime
from mlcore.lab._ladder import LadderTopic

from .ladders import DTYPES, LANES, around, by_name, laid_out

ROOT = Path(__file__).parents[2]
MATMUL = lab.steps("matmul")
GRAM_SCHMIDT = lab.steps("gram_schmidt")
POWER = lab.steps("power_iteration")

TILE_ROWS = 8 if runtime.vector_registers == 32 else 4


# --- the table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", get_args(LadderTopic))
def test_table(topic):
    steps = lab.steps(topic)
    assert len({step.name for step in steps}) == len(steps) >= 3
    for step in steps:
        assert step.topic == topic
        assert lab.ladder(topic, step.name) is step
        assert step.idea
        assert (ROOT / step.source).is_file(), step.source


def test_every_kernel_is_a_step():
    prefixes = tuple(f"{topic}_" for topic in get_args(LadderTopic))
    compiled = {name for name in dir(kernels) if name.startswith(prefixes)}
    listed = {f"{step.topic}_{step.name}" for topic in get_args(LadderTopic) for step in lab.steps(topic)}
    assert compiled <= listed
    top = {"qr_halved", "cholesky_halved", "lu_halved", "eigh_tridiagonal", "gram_schmidt_blocked", "matmul_threaded"}
    assert listed - compiled == top  # called through mlcore.linalg


def test_flops_count_the_operations():
    for step in MATMUL:
        assert step.flops(3, 4, 5) == sum(2 for _ in range(3) for _ in range(4) for _ in range(5))
    m, n = 7, 4
    for step in GRAM_SCHMIDT:
        passes = 2 if step.name == "twice" else 1
        assert step.flops(m, n) == sum(passes * 4 * m * j + 3 * m for j in range(n))
    for step in POWER:
        assert step.flops(6, 10) == 3 * 6 + sum(2 * 6 * 6 + 2 * 6 + 2 * 6 + 6 for _ in range(10))


@pytest.mark.parametrize(("itemsize", "dtype"), [(4, "float32"), (8, "float64")])
def test_bytes_are_those_of_the_arrays(itemsize, dtype):
    A, B, C = (np.empty(shape, dtype) for shape in ((3, 4), (4, 5), (3, 5)))
    for step in MATMUL:
        assert step.bytes(3, 4, 5, itemsize=itemsize) == A.nbytes + B.nbytes + C.nbytes
    A, Q, R = (np.empty(shape, dtype) for shape in ((7, 4), (7, 4), (4, 4)))
    for step in GRAM_SCHMIDT:
        assert step.bytes(7, 4, itemsize=itemsize) == A.nbytes + Q.nbytes + R.nbytes
    A, x = np.empty((6, 6), dtype), np.empty(6, dtype)
    for step in POWER:
        assert step.bytes(6, 10, itemsize=itemsize) == 10 * (A.nbytes + 2 * x.nbytes)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'matmull' \(did you mean 'matmul'\?\).*'gram_schmidt', 'qr'"):
        lab.steps("matmull")
    with pytest.raises(ValueError, match=r"no ladder 'svd'; expected one of 'matmul'"):
        lab.ladder("svd", "naive")
    with pytest.raises(ValueError, match=r"'tilled' \(did you mean 'tiled'\?\); expected one of 'naive', 'loop_order'"):
        lab.ladder("matmul", "tilled")


def test_importing_the_lab_loads_no_extra():
    code = (
        "import sys, mlcore.lab; "
        "print([name for name in ('matplotlib', 'rich', 'sklearn', 'scipy', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- matrix product: exact on whole numbers, whatever the order of the sums ---------------------------------

SMALL = [(m, k, n) for m in range(4) for k in range(4) for n in range(4)]
EDGES = [
    *((m, 5, 7) for m in around(TILE_ROWS, 128)),
    *((5, k, 7) for k in around(64, 256)),
    *((5, 9, n) for n in around(LANES, 3 * LANES, 3 * LANES // 2, 256)),
    (TILE_ROWS + 1, 257, 3 * LANES + 1),
    (129, 65, 257),
]


def whole_numbers(seed, m, k, n, dtype):
    rng = np.random.default_rng(seed)
    A, B = rng.integers(-9, 10, (m, k)), rng.integers(-9, 10, (k, n))
    return A.astype(dtype), B.astype(dtype), (A @ B).astype(dtype)  # sums below 81 * 257 < 2^24


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", MATMUL, ids=by_name)
@pytest.mark.parametrize("sizes", [SMALL, EDGES], ids=["small", "edges"])
def test_matmul_is_exact_on_whole_numbers(step, sizes, dtype):
    for seed, (m, k, n) in enumerate(sizes):
        A, B, expected = whole_numbers(seed, m, k, n, dtype)
        C = step(A, B)
        assert C.dtype == dtype
        np.testing.assert_array_equal(C, expected, err_msg=f"{m} x {k} x {n}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", MATMUL, ids=by_name)
def test_matmul_rounds_within_the_bound(step, dtype):
    rng = np.random.default_rng(5)
    A, B = rng.standard_normal((70, 300)).astype(dtype), rng.standard_normal((300, 50)).astype(dtype)
    exact = A.astype(np.longdouble) @ B.astype(np.longdouble)
    # |fl(x.y) - x.y| <= k eps |x|.|y| for any order of summation (Higham, Accuracy and Stability, section 3.1)
    bound = 300 * np.finfo(dtype).eps * (np.abs(A).astype(np.longdouble) @ np.abs(B).astype(np.longdouble))
    assert np.all(np.abs(step(A, B) - exact) <= bound)


@pytest.mark.parametrize("step", MATMUL, ids=by_name)
def test_matmul_in_every_layout_and_type(step):
    A, B, expected = whole_numbers(1, 19, 21, 23, "float64")
    for (layout, a), b in zip(laid_out(A).items(), reversed(laid_out(B).values()), strict=True):
        before = a.copy(), b.copy()
        np.testing.assert_array_equal(step(a, b), expected, err_msg=layout)
        np.testing.assert_array_equal(a, before[0])
        np.testing.assert_array_equal(b, before[1])
    mixed = step(A.astype(np.float32), B)
    assert mixed.dtype == np.float64
    np.testing.assert_array_equal(mixed, expected)
    from_integers = step(A.astype(int), B.astype(int))
    assert from_integers.dtype == np.float64
    np.testing.assert_array_equal(from_integers, expected)


@pytest.mark.parametrize("step", MATMUL, ids=by_name)
def test_matmul_carries_not_a_numbers(step):
    A, B, expected = whole_numbers(2, 9, 33, 25, "float64")
    A[3, 2] = np.nan
    C = step(A, B)
    assert np.isnan(C[3]).all()
    np.testing.assert_array_equal(np.delete(C, 3, axis=0), np.delete(expected, 3, axis=0))


@pytest.mark.parametrize("step", MATMUL, ids=by_name)
def test_matmul_refuses(step):
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(2, 4\)"):
        step(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(TypeError, match="complex128"):
        step(np.ones((2, 2), complex), np.ones((2, 2)))


# --- Gram-Schmidt -------------------------------------------------------------------------------------------

SHAPES = [
    (0, 0), (3, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3),
    *((m, 3) for m in around(LANES, 4 * LANES, 16)),
    *((80, n) for n in around(4, 8, 16, 32)),
    (64, 64),
    (301, 67),
]  # fmt: skip


def reference_qr(A):
    """Orthogonalised three times in extended precision, in the plainest way."""
    m, n = A.shape
    Q, R = np.zeros((m, n), np.longdouble), np.zeros((n, n), np.longdouble)
    for j in range(n):
        v = A[:, j].astype(np.longdouble)
        for _ in range(3):
            h = Q[:, :j].T @ v
            v -= Q[:, :j] @ h
            R[:j, j] += h
        R[j, j] = np.sqrt(v @ v)
        Q[:, j] = v / R[j, j]
    return Q, R


def loss_of_orthogonality(Q):
    Q = Q.astype(np.longdouble)
    return float(np.abs(Q.T @ Q - np.eye(Q.shape[1])).max(initial=0.0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", GRAM_SCHMIDT, ids=by_name)
def test_gram_schmidt_against_extended_precision(step, dtype):
    eps = np.finfo(dtype).eps
    for seed, (m, n) in enumerate(SHAPES):
        rng = np.random.default_rng(seed)
        # Singular values between 1 and 2: every method keeps its columns orthogonal.
        U, V = (np.linalg.qr(rng.standard_normal((size, n)))[0] for size in (m, n))
        A = (U * np.linspace(1, 2, n) @ V.T).astype(dtype)
        Q, R = step(A)
        assert Q.dtype == R.dtype == dtype
        assert Q.shape == (m, n)
        assert R.shape == (n, n)
        assert np.all(np.tril(R, -1) == 0)
        assert np.all(np.diagonal(R) > 0)
        exact_Q, exact_R = reference_qr(A)
        tolerance = 20 * max(m, 1) * eps
        assert np.abs(Q.astype(np.longdouble) @ R - A).max(initial=0.0) <= tolerance, (m, n)
        assert np.abs(Q - exact_Q).max(initial=0.0) <= tolerance, (m, n)
        assert np.abs(R - exact_R).max(initial=0.0) <= tolerance, (m, n)
        assert loss_of_orthogonality(Q) <= tolerance, (m, n)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", GRAM_SCHMIDT, ids=by_name)
def test_gram_schmidt_is_exact_where_arithmetic_is(step, dtype):
    H = np.ones((1, 1))
    for _ in range(4):
        H = np.block([[H, H], [H, -H]])  # Sylvester's matrix of order 16: orthogonal columns of length 4
    R = np.triu(np.arange(256.0).reshape(16, 16) % 7 - 3) + 8 * np.eye(16)
    Q, computed = step((H / 4 @ R).astype(dtype))
    if step.name == "blocked":  # a Cholesky factor has square roots
        np.testing.assert_allclose(Q, H / 4, atol=200 * np.finfo(dtype).eps)
        np.testing.assert_allclose(computed, R, atol=200 * np.finfo(dtype).eps)
    else:
        np.testing.assert_array_equal(Q, H / 4)
        np.testing.assert_array_equal(computed, R)


def test_gram_schmidt_loses_what_theory_says():
    i = np.arange(8)
    hilbert = 1 / (i[:, None] + i + 1)  # condition number 1.5e10
    kappa, eps = 1.5e10, np.finfo(float).eps
    loss = {step.name: loss_of_orthogonality(step(hilbert)[0]) for step in GRAM_SCHMIDT}
    assert loss["classical"] > 1e-2  # kappa^2 eps is far above 1
    for name in ("modified", "contiguous", "vectorised"):
        assert 10 * eps < loss[name] < 10 * kappa * eps
    for name in ("twice", "blocked"):
        assert loss[name] < 20 * eps


@pytest.mark.parametrize("step", GRAM_SCHMIDT, ids=by_name)
def test_gram_schmidt_in_every_layout(step):
    A = np.random.default_rng(3).standard_normal((19, 6))
    expected = step(A)
    for layout, a in laid_out(A).items():
        before = a.copy()
        for computed, wanted in zip(step(a), expected, strict=True):
            np.testing.assert_allclose(computed, wanted, rtol=0, atol=1e-13, err_msg=layout)
        np.testing.assert_array_equal(a, before)


@pytest.mark.parametrize("step", GRAM_SCHMIDT, ids=by_name)
def test_gram_schmidt_refuses(step):
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        step(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"\(3,\)"):
        step(np.ones(3))
    with pytest.raises(TypeError, match="complex128"):
        step(np.ones((2, 2), complex))
    with pytest.raises(np.linalg.LinAlgError, match=r"column.* \[?1\b"):
        step(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    for bad in (np.nan, np.inf):
        with pytest.raises(np.linalg.LinAlgError):
            step(np.array([[1.0, 2.0], [bad, 1.0], [0.0, 1.0]]))


# --- power iteration ----------------------------------------------------------------------------------------


def reference_power(A, x, iterations):
    A, x = A.astype(np.longdouble), x.astype(np.longdouble)
    x, value = x / np.sqrt(x @ x), np.longdouble(0)
    for _ in range(iterations):
        y = A @ x
        value = x @ y
        x = y / np.sqrt(y @ y)
    return value, x


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", POWER, ids=by_name)
@pytest.mark.parametrize("n", sorted({1, 2, 3, *around(LANES // 2, LANES, 8), 67}))
def test_power_iteration_against_extended_precision(step, n, dtype):
    rng = np.random.default_rng(n)
    A = (rng.uniform(0.5, 1.5, (n, n)) + n * np.eye(n)).astype(dtype)  # positive: the products do not cancel
    x = rng.uniform(0.5, 1.5, n).astype(dtype)
    start = x.copy()
    value, vector = step(A, x, 7)
    np.testing.assert_array_equal(x, start)
    assert vector.dtype == value.dtype == dtype
    exact_value, exact_vector = reference_power(A, x, 7)
    tolerance = 40 * (n + 7) * np.finfo(dtype).eps
    assert abs(value - exact_value) <= tolerance * exact_value
    assert np.abs(vector - exact_vector).max() <= tolerance


@pytest.mark.parametrize("step", POWER, ids=by_name)
def test_power_iteration_finds_the_eigenpair(step):
    H = np.ones((1, 1))
    for _ in range(4):
        H = np.block([[H, H], [H, -H]])
    A = H * ([1.0] * 5 + [-9.0] + [2.0] * 10) @ H.T / 16  # eigenvalue -9 for column 5 of H / 4, the others 1 and 2
    value, vector = step(A, np.arange(1.0, 17.0), 40)
    assert value == pytest.approx(-9.0, rel=1e-14)
    assert abs(vector @ H[:, 5] / 4) == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("step", POWER, ids=by_name)
def test_power_iteration_in_every_layout(step):
    rng = np.random.default_rng(8)
    A, x = rng.uniform(0.5, 1.5, (21, 21)), rng.uniform(0.5, 1.5, 21)
    value, vector = reference_power(A, x, 3)
    for layout, a in laid_out(A).items():
        for start in (x, np.repeat(x, 2)[::2], x[::-1].copy()[::-1]):
            computed = step(a, start, 3)
            np.testing.assert_allclose(computed[0], float(value), rtol=1e-14, err_msg=layout)
            np.testing.assert_allclose(computed[1], vector.astype(float), rtol=1e-13, err_msg=layout)


@pytest.mark.parametrize("step", POWER, ids=by_name)
def test_power_iteration_at_its_limits(step):
    value, vector = step(np.zeros((3, 3)), np.array([0.0, 2.0, 0.0]), 5)  # A x = 0: already an eigenvector
    assert value == 0.0
    np.testing.assert_array_equal(vector, [0.0, 1.0, 0.0])
    value, vector = step(np.array([[1.0, np.nan], [0.0, 1.0]]), np.ones(2), 5)
    assert np.isnan(value)
    assert np.isnan(vector).all()


@pytest.mark.parametrize("step", POWER, ids=by_name)
def test_power_iteration_refuses(step):
    with pytest.raises(ValueError, match=r"\(2, 3\); expected a square matrix"):
        step(np.ones((2, 3)), np.ones(2), 1)
    with pytest.raises(ValueError, match=r"x has shape \(3,\); expected \(2,\)"):
        step(np.ones((2, 2)), np.ones(3), 1)
    with pytest.raises(ValueError, match="iterations is 0"):
        step(np.ones((2, 2)), np.ones(2), 0)
    with pytest.raises(ValueError, match="zero vector"):
        step(np.ones((2, 2)), np.zeros(2), 1)
    with pytest.raises(ValueError, match="zero vector"):
        step(np.ones((0, 0)), np.zeros(0), 1)
    with pytest.raises(TypeError, match="complex128"):
        step(np.ones((2, 2), complex), np.ones(2), 1)
