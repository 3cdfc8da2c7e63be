"""Limits, tolerances and counts of integrals, as numbers of any class: one answer, or one error that names the value."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from mlcore.calculus import antiderivative, integrate, integrate_nd, monte_carlo


def along_one(a=0, b=1, **keywords):
    return integrate(np.cos, a, b, **keywords)


def in_a_square(a=0, b=1, **keywords):
    return integrate_nd(lambda x: np.cos(x).sum(-1), [0, a], [1, b], **keywords)


def by_chance(a=0, b=1, **keywords):
    return monte_carlo(lambda x: np.cos(x).sum(-1), [0, a], [1, b], rng=0, **keywords)


def indefinite(a=0, b=1, rtol=1e-8, max_evaluations=100):
    F = antiderivative(np.cos, a, b, tol=rtol, max_pieces=max_evaluations)
    return F.definite(), F.error


ALL = pytest.mark.parametrize("solve", [along_one, in_a_square, by_chance, indefinite])
ONES = [True, np.True_, np.float32(1), np.array(1.0), np.array(1), np.int8(1), Fraction(1), Decimal(1), np.longdouble(1)]
ZEROS = [False, np.False_, np.float32(0), np.array(0.0), np.uint8(0), Fraction(0), Decimal(0), -0.0]
NO_NUMBERS = ["1", b"1", None, 1 + 0j, np.complex128(1), [1], np.ones(1), np.array("1"), np.datetime64("2020"), {}]


def names(keyword, solve):
    """What the error calls it."""
    if solve is indefinite:
        return {"rtol": "tol", "max_evaluations": "max_pieces"}.get(keyword, keyword)
    return keyword if solve is along_one else {"a": r"lower\[1\]", "b": r"upper\[1\]"}.get(keyword, keyword)


@ALL
@pytest.mark.parametrize("one", ONES, ids=repr)
def test_one_is_one(solve, one):
    assert solve(b=one) == solve(b=1)


@ALL
@pytest.mark.parametrize("zero", ZEROS, ids=repr)
def test_zero_is_zero(solve, zero):
    assert solve(a=zero) == solve(a=0)


@ALL
@pytest.mark.parametrize("keyword", ["a", "b", "rtol", "atol"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_named(solve, keyword, value):
    if keyword == "atol" and (solve is indefinite or value is None):
        return
    with pytest.raises(TypeError, match=rf"^{names(keyword, solve)} is .* of type .*; expected a real number"):
        solve(**{keyword: value})


@ALL
@pytest.mark.parametrize("keyword", ["a", "b", "rtol", "atol"])
@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), 10**5000, Fraction(10**400, 3), Decimal("1e400")],
    ids=["+", "-", "digits", "fraction", "decimal"],
)
def test_what_is_too_large_for_a_float_is_named(solve, keyword, value):
    if keyword == "atol" and solve is indefinite:
        return
    with pytest.raises(ValueError, match=rf"^{names(keyword, solve)} is beyond 1\.8e308, the largest float"):
        solve(**{keyword: value})


@ALL
@pytest.mark.parametrize("keyword", ["rtol", "atol"])
def test_tolerances(solve, keyword):
    if keyword == "atol" and solve is indefinite:
        return
    expected = solve(**{keyword: 0.125})
    for value in (np.float32(0.125), np.array(0.125), Fraction(1, 8), Decimal("0.125")):
        assert solve(**{keyword: value}) == expected
    for value in (math.inf, math.nan, -1, np.float32(-1), np.array(math.inf)):
        with pytest.raises(ValueError, match=rf"^{names(keyword, solve)} is .*; expected a .*number"):
            solve(**{keyword: value})
    if solve is not indefinite:
        assert solve(**{keyword: 1e20}).status == solve(**{keyword: True}).status == "converged"


@ALL
def test_counts(solve):
    expected = solve(max_evaluations=5000)
    for value in (np.int64(5000), np.array(5000), np.uint16(5000)):
        assert solve(max_evaluations=value) == expected
    assert solve(max_evaluations=10**30) == solve()
    name = names("max_evaluations", solve)
    for value in (True, np.True_, math.inf, math.nan, "5000", None, Fraction(5000), np.array([5000])):
        with pytest.raises(TypeError, match=rf"^{name} is .* of type .*; expected an int\.$"):
            solve(max_evaluations=value)
    for value in (5000.0, np.float64(5000)):
        with pytest.raises(TypeError, match=rf"^{name} is .*5000.* of type float.*; expected an int\. Pass 5000\.$"):
            solve(max_evaluations=value)
    with pytest.raises(TypeError, match=r"Pass 100000000000000000000\."):
        solve(max_evaluations=1e20)
    for value in (0, -1):
        with pytest.raises(ValueError, match=rf"^{name} is {value}; expected"):
            solve(max_evaluations=value)


def test_arrays_of_limits():
    expected = in_a_square()
    for limits in (np.array([1, 1]), np.array([1, 1], object), (Fraction(1), np.array(1)), np.ones(2, np.float16)):
        assert integrate_nd(lambda x: np.cos(x).sum(-1), [0, 0], limits) == expected
    with pytest.raises(TypeError, match=r"^upper\[0\] is .*'1'.* expected a real number"):
        integrate_nd(np.cos, [0, 0], np.array(["1", "1"]))
    with pytest.raises(TypeError, match=r"^confidence is '0\.9' of type str"):
        by_chance(confidence="0.9")
    with pytest.raises(TypeError, match=r"^a point is '0\.5' of type str"):
        along_one(points=["0.5"])
