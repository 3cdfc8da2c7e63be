"""Integrals inside a function that is differentiated, against mpmath: parameters, limits, all modes and orders."""

import functools
import math

import mpmath
import numpy as np
import pytest

from mlcore.calculus import (
    TracingError,
    antiderivative,
    check_grads,
    compile,
    grad,
    graph,
    hessian,
    hvp,
    integrate,
    integrate_nd,
    jacobian,
    jvp,
    monte_carlo,
    taylor,
    value_and_grad,
)

INF = math.inf
mp = mpmath.mp.clone()
mp.dps = 40


def integral(f, a, b, **keywords):
    return lambda p: integrate(lambda x: f(x, p), *(c(p) if callable(c) else c for c in (a, b)), **keywords).value


# f with NumPy and with mpmath, limits, the point
KNOWN = {
    "exp": (lambda x, p: np.exp(-p * x), lambda x, p: mp.exp(-p * x), 0, 1, 1.3),
    "rational": (lambda x, p: 1 / (1 + (p * x) ** 2), lambda x, p: 1 / (1 + (p * x) ** 2), -1, 2, 0.7),
    "infinite": (lambda x, p: np.exp(-p * x * x), lambda x, p: mp.exp(-p * x * x), -INF, INF, 2.0),
    "singular": (lambda x, p: x**p, lambda x, p: x**p, 0, 1, -0.5),
    "an upper limit": (lambda x, p: np.sin(x), lambda x, p: mp.sin(x), 0, lambda p: p * p, 1.1),
    "a lower limit": (lambda x, p: 1 / x, lambda x, p: 1 / x, lambda p: p + 1, 3, 0.5),
    "both": (lambda x, p: np.exp(-p * x * x), lambda x, p: mp.exp(-p * x * x), lambda p: p, lambda p: p**2 + 2, 0.7),
    "a limit and infinity": (lambda x, p: np.exp(-p * x) / x, lambda x, p: mp.exp(-p * x) / x, lambda p: p, INF, 1.5),
    "reversed": (lambda x, p: np.log(x + p), lambda x, p: mp.log(x + p), lambda p: 3 + p, 1, 0.5),
    "equal": (lambda x, p: np.cos(p * x), lambda x, p: mp.cos(p * x), 0.8, lambda p: p, 0.8),
    "constant in x": (lambda x, p: p**3 + 0 * x, lambda x, p: p**3, 0, 2, 1.7),
}


CLOSED = {
    "infinite": lambda p: mp.sqrt(mp.pi / p),
    "singular": lambda p: 1 / (1 + p),
    "a limit and infinity": lambda p: mp.e1(p * p),
}


@functools.cache
def derivatives(name, order):
    _, f, a, b, p = KNOWN[name]
    ends = lambda q: [c(q) if callable(c) else mp.mpf(c) for c in (a, b)]  # noqa: E731
    exact = mp.taylor(CLOSED.get(name, lambda q: mp.quad(lambda x: f(x, q), ends(q))), mp.mpf(p), order)
    return [float(mp.re(c) * mp.factorial(k)) for k, c in enumerate(exact)]


@pytest.mark.parametrize("vectorized", [None, True, False])
@pytest.mark.parametrize("name", KNOWN)
def test_derivatives_are_exact(name, vectorized):
    f, _, a, b, p = KNOWN[name]
    if name == "constant in x" and vectorized is None:
        f = lambda x, p: p**3  # noqa: E731  # a number for an array
    value, first, second, third = derivatives(name, 3)
    close = {"rel": 1e-10, "abs": 1e-13}
    F = integral(f, a, b, rtol=1e-12, vectorized=vectorized)
    assert F(p) == pytest.approx(value, **close)
    with np.errstate(under="ignore"):
        assert value_and_grad(F)(p) == pytest.approx((F(p), first), **close)
        assert jvp(F, (p,), (2.0,)) == pytest.approx((F(p), 2 * first), **close)
        assert grad(grad(F))(p) == pytest.approx(second, **close)
        assert hvp(F, p, 1.0) == pytest.approx(second, **close)
        assert jvp(lambda p: jvp(F, (p,), (1.0,))[1], (p,), (1.0,))[1] == pytest.approx(second, **close)
        series = taylor(F, p, 3).coefficients
        assert series == pytest.approx([value, first, second / 2, third / 6], rel=1e-10, abs=1e-13)
        if vectorized is True:
            assert grad(grad(grad(F)))(p) == pytest.approx(third, rel=1e-10, abs=1e-12)
            assert jvp(lambda p: taylor(F, p, 2).coefficients[2], (p,), (1.0,))[1] == pytest.approx(third / 2, **close)


def test_the_value_is_the_same_number():
    F = integral(lambda x, p: np.sin(p * x) ** 2, 0, 3)
    assert value_and_grad(F)(1.2)[0] == jvp(F, (1.2,), (1.0,))[0] == F(1.2)


def test_all_parameters_at_once():
    def F(parameters, b):
        w, c = parameters["w"], parameters["c"]
        return integrate(lambda x: np.exp(w[0] * x + w[1] * x * x) * c, 0.0, b).value

    w, c, b = np.array([0.3, -0.2]), 1.5, 0.9
    found = grad(F, argnums=(0, 1))({"w": w, "c": c}, b)
    moment = lambda k: integrate(lambda x: x**k * np.exp(w[0] * x + w[1] * x * x), 0.0, b).value  # noqa: E731
    assert found[0]["w"] == pytest.approx([c * moment(1), c * moment(2)], rel=1e-12)
    assert found[0]["c"] == pytest.approx(moment(0), rel=1e-12)
    assert found[1] == pytest.approx(c * np.exp(w[0] * b + w[1] * b * b), rel=1e-12)
    H = hessian(lambda w: F({"w": w, "c": c}, b))(w)
    np.testing.assert_allclose(H, [[c * moment(2), c * moment(3)], [c * moment(3), c * moment(4)]], rtol=1e-12)


@pytest.mark.parametrize("vectorized", [None, True])
def test_several_values(vectorized):
    def F(w):
        return integrate(
            lambda x: np.stack([np.exp(w[0] * x + w[1] * x**2), np.sin(w[2] * x)], axis=-1), w[0], w[1], vectorized=vectorized
        ).value

    w = np.array([0.3, -0.2, 1.1])
    assert jacobian(F)(w).shape == (2, 3)
    check_grads(F, w)


def test_matrices_and_tuples_on_the_way():
    A = np.diag([1.0, 4.0, 7.0]) + 0.1
    check_grads(lambda A: integrate(lambda x: np.linalg.inv(A + x * np.eye(3)), 0.0, 1.0).value, A)
    check_grads(lambda A: integrate(lambda x: np.linalg.eigh(A + A.T + x * np.eye(3)[0])[0], 0.0, 1.0).value, A)


def test_integrals_inside_integrals():
    def F(p):
        return integrate(lambda x: integrate(lambda y: np.exp(-p * x * y), 0.0, x).value, 0.0, p, vectorized=False).value

    exact = mp.taylor(lambda p: mp.quad(lambda x: (1 - mp.exp(-p * x * x)) / (p * x), [0, p]), mp.mpf(1), 2)
    assert grad(F)(1.0) == pytest.approx(float(exact[1]), rel=1e-10)
    assert grad(grad(F))(1.0) == pytest.approx(2 * float(exact[2]), rel=1e-10)


def test_a_minimum_found_through_an_integral():
    """Of the squared distance of p x to sin x over [0, pi]: p = 3 / pi^2."""
    loss = integral(lambda x, p: (p * x - np.sin(x)) ** 2, 0.0, math.pi)
    p = 0.0
    for _ in range(2):
        p -= grad(loss)(p) / grad(grad(loss))(p)
    assert p == pytest.approx(3 / math.pi**2, rel=1e-13)


def test_branches_that_first_points_do_not_meet():
    """What f knows is found out on the way: q matters only beside one end, where halving leads to."""

    def F(pq):
        p, q = pq[0], pq[1]
        return integrate(lambda x: p * math.sqrt(x) if x > 1e-3 else p * math.sqrt(x) + q * math.sqrt(x), 0.0, 1.0).value

    assert grad(F)(np.array([1.0, 2.0])) == pytest.approx([2 / 3, 2 / 3 * 1e-3**1.5], rel=1e-6)


def test_a_derivative_has_a_tolerance_and_a_status_of_its_own():
    found = []

    def F(p, **keywords):
        found.append(integrate(lambda x: 1e6 + abs(x - 0.3) ** p, 0.0, 1.0, **keywords))
        return found[-1].value

    exact = float(mp.diff(lambda p: (mp.mpf(0.3) ** (p + 1) + (1 - mp.mpf(0.3)) ** (p + 1)) / (p + 1), mp.mpf(0.5)))
    assert grad(F)(0.5) == pytest.approx(exact, rel=1e-7)
    assert found[0].status == "converged"
    plain = integrate(lambda x: 1e6 + abs(x - 0.3) ** 0.5, 0.0, 1.0)
    assert found[0].n_evaluations > 2 * plain.n_evaluations
    assert found[0].error == pytest.approx(plain.error, rel=1e-9)
    grad(lambda p: F(p, max_evaluations=100))(0.5)
    assert found[1].status == "max_evaluations"


def test_a_derivative_that_diverges_is_no_number():
    F = integral(lambda x, p: 1 + (p - 1) / x, 0.0, 1.0)
    assert F(1.0) == 1
    assert np.isnan(grad(F)(1.0))


def test_a_jump_at_a_limit_is_seen_from_within():
    def F(p):
        f = lambda x: np.where(x > p, 1.0, 3.0)  # noqa: E731
        return integrate(f, 0.0, p).value + integrate(f, p, 1.0).value

    assert grad(F)(0.3) == pytest.approx(2.0)
    assert jvp(F, (0.3,), (1.0,))[1] == pytest.approx(2.0)


def test_functions_of_math_serve_up_to_a_limit():
    F = lambda p: integrate(math.exp, 0.0, p).value  # noqa: E731
    assert grad(F)(1.0) == pytest.approx(math.e, rel=1e-14)
    with pytest.raises(TracingError, match=r"Write np\.sin"):  # f'(p)
        grad(grad(F))(1.0)
    with pytest.raises(TracingError, match=r"Write np\.sin"):
        grad(lambda p: integrate(lambda x: math.exp(p * x), 0.0, 1.0).value)(1.0)


def test_a_value_kept_from_inside_is_refused_outside():
    kept = []

    def F(p):
        value = integrate(lambda x: kept.append(p * x) or kept[-1] ** 2, 0.0, 1.0).value
        return value + np.sum(kept[-1])

    with pytest.raises(TracingError, match="kept, and used outside"):
        grad(F)(1.0)


def test_a_value_of_a_differentiation_that_is_over_is_refused():
    kept = []
    grad(lambda p: kept.append(p) or p * p)(1.0)
    with pytest.raises(TracingError, match="is over, and used again"):
        integrate(lambda x: kept[0], 0.0, 1.0)


def test_points_do_not_stay_in_memory():
    found = []

    def F(p):
        found.append(p.owner)
        f = lambda x: np.exp(-(p * x).sum(-1))  # noqa: E731
        return monte_carlo(f, [0] * 8, [1] * 8, n_samples=1 << 17, rng=0).value

    grad(F)(1.0)
    assert len(found[0].watched) < 5  # of 33


def test_values_kept_from_outside_and_from_earlier_calls():
    cache = {}

    def F(p):
        cache.clear()

        def f(x):
            if "square" not in cache:
                cache["square"] = p * p
            return cache["square"] * x

        return integrate(f, 0.0, 1.0).value

    assert grad(F)(3.0) == pytest.approx(3.0, rel=1e-14)


def test_in_a_graph_an_integral_is_one_node():
    found = graph(lambda p: 2 * integrate(lambda x: np.exp(-p * x), 0.0, 1.0).value, 1.0)
    assert [node.operation for node in found.nodes] == ["input", "integral", "multiply"]
    assert found.nodes[0].adjoint == pytest.approx(2 * (2 / math.e - 1), rel=1e-12)


def test_what_cannot_be_differentiated_says_what_to_do():
    places = r"test_under_integral.py, line \d+, in"
    with pytest.raises(TracingError, match=places + r".*points holds .*integrate\(f, a, p\).value \+ integrate\(f, p, b\)"):
        grad(lambda p: integrate(lambda x: abs(x - p), 0.0, 1.0, points=[p]).value)(0.5)
    with pytest.raises(TracingError, match="fixed points and weights"):
        compile(integral(lambda x, p: p * x, 0.0, 1.0))(1.0)
    with pytest.raises(TracingError, match="fixed points and weights"):
        compile(integral(lambda x, p: x, 0.0, lambda p: p))(1.0)
    with pytest.raises(TracingError, match="fixed points and weights"):
        compile(grad(integral(lambda x, p: p * x, 0.0, 1.0)))(1.0)
    with pytest.raises(TracingError, match=places + r".*write F\(b\) - F\(a\)"):
        grad(lambda p: antiderivative(np.exp, 0.0, p)(0.2))(0.3)
    for vectorized in (None, True, False):
        with pytest.raises(TracingError, match=places + r".*integrate\(f, a, x\)\.value"):
            grad(lambda p: antiderivative(lambda x: np.exp(-p * x), 0.0, 1.0, vectorized=vectorized)(0.3))(1.0)  # noqa: B023
    for solve in (integrate_nd, monte_carlo):
        for low, high in (([0, 0], lambda p: [1, p]), ([0, 0], lambda p: [1, lambda x: p * x[..., 0]])):
            with pytest.raises(TracingError, match=r"upper\[1\].* is under diff.*integrate f\(a \+ \(b - a\) \* t\)"):
                grad(lambda p: solve(lambda x: x.sum(-1), low, high(p)).value)(1.0)  # noqa: B023
        with pytest.raises(TracingError, match="lower is under differentiation"):
            grad(lambda p: solve(lambda x: x.sum(-1), p, [1, 1]).value)(np.zeros(2))  # noqa: B023
        with pytest.raises(TracingError, match=r"Write np\.sin"):
            grad(lambda p: solve(lambda x: math.exp(p) * x[:, 0], [0, 0], [1, 1]).value)(1.0)  # noqa: B023


def test_the_remedies_work():
    F = lambda p: integrate_nd(lambda t: np.exp(-t[..., 0] * t[..., 1] * p) * p, [0, 0], [1, 1]).value  # noqa: E731
    exact = mp.diff(lambda p: mp.quad(lambda x: (1 - mp.exp(-p * x)) / x, [0, 1]), mp.mpf(0.7))
    assert grad(F)(0.7) == pytest.approx(float(exact), rel=1e-9)
    F = lambda p: integrate(lambda x: np.exp(-p * x), 0.0, 0.3).value  # noqa: E731
    assert grad(F)(1.0) == pytest.approx(1.3 * math.exp(-0.3) - 1, rel=1e-12)
    whole = antiderivative(np.exp, 0.0, 1.0)
    assert grad(lambda p: whole(0.7) - whole(p))(0.4) == pytest.approx(-math.exp(0.4), rel=1e-12)


def test_several_dimensions():
    def F(p):
        return integrate_nd(lambda x: np.exp(-p[0] * x[..., 0] - p[1] * x[..., 1] ** 2), [0, -np.inf], [1, np.inf]).value

    def exact(p, q):
        return (1 - mp.exp(-p)) / p * mp.sqrt(mp.pi / q)

    p = np.array([1.2, 0.8])
    expected = [float(mp.diff(exact, (1.2, 0.8), n)) for n in ((1, 0), (0, 1))]
    assert grad(F)(p) == pytest.approx(expected, rel=1e-6)
    assert jvp(F, (p,), (np.array([1.0, 0.0]),))[1] == pytest.approx(expected[0], rel=1e-6)
    mixed = float(mp.diff(exact, (1.2, 0.8), (1, 1)))
    assert hvp(F, p, np.array([1.0, 0.0]))[1] == pytest.approx(mixed, rel=1e-6)


@pytest.mark.parametrize("seed", [1, np.random.RandomState(1), np.random.default_rng(1)], ids=["int", "state", "generator"])
def test_monte_carlo_takes_the_same_points(seed):
    keep = {}

    def F(p, rng, n=1 << 12):
        keep["found"] = monte_carlo(lambda x: np.exp(-p * x.sum(-1)), [0] * 3, [1] * 3, n_samples=n, rng=rng)
        return keep["found"].value

    value, slope = value_and_grad(F)(1.0, rng=seed)
    once, again = 1 - 1 / math.e, 1 - 2 / math.e
    assert slope == pytest.approx(-3 * once * once * again, rel=1e-3)
    assert keep["found"].status == "fixed"
    assert keep["found"].n_evaluations >= 2 * (1 << 12)
    if isinstance(seed, int):
        h = 1e-5
        assert value == F(1.0, seed)
        assert slope == pytest.approx((F(1 + h, seed) - F(1 - h, seed)) / (2 * h), rel=1e-8)
    if isinstance(seed, np.random.Generator):
        other = np.random.default_rng(1)
        monte_carlo(lambda x: x.sum(-1), [0] * 3, [1] * 3, n_samples=1 << 12, rng=other)
        assert seed.random() == other.random()
