"""Every native operation of compiled functions against NumPy: types, shapes, strides, special values; and their accuracy."""

import functools

import mpmath
import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import compile as compiled
from mlcore.calculus._native import OPERATIONS
from mlcore.calculus._rules_elementwise import ONE_OVER_COSH_SQUARED

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e308, -1e308])
SPECIAL = np.concatenate([SPECIAL, [709.9, -745.2, 1e22, 2.0**20, 3e-8]])
BINARY = "add subtract multiply divide maximum minimum fmax fmin less less_equal greater greater_equal "
BINARY = (BINARY + "equal not_equal power arctan2 hypot copysign fmod remainder floor_divide logaddexp logaddexp2").split()
LOGICAL = ["logical_and", "logical_or", "logical_xor", "logical_not", "where"]
OWN = {"one_over_cosh_squared": ONE_OVER_COSH_SQUARED}
UNARY = [name for name in OPERATIONS if name not in (*BINARY, *LOGICAL, *OWN)]


def is_native(c):
    return "none in Python" in repr(c)


def assert_near(found, expected, ulps, absolute=0.0):
    assert found.dtype == expected.dtype
    assert np.shape(found) == np.shape(expected)
    if expected.dtype == bool:
        assert np.array_equal(found, expected)
        return
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        near = np.abs(found - expected) <= ulps * np.spacing(np.abs(expected)) + absolute
    assert np.all(same | near), (found[~(same | near)], expected[~(same | near)])
    assert np.array_equal(np.signbit(found)[~np.isnan(expected)], np.signbit(expected)[~np.isnan(expected)])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype):
    function = getattr(np, name)
    with np.errstate(all="ignore"):
        x = np.concatenate([SPECIAL, np.linspace(-3, 3, 101)]).astype(dtype)
        c = compiled(function)
        assert_near(c(x), function(x), 4)
        assert is_native(c)
        for given in (x[::-3], x[:0], x[3], x[:12].reshape(3, 4).T):
            assert_near(np.asarray(compiled(function)(given)), np.asarray(function(given)), 4)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtype):
    function = getattr(np, name)
    with np.errstate(all="ignore"):
        x = np.concatenate([SPECIAL, np.linspace(-3, 3, 23)]).astype(dtype)
        a, b = x[:, None], x
        c = compiled(function)
        expected = function(a, b)
        absolute = 4 * np.finfo(dtype).eps if name.startswith("logadd") else 0.0  # a + log(1 + exp(b - a)) may cancel
        skipped = np.zeros(expected.shape, bool)
        if name in ("floor_divide", "remainder", "fmod"):  # of infinite and of overflowing quotients NumPy's own answers differ
            skipped = ~(np.isfinite(a / b) & np.isfinite(a) & np.isfinite(b)) | (np.abs(a / b) > 1e15) | (b == 0)
        if name in ("maximum", "minimum", "fmax", "fmin"):  # of 0 and -0 either is right
            skipped = (a == 0) & (b == 0)
        assert_near(np.where(skipped, 1, c(a, b)), np.where(skipped, 1, expected), 4, absolute)
        assert is_native(c)
        assert_near(np.where(skipped[3], 1, compiled(function)(a[3], b)), np.where(skipped[3], 1, expected[3]), 4, absolute)
        if not skipped.any():
            b = b[:40]
            assert_near(compiled(function)(b[::-2], b[1::2]), function(b[::-2], b[1::2]), 4, absolute)


def test_logic_and_choices():
    x, y = np.array([0.0, 1.0, np.nan, -2.0]), np.array([1.0, 0.0, 3.0, np.nan])

    def f(x, y):
        m = (x > y) | ~(y == 3.0)
        return m, np.logical_and(x, y), np.logical_xor(x, y), np.logical_not(x), np.where(m & (x < 5), x, y), np.sum(m), m * y

    c = compiled(f)
    for found, expected in zip(c(x, y), f(x, y), strict=True):
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        np.testing.assert_array_equal(found, expected)
    assert is_native(c)


ORACLES = {
    "exp": (mpmath.exp, 1.1),
    "expm1": (mpmath.expm1, 1.1),
    "log": (mpmath.log, 1.0),
    "log1p": (lambda t: mpmath.log(1 + t), 2.0),
    "sin": (mpmath.sin, 1.0),
    "cos": (mpmath.cos, 1.0),
    "tan": (mpmath.tan, 2.0),
    "tanh": (mpmath.tanh, 2.0),
    "sinh": (mpmath.sinh, 2.0),
    "cosh": (mpmath.cosh, 2.0),
    "one_over_cosh_squared": (lambda t: mpmath.sech(t) ** 2, 4.0),
}


@pytest.mark.parametrize("name", list(ORACLES))
def test_accuracy_in_units_in_the_last_place(name):
    oracle, limit = ORACLES[name]
    r = np.random.default_rng(3)
    x = np.concatenate([r.normal(size=300), r.normal(size=300) * 1e-3, r.normal(size=300) * 30, r.uniform(-700, 700, 300)])
    if name in ("sin", "cos", "tan"):
        x = np.concatenate([x, r.uniform(-1e6, 1e6, 300), r.integers(1, 600000, 300) * np.pi / 2, [1e22, 1e300]])
    if name in ("log", "log1p"):
        x = np.abs(np.concatenate([x, 1 + x * 1e-4, 10.0 ** r.uniform(-320, 308, 200)]))
    if name == "log1p":
        x = np.concatenate([x, -r.uniform(0, 1, 300)])
    c = compiled(OWN.get(name) or getattr(np, name))
    found = c(x)
    assert is_native(c)
    with mpmath.workprec(2200):
        for a, y in zip(x.tolist(), found.tolist(), strict=True):
            exact = oracle(mpmath.mpf(a))
            assert abs(mpmath.mpf(y) - exact) <= limit * np.spacing(abs(float(exact))), (a, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_slope_of_tanh_in_arrays_and_in_numbers(dtype):
    x = np.concatenate([SPECIAL[np.abs(SPECIAL) < 1e300], [np.inf, -np.inf, np.nan], np.linspace(-3, 3, 101)]).astype(dtype)
    slope = calculus.derivative(np.tanh)
    expected = np.array([slope(t) for t in x], dtype)
    with np.errstate(all="ignore"):
        for order in (np.s_[:], np.s_[::-3], np.s_[:0], np.s_[3]):
            assert_near(ONE_OVER_COSH_SQUARED(x[order]), expected[order], 4)
        assert_near(ONE_OVER_COSH_SQUARED(x[:12].reshape(3, 4).T), expected[:12].reshape(3, 4).T, 4)
        many = np.tile(x, 1000)
        assert np.array_equal(ONE_OVER_COSH_SQUARED(many), np.tile(ONE_OVER_COSH_SQUARED(x), 1000), equal_nan=True)
    assert ONE_OVER_COSH_SQUARED(np.zeros((2, 0, 3), dtype)).shape == (2, 0, 3)


def test_an_element_is_the_same_wherever_it_stands():
    x = np.random.default_rng(1).normal(size=2100) * 5

    def f(x):
        return np.exp(np.sin(x)) * np.tanh(x) + np.log1p(x * x) / np.cos(x) ** 3

    whole = compiled(f)(x)
    for first, last in ((0, 1), (1, 8), (5, 22), (100, 1733), (2099, 2100)):
        assert np.array_equal(compiled(f)(x[first:last]), whole[first:last])
    assert np.array_equal(compiled(f)(x[::-1]), whole[::-1])
    assert np.array_equal(compiled(f)(x.reshape(21, 100).T), whole.reshape(21, 100).T)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (300,), (3, 4), (7, 1, 5), (2, 3, 200), (200, 3), (0, 3), (3, 0)])
def test_reductions(shape, dtype):
    x = np.exp(0.1 * np.random.default_rng(0).normal(size=shape)).astype(dtype)
    for function in (np.sum, np.prod, np.max, np.min, np.mean, np.var):
        if x.size == 0 and function not in (np.sum, np.prod):
            continue
        for axis in (None, *range(len(shape)), *([(0, len(shape) - 1)] if len(shape) > 1 else [])):
            for keepdims in (False, True):
                for y in (x, x.T, x[..., ::-1] if shape else x):
                    c = compiled(functools.partial(function, axis=axis, keepdims=keepdims))
                    expected = function(y, axis=axis, keepdims=keepdims)
                    found = c(y)
                    assert is_native(c)
                    assert np.asarray(found).dtype == np.asarray(expected).dtype
                    assert np.shape(found) == np.shape(expected)
                    np.testing.assert_allclose(found, expected, rtol=300 * np.finfo(dtype).eps)


def test_extremes_see_nan_and_sums_are_exact_where_they_can_be():
    x = np.ones((40, 3))
    x[17, 1] = np.nan
    for axis in (None, 0, 1):
        np.testing.assert_array_equal(compiled(lambda x, axis=axis: np.max(x, axis))(x), np.max(x, axis))
        np.testing.assert_array_equal(compiled(lambda x, axis=axis: np.min(x, axis))(x), np.min(x, axis))
    many = np.full(1_000_000, 0.1)
    assert abs(compiled(np.sum)(many) - 100_000.0) < 1e-9
    assert abs(compiled(lambda x: np.sum(x, 0))(np.full((100_000, 2), 0.1))[0] - 10_000.0) < 1e-10


MOVES = {
    "transpose": lambda x: np.transpose(x, (2, 0, 1)) * 2,
    "reshape": lambda x: np.reshape(np.swapaxes(x, 0, 2), (-1, 2)) + 1,
    "slices": lambda x: x[1:, ::-2, 1] - x[:-1, ::2, 0],
    "new axis": lambda x: x[:, None, 1] * x[0],
    "indices": lambda x: x[np.array([1, 0, 1]), :, np.array([0, 3, 2])] * 3,
    "mask": lambda x: x[np.arange(24).reshape(2, 3, 4) % 3 == 0],
    "flip": lambda x: np.flip(x, 1) + x,
    "roll": lambda x: np.roll(x, 2, 1) + x,
    "concatenate": lambda x: np.concatenate([x, np.exp(x[:, :1]), np.ones((2, 1, 4))], 1),
    "stack": lambda x: np.stack([x[0], x[1] * 2], -1),
    "broadcast": lambda x: np.broadcast_to(x[:, :1], (5, 2, 3, 4)) * x,
    "tril": lambda x: np.tril(x, -1) + np.triu(x),
    "pad": lambda x: np.pad(x, 1) * 2,
    "view": lambda x: x.T,
    "itself": lambda x: (x, x, x[0], 3.0),
    "repeat": lambda x: np.repeat(x, 3, 1),
    "diagonal": lambda x: np.diagonal(x, 0, 1, 2) + np.trace(x, axis1=1, axis2=2)[:, None],
    "matmul": lambda x: x @ np.swapaxes(x, 1, 2) @ x[0],
    "vectors": lambda x: (x[0] @ x[1, 0], x[0, 0] @ x[1, 0], x[0, 0] @ x[1].T, x @ x[1, 0]),
    "dot": lambda x: np.dot(x[0].T, x[1]),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", list(MOVES))
def test_moves_and_products(name, dtype):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(dtype)
    c = compiled(MOVES[name])
    for given in (x, x + dtype(1)):
        found, expected = c(given), MOVES[name](given)
        several = type(found) is tuple
        for a, b in zip(found if several else [found], expected if several else [expected], strict=True):
            assert np.asarray(a).dtype == np.asarray(b).dtype
            assert np.shape(a) == np.shape(b)
            np.testing.assert_allclose(a, b, rtol=20 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)
    assert is_native(c)
    assert not np.shares_memory(c(x)[0], x)


def test_what_is_not_native_is_counted():
    a = np.random.default_rng(0).normal(size=(4, 4)) + 4 * np.eye(4)

    def f(a):
        w, v = np.linalg.eigh(a + a.T)
        order = np.argsort(-w)
        return np.cumsum(w), v[:, order] * 0 + np.linalg.inv(a), np.einsum("ij,jk->ik", a, a), order

    c = compiled(f)
    for found, expected in zip(c(a), f(a), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-13)
    assert all(name in repr(c) for name in ("eigh", "cumsum", "inv", "einsum", "argsort"))
    inverse = compiled(np.linalg.inv)
    inverse(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.zeros((2, 2)))


def test_integers_beyond_float64_are_exact():
    big = np.array([2**53 + 1, 2**53])
    c = compiled(lambda a: (a == 2**53, a + 1, a * 0.5))
    for found, expected in zip(c(big), (big == 2**53, big + 1, big * 0.5), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_large_arrays_take_all_threads_and_give_the_same_bits():
    from mlcore import get_num_threads, set_num_threads

    x = np.random.default_rng(0).normal(size=300_000)
    c = compiled(calculus.value_and_grad(lambda x: np.sum(np.sin(x) * np.exp(-x * x))))
    before = get_num_threads()
    try:
        answers = []
        for n in (1, 2, 3):
            set_num_threads(n)
            answers.append(c(x))
    finally:
        set_num_threads(before)
    for value, gradient in answers[1:]:
        assert value == answers[0][0]
        assert np.array_equal(gradient, answers[0][1])
