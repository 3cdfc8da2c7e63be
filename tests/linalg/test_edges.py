"""What every function makes of matrices without elements, and of types that are no real numbers."""

import numpy as np
import pytest

from mlcore import linalg

from .functions import ARITHMETIC, LOWER_TRIANGLE, NUMBERS, REFUSING

ALL = REFUSING | LOWER_TRIANGLE | ARITHMETIC | {"cholesky": linalg.cholesky}
ALL |= {"Cholesky factor": lambda a: linalg.factor(a, "cholesky")} | {name: call for name, (call, *_) in NUMBERS.items()}


def columns(a):
    """Right-hand sides for `a`, two of them."""
    return np.ones((*a.shape[:-1], 2), a.dtype)


# Of a stack of shape (*s, n, n): the shapes of the results.
SQUARE = {
    "solve": (lambda a: linalg.solve(a, columns(a)), lambda s, n: [(*s, n, 2)]),
    "inv": (linalg.inv, lambda s, n: [(*s, n, n)]),
    "det": (linalg.det, lambda s, n: [s]),
    "slogdet": (linalg.slogdet, lambda s, n: [s, s]),
    "cholesky": (linalg.cholesky, lambda s, n: [(*s, n, n)]),
    "eigh": (linalg.eigh, lambda s, n: [(*s, n), (*s, n, n)]),
    "eigvalsh": (linalg.eigvalsh, lambda s, n: [(*s, n)]),
    "eig": (linalg.eig, lambda s, n: [(*s, n), (*s, n, n)]),
    "eigvals": (linalg.eigvals, lambda s, n: [(*s, n)]),
    "schur": (linalg.schur, lambda s, n: [(*s, n, n), (*s, n, n)]),
    "hessenberg": (linalg.hessenberg, lambda s, n: [(*s, n, n), (*s, n, n)]),
    "svd, hermitian": (lambda a: linalg.svd(a, hermitian=True), lambda s, n: [(*s, n, n), (*s, n), (*s, n, n)]),
    "pinv, hermitian": (lambda a: linalg.pinv(a, hermitian=True), lambda s, n: [(*s, n, n)]),
}

# Of a stack of shape (*s, m, n), k = min(m, n).
RECTANGULAR = {
    "lu": (linalg.lu, lambda s, m, n, k: [(*s, m, m), (*s, m, k), (*s, k, n)]),
    "qr": (linalg.qr, lambda s, m, n, k: [(*s, m, k), (*s, k, n)]),
    "qr, complete": (lambda a: linalg.qr(a, mode="complete"), lambda s, m, n, k: [(*s, m, m), (*s, m, n)]),
    "qr, R alone": (lambda a: linalg.qr(a, mode="r"), lambda s, m, n, k: [(*s, k, n)]),
    "svd": (linalg.svd, lambda s, m, n, k: [(*s, m, m), (*s, k), (*s, n, n)]),
    "svd, reduced": (lambda a: linalg.svd(a, False), lambda s, m, n, k: [(*s, m, k), (*s, k), (*s, k, n)]),
    "svdvals": (linalg.svdvals, lambda s, m, n, k: [(*s, k)]),
    "pinv": (linalg.pinv, lambda s, m, n, k: [(*s, n, m)]),
    "matrix_rank": (linalg.matrix_rank, lambda s, m, n, k: [s]),
    "polar": (linalg.polar, lambda s, m, n, k: [(*s, m, n), (*s, n, n)]),
    "polar, left": (lambda a: linalg.polar(a, side="left"), lambda s, m, n, k: [(*s, m, n), (*s, m, m)]),
    "lstsq": (lambda a: linalg.lstsq(a, columns(a))[0], lambda s, m, n, k: [(*s, n, 2)]),
    "norm": (linalg.matrix_norm, lambda s, m, n, k: [s]),
    "norm 2": (lambda a: linalg.matrix_norm(a, ord=2), lambda s, m, n, k: [s]),
    "nuclear norm": (lambda a: linalg.matrix_norm(a, ord="nuc"), lambda s, m, n, k: [s]),
}

# Of one matrix of shape (m, n) without elements: rank 0.
ONE_MATRIX = {
    "null_space": (linalg.null_space, lambda m, n: [(n, n)]),
    "orth": (linalg.orth, lambda m, n: [(m, 0)]),
    "projector": (linalg.projector, lambda m, n: [(m, m)]),
    "svd_topk": (lambda a: linalg.svd_topk(a, 0)[:3], lambda m, n: [(m, 0), (0,), (0, n)]),
    "randomized_svd": (lambda a: linalg.randomized_svd(a, 0, rng=0)[:3], lambda m, n: [(m, 0), (0,), (0, n)]),
}


def parts(result):
    return [np.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


def check(result, shapes, dtype):
    found = parts(result)
    assert [part.shape for part in found] == shapes
    for part in found:
        assert part.dtype == dtype or part.dtype.kind == "i"
        assert np.isfinite(part).all()


@pytest.mark.parametrize("shape", [(0, 0), (3, 0, 0), (0, 4, 4), (2, 0, 3, 3), (0, 20, 20)], ids=str)
@pytest.mark.parametrize("name", SQUARE)
def test_square(name, shape, dtype):
    call, expected = SQUARE[name]
    result = call(np.ones(shape, dtype))
    check(result, expected(shape[:-2], shape[-1]), dtype)
    if name in ("det", "slogdet"):
        assert (parts(result)[0] == 1).all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (3, 0, 2), (2, 30, 0), (0, 3, 2), (0, 20, 30)], ids=str)
@pytest.mark.parametrize("name", RECTANGULAR)
def test_rectangular(name, shape, dtype):
    call, expected = RECTANGULAR[name]
    *stack, m, n = shape
    check(call(np.ones(shape, dtype)), expected(tuple(stack), m, n, min(m, n)), dtype)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (40, 0)], ids=str)
@pytest.mark.parametrize("name", ONE_MATRIX)
def test_one_matrix(name, shape, dtype):
    call, expected = ONE_MATRIX[name]
    check(call(np.ones(shape, dtype)), expected(*shape), dtype)


@pytest.mark.parametrize("kind", ["lu", "cholesky", "qr"])
def test_factors_of_order_0(kind, dtype):
    factor = linalg.factor(np.ones((0, 0), dtype), kind)
    assert factor.det() == 1
    assert factor.slogdet() == (1, 0)
    assert factor.condition_estimate() == 0
    assert factor.inv().shape == (0, 0)
    assert factor.solve(np.ones((0, 3), dtype)).shape == (0, 3)
    assert factor.solve(np.ones(0)).shape == (0,)


def test_condition_of_nothing(dtype):
    for shape in ((0, 0), (0, 3), (2, 0, 0)):
        with pytest.raises(np.linalg.LinAlgError, match="expected a matrix with elements"):
            linalg.cond(np.ones(shape, dtype))


@pytest.mark.parametrize("name", ALL)
def test_no_real_numbers(name):
    for dtype in (np.complex64, np.complex128):
        with pytest.raises(TypeError):
            ALL[name](np.eye(3, dtype=dtype))
    for value, kind in (("text", object), (1j, object), ("text", "U4"), (0, "M8[D]")):
        with pytest.raises(TypeError):
            ALL[name](np.full((3, 3), value, kind))


@pytest.mark.parametrize("name", SQUARE | RECTANGULAR | ONE_MATRIX)
def test_too_few_axes(name):
    call = (SQUARE | RECTANGULAR | ONE_MATRIX)[name][0]
    if name == "matrix_rank":
        assert (call(np.zeros(3)), call(np.ones(3)), call(2.0)) == (0, 1, 1)
        return
    for array in (np.float64(2.0), np.ones(3)):
        with pytest.raises(ValueError):  # LinAlgError is one
            call(array)
