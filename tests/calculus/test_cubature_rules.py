"""The rules of cubature beside their definitions: exact fractions, null rules from an SVD, and a fit by least squares."""

import math
from fractions import Fraction
from functools import reduce
from itertools import combinations, combinations_with_replacement, product

import numpy as np
import pytest

from mlcore._core import calculus as core

ROUNDING = 50 * np.finfo(float).eps


def genz_malik(d):
    """Nodes, shape (d, n), and a function: mean, error, rounding and roughness of values there."""
    return core.cubature_rule("genz-malik", d, 0), lambda y: core.apply_cubature_rule("genz-malik", d, 0, y)


def kronrod(d, n):
    return core.cubature_rule("gauss-kronrod", d, n), lambda y: core.apply_cubature_rule("gauss-kronrod", d, n, y)


def monomials(d, degree):
    for total in range(degree + 1):
        for chosen in combinations_with_replacement(range(d), total):
            yield np.bincount(np.array(chosen, dtype=int), minlength=d)


@pytest.mark.parametrize("d", [2, 3, 5, 8])
def test_genz_malik_is_exact_to_degree_7(d):
    nodes, apply = genz_malik(d)
    assert nodes.shape == (d, 1 + 4 * d + 2 * d * d + 2**d)
    for powers in monomials(d, 7):
        exact = math.prod(Fraction(1, int(p) + 1) if p % 2 == 0 else Fraction(0) for p in powers)
        mean, _, rounding, _ = apply(np.prod(nodes ** powers[:, None], axis=0))
        assert abs(mean - float(exact)) <= rounding


def test_genz_malik_is_not_exact_beyond():
    nodes, apply = genz_malik(2)
    assert abs(apply(nodes[0] ** 8)[0] - 1 / 9) > 1e-3


@pytest.mark.parametrize("d", [2, 4])
def test_null_rules_give_zero_for_cubics(d):
    nodes, apply = genz_malik(d)
    for powers in monomials(d, 3):
        assert apply(np.prod(nodes ** powers[:, None], axis=0))[1] < 3e-14
    assert apply(nodes[0] ** 4)[1] > 1e-3


def genz_malik_by_definition(d, y):
    """What the rule should say: weights by orbits, null rules from an SVD, the polynomial through five points on an axis."""
    l2, l3, l5, edge = (9 / 70) ** 0.5, (9 / 10) ** 0.5, (9 / 19) ** 0.5, 0.995
    axis = lambda a: np.repeat(np.eye(d), 2, axis=0) * np.tile([[a], [-a]], (d, 1))  # noqa: E731
    pairs = np.zeros((2 * d * (d - 1), d))
    for k, (i, j) in enumerate(combinations(range(d), 2)):
        pairs[4 * k : 4 * k + 4, [i, j]] = [[l3, l3], [l3, -l3], [-l3, l3], [-l3, -l3]]
    orbits = [np.zeros((1, d)), axis(l2), axis(l3), pairs, l5 * np.array([*product((1.0, -1.0), repeat=d)])]
    sizes = np.array([len(orbit) for orbit in orbits])
    seventh = np.array([12824 - 9120 * d + 400 * d * d, 2940, 1820 - 400 * d, 200, 6859 / 2**d]) / 19683
    powers = ((0,), (2,), (4,), (2, 2))
    moments = [[np.prod([x[:, i] ** p for i, p in enumerate(q)], axis=0).sum() for x in orbits] for q in powers]
    nulls, scale = [], sizes**0.5
    for against, count in ((4, 1), (2, 2), (1, 1)):
        rows = np.array([*(m / scale for m in moments[:against]), *nulls])
        nulls += list(np.linalg.svd(rows)[2][len(rows) :][:count])
    nulls = np.array(nulls) / scale * (seventh**2 @ sizes) ** 0.5
    ends = np.cumsum(sizes)
    sums = np.array([part.sum() for part in np.split(y[: ends[-1]], ends[:-1])])
    null5, a, b, null1 = abs(nulls @ sums)
    null3 = math.hypot(a, b)
    bends, uppers, lowers = [], [], []
    for i in range(d):
        on_axis = np.concatenate([y[1 + 2 * i : 3 + 2 * i], y[1 + 2 * d + 2 * i : 3 + 2 * d + 2 * i]])
        bends.append(abs(on_axis[:2].sum() - 2 * y[0] - (on_axis[2:].sum() - 2 * y[0]) / 7))
        through = np.polynomial.Polynomial.fit([0, l2, -l2, l3, -l3], [y[0], *on_axis], 4)
        uppers.append(y[ends[-1] + 2 * i] - through(edge))
        lowers.append(y[ends[-1] + 2 * i + 1] - through(-edge))
    beside = np.maximum(np.abs(uppers), np.abs(lowers))
    ratio, sixth = max(null5 / null3, null3 / null1), (abs(np.add(uppers, lowers)) / 2).max()
    cubic = max(bends) <= ROUNDING * abs(y).max()
    ratio = min(0.5, math.sqrt(ratio) if cubic else max(ratio, 0.5 * sixth / max(bends)))
    error = max(3 * ratio * max(null5, ratio * null3), 0.03 * beside.max())
    points = np.concatenate([*orbits, axis(edge)]).T
    weights = np.repeat(seventh, sizes)
    rounding = ROUNDING * (abs(weights) @ abs(y[: ends[-1]]))
    return points, (weights @ y[: ends[-1]], error, rounding, np.maximum(bends, beside))


@pytest.mark.parametrize("d", [2, 3, 5, 9])
def test_genz_malik_says_what_it_should(d):
    nodes, apply = genz_malik(d)
    rng = np.random.default_rng(d)
    squares = np.prod(1.5 + nodes[:3] + nodes[:3] ** 2, axis=0)  # a quadratic polynomial on each axis
    for y in (rng.normal(size=nodes.shape[1]), np.exp(0.3 * nodes.sum(0)), abs(nodes[0] - 0.2), np.cos(nodes.sum(0)), squares):
        points, expected = genz_malik_by_definition(d, y)
        assert np.allclose(nodes, points, rtol=0, atol=1e-15)
        found = apply(y)
        for one, other in zip(found, expected, strict=True):
            assert np.allclose(one, other, rtol=1e-9, atol=1e-13)
        wide = np.stack([np.full_like(y, np.nan), y], axis=1)[:, 1]
        assert str(apply(wide)) == str(found)


@pytest.mark.parametrize("d", [2, 5])
def test_genz_malik_hides_no_nan(d):
    nodes, apply = genz_malik(d)
    for bad in (np.nan, np.inf, -np.inf):
        for j in range(nodes.shape[1]):
            y = np.ones(nodes.shape[1])
            y[j] = bad
            mean, error, _, _ = apply(y)
            assert not math.isfinite(mean) or not math.isfinite(error)


@pytest.mark.parametrize("n", [15, 21])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_product_rule_is_exact_for_high_degrees(d, n):
    nodes, apply = kronrod(d, n)
    assert nodes.shape == (d, n**d)
    for power in range(0, 3 * n // 2 + 1, 2):
        assert abs(apply(np.prod(nodes**power, axis=0))[0] - (power + 1.0) ** -d) < 1e-14
    for power in range(n // 2 * 2 - 3):
        assert apply(nodes[0] ** power * nodes[-1])[3].max() < 1e-15


def line(n):
    """The rule on a line: nodes, weights with the sum 1, the even and the odd difference."""
    nodes = core.cubature_rule("gauss-kronrod", 1, n)[0]
    mean = np.linalg.solve(np.polynomial.legendre.legvander(nodes, n - 1).T, 1.0 * (np.arange(n) == 0))
    at, weights = np.polynomial.legendre.leggauss(n // 2)
    assert np.allclose(nodes[1::2], at, rtol=0, atol=1e-15)
    even = mean.copy()
    even[1::2] -= weights / 2
    right = nodes[n // 2 + 1 :]
    divided = 1 / (right * (right[:, None] ** 2 - right**2 + np.eye(len(right))).prod(1))
    odd = np.concatenate([-divided[::-1], [0.0], divided])
    return nodes, mean, even, odd * 0.25 * np.linalg.norm(even) / np.linalg.norm(odd)


@pytest.mark.parametrize("n", [15, 21])
def test_differences_of_a_line(n):
    x, _, even, odd = line(n)
    for power in range(n - 2):
        assert abs(even @ x**power) < 1e-15
        assert abs(odd @ x**power) < 1e-15
    assert odd @ x ** (n - 2) > 5e-7
    assert even @ x ** (n - 1) > 1e-6


@pytest.mark.parametrize("n", [15, 21])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_product_rule_says_what_it_should(d, n):
    nodes, apply = kronrod(d, n)
    x, weights, even, odd = line(n)
    assert np.array_equal(nodes, np.stack(np.meshgrid(*[x] * d, indexing="ij")).reshape(d, -1))
    together = reduce(np.multiply.outer, [weights] * d).ravel()
    for y in (np.random.default_rng(d).normal(size=n**d), np.exp(nodes.sum(0)), abs(nodes.sum(0) - 0.1), np.ones(n**d)):
        differences = []
        for axis in range(d):
            lines = abs(np.tensordot(y.reshape([n] * d), np.stack([even, odd]), axes=(axis, 1))).max(-1)
            differences.append(lines.ravel() @ reduce(np.multiply.outer, [weights] * (d - 1), np.ones(())).ravel())
        mean, total = together @ y, sum(differences)
        spread = together @ abs(y - mean)
        found = apply(y)
        assert found[0] == pytest.approx(mean, rel=1e-13, abs=1e-14)
        assert np.allclose(found[3], differences, rtol=1e-11, atol=2e-15)
        if spread > 1e-12:
            assert found[1] == pytest.approx(spread * min(1, 200 * total / spread) ** 1.5, rel=1e-6, abs=1e-15)
        else:
            assert found[1] < 1e-14
        assert found[2] == pytest.approx(ROUNDING * (together @ abs(y)), rel=1e-12)
        wide = np.stack([np.full_like(y, np.nan), y], axis=1)[:, 1]
        assert str(apply(wide)) == str(found)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_product_rule_hides_no_nan(d):
    _, apply = kronrod(d, 15)
    for bad in (np.nan, np.inf, -np.inf):
        for j in (0, 7, 14, 15**d // 2, 15**d - 1):
            y = np.ones(15**d)
            y[j] = bad
            mean, error, _, _ = apply(y)
            assert not math.isfinite(mean) or not math.isfinite(error)


def test_the_difference_of_a_jump_does_not_vanish():
    _, _, even, odd = line(21)
    assert np.maximum(abs(np.cumsum(even)), abs(np.cumsum(odd)))[:-1].min() > 5e-4  # a jump before the next node


def control(d):
    points = core.check_cubature_rule(d, None, 64 * d)
    return points, points.shape[1] - 64 * d, lambda y: core.check_cubature_rule(d, y, 64 * d)


@pytest.mark.parametrize("d", [2, 4, 9])
def test_control_points_are_even_and_quadratics_are_fitted(d):
    points, n, check = control(d)
    assert np.array_equal(points[:, :n], genz_malik(d)[0])
    assert abs(points).max() <= 1
    assert abs(points[:, n:].mean(1)).max() < 0.03
    y = 1 + points[0] - points[-1] * points[0] + points[1] ** 2
    hidden, apart, exact = check(y)
    assert exact
    assert hidden == 0
    assert apart < 1e-13
    y[-1] += 7
    assert abs(check(y)[0] - 7) < 1e-12
    assert not check(y)[2]
    y[-1] = np.nan
    assert check(y)[0] == np.inf


@pytest.mark.parametrize("d", [2, 4, 7])
def test_control_fits_by_least_squares(d):
    points, n, check = control(d)
    i, j = np.triu_indices(d)
    columns = np.concatenate([np.ones((1, points.shape[1])), points, points[i] * points[j]]).T
    noise = np.random.default_rng(d).normal(size=points.shape[1])
    hidden = np.where(np.arange(points.shape[1]) < n, 0.01, 1.0) * points[0] ** 3
    for y in (np.exp(points.sum(0)), noise, hidden):
        fitted = columns @ np.linalg.lstsq(columns[:n], y[:n], rcond=None)[0]
        residuals = abs(y - fitted)
        beyond = residuals[n:].max() if residuals[n:].max() > 12 * residuals[:n].max() else 0.0
        apart = abs((y - fitted)[n:].mean() - core.apply_cubature_rule("genz-malik", d, 0, (y - fitted)[:n])[0])
        found = check(y)
        assert found[:2] == pytest.approx((beyond, apart), rel=1e-9, abs=1e-12)
        assert not found[2]


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_infinite_ranges_are_mapped(sign):
    t = np.linspace(-0.999 if sign == 0 else 0.0, 0.999, 1001)
    x = t.copy()
    slope = core.map_infinite(x, 3.0, sign)
    for found, at, tangent in zip(x, t, slope, strict=True):
        at = Fraction(float(at))
        rest = 1 - at * at if sign == 0 else 1 - at
        exact = at / rest if sign == 0 else 3 + sign * at / rest
        assert abs(found - float(exact)) <= 4 * np.finfo(float).eps * (abs(float(at / rest)) + 3 * abs(sign))
        assert tangent == pytest.approx(float((1 + at * at if sign == 0 else 1) / rest**2), rel=1e-15)
    ends = np.array([1.0])
    assert core.map_infinite(ends, 3.0, sign)[0] == np.inf
    assert abs(ends[0]) == np.inf
