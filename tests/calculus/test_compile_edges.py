"""Compiled functions where something fails, is called again from within, or lives on."""

import gc
import threading
import weakref

import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import RecordingError, TracingError, _recording, grad, value_and_grad
from mlcore.calculus import compile as compiled

from ..interrupts import interrupt


def root(a):
    if np.linalg.det(a) > 0:
        return np.linalg.cholesky(a)
    return -a


def test_what_is_called_in_python_waits_for_the_branches_before_it():
    """The factorisation would fail where the branch goes the other way."""
    good, bad = np.diag([2.0, 3.0]), np.diag([2.0, -3.0])
    c = compiled(root)
    np.testing.assert_array_equal(c(good), root(good))
    with pytest.raises(RecordingError, match="in root"):
        c(bad)
    c = compiled(root, changes="record")
    for a in (good, bad, good * 2, bad * 2):
        np.testing.assert_array_equal(c(a), root(a))


def test_also_for_branches_on_parts_and_arguments():
    def f(a, n):
        scale = a[::-1, 1:][0, 0]
        if scale > 0:
            a = a + int(n) * np.linalg.cholesky(a)
        return a if a[1, 0] > 0 else np.linalg.inv(a)

    c = compiled(f, changes="record")
    good, bad, other = np.array([[2.0, 1.0], [1.0, 3.0]]), np.diag([2.0, -3.0]), np.array([[2.0, -1.0], [-1.0, 3.0]])
    for a, n in ((good, 1), (bad, 1), (other, 1), (good, 2), (bad * 2, 1), (other, 2)):
        np.testing.assert_allclose(c(a, n), f(a, n), rtol=1e-13, atol=1e-15)


def test_whole_numbers_are_compared_exactly():
    c = compiled(lambda n: n + int(n))
    assert c(2**60) == 2**61
    with pytest.raises(RecordingError):
        c(2**60 + 1)


def test_an_exception_of_a_call_in_python_goes_through():
    c = compiled(value_and_grad(lambda a: np.sum(np.linalg.cholesky(a))))
    a = np.diag([2.0, 3.0])
    before = c(a)
    with pytest.raises(np.linalg.LinAlgError):
        c(-a)
    after = c(a)
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])


def test_a_failed_recording_leaves_nothing_behind():
    def f(x):
        if np.sum(x) < 0:
            raise ArithmeticError("negative")
        return x * 2

    c = compiled(f, changes="record")
    with pytest.raises(ArithmeticError):
        c(-np.ones(2))
    assert "not recorded yet" in repr(c)
    np.testing.assert_array_equal(c(np.ones(2)), [2.0, 2.0])
    with pytest.raises(ArithmeticError):
        c(-np.ones(2))
    np.testing.assert_array_equal(c(np.ones(2)), [2.0, 2.0])


def test_recursion_and_calls_from_within():
    @compiled
    def power(x, n):
        return x if n == 0 else x * power(x, n - 1)

    assert power(2.0, 3) == 16.0
    inner = compiled(lambda x: np.exp(x) + 1)

    @calculus.rule(lambda x: inner(inner(np.asarray(x))))  # called in Python at every replay, in the middle of one
    def twice(g, y, x):
        return g * inner(x)

    outer = compiled(lambda x: np.sum(np.sin(twice(x)) * inner(x)))
    outer(np.zeros(3))
    x = np.array([0.1, 0.2, -0.3])
    once = np.exp(x) + 1
    np.testing.assert_allclose(outer(x), np.sum(np.sin(np.exp(once) + 1) * once), rtol=1e-14)


def test_first_calls_of_several_threads():
    f = value_and_grad(lambda x: np.sum(np.tanh(np.sin(x) @ np.cos(x))))
    shapes = [(n, n) for n in range(1, 9)]
    c = compiled(f, changes="record")
    wrong = []
    ready = threading.Barrier(4)

    def work(k):
        ready.wait()
        for i in range(len(shapes) * 5):
            x = np.full(shapes[(i + k) % len(shapes)], 0.1 + k)
            if not np.allclose(c(x)[1], f(x)[1], rtol=1e-12, atol=1e-15):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_values_of_the_recording_are_not_kept():
    seen = []

    def f(parameters):
        y = np.exp(parameters["x"])
        seen.append(weakref.ref(y.value))
        return {"y": np.sum(y), "name": "sum", "parts": (y * 2, None)}

    c = compiled(f)
    for _ in range(2):
        found = c({"x": np.zeros(3)})
        assert found["name"] == "sum"
        assert found["parts"][1] is None
        np.testing.assert_array_equal(found["parts"][0], np.full(3, 2.0))
    gc.collect()
    assert seen[0]() is None


def test_long_programs(monkeypatch):
    def f(x):
        for _ in range(3000):
            x = np.sin(x) * 0.9 + 0.1
        return np.sum(x)

    c = compiled(grad(f))
    np.testing.assert_allclose(c(np.ones(2)), grad(f)(np.ones(2)), rtol=1e-12)
    monkeypatch.setattr(_recording, "_MOST_LINES", 100)
    with pytest.raises(TracingError, match=r"test_compile_edges.py, line \d+, in f: .*more than 100 operations"):
        compiled(f)(np.ones(2))


def test_arrays_that_hold_no_numbers_are_refused():
    c = compiled(lambda x, names: x * 2)
    for names in (np.array(["a", "b"]), np.array([None, 1])):
        with pytest.raises(TypeError, match="it is no number"):
            c(np.ones(2), names)
    assert c(1.0, "a") == 2.0
    with pytest.raises(RecordingError, match="'b', recorded was 'a'"):
        c(1.0, "b")


def test_a_value_of_another_trace_is_no_answer():
    kept = []
    grad(lambda x: kept.append(x) or x * x)(1.0)
    with pytest.raises(TracingError, match="that is over"):
        compiled(lambda x: kept[0])(1.0)


def test_objects_are_no_answers():
    """They may hold values of the recording."""
    with pytest.raises(TypeError, match="returned a TaylorPolynomial"):
        compiled(lambda x: calculus.taylor(np.exp, x, 3))(0.5)
    with pytest.raises(TypeError, match="returned a set"):
        compiled(lambda x: {x})(0.5)
    c = compiled(lambda x: calculus.taylor(np.exp, x, 3).coefficients)
    for x in (0.5, -1.0):
        np.testing.assert_allclose(c(x), np.exp(x) / [1, 1, 2, 6], rtol=1e-14)
    found = calculus.taylor(compiled(np.exp), 0.5, 3).coefficients
    np.testing.assert_allclose(found, np.exp(0.5) / [1, 1, 2, 6], rtol=1e-14)


def test_graphs_are_of_compiled_functions_but_not_inside():
    f = compiled(lambda x: np.exp(np.sin(x)) * x)
    assert "4 nodes" in repr(calculus.graph(f, 0.5))
    with pytest.raises(TracingError, match="graph met a value of another"):
        compiled(lambda x: calculus.graph(np.exp, x))(0.5)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (0, 4), (1, 1), (5, 3), (2, 3, 4)])
def test_orders_and_empty_arrays(shape, order):
    def f(x):
        return np.sum(np.sin(x) * x.T.T), np.exp(x).T, np.sum(x * x, axis=-1) if x.ndim else x, np.maximum(x, 0.0) + x

    x = np.asarray(np.random.default_rng(0).normal(size=shape), order=order)
    c = compiled(f)
    for given in (x, x * 2, np.asarray(x + 1, order="F"), np.asarray(x + 1, order="C")):
        before = given.copy()
        for found, expected in zip(c(given), f(given), strict=True):
            assert np.shape(found) == np.shape(expected)
            np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)
        np.testing.assert_array_equal(given, before)


def test_answers_never_share_memory():
    x = np.arange(6.0).reshape(2, 3)
    c = compiled(lambda a, b: (a, a, a.T, b[0], a + b, (a + b)[1:]))
    found = c(x, x)  # one array for both arguments
    for i, y in enumerate(found):
        assert not np.shares_memory(y, x)
        assert not any(np.shares_memory(y, z) for z in found[:i])
        y[...] = -1
    np.testing.assert_array_equal(c(x, x)[4], 2 * x)
    np.testing.assert_array_equal(x, np.arange(6.0).reshape(2, 3))


def test_interrupt():
    def f(x):
        total = 0.0
        for _ in range(30):
            total = np.sum(np.sin(x + total))
        return total

    c, x = compiled(f), np.linspace(0, 1, 300_000)
    before = c(x)
    interrupt(lambda: c(x), after=0.1)
    assert c(x) == before


def test_one_integer_is_a_number():
    c = compiled(np.argmax)
    assert [type(c(np.array(x))) for x in ([1.0, 5.0], [5.0, 1.0])] == [np.int64, np.int64]
    assert c(np.array([1.0, 5.0])) == 1


COUNTS = {
    "roll": np.roll,
    "roll, axis": lambda x, n: np.roll(x, (n, 1), axis=(0, 1)),
    "expand_dims": lambda x, n: np.expand_dims(x, n - 1),
    "moveaxis": lambda x, n: np.moveaxis(x, 0, 2 - n),
    "flip": lambda x, n: np.flip(x, n - 1),
    "rot90": np.rot90,
    "swapaxes": lambda x, n: np.swapaxes(x, n - 1, 0),
    "concatenate": lambda x, n: np.concatenate([x, x], axis=n - 1),
    "stack": lambda x, n: np.stack([x, x], axis=n - 1),
    "reshape": lambda x, n: x.reshape(2 * n, -1),
    "broadcast_to": lambda x, n: np.broadcast_to(x[0], (n, 4)),
    "ones_like": lambda x, n: np.ones_like(x, shape=(n,)) * x[0, 1],
    "tile": np.tile,
    "diag": lambda x, n: np.diag(x[0], n),
    "diagonal": np.diagonal,
    "hsplit": lambda x, n: np.hsplit(x, 2 * n)[0],
    "trapezoid": lambda x, n: getattr(np, "trapezoid", getattr(np, "trapz", None))(x, axis=n - 1),
    "tril": lambda x, n: np.tril(x, n - 1),
    "array_split": lambda x, n: np.array_split(x, n + 1)[0],
    "matrix_power": lambda x, n: np.linalg.matrix_power(x, n),
    "a set": lambda x, n: x if n in {1} else 2 * x,
    "a dict": lambda x, n: {1: x, 2: 3 * x}[n],
    "float": lambda x, n: float(n) * x,
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("differentiate", [False, True])
def test_counts_that_are_arguments_are_those_of_the_recording(name, differentiate):
    def f(x, n):
        return grad(lambda x: np.sum(np.sin(COUNTS[name](x, n))))(x) if differentiate else COUNTS[name](x, n)

    x = np.arange(16.0).reshape(4, 4) + np.eye(4)
    c = compiled(f)
    np.testing.assert_array_equal(c(x, 1), f(x, 1))
    with pytest.raises(RecordingError, match=r"test_compile_edges.py, line .* not those recorded"):
        c(x, 2)
    np.testing.assert_array_equal(c(2 * x, 1), f(2 * x, 1))


def test_counts_that_are_computed():
    c = compiled(lambda x: np.roll(x, -np.argmax(x)), changes="record")
    for x in np.eye(4) + np.arange(4) / 8:
        np.testing.assert_array_equal(c(x), np.roll(x, -np.argmax(x)))


def test_a_whole_number_from_a_float():
    with pytest.raises(TypeError, match=r"float64 was to be an index or a count; .* np\.floor\(x\)\.astype\(int\)"):
        compiled(lambda x: x * int(x))(1.5)
    c = compiled(lambda x: x * int(np.floor(x).astype(int)))
    assert c(1.5) == 1.5
    assert c(1.75) == 1.75
    with pytest.raises(RecordingError, match="test_compile_edges"):
        c(2.5)
