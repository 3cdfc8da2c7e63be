"""Certificates: small for the exact result, large for one that is off, and true to the norm they estimate."""

from typing import Any

import mpmath
import numpy as np
import pytest

from mlcore.lab import certificates
from mlcore.lab.case import Certify
from mlcore.lab.topics import linalg_hard, matrices

EPS = 2.0**-52
SIZES = (3, 32, 33, 120)
OFF = 1e-9  # a relative error that every certificate has to see


def problem(name: str, n: int) -> tuple[Certify, Any, Any]:
    """A certificate, NumPy's result, and the same result with one number changed by OFF."""
    rng = np.random.default_rng(n)
    A, b = matrices.general(matrices.spread(n), "float64", n), rng.standard_normal(n)
    S = matrices.symmetric(matrices.spread(n), "float64", n)
    tall, rhs = rng.standard_normal((2 * n, n)), rng.standard_normal(2 * n)
    values = matrices.spread(n)
    table: dict[str, tuple[Certify, Any]] = {
        "qr": (certificates.factors(A, orthonormal=(0,)), np.linalg.qr(A)),
        "svd": (certificates.factors(A, orthonormal=(0, -1)), np.linalg.svd(A)),
        "cholesky": (certificates.factors(S, lambda L: (L[0], L[0].T)), (np.linalg.cholesky(S),)),
        "eigh": (certificates.eigenpairs(S), np.linalg.eigh(S)),
        "eig": (certificates.eigenpairs(A, orthonormal=False), np.linalg.eig(A)),
        "triplets": (certificates.triplets(A), np.linalg.svd(A)),
        "solve": (_of_first(certificates.solution(A, b)), (np.linalg.solve(A, b),)),
        "inverse": (_of_first(certificates.inverse(A)), (np.linalg.inv(A),)),
        "least squares": (certificates.least_squares(tall, rhs), (np.linalg.lstsq(tall, rhs)[0],)),
        "values": (_of_first(certificates.of_values(values, n, "float64")), (np.linalg.eigvalsh(S),)),
        "determinant": (_of_first(certificates.determinant(0.0, n, "float64")), (np.linalg.det(A),)),
    }
    certify, result = table[name]
    parts = [np.array(part) for part in result]
    largest = np.unravel_index(np.argmax(abs(parts[0])), parts[0].shape)
    parts[0][largest] *= 1 + OFF * n
    return certify, result, tuple(parts)


def _of_first(certify: Certify) -> Certify:
    return lambda result: certify(result[0])


NAMES = (
    "qr", "svd", "cholesky", "eigh", "eig", "triplets", "solve", "inverse", "least squares", "values", "determinant",
)  # fmt: skip


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_right_and_wrong(name: str, n: int) -> None:
    certify, right, wrong = problem(name, n)
    assert certify(right).error < 5
    assert (certify(right).loss or 0) < 5
    assert certify(wrong).error > 100
    if name in ("qr", "svd", "triplets"):
        assert (certify(wrong).loss or 0) > 100


@pytest.mark.parametrize("n", SIZES)
def test_the_norm_is_met(n: int) -> None:
    rng = np.random.default_rng(n)
    A, E = rng.standard_normal((2, n, n))
    exact = 1e-6 * np.linalg.norm(E) / np.linalg.norm(A) / (n * EPS)
    estimate = certificates.product_error(A, [A + 1e-6 * E])
    assert estimate == pytest.approx(exact, rel=1e-3 if n <= 32 else 0.35)
    Q = np.linalg.qr(A)[0] + 1e-6 * E
    assert certificates.orthonormality(Q) == pytest.approx(
        np.linalg.norm(Q.T @ Q - np.eye(n)) / (n * EPS), rel=1e-3 if n <= 32 else 0.35
    )


def test_the_worst_of_a_stack_counts() -> None:
    A = np.random.default_rng(0).standard_normal((50, 4, 4))
    result = np.linalg.qr(A)
    certify = certificates.factors(A, orthonormal=(0,))
    assert certify(result).error < 5
    result.R[17, 0, 0] *= 1 + 1e-8
    assert certify(result).error > 1e5
    assert certificates.solution(A, A[..., :1])(np.linalg.solve(A, A[..., :1])).error < 5


def test_error_of_float32_is_in_its_own_eps() -> None:
    A = np.random.default_rng(0).standard_normal((40, 40)).astype("float32")
    certify = certificates.factors(A, orthonormal=(0,))
    assert 1e-4 < certify(np.linalg.qr(A)).error < 5  # NumPy's, rounded from float64
    assert certify(np.linalg.qr(A.astype("float64"))).error < 1e-4


def test_zero_and_identity_have_no_error() -> None:
    zero = np.zeros((5, 5))
    assert certificates.factors(zero, orthonormal=(0,))((np.eye(5), zero)) == certificates.Accuracy(0.0, 0.0)


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_matrices_have_the_values_they_were_made_from(n: int) -> None:
    values = np.random.default_rng(n).standard_normal(n)
    S, A = matrices.symmetric(values, "float64", 3), matrices.general(values, "float64", 3)
    assert (S == S.T).all()
    assert abs(np.linalg.eigvalsh(S) - np.sort(values)).max() <= 10 * n * EPS * abs(values).max()
    assert abs(np.linalg.svd(A)[1] - np.sort(abs(values))[::-1]).max() <= 10 * n * EPS * abs(values).max()
    assert float(matrices.spread(n).prod()) == pytest.approx(1 if n > 1 else 10**0.5)
    if n > 2:
        assert (abs(A) > 0.5 * abs(A).mean()).mean() > 0.4, "no element stands out"


def test_graded_reference_is_right_to_the_last_value() -> None:
    A = np.random.default_rng(5).standard_normal((6, 6)) * 10.0 ** -np.array([0, 15, 4, 20, 9, 12])
    with mpmath.workdps(80):
        exact = sorted((float(s) for s in mpmath.svd_r(mpmath.matrix(A.tolist()), compute_uv=False)), reverse=True)
    assert linalg_hard.singular_values(A).astype(float) == pytest.approx(exact, rel=4 * EPS)


def test_correct_digits() -> None:
    assert linalg_hard.correct_digits([1.0, 2.0], [1.0, 2.0]) == pytest.approx(15.95, abs=0.01)
    assert linalg_hard.correct_digits([1.0, 2.002], [1.0, 2.0]) == pytest.approx(3.0)
    assert linalg_hard.correct_digits([-5.0], [1.0]) == 0.0
