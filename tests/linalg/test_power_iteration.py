"""power_iteration: eigenpairs by their residuals, and an honest status where there are none to be had."""

import mpmath
import numpy as np
import pytest

import mlcore
from mlcore import linalg
from mlcore.exceptions import ConvergenceWarning


def with_spectrum(values: list[float], dtype: type, seed: int = 0) -> np.ndarray:
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))
    A = (Q * np.array(values)) @ Q.T
    return ((A + A.T) / 2).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_the_pair_is_an_eigenpair(dtype: type, layout: str) -> None:
    A = np.asarray(with_spectrum([-7.0, 3.0, 2.0, 1.0, 0.5], dtype), order=layout)
    result = linalg.power_iteration(A, rng=1)
    eps = np.finfo(dtype).eps
    assert result.status == "converged"
    assert result.vector.dtype == dtype
    assert result.value.dtype == dtype
    residual = np.linalg.norm(A.astype(float) @ result.vector - float(result.value) * result.vector)
    assert residual <= 8.0 * 1.01 * eps ** (2 / 3)
    assert result.residual <= eps ** (2 / 3)
    assert abs(float(result.value) + 7.0) <= 50 * eps
    assert len(result.history) == result.n_iter
    assert result.history[-1] == result.value


def test_against_extended_precision() -> None:
    A = np.array([[1 / (i + j + 1) for j in range(8)] for i in range(8)])
    exact = max(mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True))
    assert abs(linalg.power_iteration(A, tol=1e-14, rng=0).value - float(exact)) <= 1e-15


def test_a_matrix_that_is_not_symmetric() -> None:
    P = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])  # a Markov chain: the eigenvalue is 1
    result = linalg.power_iteration(P.T, rng=0)
    assert result.value == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(P.T @ result.vector, result.vector, atol=1e-9)
    second = linalg.power_iteration(P.T, rng=0, deflate=result)
    assert second.value == pytest.approx(sorted(np.linalg.eigvals(P).real)[1], abs=1e-8)


def test_all_pairs_by_deflation() -> None:
    values = [10.0, 7.0, -5.0, 3.0, 1.5]
    A = with_spectrum(values, np.float64)
    found: list[linalg.PowerIterationResult] = []
    for _ in values:
        found.append(linalg.power_iteration(A, rng=3, deflate=found))
    np.testing.assert_allclose([pair.value for pair in found], values, rtol=1e-10)
    V = np.array([pair.vector for pair in found])
    np.testing.assert_allclose(V @ V.T, np.eye(5), atol=1e-9)


def test_a_shift_finds_the_other_end_and_settles_ties() -> None:
    A = with_spectrum([2.0, -2.0, 1.0, 0.0], np.float64)
    with pytest.warns(ConvergenceWarning, match="200 products"):
        tied = linalg.power_iteration(A, rng=0, max_iter=200)
    assert tied.status == "max_iter"
    assert tied.n_iter == 200
    assert tied.residual > 1e-3
    assert linalg.power_iteration(A, rng=0, shift=-1.0).value == pytest.approx(2.0, abs=1e-12)
    assert linalg.power_iteration(A, rng=0, shift=1.0).value == pytest.approx(-2.0, abs=1e-12)


def test_a_complex_pair_is_never_called_converged() -> None:
    with pytest.warns(ConvergenceWarning, match="no eigenvalue yet"):
        result = linalg.power_iteration([[0.0, -1.0], [1.0, 0.0]], rng=0, max_iter=50)
    assert result.status == "max_iter"


@pytest.mark.parametrize("scale", [1e200, 1e-200, 0.0])
def test_scales(scale: float) -> None:
    result = linalg.power_iteration(scale * with_spectrum([4.0, 2.0, 1.0], np.float64), rng=0)
    assert result.status == "converged"
    assert float(result.value) == pytest.approx(4.0 * scale, rel=1e-12)


def test_one_by_one_and_repeated() -> None:
    assert linalg.power_iteration([[-3.0]], rng=0)[:4:3] == (-3.0, 1)
    assert linalg.power_iteration(5 * np.eye(4), rng=0).n_iter == 1


@pytest.mark.filterwarnings("ignore::mlcore.exceptions.ConvergenceWarning")
def test_a_shift_that_leaves_nothing_or_too_much() -> None:
    for seed in range(20):  # A v - 2 v vanishes, but for rounding errors v is an eigenvector, and tol allows none
        found = linalg.power_iteration(2 * np.eye(5), shift=2.0, tol=0.0, rng=seed, max_iter=20)
        assert abs(np.linalg.norm(found.vector) - 1) < 1e-15
    A = np.full((1000, 1000), 1.6e305)  # its eigenvalue is 1.6e308, which is farther from the shift than any number
    A[0, 0] *= 1.1
    with pytest.raises(np.linalg.LinAlgError, match="overflows"):
        linalg.power_iteration(A, shift=-1.6e308, rng=0, tol=0.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(bad: float) -> None:
    A = np.eye(5)
    A[3, 1] = bad
    with pytest.raises(np.linalg.LinAlgError, match="not finite"):
        linalg.power_iteration(A, rng=0)


def test_refusals() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        linalg.power_iteration(np.ones((2, 3)))
    with pytest.raises(ValueError, match="tol is -1"):
        linalg.power_iteration(np.eye(2), tol=-1)
    with pytest.raises(ValueError, match="max_iter is 0"):
        linalg.power_iteration(np.eye(2), max_iter=0)
    with pytest.raises(ValueError, match="shift is nan"):
        linalg.power_iteration(np.eye(2), shift=np.nan)
    pair = linalg.power_iteration(np.eye(2), rng=0)
    with pytest.raises(ValueError, match="no direction is left"):
        linalg.power_iteration(np.eye(2), deflate=[pair, pair])
    with pytest.raises(ValueError, match=r"expected \(3,\)"):
        linalg.power_iteration(np.eye(3), deflate=pair)
    with pytest.raises(TypeError):
        linalg.power_iteration(np.eye(2) * 1j)
    with pytest.raises(TypeError, match=r"max_iter is 1\.5 of type float"):
        linalg.power_iteration(np.eye(2), max_iter=1.5)
    for wrong in (3, [3]):
        with pytest.raises(TypeError, match="deflate holds 3 of type int"):
            linalg.power_iteration(np.eye(2), deflate=wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits_on_any_number_of_threads(dtype: type) -> None:
    A = with_spectrum([1.0, *np.linspace(0.9, 0, 799)], dtype)
    bits = set()
    for threads in (1, 2, 3, 8):
        with mlcore.num_threads(threads):
            bits.add(linalg.power_iteration(A, rng=0, tol=1e-3).vector.tobytes())
    assert len(bits) == 1
