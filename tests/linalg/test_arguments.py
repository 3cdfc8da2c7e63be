"""Arguments in the forms that numpy.linalg takes, and what is said of those that nobody takes."""

import warnings

import numpy as np
import pytest

from mlcore import linalg
from mlcore.exceptions import DataTypeError

REAL_TYPES = (np.float16, np.float32, np.float64, np.longdouble, object, np.int8, np.bool_)


@pytest.mark.parametrize("kind", REAL_TYPES)
def test_norms_of_every_real_type(kind):
    for x in (np.ones(4, kind), np.ones((2, 2), kind)):
        for result in (linalg.norm(x), linalg.norm(x, axis=None, keepdims=True), linalg.vector_norm(x)):
            assert result == 2.0
            assert result.dtype == (np.float32 if kind is np.float32 else np.float64)


def test_the_order_that_is_none_or_f():
    A = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert linalg.vector_norm(A, ord=None) == linalg.matrix_norm(A, ord=None) == 5.0
    assert linalg.matrix_norm(A, ord="f") == linalg.norm(A, "f") == 5.0
    assert linalg.cond(A, "f") == linalg.cond(A, "fro")
    assert linalg.vector_norm(A, ord=np.array(1)) == 7.0


@pytest.mark.parametrize(
    "call",
    [
        linalg.norm,
        linalg.vector_norm,
        linalg.matrix_norm,
        linalg.cond,
        linalg.pinv,
        linalg.matrix_rank,
        linalg.trace,
        linalg.tensorinv,
        lambda x: linalg.norm(x[0]),
        lambda x: linalg.matrix_power(x, 2),
        lambda x: linalg.multi_dot([x, x]),
        lambda x: linalg.tensordot(x, x),
        lambda x: linalg.tensorsolve(x, np.ones(2)),
        lambda x: linalg.factor(x),
    ],
)
def test_masked_elements_are_refused(call):
    x = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], [[False, True], [False, False]])
    with pytest.raises(ValueError, match="masked elements; expected numbers throughout"):
        call(x)


def test_nothing_masked():
    assert linalg.norm(np.ma.masked_array([3.0, 4.0])) == linalg.norm(np.ma.masked_array([[3.0, 4.0]], [[False, False]])) == 5.0


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_the_diagonal_of_a_numpy_matrix_is_a_vector():
    A = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    assert linalg.diagonal(A).shape == np.linalg.diagonal(A).shape == (2,)


@pytest.mark.parametrize("axes", [np.array([[0], [1]]), (np.array([0]), np.array(1)), (range(1), np.int64(1)), [[0], (1,)]])
def test_axes_of_tensordot(axes, rng):
    A = rng.normal(size=(3, 3))
    np.testing.assert_allclose(linalg.tensordot(A, A, axes=axes), A.T @ A.T, rtol=1e-14)


def test_out_of_cross_is_returned(rng):
    x, y, out = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), np.empty((3, 4))
    assert linalg.cross(x, y, axis=0, out=out) is out
    np.testing.assert_allclose(out, np.linalg.cross(x, y, axis=0), rtol=1e-13)


@pytest.mark.parametrize("p", [1, -1, np.inf, "fro", "nuc", None])
def test_condition_numbers_out_of_range_are_silent(p):
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert linalg.cond(np.diag([1e200, 1e-200]), p) == (0 if p == -1 else np.inf)


def test_tiny_matrices_raise_no_underflow(rng):
    A = rng.normal(size=(4, 3)) * 1e-300
    with np.errstate(all="raise"):
        assert linalg.matrix_rank(A) == 3
        assert np.isfinite(linalg.pinv(A)).all()
        linalg.pinv(A * 1e200 * 1e298 * 1e100)  # and no other


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: linalg.norm(None), TypeError, "x is None; expected an array of real numbers"),
        (lambda: linalg.norm(np.ones((2, 2)), axis=1.5), TypeError, r"axis is 1\.5; expected an int or a tuple of ints"),
        (lambda: linalg.vector_norm([1.0], axis="a"), TypeError, "axis is 'a'; expected an int"),
        (lambda: linalg.vector_norm([1.0], ord="2"), ValueError, "ord is '2'; for a vector expected a number"),
        (lambda: linalg.vector_norm([1.0], ord=[1]), ValueError, r"ord is \[1\]; for a vector expected a number"),
        (lambda: linalg.cond(np.eye(2), 3), ValueError, "p is 3; expected None, 2, -2, 1"),
        (lambda: linalg.matrix_power(np.eye(2), 1.5), TypeError, r"n is 1\.5; expected an integer"),
        (lambda: linalg.tensorinv(np.eye(2), "a"), TypeError, "ind is 'a'; expected a positive int"),
        (lambda: linalg.tensordot([1.0], [1.0], axes=None), TypeError, "axes is None; expected an int or a pair"),
        (lambda: linalg.tensordot([1.0], [1.0], axes=((0,), (0,), ())), ValueError, "axes has 3 parts; expected two"),
        (lambda: linalg.pinv(np.eye(2), "1"), TypeError, "rcond.* is '1'; expected a number"),
        (lambda: linalg.pinv(np.eye(2), rtol=np.nan), ValueError, "rcond.* is nan; expected a number"),
        (lambda: linalg.matrix_rank(np.eye(2), np.nan), ValueError, "tol is nan; expected a number"),
        (lambda: linalg.inv(np.ones((2, 2))), linalg.LinAlgError, r"a is singular: pivot 1 .* use mlcore.linalg.lstsq\."),
        (lambda: linalg.lstsq(np.eye(2), [1, 2], "warn"), TypeError, "rcond is 'warn' of type str; expected a number"),
        (lambda: linalg.lstsq([[np.nan, 1.0]], [1.0]), linalg.LinAlgError, "a contains NaN or infinity; there is no solution"),
        (lambda: linalg.svd_topk(np.eye(3), None), TypeError, "k is None of type NoneType; expected an int"),
        (lambda: linalg.svd_topk(np.eye(3), 4), ValueError, "k is 4; expected 0 to 3, the smaller size of A"),
        (lambda: linalg.randomized_svd(np.eye(3), 1, oversample=1.5), TypeError, "oversample is 1.5"),
        (lambda: linalg.eigh_topk(lambda X: X * 2j, 1, n=600), TypeError, "complex128; expected real numbers"),
        (lambda: linalg.eigh_topk(np.ones(4), 1), linalg.LinAlgError, r"A has shape \(4,\); expected one matrix"),
        (lambda: linalg.lstsq([[np.nan]], [1.0]), linalg.LinAlgError, "a .*contains NaN or infinity"),
        (lambda: linalg.lstsq([[1.0], [np.inf]], [1.0, 2.0]), linalg.LinAlgError, "^a or b contains NaN or infinity; there"),
        (lambda: linalg.det(np.eye(2, dtype=np.float16)), TypeError, r"Convert it first, e\.g\. a\.astype\(numpy\.float32\)"),
        (lambda: linalg.cond(np.eye(2) * 1j), DataTypeError, "Complex data not supported"),
    ],
)
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize <= 8, reason="long double is double here")
def test_long_doubles_are_sent_to_double():
    with pytest.raises(TypeError, match=r"Convert it first, e\.g\. a\.astype\(numpy\.float64\)"):
        linalg.det(np.eye(2, dtype=np.longdouble))
