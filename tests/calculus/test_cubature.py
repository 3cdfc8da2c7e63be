"""Cubature: integrals against closed forms, and nothing silently wrong."""

import math
import sys
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

from mlcore._core import calculus as core
from mlcore.calculus import integrate_nd

FAMILIES = {"oscillatory": 9.0, "product": 7.25, "corner": 1.85, "gaussian": 7.03, "kink": 20.4, "jump": 4.3}


def genz(name, d, seed):
    """A function of A. Genz's families (1984) on [0, 1]^d with random parameters, and its integral."""
    rng = np.random.default_rng(seed)
    w, c = rng.uniform(0.05, 0.95, d), rng.random(d)
    c *= FAMILIES[name] / c.sum()
    if name == "oscillatory":
        exact = (np.exp(2j * np.pi * w[0]) * np.prod((np.exp(1j * c) - 1) / (1j * c))).real
        return lambda x: np.cos(2 * np.pi * w[0] + x @ c), exact
    if name == "product":
        exact = np.prod(c * (np.arctan(c * (1 - w)) + np.arctan(c * w)))
        return lambda x: np.prod(1 / (c**-2 + (x - w) ** 2), axis=-1), exact
    if name == "corner":
        rates = [Fraction(a) for a in c]
        terms = (
            Fraction((-1) ** sum(bits)) / (1 + sum(a for a, bit in zip(rates, bits, strict=True) if bit))
            for bits in product((0, 1), repeat=d)
        )
        return lambda x: (1 + x @ c) ** -(d + 1.0), float(sum(terms) / math.factorial(d) / math.prod(rates))
    if name == "gaussian":
        widths = [(math.erf(a * (1 - b)) + math.erf(a * b)) / (2 * a) for a, b in zip(c, w, strict=True)]
        exact = math.prod(widths) * math.pi ** (d / 2)
        return lambda x: np.exp(-((c * (x - w)) ** 2).sum(-1)), exact
    if name == "kink":
        exact = np.prod((2 - np.exp(-c * w) - np.exp(-c * (1 - w))) / c)
        return lambda x: np.exp(-(c * abs(x - w)).sum(-1)), exact
    ends = np.where(np.arange(d) < 2, w, 1.0)
    return lambda x: np.where((x[..., :2] > w[:2]).any(-1), 0.0, np.exp(x @ c)), np.prod(np.expm1(c * ends) / c)


def test_a_jump_where_one_difference_vanishes_is_seen():
    x = core.cubature_rule("gauss-kronrod", 1, 21)[0]
    for left, right in pairwise(x):
        at = (left + 0.9 * (right - left) + 1) / 2
        result = integrate_nd(lambda x, at=at: np.where(x[..., 0] < at, 1.0, 2.0), [0, 0], [1, 1], rtol=1e-2)
        assert abs(result.value - 2 + at) <= result.error


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-5])
def test_a_kink_on_the_diagonal_is_seen(d, rtol):
    result = integrate_nd(lambda x: x.max(-1), [0] * d, [1] * d, rtol=rtol, max_evaluations=200_000)
    assert abs(result.value - d / (d + 1)) <= result.error


@pytest.mark.parametrize("d", [4, 5])
def test_a_corner_that_few_points_see_is_found(d):
    f = lambda x: np.maximum(x.sum(-1) - d + 1.4, 0) ** 2  # noqa: E731
    exact = 2 * 1.4 ** (d + 2) / math.factorial(d + 2) - 2 * d * 0.4 ** (d + 2) / math.factorial(d + 2)
    result = integrate_nd(f, [0] * d, [1] * d, rtol=1e-2, max_evaluations=300_000)
    assert abs(result.value - exact) <= result.error


@pytest.mark.parametrize(
    ("centre", "radius"), [((0.27, 0.27, 0.37), 0.26), ((0.68, 0.31, 0.33, 0.69), 0.3), ((0.65, 0.32, 0.33, 0.32, 0.64), 0.31)]
)
def test_a_ball_that_the_first_points_miss_is_found(centre, radius):
    d = len(centre)
    f = lambda x: 0.1 + (((x - centre) ** 2).sum(-1) < radius**2)  # noqa: E731
    assert not (f((core.cubature_rule("genz-malik", d, 0).T + 1) / 2) > 1).any()
    exact = 0.1 + math.pi ** (d / 2) / math.gamma(d / 2 + 1) * radius**d
    result = integrate_nd(f, [0] * d, [1] * d, rtol=1e-3, method="genz-malik", max_evaluations=100_000)
    assert abs(result.value - exact) <= result.error


def test_a_kink_that_null_rules_overlook_is_not_accepted_at_once():
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng([seed, 17])
        d, t = int(rng.integers(2, 6)), rng.uniform(0.05, 0.95)
        result = integrate_nd(lambda x, t=t: abs(x[..., 0] - t) + x.sum(-1), [0] * d, [1] * d, rtol=1e-3, method="genz-malik")
        exact = (t * t + (1 - t) ** 2) / 2 + d / 2
        wrong += result.status == "converged" and abs(result.value - exact) > 1e-3 * exact
    assert wrong == 0


@pytest.mark.parametrize("method", ["auto", "genz-malik"])
@pytest.mark.parametrize("d", [2, 3, 4, 6, 8])
@pytest.mark.parametrize("name", ["oscillatory", "product", "corner", "gaussian"])
def test_smooth_families(name, d, method):
    for seed in range(3):
        f, exact = genz(name, d, seed)
        result = integrate_nd(f, [0] * d, [1] * d, rtol=1e-6 if d < 6 else 1e-3, method=method, max_evaluations=1_000_000)
        assert abs(result.value - exact) <= result.error
        assert result.n_evaluations <= 1_000_000
        if result.status == "converged":
            assert result.error <= (1e-6 if d < 6 else 1e-3) * abs(result.value)
        else:
            assert result.status == "max_evaluations"
            assert result.error > 1e-6 * abs(result.value)


@pytest.mark.parametrize("d", [2, 3, 4, 5])
@pytest.mark.parametrize("name", ["kink", "jump"])
def test_rough_families(name, d):
    for seed in range(3):
        f, exact = genz(name, d, seed)
        result = integrate_nd(f, [0] * d, [1] * d, rtol=1e-3, max_evaluations=500_000)
        assert abs(result.value - exact) <= result.error
        assert result.status in ("converged", "max_evaluations")


def test_one_dimension_and_a_reversed_limit():
    result = integrate_nd(lambda x: np.exp(x[..., 0]), [1.0], [0.0], rtol=1e-13)
    assert result.status == "converged"
    assert abs(result.value + math.e - 1) <= result.error <= 1e-12
    both = integrate_nd(lambda x: x[..., 0] * x[..., 1], [1, 1], [0, 0])
    assert both.value == pytest.approx(0.25, rel=1e-14)


def test_equal_limits_give_zero():
    result = integrate_nd(lambda x: np.ones((len(x), 3)), [0, 2], [1, 2])
    assert result.value.tolist() == [0, 0, 0]
    assert (result.error, result.status) == (0, "converged")
    assert integrate_nd(lambda x: x[..., 0], [0, np.inf], [1, np.inf]).value == 0


@pytest.mark.parametrize("d", [1, 2, 3])
def test_infinite_limits(d):
    result = integrate_nd(lambda x: np.exp(-((x - 0.3) ** 2).sum(-1)), [-np.inf] * d, [np.inf] * d, rtol=1e-8)
    assert result.status == "converged"
    assert abs(result.value - math.pi ** (d / 2)) <= result.error <= 1e-8 * result.value


def test_half_infinite_limits():
    def f(x):
        return np.exp(x[..., 0] - x[..., 1]) / (1 + x[..., 2] ** 2)

    result = integrate_nd(f, [-np.inf, 1, -np.inf], [2, np.inf, np.inf])
    assert result.status == "converged"
    assert abs(result.value - math.e * math.pi) <= result.error
    back = integrate_nd(lambda x: np.exp(-x[..., 0]), [np.inf], [0])
    assert abs(back.value + 1) <= back.error


@pytest.mark.parametrize("d", [2, 3, 4])
def test_simplex_by_dependent_limits(d):
    def rest(x):
        return 1 - x.sum(-1)

    result = integrate_nd(lambda x: np.ones(len(x)), [0.0] * d, [1.0, *[rest] * (d - 1)], rtol=1e-10 if d < 4 else 1e-6)
    assert result.status == "converged"
    assert abs(result.value - 1 / math.factorial(d)) <= result.error
    flipped = integrate_nd(lambda x: np.ones(len(x)), [0.0, *[rest] * (d - 1)], [1.0, *[0.0] * (d - 1)], rtol=1e-6)
    assert flipped.value == pytest.approx((-1) ** (d - 1) / math.factorial(d), rel=1e-6)


def test_a_complex_limit_is_refused():
    with pytest.raises(TypeError, match=r"upper\[1\]\(x\) is of dtype complex128"):
        integrate_nd(lambda x: x[..., 0], [0, 0], [1, lambda x: 1j * x[..., 0]])


def test_disc_by_indicator():
    result = integrate_nd(lambda x: ((x**2).sum(-1) <= 1).astype(float), [-1, -1], [1, 1], rtol=1e-3)
    assert result.status == "converged"
    assert abs(result.value - math.pi) <= result.error <= 1e-3 * result.value


def test_several_values():
    powers = np.arange(6).reshape(2, 3)
    result = integrate_nd(lambda x: x[:, 0, None, None] ** powers * x[:, 1, None, None], [0, 0], [1, 2])
    assert result.value.shape == (2, 3)
    assert np.allclose(result.value, 2 / (powers + 1), rtol=1e-13)


def test_a_singular_point():
    def f(x):
        return 1 / np.sqrt((x**2).sum(-1))

    exact = 8 * math.asinh(1)
    assert integrate_nd(lambda x: np.where(x.any(-1), 1.0, np.inf), [-1, -1], [1, 1]).status == "not_finite"
    result = integrate_nd(f, [-1, -1], [1, 1], points=[[0, 0]], rtol=1e-7)
    assert result.status == "converged"
    assert abs(result.value - exact) <= result.error


def test_cuts_make_a_jump_exact():
    f = lambda x: np.where(x[..., 0] < 0.3, 1.0, 2.0) * x[..., 1]  # noqa: E731
    result = integrate_nd(f, [0, 0], [1, 1], points=[[0.3, np.nan]], rtol=1e-12)
    assert result.n_evaluations == 2 * 441
    assert abs(result.value - 0.85) <= result.error
    far = integrate_nd(lambda x: np.exp(-abs(x[..., 0])), [-np.inf], [np.inf], points=[[0.0]], rtol=1e-10)
    assert abs(far.value - 2) <= far.error <= 2e-10


def test_not_finite():
    for bad in (np.nan, np.inf, -np.inf):
        result = integrate_nd(lambda x, bad=bad: np.where(x[..., 0] > 0.9, bad, 1.0), [0] * 3, [1] * 3)
        assert math.isnan(result.value)
        assert (result.error, result.status) == (math.inf, "not_finite")


def test_roundoff_says_so():
    odd = integrate_nd(lambda x: np.sin(7 * x[..., 0] + x[..., 1]), [-1, -1], [1, 1])
    assert odd.status == "converged"
    assert abs(odd.value) <= max(odd.error, 1e-16)
    for atol, status in ((None, "converged"), (0.0, "roundoff")):
        fine = integrate_nd(lambda x: np.exp(x.sum(-1)), [0, 0], [1, 1], rtol=1e-17, atol=atol)
        assert fine.status == status
        assert abs(fine.value - (math.e - 1) ** 2) <= fine.error <= 1e-13


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(("rtol", "atol"), [(0.0, 0.0), (1e-17, 0.0), (0.0, 1e-300)])
def test_a_tolerance_out_of_reach_asks_for_the_best_there_is(d, rtol, atol):
    result = integrate_nd(lambda x: np.cos(7 * x.sum(-1)), [0] * d, [1] * d, rtol=rtol, atol=atol, method="gauss-kronrod")
    assert result.status == "roundoff"
    assert abs(result.value - (((np.exp(7j) - 1) / 7j) ** d).real) <= result.error <= 1e-13


def test_three_dimensions_take_few_points_where_few_do():
    few = integrate_nd(lambda x: np.exp(x.sum(-1)), [0] * 3, [1] * 3, rtol=1e-9)
    assert (few.n_evaluations, few.method, few.status) == (15**3, "gauss-kronrod", "converged")
    assert abs(few.value - (math.e - 1) ** 3) <= few.error
    more = integrate_nd(lambda x: np.exp(-9 * (x**2).sum(-1)), [0] * 3, [1] * 3, rtol=1e-7)
    assert (more.n_evaluations, more.method, more.status) == (15**3 + 21**3, "gauss-kronrod", "converged")
    assert abs(more.value - (math.sqrt(math.pi) / 6 * math.erf(3)) ** 3) <= more.error
    kink = integrate_nd(lambda x: abs(x[..., 0] - 0.3), [0] * 3, [1] * 3, rtol=1e-5)
    assert kink.method == "genz-malik"
    assert abs(kink.value - 0.29) <= kink.error


@pytest.mark.parametrize("d", [3, 4])
def test_noise_on_the_axes_is_no_roughness(d):
    """On each axis a quadratic polynomial: of its differences of the fourth and sixth order there is only rounding."""
    found = []
    for scale in (2.0**-900, 1.0, 2.0**900):
        result = integrate_nd(lambda x: scale * (1 + x**2).prod(-1), [0] * d, [1] * d, method="genz-malik", rtol=1e-5)  # noqa: B023
        assert result.status == "converged"
        assert result.n_evaluations < {3: 5000, 4: 40_000}[d]  # four times as many, a hundred times if the noise counts
        assert abs(result.value / scale - (4 / 3) ** d) <= result.error / scale
        found.append((result.value / scale, result.n_evaluations))
    assert len(set(found)) == 1


def test_too_few_evaluations():
    result = integrate_nd(lambda x: np.exp(-100 * abs(x - 0.3).sum(-1)), [0] * 5, [1] * 5, max_evaluations=1000)
    assert result.status == "max_evaluations"
    assert result.n_evaluations <= 1000
    assert integrate_nd(lambda x: x[..., 0], [0] * 4, [1] * 4, max_evaluations=1).n_evaluations == 65


def test_same_digits_and_inputs_left_alone():
    f, _ = genz("gaussian", 4, 1)
    lower, upper = np.zeros(4), np.ones(4)
    first, second = (integrate_nd(f, lower, upper) for _ in range(2))
    assert first == second
    assert not lower.any()
    assert upper.all()


def test_functions_that_raise_or_do_not_fit():
    with pytest.raises(ZeroDivisionError):
        integrate_nd(lambda x: 1 / 0, [0, 0], [1, 1])
    with pytest.raises(ValueError, match=r"f returned the shape \(\)"):
        integrate_nd(lambda x: x.sum(), [0, 0], [1, 1])
    with pytest.raises(ValueError, match="Complex"):
        integrate_nd(lambda x: x[..., 0] + 1j, [0, 0], [1, 1])
    with pytest.raises(TypeError, match="f is 3"):
        integrate_nd(3, [0, 0], [1, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lower": [0, 0], "upper": [1]}, "lower has 2 limits and upper 1"),
        ({"lower": 0, "upper": 1}, r"lower has the shape \(\)"),
        ({"lower": [], "upper": []}, r"lower has the shape \(0,\)"),
        ({"lower": [0, np.nan], "upper": [1, 1]}, r"lower\[1\] is nan"),
        ({"lower": [0, 0], "upper": [abs, 1]}, r"lower\[0\] or upper\[0\] is a function"),
        ({"lower": [0, -np.inf], "upper": [1, abs]}, r"lower\[1\] is -inf where"),
        ({"lower": [0, 0], "upper": [1, lambda x: np.inf]}, r"upper\[1\] returned NaN or an infinity"),
        ({"lower": [0, 0], "upper": [1, lambda x: math.sqrt(x[0, 0])]}, r"upper\[1\] returned .* for one of them by itself"),
        ({"lower": [0, lambda x: x[:, 0].max()], "upper": [1, 2]}, r"lower\[1\] returned .* for one of them by itself"),
        ({"lower": [0, 0], "upper": [1, lambda x: np.ones(3)]}, r"upper\[1\] returned the shape \(3,\)"),
        ({"rtol": -1}, "rtol is -1"),
        ({"atol": np.nan}, "atol is nan"),
        ({"max_evaluations": 0}, "max_evaluations is 0"),
        ({"method": "simpson"}, "method is 'simpson'"),
        ({"lower": [0], "upper": [1], "method": "genz-malik"}, "in 1 dimension"),
        ({"lower": [0] * 4, "upper": [1] * 4, "method": "gauss-kronrod"}, "in 4 dimensions"),
        ({"lower": [0] * 16, "upper": [1] * 16}, "Use monte_carlo"),
        ({"points": [0.5, 0.5]}, r"points has the shape \(2,\)"),
        ({"points": np.random.default_rng(0).random((70, 2))}, "at most 4096"),
        ({"lower": [0, 0], "upper": [1, lambda x: x[:, 0]], "points": [[0.5, 0.5]]}, "points names values"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        integrate_nd(lambda x: x[..., 0], **{"lower": [0, 0], "upper": [1, 1], **arguments})


def test_smooth_functions_in_three_dimensions_take_products_for_small_tolerances():
    f = lambda x: np.exp(-9 * ((x - 0.4) ** 2).sum(-1))  # noqa: E731
    exact = (math.sqrt(math.pi) / 6 * (math.erf(1.8) + math.erf(1.2))) ** 3
    result = integrate_nd(f, [0] * 3, [1] * 3, rtol=1e-11)
    assert (result.n_evaluations, result.method, result.status) == (15**3 + 9 * 21**3, "gauss-kronrod", "converged")
    assert abs(result.value - exact) <= result.error <= 1e-11 * exact
    kinks = integrate_nd(lambda x: np.maximum(x[..., 0] - 0.3, 0) ** 3, [0] * 3, [1] * 3, rtol=1e-8)
    assert kinks.method == "genz-malik"
    assert abs(kinks.value - 0.7**4 / 4) <= kinks.error <= 1e-8 * kinks.value


@pytest.mark.parametrize("d", [1, 2, 4])
def test_all_kinds_of_values(d):
    f = lambda x: np.exp(x.sum(-1))  # noqa: E731
    expected = integrate_nd(f, [0] * d, [1] * d)
    kinds = [
        lambda x: f(x).tolist(),
        lambda x: f(x).astype(">f8"),
        lambda x: np.stack([f(x), f(x)], axis=1)[:, 0],
        lambda x: f(x)[::-1].copy()[::-1],
        lambda x: np.frombuffer(b"0" + f(x).tobytes(), np.uint8)[1:].view(np.float64) if len(x) else f(x),
    ]
    for kind in kinds:
        assert integrate_nd(kind, [0] * d, [1] * d) == expected
    single = integrate_nd(lambda x: f(x).astype(np.float32), [0] * d, [1] * d, rtol=1e-4)
    assert single.value == pytest.approx(expected.value, rel=1e-6)
    whole = integrate_nd(lambda x: np.ones(len(x), dtype=int), [0] * d, [2] * d)
    assert whole.value == pytest.approx(2.0**d, rel=1e-14)
    assert integrate_nd(lambda x: x[..., 0] > -1, [0] * d, [2] * d).value == pytest.approx(2.0**d, rel=1e-14)
    one = integrate_nd(lambda x: f(x)[:, None], [0] * d, [1] * d)
    assert one.value.shape == (1,)
    assert one.value[0] == expected.value


@pytest.mark.parametrize("method", ["gauss-kronrod", "genz-malik"])
def test_several_values_are_those_of_each(method):
    functions = [lambda x: np.exp(x.sum(-1)), lambda x: abs(x[..., 0] - 0.3), lambda x: np.cos(9 * x[..., 1])]
    together = integrate_nd(
        lambda x: np.stack([g(x) for g in functions], -1), [0, 0], [1, 1], rtol=1e-4, method=method, max_evaluations=2000
    )
    first = 441 if method == "gauss-kronrod" else 21 + 128
    for i, g in enumerate(functions):
        alone = integrate_nd(g, [0, 0], [1, 1], method=method, max_evaluations=first)
        whole = integrate_nd(
            lambda x: np.stack([h(x) for h in functions], -1), [0, 0], [1, 1], method=method, max_evaluations=first
        )
        assert whole.value[i] == alone.value
        assert whole.error >= alone.error
    assert together.n_evaluations > first


def test_points_may_be_kept_and_written():
    kept = []

    def f(x):
        kept.append((x, x.copy()))
        return np.exp(-9 * x[..., 0]) * abs(x[..., 1] - 0.3)

    def spoiling(x):
        y = np.exp(-9 * x[..., 0]) * abs(x[..., 1] - 0.3)
        x[:] = np.nan
        return y

    result = integrate_nd(f, [0, 0], [1, 1], rtol=1e-5, method="genz-malik")
    assert len(kept) > 3
    assert all(np.array_equal(x, copy) for x, copy in kept)
    assert sum(len(x) for x, _ in kept) == result.n_evaluations
    assert all(x.shape[1:] == (2,) and x.min() > 0 and x.max() < 1 for x, _ in kept)
    assert integrate_nd(spoiling, [0, 0], [1, 1], rtol=1e-5, method="genz-malik") == result
    view = integrate_nd(lambda x: x[..., 0], [0] * 4, [1] * 4)
    assert view.value == pytest.approx(0.5, rel=1e-14)


def test_what_goes_wrong_later_on():
    calls = []

    def f(x, then):
        calls.append(len(x))
        y = abs(x[..., 0] - 0.3)
        return y if len(calls) < 3 else then(y)

    def fail(y):
        raise KeyError(len(y))

    with pytest.raises(KeyError):
        integrate_nd(lambda x: f(x, fail), [0] * 4, [1] * 4, rtol=1e-6)
    assert len(calls) == 3
    calls.clear()
    with pytest.raises(ValueError, match=r"of shape \(2,\) after those of shape \(\)"):
        integrate_nd(lambda x: f(x, lambda y: np.stack([y, y], -1)), [0] * 4, [1] * 4, rtol=1e-6)
    calls.clear()
    with pytest.raises(ValueError, match=r"f returned the shape \(3,\)"):
        integrate_nd(lambda x: f(x, lambda y: y[:3]), [0] * 4, [1] * 4, rtol=1e-6)
    calls.clear()
    result = integrate_nd(lambda x: f(x, lambda y: y * np.nan), [0] * 4, [1] * 4, rtol=1e-6)
    assert (result.status, result.error) == ("not_finite", math.inf)
    assert math.isnan(result.value)
    with pytest.raises(ValueError, match="at least one number for each point"):
        integrate_nd(lambda x: np.ones((len(x), 0)), [0] * 4, [1] * 4)


def test_not_finite_at_control_points_only():
    nodes = core.cubature_rule("genz-malik", 2, 0).T
    f = lambda x: np.where((abs(x[:, None] - nodes).max(-1) < 1e-12).any(1), 1.0, np.nan)  # noqa: E731
    result = integrate_nd(f, [-1, -1], [1, 1], method="genz-malik")
    assert result.status == "not_finite"


@pytest.mark.parametrize("most", [1, 20, 21, 148, 149, 150, 500, 5000])
def test_no_more_evaluations_than_allowed(most):
    f = lambda x: abs(x[..., 0] + x[..., 1] - 0.7)  # noqa: E731
    result = integrate_nd(f, [0, 0], [1, 1], rtol=1e-9, method="genz-malik", max_evaluations=most)
    assert result.status == "max_evaluations"
    assert result.n_evaluations <= max(21, most)
    assert abs(result.value - (0.3 + 2 * 0.7**3 / 3)) <= max(result.error, 0.2)


def test_references_are_given_back():
    f = lambda x: np.exp(-x.sum(-1))  # noqa: E731
    integrate_nd(f, [0] * 3, [np.inf] * 3, rtol=1e-3)
    before = sys.getrefcount(f)
    for _ in range(10):
        integrate_nd(f, [0] * 3, [np.inf] * 3, rtol=1e-3)
    assert sys.getrefcount(f) == before


def test_ridges_askew_to_the_axes_in_the_plane() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        m, Q = 0.3 + 0.4 * rng.random(2), np.linalg.qr(rng.normal(size=(2, 2)))[0]
        sigma = 10 ** rng.uniform(-2.3, -1.3, 2)
        found = integrate_nd(lambda x: np.exp(-((((x - m) @ Q) / sigma) ** 2).sum(-1)), [0, 0], [1, 1], rtol=1e-5)  # noqa: B023
        assert found.status == "converged"
        assert abs(found.value - np.pi * sigma.prod()) <= found.error


def test_what_cannot_be_meant() -> None:
    for nothing in (lambda x: [None] * len(x), lambda x: None):
        with pytest.raises(TypeError, match=r"None.*return"):
            integrate_nd(nothing, [0], [1])
    assert integrate_nd(lambda x: x[:, 0], [0], [1], points=[]).value == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"points\[1\] is \[3"):
        integrate_nd(lambda x: abs(x[:, 0] - 0.3), [0], [1], points=[[0.3], [3.0]])
