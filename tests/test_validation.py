"""Checks of arguments: what is taken, what is refused, and in which words."""

from __future__ import annotations

import decimal

import numpy as np
import pytest

from mlcore._validation import (
    as_float_array,
    as_matrix,
    as_vector,
    check_rng,
    check_sample_weight,
    raise_not_finite,
    require_finite,
)
from mlcore.exceptions import DataConversionWarning, DataTypeError

FLOATS = [np.float32, np.float64]


# ---------------------------------------------------------------- types


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "view",
    [
        lambda A: A,
        np.asfortranarray,
        lambda A: A[::2],
        lambda A: A[:, ::-1],
        lambda A: A[1:, 1:],
        lambda A: A.T,
    ],
    ids=["C", "F", "rows", "negative", "offset", "transposed"],
)
def test_a_fitting_array_is_returned_as_it_is(dtype, view):
    A = view(np.arange(20.0).reshape(4, 5).astype(dtype))
    A.flags.writeable = False
    assert as_matrix(A) is A


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.float16, np.float64),
        (np.longdouble, np.float64),
        (np.int8, np.float64),
        (np.uint64, np.float64),
        (np.bool_, np.float64),
        (">f4", np.float32),
        (">f8", np.float64),
        (object, np.float64),
    ],
)
def test_other_real_types_are_converted(dtype, expected):
    A = np.array([[0, 1], [1, 0]]).astype(dtype)
    before = A.copy()
    M = as_matrix(A)
    assert M.dtype == expected
    assert M.dtype.isnative
    np.testing.assert_array_equal(M, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize(
    "X",
    [[[1, 2], [3, 4]], ((1.0, 2.0), (3.0, 4.0)), [["1", "2"], ["3", "4"]], [[decimal.Decimal(1), 2], [3, 4]]],
    ids=["lists", "tuples", "digits", "decimals"],
)
def test_nested_sequences_become_float64(X):
    M = as_matrix(X)
    assert M.dtype == np.float64
    np.testing.assert_array_equal(M, [[1, 2], [3, 4]])


def test_subclasses_of_ndarray_become_plain():
    class Labelled(np.ndarray):
        pass

    A = np.array([[1.0, 2.0]])
    assert type(as_matrix(A.view(Labelled))) is np.ndarray


@pytest.mark.parametrize("dtype", FLOATS)
def test_masked_values_are_missing_values(dtype):
    A = np.array([[1.0, 2.0]], dtype)
    whole = as_matrix(np.ma.masked_array(A, mask=[[False, False]]))
    assert type(whole) is np.ndarray
    assert whole.dtype == dtype
    np.testing.assert_array_equal(whole, A)
    with pytest.raises(ValueError, match=r"X\[0, 1\] is nan"):
        as_matrix(np.ma.masked_array(A, mask=[[False, True]]))


def test_an_object_with_only_the_array_protocol_is_taken():
    class Wrapped:
        def __array__(self, dtype=None, copy=None):
            return np.array([[1, 2]], dtype=dtype)

    np.testing.assert_array_equal(as_matrix(Wrapped()), [[1, 2]])


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.ones((2, 2), complex), "Complex data not supported"),
        ([["a", "b"]], r"X\[0, 0\] is '?.*a.*could not convert string to float"),
        ([[1, {"k": 1}]], r"X\[0, 1\].*argument must be a string or a real number, not 'dict'"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), "dates"),
        (np.array([[1j, 2]], dtype=object), "not 'complex'"),
    ],
    ids=["complex", "text", "dict", "date", "complex object"],
)
def test_what_is_not_a_real_number_is_refused(X, words):
    with pytest.raises(DataTypeError, match=words) as info:
        as_matrix(X)
    # scikit-learn expects a ValueError here, this library's rule says TypeError: it is both.
    assert isinstance(info.value, TypeError)
    assert isinstance(info.value, ValueError)


def test_ragged_rows_are_refused():
    with pytest.raises(ValueError, match="X cannot be made into an array"):
        as_matrix([[1, 2], [3]])


def test_sparse_data_is_refused_with_the_remedy():
    sparse = pytest.importorskip("scipy.sparse")
    for make in (sparse.csr_matrix, sparse.csr_array, sparse.coo_array):
        with pytest.raises(TypeError, match=r"sparse data is not supported. Pass X.toarray\(\)"):
            as_matrix(make(np.eye(3)))


# ---------------------------------------------------------------- data frames


def test_pandas_frames(monkeypatch):
    pd = pytest.importorskip("pandas")
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    frame = pd.DataFrame(A, columns=["a", "b"], copy=False)
    assert np.shares_memory(as_matrix(frame), A)
    assert as_matrix(frame.astype(np.float32)).dtype == np.float32
    mixed = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [True, False]})
    np.testing.assert_array_equal(as_matrix(mixed), [[1, 0.5, 1], [2, 1.5, 0]])
    nullable = pd.DataFrame({"a": pd.array([1, 2], "Int64"), "b": pd.array([0.5, 1.5], "Float64")})
    np.testing.assert_array_equal(as_matrix(nullable), [[1, 0.5], [2, 1.5]])
    missing = pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": [0.5, 1.5]})
    with pytest.raises(ValueError, match=r"X\[1, 0\] is nan"):
        as_matrix(missing)


def test_a_pandas_column_of_text_or_dates_is_named():
    pd = pytest.importorskip("pandas")
    text = pd.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
    with pytest.raises(DataTypeError, match="column 'colour'"):
        as_matrix(text)
    dates = pd.DataFrame({"size": [1.0, 2.0], "day": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    with pytest.raises(DataTypeError, match="column 'day'"):
        as_matrix(dates)


def test_polars_frames():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    np.testing.assert_array_equal(as_matrix(frame), [[1, 0.5], [2, 1.5]])
    assert as_matrix(frame.cast(pl.Float32)).dtype == np.float32
    with pytest.raises(ValueError, match=r"X\[1, 0\] is nan"):
        as_matrix(pl.DataFrame({"a": [1, None], "b": [0.5, 1.5]}))
    with pytest.raises(DataTypeError, match="column 'c'"):
        as_matrix(pl.DataFrame({"a": [1, 2], "c": ["red", "blue"]}))


# ---------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (1.0, "got scalar array instead"),
        ([1.0, 2.0], "got 1D array instead"),
        (np.ones((2, 2, 2)), "Found array with dim 3"),
        (np.ones((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required"),
        (np.ones((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required."),
    ],
)
def test_wrong_shapes(X, words):
    with pytest.raises(ValueError, match=words):
        as_matrix(X)


def test_one_dimensional_data_is_told_the_remedy():
    with pytest.raises(ValueError, match="Reshape your data"):
        as_matrix([1.0, 2.0])


def test_least_shapes():
    assert as_matrix(np.ones((0, 0)), min_samples=0, min_features=0).shape == (0, 0)
    with pytest.raises(ValueError, match="a minimum of 3 is required"):
        as_matrix(np.ones((2, 2)), min_samples=3)
    with pytest.raises(ValueError, match="a minimum of 3 is required"):
        as_matrix(np.ones((2, 2)), min_features=3)


# ---------------------------------------------------------------- NaN and infinity


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (3, 1), (399, 2)])
def test_the_first_bad_value_is_named(dtype, value, place):
    X = np.zeros((400, 3), dtype)
    X[place] = value
    word = "NaN" if np.isnan(value) else "inf"
    with pytest.raises(ValueError, match=rf"contains {word}.*X\[{place[0]}, {place[1]}\]"):
        as_matrix(X)
    assert as_matrix(X, finite=False) is X


def test_the_search_goes_through_every_block(monkeypatch):
    monkeypatch.setattr("mlcore._validation._SEARCH_BLOCK", 7)
    for n in (6, 7, 8, 15):
        x = np.zeros(n)
        x[-1] = np.nan
        with pytest.raises(ValueError, match=rf"x\[{n - 1}\] is nan"):
            raise_not_finite(x, "x")


def test_opposite_infinities_are_found():
    with pytest.raises(ValueError, match=r"X\[0, 0\] is inf"):
        as_matrix([[np.inf, -np.inf]])


@pytest.mark.parametrize("dtype", FLOATS)
def test_values_whose_sum_overflows_are_finite(dtype):
    X = np.full((3, 3), np.finfo(dtype).max, dtype)
    assert as_matrix(X) is X
    require_finite(np.float64(1.0).reshape(()))


# ---------------------------------------------------------------- vectors and weights


def test_vectors():
    y = np.arange(3.0)
    assert as_vector(y) is y
    assert as_vector([1, 2, 3], length=3).dtype == np.float64
    with pytest.raises(ValueError, match="y has 3 entries, but 4 were expected"):
        as_vector(y, length=4)
    with pytest.raises(ValueError, match="y should be a 1d array"):
        as_vector(y[:, None])
    with pytest.raises(ValueError, match=r"y\[1\] is nan"):
        as_vector([1.0, np.nan])


def test_a_column_is_taken_as_a_vector_with_a_warning():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed when a 1d array was"):
        y = as_vector(np.arange(3.0)[:, None], column=True)
    np.testing.assert_array_equal(y, [0, 1, 2])


@pytest.mark.parametrize("dtype", FLOATS)
def test_weights(dtype):
    d = np.dtype(dtype)
    assert check_sample_weight(None, 3, d) is None
    w = check_sample_weight([0, 1, 2], 3, d)
    assert w.dtype == dtype
    np.testing.assert_array_equal(w, [0, 1, 2])
    np.testing.assert_array_equal(check_sample_weight(2, 3, d), [2, 2, 2])
    given = np.array([1.0, 2.0, 0.5], dtype)
    assert check_sample_weight(given, 3, d) is given


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 2], r"sample_weight.shape == \(2,\), expected \(3,\)"),
        ([[1], [2], [3]], r"sample_weight.shape == \(3, 1\)"),
        ([1, -2, 3], r"sample_weight\[1\] is -2.0"),
        ([0, 0, 0], "Sample weights must contain at least one non-zero number"),
        ([1, np.nan, 1], r"sample_weight\[1\] is nan"),
        ([1, np.inf, 1], r"sample_weight\[1\] is inf"),
    ],
)
def test_bad_weights(weights, words):
    with pytest.raises(ValueError, match=words):
        check_sample_weight(weights, 3, np.dtype(np.float64))


def test_arrays_of_any_dimension():
    assert as_float_array(3).shape == ()
    assert as_float_array(np.ones((1, 2, 3))).shape == (1, 2, 3)


# ---------------------------------------------------------------- seeds


def test_seeds():
    generator = np.random.default_rng(1)
    assert check_rng(generator) is generator
    assert check_rng(7).integers(2**62) == np.random.default_rng(7).integers(2**62)
    assert check_rng(np.int64(7)).integers(2**62) == check_rng(7).integers(2**62)
    assert check_rng(None).integers(2**62) != check_rng(None).integers(2**62)


def test_a_random_state_gives_a_reproducible_stream_and_moves_on():
    first, second = np.random.RandomState(0), np.random.RandomState(0)
    a = [check_rng(first).integers(2**62) for _ in range(2)]
    b = [check_rng(second).integers(2**62) for _ in range(2)]
    assert a == b
    assert a[0] != a[1]


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (True, TypeError), ("0", TypeError), (1.5, TypeError)])
def test_bad_seeds(seed, error):
    with pytest.raises(error, match="random_state must"):
        check_rng(seed, name="random_state")
