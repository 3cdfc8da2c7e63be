"""grad and its relatives: structures, orders, types, nesting; known derivatives against mpmath, complex steps and formulas."""

import copy
import threading

import mpmath
import numpy as np
import pytest
import scipy.optimize

from mlcore import calculus, linalg
from mlcore.calculus import (
    TracingError,
    check_grads,
    derivative,
    directional_derivative,
    grad,
    gradient_field,
    hessian,
    hvp,
    jacobian,
    jvp,
    partial,
    value_and_grad,
    vjp,
)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def cross_entropy(parameters, x, labels):
    scores = x @ parameters["w"] + parameters["b"]
    scores = scores - np.max(scores, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - scores[np.arange(len(labels)), labels])


def network(parameters, x, y):
    (w1, b1), (w2, b2) = parameters
    return np.mean((np.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2)


def log_likelihood(mean, root, data):
    """Of a Gaussian with the covariance root root^T + I."""
    covariance = root @ root.T + np.eye(len(mean))
    centred = data - mean
    distances = np.sum(centred * np.linalg.solve(covariance, centred.T).T)
    return -0.5 * (distances + len(data) * np.linalg.slogdet(covariance)[1])


def complex_step(f, x):
    """The gradient, exact to rounding, of a function that is analytic."""
    result = np.empty_like(x)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1e-200j
        result[i] = f(z).imag / 1e-200
    return result


@pytest.mark.parametrize("n", [2, 5, 10])
def test_rosenbrock(n, rng):
    x = rng.normal(size=n)
    np.testing.assert_allclose(grad(rosenbrock)(x), complex_step(rosenbrock, x), rtol=1e-12)
    np.testing.assert_allclose(grad(rosenbrock)(x), scipy.optimize.rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(hessian(rosenbrock)(x), scipy.optimize.rosen_hess(x), rtol=1e-12, atol=1e-10)
    v = rng.normal(size=n)
    np.testing.assert_allclose(hvp(rosenbrock, x, v), scipy.optimize.rosen_hess(x) @ v, rtol=1e-10)


def test_himmelblau(rng):
    p = rng.normal(size=2)
    x, y = p
    np.testing.assert_allclose(grad(himmelblau)(p), complex_step(himmelblau, p), rtol=1e-13)
    exact = [[12 * x**2 + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 4 * x + 12 * y**2 - 26]]
    np.testing.assert_allclose(hessian(himmelblau)(p), exact, rtol=1e-13)


def test_softmax_cross_entropy(rng):
    x, labels = rng.normal(size=(7, 4)), rng.integers(0, 3, 7)
    parameters = {"w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    found = grad(cross_entropy)(parameters, x, labels)
    scores = x @ parameters["w"] + parameters["b"]
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    error = (p - np.eye(3)[labels]) / 7
    np.testing.assert_allclose(found["w"], x.T @ error, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["b"], error.sum(0), rtol=1e-12, atol=1e-14)
    check_grads(lambda q: cross_entropy(q, x, labels), parameters, rtol=1e-10)


def test_two_layer_network(rng):
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    parameters = [(rng.normal(size=(3, 5)), rng.normal(size=5)), (rng.normal(size=(5, 2)), np.zeros(2))]
    found = grad(network)(parameters, x, y)
    assert isinstance(found, list)
    assert isinstance(found[0], tuple)
    expected = complex_step(lambda w: network([(w, parameters[0][1]), parameters[1]], x, y), parameters[0][0])
    np.testing.assert_allclose(found[0][0], expected, rtol=1e-10)
    check_grads(lambda q: network(q, x, y), parameters, rtol=1e-10)


def test_gaussian_log_likelihood(rng):
    mean, root, data = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(10, 3))
    dmean, droot = grad(log_likelihood, argnums=(0, 1))(mean, root, data)
    covariance = root @ root.T + np.eye(3)
    inverse, centred = np.linalg.inv(covariance), data - mean
    np.testing.assert_allclose(dmean, inverse @ centred.sum(0), rtol=1e-11)
    outer = inverse @ centred.T @ centred @ inverse - len(data) * inverse
    np.testing.assert_allclose(droot, outer @ root, rtol=1e-10)
    check_grads(lambda m, r: log_likelihood(m, r, data), mean, root, rtol=1e-10)


@pytest.mark.parametrize("order", range(7))
@pytest.mark.parametrize(
    ("f", "oracle"),
    [
        (np.sin, mpmath.sin),
        (np.tanh, mpmath.tanh),
        (np.arctan, mpmath.atan),
        (lambda x: np.exp(-(x**2)), lambda x: mpmath.exp(-(x**2))),
        (lambda x: np.log(x) / np.sqrt(1 + x), lambda x: mpmath.log(x) / mpmath.sqrt(1 + x)),
        (lambda x: x**2.5, lambda x: x ** mpmath.mpf("2.5")),
    ],
)
def test_derivatives_of_any_order(f, oracle, order):
    with mpmath.workdps(50):
        exact = [float(mpmath.diff(oracle, mpmath.mpf(x), order)) for x in (0.5, 1.25)]
    found = derivative(f, order)(np.array([0.5, 1.25]))
    np.testing.assert_allclose(found, exact, rtol=1e-12)
    assert isinstance(derivative(f, order)(0.5), float)


def test_gradients_of_gradients(rng):
    def f(x):
        return np.exp(x) * np.sin(x)

    g = f
    for _ in range(4):
        g = grad(g)
    np.testing.assert_allclose(g(0.7), -4 * f(0.7), rtol=1e-13)  # the fourth derivative of e^x sin x
    A = rng.normal(size=(3, 3))
    cubic = jacobian(hessian(lambda x: np.sum((A @ x) ** 3)))(np.zeros(3))
    np.testing.assert_allclose(cubic, 6 * np.einsum("ri,rj,rk->ijk", A, A, A), rtol=1e-13)


def test_traces_do_not_get_mixed_up():
    """The inner derivative is of y alone: d/dx [x * d/dy (x + y)] = 1, not 2."""
    for inner in (grad, derivative):
        for outer in (grad, derivative):
            assert outer(lambda x, inner=inner: x * inner(lambda y: x + y)(x))(1.0) == 1.0
            assert outer(lambda x, inner=inner: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0


def test_structures():
    def f(p, scale, *, power):
        return np.sum(p["a"] ** power) * scale + p["b"][0] * p["b"][1][1]

    p = {"a": np.array([1.0, 2.0]), "b": (3.0, [4.0, 5.0])}
    value, (dp, dscale) = value_and_grad(f, argnums=(0, 1))(p, 2.0, power=3)
    assert value == 33.0
    np.testing.assert_array_equal(dp["a"], [6.0, 24.0])
    assert dp["b"] == (5.0, [0.0, 3.0])
    assert dscale == 9.0
    value, pullback = vjp(lambda x: {"sum": np.sum(x), "x": x}, np.ones(2))
    np.testing.assert_array_equal(pullback({"sum": 1.0, "x": np.array([1.0, 0.0])})[0], [2.0, 1.0])
    np.testing.assert_array_equal(pullback({"sum": 0.0, "x": np.ones(2)})[0], [1.0, 1.0])


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobians(mode, rng):
    A, x = rng.normal(size=(4, 3)), rng.normal(size=3)
    np.testing.assert_allclose(jacobian(lambda x: A @ x, mode=mode)(x), A, rtol=1e-14)
    np.testing.assert_allclose(jacobian(lambda x: A.T @ x, mode=mode)(rng.normal(size=4)), A.T, rtol=1e-14)
    assert jacobian(lambda x: np.outer(x, x), mode=mode)(x).shape == (3, 3, 3)
    assert jacobian(lambda x: x[:0], mode=mode)(x).shape == (0, 3)
    assert jacobian(np.sin, mode=mode)(0.0) == 1.0
    left, right = jacobian(lambda a, b: a * b, argnums=(0, 1), mode=mode)(x, 2.0)
    np.testing.assert_array_equal(left, 2 * np.eye(3))
    np.testing.assert_array_equal(right, x)


def test_partial_and_directional():
    def f(x, y, z):
        return x**2 * y**3 * np.exp(z)

    assert partial(f, 2)(1.0, 2.0, 0.0) == 8.0
    assert partial(f, (0, 0))(1.0, 2.0, 0.0) == 16.0
    assert partial(f, (1, 0, 2))(1.0, 2.0, 0.0) == 24.0
    assert partial(lambda v: v[0] * v[1], 1)(np.array([3.0, 4.0])) == 3.0
    with pytest.raises(IndexError, match=r"i is 3 .* 3 variables"):
        partial(f, 3)(1.0, 2.0, 3.0)
    assert directional_derivative(lambda v: v @ v, np.array([1.0, 0.0]))(np.array([3.0, 4.0])) == 6.0
    field = gradient_field(lambda v: v[0] * v[1], [1.0, 2.0], [3.0, 4.0, 5.0])
    np.testing.assert_array_equal(field.gradients, field.points[..., ::-1])
    np.testing.assert_array_equal(field.values, field.points.prod(-1))


def test_types_and_shapes():
    x = np.array([1.0, 2.0], np.float32)
    assert grad(lambda x: np.sum(x**2))(x).dtype == np.float32
    assert grad(lambda x: np.sum(x * np.array([1.0, 2.0])))(x).dtype == np.float32
    assert jvp(lambda x: x**2, (x,), (x,))[1].dtype == np.float32
    for f in (lambda x: np.sum(x**3), lambda x: np.log2(np.max(x)), np.prod, lambda x: np.sum(np.clip(x, 0, 1.5) ** 2)):
        assert hessian(f)(x).dtype == np.float32
    value, gradient = value_and_grad(lambda x: np.sum(x.astype(np.float32) ** 2))(np.array([1 / 3, 2.0]))
    assert value.dtype == np.float32
    assert gradient.dtype == np.float64
    assert gradient.tolist() == [2 * float(np.float32(1 / 3)), 4]
    assert grad(lambda x: x**2)(3) == 6.0
    assert grad(np.sum)(np.zeros((0, 3))).shape == (0, 3)
    for layout in (np.asfortranarray(np.ones((3, 2))), np.ones((6, 4))[::2, ::2], np.broadcast_to(1.0, (3, 2))):
        before = layout.copy()
        np.testing.assert_array_equal(grad(lambda a: np.sum(a**3))(layout), np.full((3, 2), 3.0))
        np.testing.assert_array_equal(layout, before)


def test_constants_have_gradient_zero():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert grad(lambda x: float(np.floor(x)))(2.5) == 0.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.sign(x)))(np.ones(2)), np.zeros(2))
    np.testing.assert_array_equal(hessian(lambda x: np.sum(x))(np.ones(2)), np.zeros((2, 2)))


def test_kinks_are_split_and_zeros_do_no_harm():
    assert grad(np.abs)(0.0) == 0.0
    assert grad(np.maximum, argnums=(0, 1))(1.0, 1.0) == (0.5, 0.5)
    np.testing.assert_array_equal(grad(np.max)(np.array([2.0, 1.0, 2.0])), [0.5, 0.0, 0.5])
    np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(3)), np.zeros(3))
    np.testing.assert_array_equal(grad(np.prod)(np.array([0.0, 2.0, 3.0])), [6.0, 0.0, 0.0])
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(lambda x: x**1)(0.0) == 1.0
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(grad(np.linalg.det)(singular), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-14)


def test_dicts_are_matched_by_their_keys():
    def f(p):
        return p["a"] + 100 * p["b"]

    at, v = {"a": 1.0, "b": 2.0}, {"b": 10.0, "a": 20.0}
    assert jvp(f, (at,), (v,))[1] == 1020
    assert hvp(lambda p: p["a"] ** 2 + 100 * p["b"] ** 2, at, v) == {"a": 40, "b": 2000}
    pullback = vjp(lambda x: {"a": x, "b": 2 * x}, 1.0)[1]
    assert pullback({"b": 1.0, "a": 10.0}) == (12,)
    for wrong in ({"a": 1.0}, {"a": 1.0, "c": 1.0}, 3.0, {"a": 1.0, "b": np.ones(2)}, {"a": 1.0, "b": (1.0,)}):
        with pytest.raises(ValueError, match=r"tangents holds .*; expected .*, as in primals"):
            jvp(f, (at,), (wrong,))
        with pytest.raises(ValueError, match=r"g holds .*; expected .*, as in the answer"):
            pullback(wrong)


def test_constants_may_be_written_into_afterwards():
    def f(x):
        factor, places, mask, total = np.ones(3), np.array([0, 1]), np.array([True, False, False]), 0.0
        for _ in range(3):
            total = total + np.sum(factor * x**2) + np.sum(x[places] * [1.0, 2.0])
            total = total + np.sum(x[mask] ** 2) + np.sum(np.where(mask, x**3, 0))
            factor *= 0.5
            places += 1
            places %= 3
            mask[:] = ~mask
        return total

    check_grads(f, np.array([1.0, 2.0, 3.0]), rtol=1e-10)

    def large(x, a):
        y = a @ x
        a *= 2
        return np.sum(y)

    with pytest.raises(TracingError, match=r"in large: an array was written into after"):
        grad(large)(np.ones(300), np.ones((300, 300)))

    def mask(x, kind):
        chosen, total = np.zeros(300_000, kind), 0.0
        for i in (1, 2):
            chosen[i] = 1  # one element of many
            total = total + np.sum(chosen[::2] * x) + np.sum(chosen * x)
        return total

    for kind in (np.float64, np.float32, np.int16, bool):
        with pytest.raises(TracingError, match=r"in mask: an array was written into after"):
            grad(mask)(2.0, kind)
        assert jvp(lambda x, kind=kind: mask(x, kind), (2.0,), (1.0,))[1] == 4
    for data in (np.ones((200, 300)).T, np.broadcast_to(1.0, (300, 300)), np.ones((300, 300), np.longdouble)):
        assert grad(lambda x, data=data: np.sum(data * x))(2.0) == data.size

    data = np.arange(90_000.0)
    pullback = vjp(lambda x: np.sum(data * x), 1.0)[1]
    np.random.default_rng(0).shuffle(data)
    with pytest.raises(TracingError, match="an array was written into after"):
        pullback(1.0)


def test_results_are_arrays_of_their_own():
    x, g = np.array([1.0, 2.0]), np.ones(2)
    gradients = [grad(np.sum)(x), *grad(lambda p: np.sum(p[0] + p[1]))([x, x]), *vjp(lambda x: x + 1.0, x)[1](g), g, x]
    gradients += [jvp(lambda x: x + 1.0, (x,), (g,))[1], jvp(lambda x: np.broadcast_to(x, (2,)), (1.0,), (1.0,))[1]]
    for i, a in enumerate(gradients):
        assert a.flags.writeable
        assert not any(np.shares_memory(a, b) for b in gradients[:i])
    value, pullback = vjp(np.exp, x)
    first = pullback(g)[0].copy()
    x *= 2
    value *= 3
    assert np.array_equal(pullback(g)[0], first)


def test_copies_of_values_keep_their_derivatives():
    for copied in (copy.copy, copy.deepcopy):
        assert grad(lambda p, copied=copied: copied(p)["a"] ** 2 + p["a"])({"a": 3.0}) == {"a": 7}
        assert jvp(lambda x, copied=copied: copied(x) ** 2, (3.0,), (1.0,)) == (9, 6)


def test_infinite_slopes_stay_in_the_branch_that_is_not_taken():
    x = np.array([-1.0, 0.0, 4.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        assert grad(lambda x: np.sum(np.sqrt(np.where(x > 0, x, 0.0))))(x).tolist() == [0, 0, 0.25]
        assert jvp(lambda x: np.where(x > 0, np.log(x), 2 * x), (x,), (np.ones(3),))[1].tolist() == [2, 2, 0.25]


@pytest.mark.parametrize("svdvals", [lambda a: np.linalg.svd(a, compute_uv=False), linalg.svdvals])
def test_singular_values_of_matrices_of_low_rank(svdvals):
    a = np.zeros((3, 2))
    a[0, 0] = 2.0
    for matrix in (a, a.T):
        assert np.array_equal(grad(lambda a: svdvals(a)[0] ** 2)(matrix), 2 * matrix)


def test_values_are_printed_as_numbers():
    texts = []

    def f(x):
        texts.extend([f"{x:.2f}", f"{x}"])
        return x.conj() * x.round()

    assert grad(f)(2.0) == 2
    assert texts == ["2.00", f"Traced({np.float64(2.0)!r})"]


def test_slopes_at_the_ends_of_the_range():
    assert grad(lambda a: np.arctan2(a, 1e-200))(1e-200) == pytest.approx(0.5e200, rel=1e-15)
    assert grad(lambda b: np.arctan2(1e200, b))(1e200) == pytest.approx(-0.5e-200, rel=1e-15)
    assert grad(np.arccosh)(1e200) == pytest.approx(1e-200, rel=1e-15)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert value_and_grad(lambda x: x / 0.0)(1.0) == (np.inf, np.inf)


def test_a_condition_that_holds_everywhere_is_none():
    x = np.array([1.0, 2.0])
    assert grad(lambda x: np.sum(np.add(x, 1.0, where=True) ** 2, where=True))(x).tolist() == [4, 6]


def test_lists_are_arrays_to_numpy():
    x = np.array([1.0, 2.0, 3.0])
    assert grad(lambda x: np.dot((1, 2, 3), x) * np.matmul(x, [0.0, 1.0, 0.0]))(x).tolist() == [2, 18, 6]
    assert grad(lambda x: np.sum(x[[]]) + x[0])(x).tolist() == [1, 0, 0]
    for number in (jacobian(lambda x: x**2)(3.0), hessian(lambda x: x**2)(3.0)):
        assert type(number) is np.float64


def test_quantiles_of_nan_are_nan():
    value, gradient = calculus.value_and_grad(lambda x: np.quantile(x, 0.25))(np.array([2.0, np.nan, 1.0, 4.0, 3.0]))
    assert np.isnan(value)
    assert gradient[1] == 1


def test_eigenvectors_of_equal_eigenvalues_have_no_derivative():
    def turned(a):
        return np.sum(np.linalg.eigh(a)[1] * np.arange(9.0).reshape(3, 3))

    assert np.isnan(grad(turned)(np.eye(3))).any()
    np.testing.assert_allclose(grad(lambda a: np.sum(np.linalg.eigh(a)[0]))(np.eye(3)), np.eye(3), atol=1e-15)

    def rebuilt(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * np.exp(w)) @ v.T)

    assert np.isnan(grad(rebuilt)(np.eye(3))).any()  # it has one, but not by way of the vectors
    np.testing.assert_allclose(grad(rebuilt)(np.diag([1.0, 1.0 + 1e-6, 1 - 1e-6])), np.full((3, 3), np.e), rtol=1e-5)


def test_exceptions_leave_nothing_behind():
    def fails(x):
        y = np.sin(x) * 2
        if y > 0:
            raise KeyError("the user's own")
        return y

    with pytest.raises(KeyError, match="the user's own"):
        grad(grad(fails))(1.0)
    assert grad(np.sin)(0.0) == 1.0


def test_threads_do_not_see_each_other():
    results = {}

    def work(i):
        for _ in range(50):
            results[i] = grad(grad(lambda x: np.sin(i * x) * x))(0.3)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(8):
        assert results[i] == pytest.approx(2 * i * np.cos(0.3 * i) - 0.3 * i**2 * np.sin(0.3 * i), abs=1e-12)


def test_a_rule_of_ones_own():
    def step(x):
        return np.asarray(x) ** 3

    @calculus.rule(step)
    def cube(g, y, x):
        return g * 3 * x**2

    assert cube(2.0) == 8.0
    assert grad(cube)(2.0) == 12.0
    assert derivative(cube, 2)(2.0) == 12.0
    check_grads(cube, np.array([1.0, -2.0]), order=3)


@pytest.mark.parametrize("n", [2, 6, 8, 10])
def test_sinc_near_zero_has_all_its_derivatives(n: int) -> None:
    # sin(t) / t is the sum of (-1)^k t^2k / (2k + 1)!, with t = pi x
    expected = (-1) ** (n // 2) * np.pi**n / (n + 1)
    assert derivative(np.sinc, n)(0.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("squared", [lambda x: np.linalg.norm(x) ** 2, lambda x: np.hypot(x[0], x[1]) ** 2])
def test_second_derivatives_through_a_length_of_zero_are_nan(squared) -> None:
    """The chain rule meets the direction of the zero vector, which has no derivative: NaN, and never a silent 0."""
    assert np.array_equal(grad(squared)(np.zeros(2)), [0.0, 0.0])
    with np.errstate(all="ignore"):  # NumPy warns of 1/0 and of 0 * inf
        assert np.all(np.isnan(hessian(squared)(np.zeros(2))))
    np.testing.assert_allclose(hessian(squared)(np.array([3.0, -4.0])), 2 * np.eye(2), atol=1e-14)


def test_functions_that_do_not_act_on_each_element() -> None:
    x = np.array([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"shape \(3,\) and the answer \(\): .* Use grad or jacobian"):
        derivative(np.sum)(x)
    with pytest.raises(ValueError, match=r"does not act on each element"):
        derivative(lambda x: x @ x.T, 2)(np.ones((2, 3)))
    for matrix in (np.eye(2), np.ones((2, 3))):
        with pytest.raises(ValueError, match=r"does not act on each element"):
            partial(lambda x: np.sum(x**2, axis=0), 0)(matrix)
    with pytest.raises(ValueError, match=r"does not act on each element"):
        partial(lambda x, y: np.sum(x * y), 0)(x, 2.0)
    np.testing.assert_allclose(derivative(lambda x: np.stack([x, x**2], -1))(x), np.stack([np.ones(3), 2 * x], -1))
    np.testing.assert_allclose(derivative(lambda x: np.stack([x, x**2]))(x), np.stack([np.ones(3), 2 * x]))
    np.testing.assert_allclose(partial(lambda x, y: x * y**2, 1)(x[:, None], x), 2 * np.outer(x, x))
    assert derivative(lambda x: x[0] ** 2)(np.array([3.0])) == 6
    assert derivative(lambda x: (x, np.sum(x)))(x)[1] == 3


def test_arguments_that_are_no_points_or_directions() -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match=r"primals is a ndarray; expected a tuple .*jvp\(f, \(x,\), \(t,\)\)"):
        jvp(np.sum, x, x)
    with pytest.raises(TypeError, match="tangents is a float"):
        jvp(np.sin, (1.0,), 1.0)
    for wrong in ("x", 0.5, None, ("x",)):
        with pytest.raises(TypeError, match=r"argnums is .*; expected the place of an argument"):
            grad(np.sin, argnums=wrong)(1.0)
    with pytest.raises(TypeError, match="complex"):
        vjp(np.sin, x)[1](x * 1j)
    with pytest.raises(TypeError, match=r"g holds .* of type str"):
        vjp(np.sin, 1.0)[1]("a")
    with pytest.raises(ValueError, match=r"v holds an array of shape \(3,\); expected an array of shape \(2,\), as in x"):
        hvp(np.sum, x, np.ones(3))
    with pytest.raises(ValueError, match=r"v holds a list; expected an array of shape"):
        calculus.directional_derivative(np.sum, [1.0, 2.0])(x)
    with pytest.raises(TypeError, match=r"n is 2\.0"):
        derivative(np.sin, 2.0)
