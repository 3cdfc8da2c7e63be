"""critical_point and hessian_spectrum: known points of known functions, residuals in units of eps."""

import numpy as np
import pytest
import scipy.optimize

from mlcore.calculus import critical_point, grad, hessian, hessian_spectrum

EPS = np.finfo(float).eps


def himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ((3, 2), "minimum"),
        ((-2.805118, 3.131312), "minimum"),
        ((-3.779310, -3.283186), "minimum"),
        ((3.584428, -1.848126), "minimum"),
        ((-0.270845, -0.923039), "maximum"),
        ((0.086678, 2.884255), "saddle"),
        ((3.385154, 0.073852), "saddle"),
        ((-3.073026, -0.081353), "saddle"),
        ((-0.127961, -1.953715), "saddle"),
    ],
)
def test_the_nine_points_of_himmelblau(start, kind):
    x = scipy.optimize.root(grad(himmelblau), start, tol=1e-14).x
    np.testing.assert_allclose(x, start, atol=2e-6)
    for point in (x, start):  # six digits are enough to be told
        found = critical_point(himmelblau, np.asarray(point, float))
        assert found.kind == kind
    H = hessian(himmelblau)(np.asarray(start, float))
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(H), atol=10 * EPS * np.linalg.norm(H))
    assert sum(found.inertia) == 2


def test_not_critical_says_by_how_much():
    found = critical_point(himmelblau, [3.0, 2.01])
    assert found.kind == "not critical"
    assert found.distance > found.distance_limit > 0
    assert found.distance == pytest.approx(0.01, rel=0.02)
    assert found.gradient_norm == pytest.approx(np.linalg.norm(found.gradient), rel=4 * EPS)
    np.testing.assert_allclose(found.gradient, grad(himmelblau)(np.array([3.0, 2.01])), rtol=8 * EPS)
    assert found.value == himmelblau([3.0, 2.01])
    assert found.inertia == (2, 0, 0)
    assert critical_point(himmelblau, [3.0, 2.01], tol=0.1).kind == "minimum"


@pytest.mark.parametrize(
    ("f", "kind", "inertia"),
    [
        (lambda p: p[0] ** 3 - 3 * p[0] * p[1] ** 2, "degenerate", (0, 0, 2)),  # monkey saddle
        (lambda p: p[0] ** 2 + p[1] ** 4, "degenerate", (1, 0, 1)),
        (lambda p: -(p[0] ** 2) - p[1] ** 3, "degenerate", (0, 1, 1)),
        (lambda p: p[0] * p[1], "saddle", (1, 1, 0)),
        (lambda p: 5.0 + 0 * p[0], "degenerate", (0, 0, 2)),
        (lambda p: 1e-12 * p[0] ** 2 + p[1] ** 2, "minimum", (2, 0, 0)),
        (lambda p: (p[0] + p[1]) ** 2 / 3, "degenerate", (1, 0, 1)),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200])
def test_kinds_at_the_origin(f, kind, inertia, scale):
    found = critical_point(lambda p: scale * f(p), np.zeros(2))
    assert found.kind == kind
    assert found.inertia == inertia


@pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200])
def test_the_distance_counts_not_the_gradient(scale):
    """The gradient is short beside the norm of the Hessian, and yet the minimum is far."""
    found = critical_point(lambda p: scale * (1e12 * p[0] ** 2 + (p[1] - 1) ** 2), np.zeros(2))
    assert found.kind == "not critical"
    assert found.distance == pytest.approx(1, rel=0.01)
    found = critical_point(lambda p: scale * (p[0] ** 2 + p[1]), np.zeros(2))
    assert (found.kind, found.distance) == ("not critical", np.inf)
    assert critical_point(lambda p: scale * (p[0] + p[1]), np.zeros(2)).distance == np.inf


@pytest.mark.parametrize("n", [1, 3, 8])
def test_rounded_points_of_badly_scaled_functions_are_critical(n):
    rng = np.random.default_rng(n)
    for _ in range(20):
        Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
        H = (Q * 10.0 ** rng.uniform(-12, 12, n)) @ Q.T
        x = 10.0 ** rng.uniform(-3, 3) * rng.normal(size=n)
        found = critical_point(lambda p, H=H, x=x: 0.5 * (p - x) @ (H @ (p - x)), x * (1 + EPS))
        assert found.kind != "not critical"


def test_structures_and_tolerances():
    found = critical_point(lambda p: np.sum(p["w"] ** 2) - p["b"] ** 2, {"w": np.zeros((2, 2)), "b": 0.0})
    assert found.kind == "saddle"
    assert found.inertia == (4, 1, 0)
    assert found.gradient["w"].shape == (2, 2)
    assert critical_point(lambda p: p[0] ** 2 + 1e-5 * p[1] ** 2, np.zeros(2), zero_tol=1e-4).kind == "degenerate"
    assert critical_point(rosenbrock, np.ones(6)).kind == "minimum"
    assert critical_point(lambda x: x**2, 0.0).kind == "minimum"
    single = critical_point(lambda x: np.sum(x**2), np.zeros(3, np.float32))
    assert single.eigenvalues.dtype == np.float32


def test_refused():
    with pytest.raises(ValueError, match="x contains NaN"):
        critical_point(np.sum, [np.nan])
    with pytest.raises(ValueError, match="gradient"), np.errstate(all="ignore"):
        critical_point(lambda x: np.sqrt(x[0]), [0.0])
    for name in ("tol", "zero_tol"):
        with pytest.raises(ValueError, match=f"{name} is -1"):
            critical_point(np.sum, [0.0], **{name: -1.0})
    for n in (3, 500):
        with pytest.raises(ValueError, match="Hessian contains NaN"), np.errstate(all="ignore"):
            hessian_spectrum(lambda x: np.sum(np.abs(x) ** 1.5), np.zeros(n), k=2)
    with pytest.raises(ValueError, match="k is 3"):
        hessian_spectrum(rosenbrock, np.ones(2), k=3)
    with pytest.raises(ValueError, match="one number"):
        hessian_spectrum(lambda x: x, np.ones(2))


def test_the_whole_spectrum():
    x = np.linspace(-1, 1, 9)
    found = hessian_spectrum(rosenbrock, x)
    H = hessian(rosenbrock)(x)
    assert found.method == "eigh"
    assert (np.diff(abs(found.eigenvalues)) <= 0).all()
    norm = np.linalg.norm(H, 2)
    np.testing.assert_allclose(np.sort(found.eigenvalues), np.linalg.eigvalsh(H), atol=9 * EPS * norm)
    assert found.residuals.max() < 9 * EPS * norm
    np.testing.assert_allclose(found.eigenvectors.T @ found.eigenvectors, np.eye(9), atol=9 * EPS)
    few = hessian_spectrum(rosenbrock, x, k=2)
    np.testing.assert_array_equal(few.eigenvalues, found.eigenvalues[:2])
    np.testing.assert_array_equal(few.direction(1), found.eigenvectors[:, 1])


def test_leading_eigenvalues_of_a_large_hessian():
    n = 600
    d = np.linspace(-1, 1, n) ** 3
    d[[5, 100, 300]] = 4.0, -3.0, 2.0

    def f(p):
        return np.sum(d[:300] * p["a"] ** 2) / 2 + np.sum(d[300:].reshape(3, 100) * np.sin(p["b"]) ** 2) / 2

    found = hessian_spectrum(f, {"a": np.zeros(300), "b": np.zeros((3, 100))}, k=4, tol=1e-10)
    assert found.method == "block_lanczos"
    np.testing.assert_allclose(found.eigenvalues[:3], [4.0, -3.0, 2.0], atol=1e-12)
    assert abs(found.eigenvalues[3]) == pytest.approx(1.0, abs=1e-9)
    assert found.residuals.max() < 4e-10
    assert found.direction(1)["a"][100] == pytest.approx(1)
    assert found.direction(2)["b"].shape == (3, 100)


@pytest.mark.parametrize("seed", range(5))
def test_eigenvectors_of_zeros_from_both_ends_are_orthogonal(seed):
    rng = np.random.default_rng(seed)
    n, rank, k = 500 + 11 * seed, seed, seed + 6
    A, d = rng.normal(size=(n, rank)), rng.normal(size=rank) * 10.0 ** rng.integers(-3, 4, rank)
    found = hessian_spectrum(lambda x: 0.5 * np.sum(d * (A.T @ x) ** 2) + np.sum(x**4), np.zeros(n), k=k, rng=seed)
    assert found.method == "block_lanczos"
    np.testing.assert_allclose(found.eigenvectors.T @ found.eigenvectors, np.eye(k), atol=64 * EPS)
    H = (A * d) @ A.T
    norm = np.linalg.norm(H, 2) if rank else 0.0
    expected = np.linalg.eigvalsh(H)
    expected = expected[np.argsort(-np.abs(expected))][:k]
    np.testing.assert_allclose(np.abs(found.eigenvalues), np.abs(expected), atol=n * EPS * norm)
    residuals = np.linalg.norm(H @ found.eigenvectors - found.eigenvectors * found.eigenvalues, axis=0)
    np.testing.assert_allclose(found.residuals, residuals, atol=n * EPS * norm)
