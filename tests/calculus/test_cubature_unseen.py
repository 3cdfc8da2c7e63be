"""Cubature: what the points of a rule do not see, and what other values know of it."""

import math

import numpy as np
import pytest

from mlcore._core import calculus as core
from mlcore.calculus import integrate_nd


def turned_gaussian(rng, d, low, high):
    """A narrow Gaussian turned at random, well inside [0, 1]^d, and its integral."""
    m, Q = 0.3 + 0.4 * rng.random(d), np.linalg.qr(rng.normal(size=(d, d)))[0]
    sigma = 10 ** rng.uniform(low, high, d)
    return lambda x: np.exp(-((((x - m) @ Q) / sigma) ** 2).sum(-1)), math.pi ** (d / 2) * sigma.prod()


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_a_jump_at_a_cut_is_asked_for_and_then_needs_no_cuts_beside_it(d):
    """Without asking, the chess boards take 68 thousand to more than 10 million evaluations."""
    chess = integrate_nd(lambda x: 1 + np.floor(2 * x).sum(-1) % 2, [0] * d, [1] * d, rtol=1e-3)
    assert chess.status == "converged"
    assert abs(chess.value - 1.5) <= 1e-12
    assert chess.n_evaluations <= 50_000
    half = integrate_nd(lambda x: (x[..., 0] > 0.5) * np.exp(x.sum(-1)), [0] * d, [1] * d, rtol=1e-6)
    assert half.status == "converged"
    assert abs(half.value - (np.e - math.sqrt(np.e)) * (np.e - 1) ** (d - 1)) <= half.error
    assert half.n_evaluations <= 30_000


@pytest.mark.parametrize(("d", "rtol", "count", "low"), [(3, 1e-3, 100, -2.0), (3, 1e-5, 30, -2.0), (4, 1e-3, 10, -1.6)])
def test_ridges_askew_to_the_axes_are_seen_by_the_boxes_beside(d, rtol, count, low):
    rng, converged = np.random.default_rng(0), 0
    for _ in range(count):
        f, exact = turned_gaussian(rng, d, low, -1.3)
        found = integrate_nd(f, [0] * d, [1] * d, rtol=rtol, max_evaluations=1_000_000)
        converged += found.status == "converged"
        assert found.status == "max_evaluations" or abs(found.value - exact) <= 1.05 * found.error
    assert converged >= 0.8 * count


def test_each_of_several_values_is_looked_at_across_the_faces():
    rng = np.random.default_rng(0)
    f, exact = [turned_gaussian(rng, 3, -2.0, -1.3) for _ in range(8)][7]  # one that the rule alone takes for 2 % less
    both = lambda x: np.stack([1e-9 * x[..., 0], 2 - f(x), f(x)], -1)  # noqa: E731
    found = integrate_nd(both, [0] * 3, [1] * 3, rtol=1e-7, method="genz-malik", max_evaluations=300_000)
    assert np.all(abs(found.value - [0.5e-9, 2 - exact, exact]) <= found.error)
    turned = integrate_nd(lambda x: 1e100 * f(x[..., ::-1]), [1, 0, 0], [0, 1, 1], rtol=1e-3)
    assert turned.status == "converged"
    assert abs(turned.value + 1e100 * exact) <= turned.error


def test_across_cuts_that_are_named_nothing_is_compared():
    def f(x):
        return np.where(x[..., 0] < 0.5, np.exp(-100 * ((x - 0.25) ** 2).sum(-1)), 1e3)

    found = integrate_nd(f, [0] * 4, [1] * 4, rtol=1e-6, points=[[0.5, np.nan, np.nan, np.nan]])
    zero = lambda x: np.where(x[..., 0] < 0.5, f(x), 0.0)  # noqa: E731
    plain = integrate_nd(zero, [0] * 4, [1] * 4, atol=5e-4, rtol=0, points=[[0.5, *[np.nan] * 3]])
    assert found.status == plain.status == "converged"
    assert found.n_evaluations == plain.n_evaluations


@pytest.mark.parametrize("method", ["auto", "gauss-kronrod", "genz-malik"])
@pytest.mark.parametrize("d", [2, 3])
def test_functions_that_are_constant_but_for_a_box_that_the_rule_misses(d, method):
    nodes = (core.cubature_rule("gauss-kronrod", d, 15 if d == 3 else 21) + 1) / 2
    rng, missed, wrong = np.random.default_rng(d), 0, 0
    for _ in range(2000):
        low = rng.random(d)
        high = np.minimum(low + rng.random(d), 1.0)
        f = lambda x: 1.0 + ((x > low) & (x < high)).all(-1)  # noqa: B023, E731
        size = np.prod(high - low)
        if size < 5e-3 or f(nodes.T).max() > 1:
            continue
        missed += 1
        found = integrate_nd(f, [0] * d, [1] * d, rtol=1e-3, method=method, max_evaluations=300_000)
        assert found.status in ("converged", "max_evaluations")
        wrong += found.status == "converged" and abs(found.value - 1 - size) > found.error
    assert missed >= 20
    assert wrong <= missed / 20


@pytest.mark.parametrize(("d", "look"), [(1, 8 * 21), (2, 8 * 441), (3, 15**3 + 2**13), (4, 65 + 256 + 2**13)])
def test_constants_are_looked_at_again(d, look):
    for constant in (0.0, -3.0, 1e300):
        found = integrate_nd(lambda x: np.full(len(x), constant), [0] * d, [1] * d)  # noqa: B023
        assert (found.status, found.n_evaluations) == ("converged", look)
        assert found.value == pytest.approx(constant, rel=1e-14)
    few = integrate_nd(lambda x: np.ones(len(x)), [0] * d, [1] * d, max_evaluations=look - 1)
    assert few.value == pytest.approx(1.0, rel=1e-14)
    assert few.n_evaluations < look


def test_constants_in_boxes_that_points_make_are_looked_at_as_closely_as_quadratic_polynomials():
    """512 points in each of 16 boxes do not meet this peak, 4096 do."""
    points = [[0.67259268, 0.02298911, 0.46340688, 0.75521763]]
    middle, width = np.array([0.32328253, 0.59019921, 0.13366545, 0.04412657]), np.array([0.203, 0.0861, 0.0386, 0.0333])
    peak = lambda x: np.maximum(0, 1 - abs(x - middle) / width).prod(-1)  # noqa: E731
    found = integrate_nd(peak, [0] * 4, [1] * 4, points=points, rtol=1e-2)
    assert abs(found.value - width.prod()) <= found.error
    constant = integrate_nd(lambda x: np.ones(len(x)), [0] * 4, [1] * 4, points=points)
    assert constant.n_evaluations == 16 * (65 + 256 + 4096)
    few = integrate_nd(lambda x: np.ones(len(x)), [0] * 4, [1] * 4, points=points, max_evaluations=constant.n_evaluations - 1)
    assert few.n_evaluations == 16 * (65 + 256 + 512)


def test_what_other_points_saw_is_not_forgotten():
    """The grid that follows has no point in the box that one of the points spread evenly has met."""
    low, high = np.array([0.41694736, 0.46905987, 0.19139613, 0.756]), np.array([1.0, 1.0, 0.66281493, 0.81819173])
    f = lambda x: 1 - 1.745 * ((x >= low) & (x < high)).all(-1)  # noqa: E731
    found = integrate_nd(f, [0] * 4, [1] * 4, rtol=1e-3)
    assert abs(found.value - 1 + 1.745 * np.prod(high - low)) <= found.error


def not_finite(found):
    return found.status == "not_finite" and math.isnan(found.value) and found.error == math.inf


@pytest.mark.parametrize("method", ["auto", "genz-malik"])
@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("size", [1e300, 1e307, 1e308, np.finfo(float).max])
def test_values_close_to_overflow_give_the_integral_or_say_so(size, d, method):
    cases = [
        (lambda x: np.full(len(x), size), 1.0),
        (lambda x: size * x[:, 0], 0.5),
        (lambda x: np.where(x[:, 0] < 0.3, -size, size), 0.4),
        (lambda x: size * np.cos(20 * x[:, 0]), math.sin(20) / 20),
        (lambda x: size * np.exp(-20 * ((x - 0.4) ** 2).sum(-1)), 0.0),
    ]
    part = math.sqrt(math.pi / 80) * (math.erf(0.6 * math.sqrt(20)) + math.erf(0.4 * math.sqrt(20)))
    cases[-1] = (cases[-1][0], part**d)
    for f, exact in cases:
        found = integrate_nd(f, [0] * d, [1] * d, rtol=1e-3, method=method, max_evaluations=100_000)
        assert not_finite(found) or abs(found.value / size - exact) <= found.error / size * 1.0001 + 1e-14
        assert size > 1e300 or found.status == "converged"


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_single_point_that_is_not_finite_is_never_passed_over(bad, d):
    for at in (0, 7, 500, 3800):
        calls = [0]

        def f(x):
            y = abs(x - 0.3).sum(-1)
            first, calls[0] = calls[0], calls[0] + len(x)  # noqa: B023
            if first <= at < calls[0]:  # noqa: B023
                y[at - first] = bad  # noqa: B023
            return y

        found = integrate_nd(f, [0] * d, [1] * d, rtol=1e-9, max_evaluations=20_000)
        assert not_finite(found) or calls[0] <= at
        assert found.n_evaluations == calls[0]


def test_ranges_that_overflow_say_so():
    for d in (2, 4):
        assert not_finite(integrate_nd(lambda x: np.ones(len(x)), [-1e308] * d, [1e308] * d))
    thin = integrate_nd(lambda x: np.ones(len(x)), [0, 0], [1e-200, 1e200])
    assert (thin.status, thin.value) == ("converged", pytest.approx(1.0, rel=1e-14))


@pytest.mark.parametrize("method", ["auto", "genz-malik"])
@pytest.mark.parametrize("d", [2, 3, 4])
def test_a_jump_between_a_cut_and_the_outermost_points_is_seen(d, method):
    for cut in (0.5, 0.25, 0.375):
        for distance in (1e-3, 3e-4, 1e-4, 3e-5, 0.0, -1e-4, -3e-4, -1e-3):
            at = cut - distance
            f = lambda x: np.where(x[:, 0] < at, 1 + x[:, 1] ** 2, 0.0)  # noqa: B023, E731
            found = integrate_nd(f, [0] * d, [1] * d, rtol=1e-5, method=method, max_evaluations=300_000)
            assert found.status == "converged"
            assert abs(found.value - at * 4 / 3) <= found.error
