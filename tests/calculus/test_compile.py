"""Compiled functions: derivatives against those not compiled, what is refused, threads."""

import threading

import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import RecordingError, TracingError, grad, hessian, hvp, jacobian, jvp, value_and_grad
from mlcore.calculus import compile as compiled

X = np.random.default_rng(0).normal(size=6)


def chain(x):
    for _ in range(20):
        x = np.sin(x) * x + 0.5 / (1 + np.exp(-x))
    return np.sum(np.tanh(x))


def kinks(x):
    return np.sum(np.abs(x) * np.maximum(x, 0.2) + np.minimum(x, x[::-1]) ** 3 + np.clip(x, -0.5, 0.5) + np.sign(x) * x)


def norms(x):
    return np.linalg.norm(x) + np.std(x) + np.max(x) + np.prod(x) + np.median(x) + np.logaddexp.reduce(x)


def tables(x):
    m = np.reshape(x, (2, 3))
    return np.sum(np.exp(m @ m.T)[np.array([0, 1]), np.array([1, 1])]) + np.linalg.det(m @ m.T) + np.einsum("ij,ij->", m, m)


FUNCTIONS = [chain, kinks, norms, tables]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_derivatives_are_those_of_the_function_itself(f):
    derivatives = [grad(f), value_and_grad(f), hessian(f), lambda x: hvp(f, x, np.cos(x)), lambda x: jvp(f, (x,), (x,))]
    derivatives += [grad(lambda x: np.sum(grad(f)(x) ** 2)), jacobian(lambda x: f(x) * x), f]
    for d in derivatives:
        c = compiled(d)
        for x in (X, X * 1.01):  # the same order, the same signs
            found, expected = c(x), d(x)
            several = isinstance(expected, tuple)
            for a, b in zip(found if several else [found], expected if several else [expected], strict=True):
                assert np.shape(a) == np.shape(b)
                assert type(a) is type(b)
                scale = max(np.max(np.abs(b)), 1)
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * scale)


def test_structures_and_keywords():
    def loss(parameters, x, *, power):
        h = np.tanh(x @ parameters["w"] + parameters["b"][0])
        return np.mean(h**2) * power

    r = np.random.default_rng(1)
    c = compiled(value_and_grad(loss))
    for _ in range(3):
        parameters, x = {"w": r.normal(size=(3, 4)), "b": [r.normal(size=4)]}, r.normal(size=(5, 3))
        value, gradient = c(parameters, x, power=2.0)
        expected, expected_gradient = value_and_grad(loss)(parameters, x, power=2.0)
        np.testing.assert_allclose(value, expected, rtol=1e-14)
        np.testing.assert_allclose(gradient["w"], expected_gradient["w"], rtol=1e-13, atol=1e-16)
        np.testing.assert_allclose(gradient["b"][0], expected_gradient["b"][0], rtol=1e-13, atol=1e-16)
    with pytest.raises(RecordingError, match=r"(?s)arguments are .*recorded were"):
        c({"w": parameters["w"]}, x, power=2.0)


def test_the_order_of_keywords_does_not_matter():
    c = compiled(lambda x, *, a, b: x * a - b)
    assert c(2.0, a=3.0, b=1.0) == 5.0
    assert c(2.0, b=3.0, a=1.0) == -1.0


def branching(x):
    if np.sum(x) > 0:
        return np.sum(x**2)
    return np.sum(np.exp(x))


def test_a_branch_that_goes_the_other_way_is_refused():
    c = compiled(grad(branching))
    np.testing.assert_array_equal(c(np.ones(3)), 2 * np.ones(3))
    np.testing.assert_array_equal(c(np.full(3, 2.0)), 4 * np.ones(3))
    with pytest.raises(RecordingError, match=r"test_compile.py, line \d+, in branching: .*were True.*np.where.*'record'"):
        c(-np.ones(3))
    np.testing.assert_array_equal(c(np.ones(3)), 2 * np.ones(3))


def test_or_recorded_anew_if_asked():
    calls = []

    def f(x):
        calls.append(1)
        return branching(x)

    c = compiled(grad(f), changes="record")
    points = [np.ones(3), -np.ones(3), np.ones(2), np.full(3, 2.0), np.full(3, -2.0), np.ones(3, np.float32)]
    for x in points:
        found, expected = c(x), grad(branching)(x)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-6 if x.dtype == np.float32 else 1e-15)
    assert len(calls) == 4
    with pytest.raises(RecordingError, match="64 times"):
        for n in range(1, 70):
            c(np.ones(n))


def bisect(x):
    low, high, steps = 0.0, 2.0, 0
    while high - low > 1e-3:
        steps += 1
        middle = (low + high) / 2
        low, high = (middle, high) if middle * middle < x else (low, middle)
    return low * x


def test_every_comparison_of_a_loop_is_a_guard():
    c = compiled(bisect)
    assert c(2.0) == bisect(2.0)
    assert "11 guards" in repr(c)
    with pytest.raises(RecordingError, match="in bisect"):
        c(1.0)


def test_orders_indices_and_counts_are_guards():
    c = compiled(lambda x, n: x[int(n)] + np.sort(x)[0] + sum(x[i] for i in range(n)))
    x = np.array([3.0, 1.0, 2.0])
    assert c(x, 2) == 7.0
    assert c(x * 2, 2) == 14.0
    with pytest.raises(RecordingError, match="were 2"):
        c(x, 1)
    with pytest.raises(RecordingError, match=r"were \[1 2 0\]"):
        c(x[::-1], 2)
    c = compiled(lambda x, mask: x[mask])
    np.testing.assert_array_equal(c(x, x > 1.5), [3.0, 2.0])
    with pytest.raises(RecordingError, match="True False  True"):
        c(x, x > 2.5)
    c = compiled(lambda x: x[np.nonzero(x)])
    np.testing.assert_array_equal(c(np.array([0.0, 2.0])), [2.0])
    with pytest.raises(RecordingError):
        c(np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones(4), r"argument 0 is float64 of shape \(4,\), recorded was float64 of shape \(3,\)"),
        (np.ones((1, 3)), r"shape \(1, 3\)"),
        (np.ones(3, np.float32), r"is float32 of shape \(3,\), recorded was float64"),
        (np.ones(3, int), "is int64"),
        (np.ones(3, bool), "is bool"),
        (np.ones(3, complex), "is complex128"),
        (1.0, r"shape \(\)"),
        ([1.0, 2.0, 3.0], "list"),
        (None, "None"),
        ("text", "text"),
    ],
)
def test_other_shapes_and_types_are_refused(given, message):
    c = compiled(lambda x: np.sum(x * x))
    assert c(np.ones(3)) == 3.0
    with pytest.raises(RecordingError, match=message):
        c(given)
    with pytest.raises((RecordingError, TypeError)):
        c()
    assert c(np.ones(3)) == 3.0


def test_numbers_of_python_and_numpy():
    c = compiled(lambda x: x * 2)
    assert [c(1.0), c(np.float64(2)), c(np.array(3.0)), c(4)] == [2.0, 4.0, 6.0, 8.0]
    with pytest.raises(RecordingError, match="bool"):
        c(True)
    truth = compiled(lambda m: np.where(m, 1.0, 2.0))
    assert [truth(True), truth(np.bool_(False))] == [1.0, 2.0]
    with pytest.raises(RecordingError, match="float64"):
        truth(0.5)
    single = compiled(lambda x, a: x * a)
    x = np.ones(2, np.float32)
    assert single(x, 0.1).dtype == np.float32
    with pytest.raises(RecordingError, match="float64"):  # NumPy's answer would be float64
        single(x, np.float64(0.1))


@pytest.mark.parametrize(
    "f", [lambda x: float(x[0]), lambda x: np.array([x[0], x[1]]), lambda x: range(x[0]), lambda x: x.__setitem__(0, 1.0)]
)
def test_what_would_freeze_a_value_is_refused(f):
    with pytest.raises(TypeError, match=r"test_compile\.py, line"):
        compiled(f)(np.ones(3))


def test_arguments_that_no_program_holds():
    for bad in (np.ones(2, complex), np.ones(2, np.float16), np.ones(2, np.int32)):
        with pytest.raises(TypeError, match="expected float64, float32, int64 or bool"):
            compiled(lambda x: x * 2)(bad)
    with pytest.raises(TypeError, match="masked"):
        compiled(lambda x: x * 2)(np.ma.array([1.0, 2.0], mask=[0, 1]))
    with pytest.raises(ValueError, match="expected 'raise' or 'record'"):
        compiled(np.sin, changes="no")
    with pytest.raises(TypeError, match="expected a function"):
        compiled(3)


def test_closures_are_constants_as_they_were():
    table = np.array([1.0, 2.0])
    c = compiled(lambda x: x * table)
    c(np.ones(2))
    table[:] = 100
    np.testing.assert_array_equal(c(np.ones(2)), [1.0, 2.0])
    buffer = np.zeros(2)

    def f(x):
        buffer[:] = 1
        first = x * buffer
        buffer[:] = 2
        return first + x * buffer

    np.testing.assert_array_equal(compiled(f)(np.ones(2)), [3.0, 3.0])


def test_inputs_stay_and_answers_are_new():
    x = np.arange(3.0)
    x.flags.writeable = False
    c = compiled(lambda x: (x, x + 1, np.ones(2), "text", None))
    first, second = c(x), c(x)
    assert first[3:] == ("text", None)
    assert not np.shares_memory(first[0], x)
    first[0][:] = first[2][:] = 7
    np.testing.assert_array_equal(second[0], x)
    np.testing.assert_array_equal(c(x)[2], [1.0, 1.0])


def test_strided_and_swapped_arguments():
    c = compiled(lambda x: np.sin(x) + 1)
    x = np.linspace(0, 1, 12)
    for given in (x[::2], x[::-2], x.astype(">f8")[:6], np.frombuffer(b"0" + x[:6].tobytes(), np.uint8)[1:].view(float)):
        np.testing.assert_allclose(c(given), np.sin(given) + 1, rtol=1e-15)


def test_inside_a_differentiation_it_is_the_function():
    c = compiled(lambda x: np.sum(np.sin(x)))
    c(X)
    np.testing.assert_allclose(grad(c)(X), np.cos(X))
    np.testing.assert_allclose(compiled(grad(c))(X), np.cos(X), rtol=1e-15)


def test_many_threads_at_once():
    c = compiled(value_and_grad(chain))
    points = [X * (1 + i / 1000) for i in range(200)]
    expected = [c(x) for x in points]
    wrong = []

    def work():
        for _ in range(5):
            for x, (value, gradient) in zip(points, expected, strict=True):
                found = c(x)
                if found[0] != value or not np.array_equal(found[1], gradient):
                    wrong.append(x)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_taught_rules_are_called_in_python():
    @calculus.rule(lambda x: np.asarray(x) ** 2)
    def square(g, y, x):
        return 2 * g * x

    c = compiled(grad(lambda x: np.sum(square(x))))
    np.testing.assert_array_equal(c(X), 2 * X)
    kept = []
    compiled(lambda x: kept.append(x) or x * 2)(X)
    with pytest.raises(TracingError, match=r"recording that is over|differentiation that is over"):
        kept[0] + 1
