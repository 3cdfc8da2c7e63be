"""antiderivative and PiecewiseChebyshev: values against mpmath, identities of calculus, what is refused or not resolved."""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import mlcore
from mlcore.calculus import antiderivative, check_grads, derivative, grad
from mlcore.calculus._chebyshev import chopped_length, coefficients, points, roots

from ..certificates import assert_same_bits

EPS = np.finfo(float).eps
M = mpmath.mp.clone()
M.dps = 40


def worst(f, exact, a, b, **keywords):
    """The largest error, relative to max |F|, and F."""
    F = antiderivative(f, a, b, **keywords)
    x = np.concatenate([[a, b], a + (b - a) * np.random.default_rng(0).random(60), F.breaks])
    expected = np.array([float(exact(M.mpf(float(t)))) for t in x])
    return float(np.abs(F(x) - expected).max() / np.abs(expected).max()), F


@pytest.mark.parametrize(
    ("f", "exact", "a", "b"),
    [
        (np.sin, lambda x: 1 - M.cos(x), 0.0, 10.0),
        (math.sin, lambda x: 1 - M.cos(x), 0.0, 10.0),
        (np.exp, lambda x: M.exp(x) - M.exp(-1), -1.0, 20.0),
        (lambda x: 1 / (1 + 25 * x * x), lambda x: (M.atan(5 * x) + M.atan(5)) / 5, -1.0, 1.0),
        (lambda x: 1 / (x * x + 2.0**-32), lambda x: (M.atan(x * 2**16) + M.atan(2**16)) * 2**16, -1, 1),
        (lambda x: np.exp(-x * x), lambda x: M.sqrt(M.pi) / 2 * M.erf(x), 0.0, 30.0),
        (lambda x: abs(x - 0.3), lambda x: ((x - 0.3) * abs(x - 0.3) + M.mpf(0.3) ** 2) / 2, 0.0, 1.0),
        (np.sqrt, lambda x: 2 * x**1.5 / 3, 0.0, 1.0),
        (lambda x: np.where(x > 0, 1 / np.sqrt(x), 0), lambda x: 2 * M.sqrt(x), 0.0, 1.0),
        (lambda x: 1.0 if x < 0.3 else 2.0, lambda x: x if x < M.mpf(0.3) else 2 * x - M.mpf(0.3), 0.0, 1.0),
        (np.sign, lambda x: abs(x) - 1, -1.0, 1.0),
        (np.floor, lambda x: M.floor(x) * (M.floor(x) - 1) / 2 + M.floor(x) * (x - M.floor(x)), 0.0, 7.5),
        (lambda x: x**20, lambda x: (x**21 + 1) / 21, -1.0, 1.0),
        (lambda x: 3.0, lambda x: 3 * (x + 2), -2.0, 5.0),
        (lambda x: 1e300 * np.cos(x), lambda x: M.mpf(1e300) * M.sin(x), 0.0, 2.0),
        (lambda x: 1e-300 * np.cos(x), lambda x: M.mpf(1e-300) * M.sin(x), 0.0, 2.0),
        (lambda x: np.cos(x * 1e200), lambda x: M.sin(x * M.mpf(1e200)) / M.mpf(1e200), 0.0, 2e-200),
        (lambda x: np.cos(x * 1e-300), lambda x: M.sin(x * M.mpf(1e-300)) / M.mpf(1e-300), 0.0, 3e300),
    ],
)
def test_against_mpmath(f, exact, a, b):
    error, F = worst(f, exact, a, b)
    assert error < 8 * EPS
    assert F.resolved
    assert F(a) == 0


def test_oscillation_and_distance_cost_what_rounding_x_costs():
    error, F = worst(lambda x: np.cos(200 * x), lambda x: M.sin(200 * x) / 200, 0.0, 3.0)
    assert error < EPS * 4.5 * 200 * 200  # the integral of |x f'| over max |F| = 1 / 200
    assert F.resolved
    error, F = worst(np.sin, lambda x: M.cos(100000) - M.cos(x), 1e5, 1e5 + 10)
    assert error < 1e5 * EPS
    assert F.resolved


def test_breaks_are_at_jumps():
    F = antiderivative(lambda x: np.cos(x) * np.where(x < 0.3, 1, 2), 0.0, 1.0)
    np.testing.assert_array_equal(F.breaks, [0, 0.3, 1])
    f = F.derivative()
    assert f(0.3) == pytest.approx(2 * np.cos(0.3), rel=100 * EPS)
    assert f(np.nextafter(0.3, 0)) == pytest.approx(np.cos(0.3), rel=100 * EPS)


def test_kinks_are_enclosed():
    def exact(x):
        half = M.floor(5 * x / M.pi)
        return (2 * half + 1 - M.cos(5 * x - half * M.pi)) / 5

    error, F = worst(lambda x: abs(np.sin(5 * x)), exact, 0.0, 10.0)
    assert error < 8 * EPS
    assert F.resolved
    assert len(F.coefficients) < 40  # 15 kinks
    for k in range(1, 16):
        place = k * np.pi / 5
        i = np.searchsorted(F.breaks, place)
        assert min(abs(F.breaks[i - 1] - place), abs(F.breaks[i] - place)) < 1e-11


def test_calls():
    F = antiderivative(np.cos, 0.0, 10.0)
    assert np.isnan(F([-1e-300, 10.1, np.nan, np.inf])).all()
    assert F(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert F(np.ones((2, 3))).shape == (2, 3)
    assert np.ndim(F(1)) == 0
    assert F.domain == (0, 10)
    assert F.error < 1e-14
    assert "resolved" in repr(F)


def test_calls_take_every_kind_of_real_number():
    F = antiderivative(np.cos, 0, 10)
    for x in (1, True, Fraction(3, 2), Decimal("1.5"), np.float16(1.5), np.longdouble(1.5), np.int8(3), np.array(2.5, ">f8")):
        assert_same_bits(F(x), F(float(x)))
        assert_same_bits(F([x, x]), F([float(x)] * 2))
    assert np.isnan(F(2**70))
    assert_same_bits(F(np.array([Fraction(1, 2), 3], object)), F([0.5, 3.0]))
    for x in (1j, [1 + 0j], "1.5", None, np.array([None, 1.0], object), np.array([1j], object), np.datetime64("2026-01-01")):
        with pytest.raises(TypeError):
            F(x)


def test_many_points_in_any_order():
    """The pieces' own series at each point, whatever the order and layout of the points and the number of threads."""
    F = antiderivative(lambda x: np.abs(np.sin(x)), 0.0, 40.0)
    assert len(F.coefficients) > 10
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 41, 20_000), F.breaks, [np.nan, -0.0]])
    which = np.clip(np.searchsorted(F.breaks, x, side="right") - 1, 0, len(F.coefficients) - 1)
    l, r = F.breaks[which], F.breaks[which + 1]
    series = [np.polynomial.Chebyshev(c) for c in F.coefficients]
    expected = np.array([series[i](t) for i, t in zip(which, (2 * x - l - r) / (r - l), strict=True)])
    expected[(x < 0) | (x > 40)] = np.nan
    found = F(x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=64 * EPS * 26)
    order = np.argsort(x)
    assert_same_bits(F(x[order]), found[order])
    assert_same_bits(F(np.repeat(x, 3)[::3]), found)
    assert_same_bits(F(x[:7].reshape(7, 1)[::-1]), found[:7].reshape(7, 1)[::-1])
    for count in (1, 3, 8):
        with mlcore.num_threads(count):
            assert_same_bits(F(x), found)
    assert F(1) == F(np.float32(1)) == F([1.0])[0]
    with pytest.raises(TypeError, match="complex"):
        F(1j)


def test_fundamental_theorem():
    x = np.linspace(0, 3, 50)
    f = antiderivative(np.exp, 0.0, 3.0).derivative()
    np.testing.assert_allclose(f(x), np.exp(x), atol=50 * EPS * np.exp(3))
    again = antiderivative(np.exp, 0.0, 3.0).integral()
    np.testing.assert_allclose(again(x), np.exp(x) - 1 - x, atol=8 * EPS * np.exp(3))
    assert f.definite(1, 2) == pytest.approx(np.exp(2) - np.exp(1), rel=20 * EPS)
    assert f.definite(2, 1) == -f.definite(1, 2)
    assert np.isnan(f.definite(0, 4))
    assert np.isnan(f.error)


def test_arithmetic():
    x = np.linspace(0, 1, 30)
    F = antiderivative(lambda t: abs(t - 0.3), 0.0, 1.0)
    G = antiderivative(np.cos, 0.0, 1.0)
    a, b = F(x), G(x)
    for found, expected in (
        (F + G, a + b), (F - G, a - b), (F * G, a * b), (G * F, a * b), (-F, -a), (+F, a), (F + 2, a + 2), (2 + F, a + 2),
        (F - 2, a - 2), (2 - F, 2 - a), (3 * F, 3 * a), (F / 4, a / 4), (np.float64(2) * F, 2 * a), (F * F * F, a**3),
    ):  # fmt: skip
        np.testing.assert_allclose(found(x), expected, atol=30 * EPS)
        assert found.resolved
    with pytest.raises(ValueError, match="same interval"):
        F + antiderivative(np.cos, 0.0, 2.0)
    for bad in (lambda: F + "a", lambda: F * np.ones(2), lambda: 1 / F, lambda: F / G):
        with pytest.raises(TypeError):
            bad()


def test_product_rule_and_parts():
    u = antiderivative(lambda x: 1 / (1 + x * x), -1.0, 2.0)
    v = antiderivative(lambda x: np.exp(-x), -1.0, 2.0)
    x = np.linspace(-1, 2, 40)
    rule = u.derivative() * v + u * v.derivative()
    np.testing.assert_allclose((u * v).derivative()(x), rule(x), atol=1e3 * EPS)
    parts = (u * v)(2.0) - (u.derivative() * v).definite()
    assert (u * v.derivative()).definite() == pytest.approx(parts, abs=20 * EPS)


def test_substitution():
    F = antiderivative(np.sin, 0.0, 4.0)
    G = antiderivative(lambda t: np.sin(t * t) * 2 * t, 0.0, 2.0)
    t = np.linspace(0, 2, 30)
    np.testing.assert_allclose(G(t), F(t * t), atol=20 * EPS)


def test_roots():
    np.testing.assert_allclose(antiderivative(np.cos, 0.0, 10.0).roots(), np.arange(4) * np.pi, atol=20 * EPS)
    many = antiderivative(lambda x: 200 * np.cos(200 * x), 0.0, 3.0).roots()
    np.testing.assert_allclose(many, np.arange(191) * np.pi / 200, atol=1e-12)
    double = (antiderivative(lambda x: -np.sin(x), 0.0, 20.0) + 2).roots()
    np.testing.assert_allclose(double, np.array([1, 3, 5]) * np.pi, atol=1e-7)
    none = antiderivative(np.exp, 0.0, 1.0) + 1e-10
    assert none.roots().size == 0
    assert (antiderivative(lambda x: 0.0, 0.0, 1.0)).roots().size == 0
    at_a_break = antiderivative(lambda x: 2 * abs(x - 0.3), 0.0, 1.0) - 0.09
    np.testing.assert_allclose(at_a_break.roots(), [0.3], atol=1e-7)
    zero_before = antiderivative(lambda x: np.where(x < 0.5, 0, x - 0.5), 0.0, 1.0)  # and a kink
    np.testing.assert_allclose(zero_before.roots(), [0.5], atol=1e-12)
    scaled = (1e-250 * antiderivative(np.cos, 0.0, 10.0)).roots()
    np.testing.assert_allclose(scaled, np.arange(4) * np.pi, atol=20 * EPS)


def test_roots_between_the_series_of_neighbouring_pieces():
    """Rounding parts the series at a break; a root between their values there is one."""
    p, found = 17.57201367986715, 0
    F = antiderivative(lambda x: abs(x - p), -1.01, 35.42) * antiderivative(lambda x: np.where(x < p, 1.0, 3.0), -1.01, 35.42)
    for i, x in enumerate(F.breaks[1:-1]):
        left, right = F.coefficients[i].sum(), np.polynomial.chebyshev.chebval(-1, F.coefficients[i + 1])
        level = (left + right) / 2
        if level not in (left, right):
            found += 1
            np.testing.assert_allclose((F - level).roots(), [x], atol=1e-12)
    assert found


def test_extrema():
    F = antiderivative(lambda x: np.cos(x) * np.exp(-x / 10), -1.0, 10.0)
    low, high = F.min(), F.max()
    x = np.linspace(-1, 10, 5001)
    assert low.value <= F(x).min() + 4 * EPS
    assert high.value >= F(x).max() - 4 * EPS
    assert high.x == pytest.approx(np.pi / 2, abs=1e-9)
    assert antiderivative(np.exp, 0.0, 1.0).min() == (0, 0)
    kink = antiderivative(np.sign, -1.0, 2.0).min()
    assert kink.x == pytest.approx(0, abs=1e-15)
    assert kink.value == pytest.approx(-1, rel=4 * EPS)


def test_traced():
    F = antiderivative(np.cos, 0.0, 3.0)
    assert grad(F)(1.0) == pytest.approx(np.cos(1), rel=50 * EPS)
    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(derivative(F, 2)(x), -np.sin(x), atol=1e3 * EPS)
    check_grads(lambda x: np.sum(F(x) ** 2), x)


def test_vectorized_is_found_out():
    calls = []

    def branch(x):
        calls.append(np.ndim(x))
        return x if x < 0.5 else 1 - x

    F = antiderivative(branch, 0.0, 1.0)
    assert F(1.0) == pytest.approx(0.25, rel=4 * EPS)
    assert calls.count(1) == 1

    def cumulative(x):  # takes arrays, but does not act on each element
        return np.cumsum(np.atleast_1d(x)).reshape(np.shape(x))

    assert antiderivative(cumulative, 0.0, 1.0)(1.0) == pytest.approx(0.5, rel=4 * EPS)
    with pytest.raises(ValueError, match="vectorized=False"):
        antiderivative(lambda x: 1.0, 0.0, 1.0, vectorized=True)
    written = np.ones(3)

    def writes(x):
        y = x * 1.0
        x *= 0
        return y

    assert antiderivative(writes, 0.0, 1.0)(1.0) == pytest.approx(0.5, rel=4 * EPS)
    assert written.all()


def test_what_is_not_resolved_says_so():
    pole = antiderivative(np.tan, 0.0, 3.0)
    assert not pole.resolved
    assert "NOT resolved" in repr(pole)
    few = antiderivative(lambda x: np.sin(1000 * x), 0.0, 1.0, max_pieces=3)
    assert not few.resolved
    assert len(few.coefficients) <= 3
    assert not (few + 1).resolved
    assert not antiderivative(np.cos, -1.7e308, 1.7e308, max_pieces=20).resolved
    noise = np.random.default_rng(0)
    assert not antiderivative(lambda x: noise.normal(size=np.shape(x)), 0.0, 1.0, max_pieces=20).resolved
    rough = antiderivative(lambda x: np.cos(x) + 1e-9 * np.sin(1e9 * x), 0.0, 1.0, tol=1e-7)
    assert rough.resolved
    assert abs(rough(1.0) - np.sin(1)) < 1e-7


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "message"),
    [
        ((np.sin, 1.0, 0.0), {}, ValueError, "a < b"),
        ((np.sin, 1.0, 1.0), {}, ValueError, "a < b"),
        ((np.sin, 0.0, 5e-324), {}, ValueError, "too narrow"),
        ((np.sin, 0.0, np.inf), {}, ValueError, "substitute"),
        ((np.sin, np.nan, 1.0), {}, ValueError, "finite"),
        ((np.log, 0.0, 1.0), {}, ValueError, r"f\(0.0\) is -inf"),
        ((lambda x: np.sqrt(x - 0.5), 0.0, 1.0), {}, ValueError, "is nan"),
        ((lambda x: 1e308 + 0 * x, 0.0, 100.0), {}, ValueError, "overflows"),
        ((np.ones_like, -1e308, 1e308), {}, ValueError, "overflows"),
        ((lambda x: 1j * x, 0.0, 1.0), {}, TypeError, "real"),
        ((lambda x: "a", 0.0, 1.0), {}, TypeError, "real"),
        ((3, 0.0, 1.0), {}, TypeError, "function"),
        ((np.sin, 0.0, 1.0), {"tol": 0.0}, ValueError, "tol is 0.0"),
        ((np.sin, 0.0, 1.0), {"max_pieces": 0}, ValueError, "max_pieces is 0"),
        ((lambda x: 1 // 0, 0.0, 1.0), {}, ZeroDivisionError, "zero"),
    ],
)
def test_refused(arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        antiderivative(*arguments, **keywords)


def test_series():
    for n in (1, 2, 16, 64):
        t = points(n)
        np.testing.assert_array_equal(t, -t[::-1])
        expected = np.random.default_rng(n).normal(size=n + 1)
        found = coefficients(np.polynomial.chebyshev.chebval(t, expected))
        np.testing.assert_allclose(found, expected, atol=30 * EPS * n)
    c = 0.1 ** np.arange(65.0)
    assert 14 <= chopped_length(np.maximum(c, 1e-17), EPS) <= 18
    assert chopped_length(1 / np.arange(1, 66.0) ** 2, EPS) == 65
    assert chopped_length(np.zeros(17), EPS) == 1
    np.testing.assert_allclose(roots(np.polynomial.chebyshev.poly2cheb([-0.25, 0, 1])), [-0.5, 0.5], rtol=4 * EPS)
    long = np.zeros(201)
    long[200] = 1
    expected = np.cos((2 * np.arange(200)[::-1] + 1) * np.pi / 400)
    np.testing.assert_allclose(roots(long), expected, atol=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_no_sample_is_forgotten(seed):
    """A step aside that one of the first samples met is found, wherever the pieces' own samples are."""
    rng = np.random.default_rng(seed)
    for _ in range(25):
        p = float(rng.uniform(0, 0.99))
        q = p + float(rng.uniform(0.001, 0.01))  # 1025 samples are closer
        height = float(rng.normal())
        F = antiderivative(lambda x, p=p, q=q, height=height: np.where((x >= p) & (x < q), 1 + height, 1.0), 0.0, 1.0)
        assert F.resolved
        assert F(1.0) == pytest.approx(1 + height * (min(q, 1) - p), rel=8 * EPS)


def test_a_narrow_peak_is_looked_for():
    F = antiderivative(lambda x: np.exp(-((x - 37.7) ** 2)), -1000.0, 1000.0)
    assert F.resolved
    assert F(1000.0) == pytest.approx(math.sqrt(math.pi), rel=100 * EPS)


def test_float32_is_resolved_to_its_rounding():
    single = np.finfo(np.float32).eps
    F = antiderivative(lambda x: np.sin(np.float32(7) * np.asarray(x, np.float32)), 0.0, 3.0)
    assert F.resolved
    x = np.linspace(0, 3, 50)
    np.testing.assert_allclose(F(x), (1 - np.cos(7 * x)) / 7, atol=single)
    assert single / 8 < F.error < 64 * single


def test_what_f_raises_for_arrays_is_not_tried_again_without_end():
    def endless(x):
        return antiderivative(endless, 0.0, 1.0)(x)

    with pytest.raises(RecursionError):
        antiderivative(endless, 0.0, 1.0)


def test_floating_point_errors_that_are_made_to_raise():
    with np.errstate(all="raise"):
        F = antiderivative(lambda x: np.exp(-1000 * x), 0.0, 1.0)
        tiny = antiderivative(lambda x: 1e-300 * np.sqrt(x), 0.0, 1.0)
        np.testing.assert_allclose(tiny.roots(), [0], atol=EPS**1.5)
        assert tiny.min().value == 0
        assert set(np.geterr().values()) == {"raise"}
    assert F(1.0) == pytest.approx(1e-3, rel=8 * EPS)
    assert tiny(1.0) == pytest.approx(2e-300 / 3, rel=8 * EPS)
