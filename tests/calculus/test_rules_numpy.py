"""The rest of NumPy's functions: values, both modes to the second order, compiled, as Taylor series, and what is refused."""

import math

import numpy as np
import pytest

from mlcore import calculus, linalg
from mlcore.calculus import TracingError, check_grads, derivative, grad, jacobian, jvp, taylor, vjp
from mlcore.calculus._table import RULES

NEW = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
R = np.random.default_rng(11)
V = np.array([0.71, -1.32, 0.43, -0.94, 1.85])
P = np.array([0.5, 1.3, 0.9, 0.7, 1.1])
M = R.normal(size=(3, 4))
TALL, WIDE = R.normal(size=(5, 3)), R.normal(size=(3, 5))
S = R.normal(size=(4, 4)) + 3 * np.eye(4)
HOLES = np.eye(3, 4, 1, dtype=bool)
GRID, HEIGHTS = np.array([-1.0, 0.1, 0.6, 2.0]), np.array([3.0, -1.0, 2.0, 7.0])
trapezoid = getattr(np, "trapezoid", None) or getattr(np, "trapz", None)
SMOOTH = [key[0] for key in RULES if isinstance(key, tuple) and key[1] == "outer" and key[0] is not np.floor_divide]


def holed(a):
    return np.where(HOLES, np.nan, a)


def real_eigenvalues(s):
    """Similar to a diagonal matrix, and not symmetric."""
    return np.linalg.solve(S, np.diag(np.array([1.0, 2.0, 4.0, 7.0])) + 0.1 * s) @ S


CASES = {
    # grids
    "interp": (lambda x, xp, fp: np.interp(x, xp, fp), np.array([-3.0, -0.5, 0.3, 0.9, 2.5]), GRID, HEIGHTS),
    "interp, ends": (lambda x: np.interp(x, GRID, HEIGHTS, left=-4, right=9.0) * x, np.array([-3.0, 0.3, 2.5])),
    "interp, periodic": (
        lambda x, xp, fp: np.interp(x, xp, fp, period=3.0),
        np.array([0.7, 4.7, 2.7, -0.3, -1.7]),
        np.array([1.2, 0.2, 5.2]),
        HEIGHTS[:3],
    ),
    "interp, a number": (lambda x: np.interp(x, GRID, HEIGHTS) ** 2, np.float64(0.3)),
    "linspace": (lambda a, b: np.linspace(a, b, 5) * np.linspace(a, 2.0, 5, endpoint=False), np.float64(0.3), np.float64(1.7)),
    "linspace of arrays": (lambda a, b: np.linspace(a, b, 3, axis=-1) ** 2, V, V[:, None] * V),
    "linspace, step": (lambda a, b: np.linspace(a, b, 5, retstep=True)[1] ** 2, V, P),
    "logspace, geomspace": (lambda a, b: np.logspace(a, b, 4) + np.geomspace(b, a, 4), P, P + 0.4),
    "gradient": (lambda f: np.gradient(f, edge_order=2) + np.gradient(f, 0.3), V),
    "gradient of a matrix": (lambda f: np.stack(np.gradient(f, 0.5, np.array([0.0, 1.0, 3.0, 3.5]), edge_order=2)) ** 2, M),
    "gradient, grid": (lambda f, x: np.gradient(f, x, axis=1) + np.gradient(f, x, axis=1, edge_order=2), M, np.cumsum(P[:4])),
    "trapezoid": (lambda y, x: trapezoid(y, x) + trapezoid(y, dx=0.2) * trapezoid(y * y, axis=0).sum(), M, np.cumsum(P[:4])),
    "trapezoid, heights": (lambda y, x: trapezoid(y, x, axis=0), M, M**2),
    "unwrap": (lambda p: np.unwrap(4 * p) ** 2, V),
    "meshgrid": (lambda x, y: np.stack(np.meshgrid(x, y)) ** 2 * np.stack(np.meshgrid(y, x, indexing="ij")), V, P[:3]),
    "meshgrid, sparse": (lambda x, y: np.multiply(*np.meshgrid(x, y, sparse=True)), V, P[:3]),
    "broadcast_arrays": (lambda x, y: np.multiply(*np.broadcast_arrays(x, y)), M, M[:1]),
    # polynomials and sequences
    "convolve": (lambda a, v: np.convolve(a, v)[1:-1] * np.convolve(a, v, "same") + np.convolve(a, v, "valid")[0], V, P[:3]),
    "correlate": (lambda a, v: np.correlate(a, v, "full")[2:] * np.correlate(v, a, "same") + np.correlate(v, a)[1], V, P[:3]),
    "polyval": (np.polyval, V, M),
    "polynomials": (lambda p, q: np.polyadd(p, q) * np.polysub(q, p) + np.polymul(p, q)[:5], V, P[:3]),
    "slopes, antiderivatives": (lambda p: np.polyint(np.polyder(p), 1, 2) * np.polyint(p, 2, [1.0, 2.0])[:5], V),
    "poly": (lambda z: np.poly(z)[1:] * np.poly(np.diag(z))[:-1], V),
    "vander": (lambda x: np.vander(x) + np.vander(x, 5, increasing=True) ** 2, V),
    "polyfit": (lambda x, y, w: np.polyfit(x, y, 2) * np.polyfit(x, y, 2, w=w), V, P, P + 0.3),
    "polyfit of columns": (lambda x, y: np.polyfit(x, y, 1), V, TALL),
    # statistics
    "average": (lambda a, w: np.average(a, 1, w, keepdims=True) ** 2, M, P[:4]),
    "average, whole": (lambda a: np.average(a, weights=np.abs(M), returned=True)[0] + np.average(a, axis=0, keepdims=True), M),
    "bincount": (lambda w: np.bincount([0, 3, 3, 1, 0], weights=w, minlength=6) ** 2, V),
    "cov": (
        lambda a, w: np.cov(a, aweights=w) * np.cov(a, a[:1], bias=True)[1:, 1:] + np.cov(a, fweights=[1, 2, 0, 3]),
        M,
        P[:4],
    ),
    "cov of columns": (lambda a: np.cov(a, rowvar=False) + np.cov(a[0]), M),
    "corrcoef": (lambda a: np.corrcoef(a) * np.corrcoef(a[0]) + np.corrcoef(a[0], a[1])[0, 1] ** 2, M),
    "nan: sums": (lambda a: np.nansum(holed(a), axis=0) ** 2 + np.nanprod(holed(a)) + np.nanmean(holed(a), axis=0), M),
    "nan: spreads": (lambda a: np.nanvar(holed(a), axis=0, keepdims=True) + np.nanstd(holed(a), ddof=1), M),
    "nan: extremes": (lambda a: np.nanmax(holed(a), axis=0) * np.nanmin(holed(a), keepdims=True), M),
    "nan: running": (lambda a: np.nancumsum(holed(a), axis=1) * np.nancumprod(holed(a), axis=0), M),
    "nan: order": (
        lambda a: np.nanmedian(holed(a), axis=0) ** 2 + np.nanquantile(holed(a), 0.3) + np.nanpercentile(holed(a), 70, axis=0),
        M,
    ),
    "quantiles": (lambda a: np.quantile(a, [0.3, 0.7], axis=0) * np.percentile(a, [[10], [90]], keepdims=True)[:, 0, 0], M),
    "var, std": (lambda a: np.var(a, 0, ddof=1) + np.std(a, ddof=1) + np.amax(a, 0) * np.amin(a, 0), M),
    # selection
    "delete, insert": (
        lambda a: np.insert(np.delete(a, [0, 2], axis=1), 1, a[:, 0] ** 2, axis=1) * np.insert(a, 2, 5.0)[:3, None],
        M,
    ),
    "insert several": (lambda a, b: np.insert(a, [1, 3, 3], b) ** 2, V, P[:3]),
    "resize": (lambda a: np.resize(a, (4, 5)) ** 2, M),
    "rollaxis, dsplit": (lambda a: np.rollaxis(a, 1) * np.dsplit(a.reshape(1, 3, 4), 2)[0][0, 0, 1], M),
    "shifts": (lambda a: np.fft.fftshift(a) * np.fft.ifftshift(a, axes=1) + np.roll(a, [1, 2], axis=[0, 1]), M),
    "windows": (lambda a: np.lib.stride_tricks.sliding_window_view(a, 3).prod(axis=-1), V),
    "compress, extract": (lambda a: np.compress([True, False, True], a, axis=0)[:, :3] * np.extract(np.eye(3, 4), a), M),
    "trim_zeros": (lambda a: np.trim_zeros(np.concatenate([np.zeros(2), a, np.zeros(1)])) ** 2, V),
    "partition": (lambda a: np.partition(a, 1, axis=1)[:, 1] * np.max(np.partition(a, 2, axis=None)[:2]), M),
    "take, modes": (lambda a: np.take(a, [-1, 9], mode="clip") * np.take(a, [-7, 9], mode="wrap") + np.take(a, [-1, 0]), V),
    "choose": (lambda a, b: np.choose([0, 1, 0, 5, 1], [a, b], mode="clip") ** 2 + np.choose([1, 0, 1, 1, 0], [a, b]), V, P),
    "ediff1d, diagflat": (lambda a: np.ediff1d(a, to_begin=a[0] * a[1], to_end=a[:1]) @ np.diagflat(a, 1), V),
    "full_like": (lambda a: np.full_like(a, a[0] ** 2) * np.full_like(a, 3.0) + np.full_like(a, a[:2], shape=(3, 2)).sum(), V),
    "heaviside": (lambda a: np.heaviside(np.array([-1.0, 0, 0, 2, 0]), a) ** 2 + a * np.heaviside(a, 0.5), V),
    "piecewise": (lambda a: np.piecewise(a, [a < -1, a > 0.5, a > 1], [np.square, lambda t: t**3, 7.0, np.sin]), V),
    "apply_along_axis": (
        lambda a: np.apply_along_axis(lambda t: t[:, None] * t[:2], 1, a) + np.apply_along_axis(np.sum, 0, a)[:2],
        M,
    ),
    "apply_over_axes": (lambda a: np.apply_over_axes(np.sum, a, [0, 1]) ** 2, M),
    "indices": (lambda s: s[np.diag_indices_from(s)] * s[np.tril_indices_from(s)][:4] + s[np.triu_indices_from(s, 1)][:4], S),
    "real": (lambda a: np.real_if_close(a) * (np.isin(a, [9.0]) + np.array_equiv(a, a) + np.nanargmax(a) + np.nanargmin(a)), V),
    "pad": (lambda a: np.pad(a, 1, constant_values=3.0) * np.pad(a, 1, "mean") + np.pad(a, 1, "linear_ramp", end_values=2), M),
    "pad, odd": (lambda a: np.pad(a, 1, "reflect", reflect_type="odd") * np.pad(a, 1, "symmetric", reflect_type="odd"), M),
    # ufuncs
    "outer": (lambda a, b: sum(f.outer(a, b) for f in SMOOTH), P, P[:3] + 0.21),
    "outer, steps": (lambda a, b: a * np.floor_divide.outer(b, a), np.array([0.9, 1.1]), np.array([2.6, 2.9])[:, None]),
    "running extremes": (lambda a: np.maximum.accumulate(a, axis=1) * np.minimum.accumulate(a), M),
    "reduce": (lambda a: np.logaddexp2.reduce(a, axis=1) ** 2 + np.logaddexp2.reduce(a, axis=1, keepdims=True), M),
    "i0": (lambda a: np.i0(a) ** 2, V),
    "ldexp, frexp": (lambda a: np.ldexp(a, 3) * np.ldexp(a, [-2, 1, 0, 0, 2]) + np.frexp(a)[0] ** 2, V),
    # linear algebra
    "lstsq, tall": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], TALL, V),
    "lstsq, wide": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], WIDE, V[:3]),
    "lstsq, columns": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], TALL, TALL[::-1, :2]),
    "lstsq, residuals": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[1] ** 2, TALL, TALL[::-1, :2]),
    "lstsq, singular values": (lambda a, b: np.multiply(*np.linalg.lstsq(a, b, rcond=None)[2:]), TALL, V),
    "tensorinv": (lambda s: np.linalg.tensorinv(s.reshape(4, 2, 2), ind=1), S),
    "tensorsolve": (lambda s, b: np.linalg.tensorsolve(s.reshape(2, 2, 4), b[:, :2]), S, S[:2]),
    "eig": (lambda s: tuple(np.linalg.eig(real_eigenvalues(s))), S),
    "eigvals": (lambda s: np.linalg.eigvals(real_eigenvalues(s)) ** 2, S),
}
if NEW:
    CASES["names of NumPy 2.1"] = (
        lambda a: (
            np.cumulative_sum(a, axis=1, include_initial=True)[:, 1:]
            * np.cumulative_prod(a, axis=0)
            * np.astype(a, np.float64)
            * np.unstack(a, axis=1)[2][:, None]
            * np.std(a, correction=1)
            * np.var(a, axis=0, mean=np.mean(a, axis=0, keepdims=True))
        ),
        M,
    )
    CASES["average, axes"] = (lambda a, w: np.average(a[..., None] * P[:2], axis=(2, 0), weights=w), M, R.uniform(1, 2, (2, 3)))
if hasattr(np, "matvec"):
    CASES["matvec, vecmat"] = (lambda a, b: np.matvec(a, b)[:, None] * np.vecmat(b[:3], a), M, P[:4])
NO_SERIES = {"outer", "interp, periodic"}  # of power and fmod with respect to both at once; see below for that of interp


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name):
    f, *x = CASES[name]
    found, expected = vjp(f, *x)[0], f(*x)
    assert np.shape(found) == np.shape(expected) if not isinstance(expected, tuple) else len(found) == len(expected)
    for a, b in zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]:
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    check_grads(f, *x, order=2, rtol=1e-10)


@pytest.mark.parametrize("name", [name for name in CASES if "frexp" not in name])  # whose exponents are of type int32
def test_compiled(name):
    f, *x = CASES[name]

    def scalar(*x):
        y = f(*x)
        return sum(np.sum(np.sin(part)) for part in y) if isinstance(y, tuple) else np.sum(np.sin(y))

    every = tuple(range(len(x)))
    slope = grad(scalar, argnums=every)
    c = calculus.compile(slope)
    for again in (1, 1.001):
        for a, b in zip(c(*[again * part for part in x]), slope(*[again * part for part in x]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", sorted(set(CASES) - NO_SERIES))
def test_series(name):
    f, *x = CASES[name]

    def along(t):
        y = f(*[part + t * np.cos(7 * part) for part in x])
        return np.concatenate([np.ravel(part) for part in y]) if isinstance(y, tuple) else y

    found = taylor(along, 0.0, 3).coefficients
    for k in range(4):
        expected = derivative(along, k)(0.0) if k else along(0.0)
        np.testing.assert_allclose(found[k] * math.factorial(k), expected, rtol=1e-7, atol=1e-8)


# ---- interpolation ----
def test_interpolation_at_knots_and_beyond():
    x = np.array([-np.inf, -5.0, -1.0, 0.1, 0.35, 2.0, 7.0, np.inf, np.nan])
    slopes = np.diff(HEIGHTS) / np.diff(GRID)
    expected = [0, 0, slopes[0] / 2, (slopes[0] + slopes[1]) / 2, slopes[1], slopes[2] / 2, 0, 0, 0]
    np.testing.assert_array_equal(vjp(lambda x: np.interp(x, GRID, HEIGHTS), x)[0], np.interp(x, GRID, HEIGHTS))
    np.testing.assert_allclose(grad(lambda x: np.sum(np.interp(x, GRID, HEIGHTS)))(x), expected, rtol=1e-14)
    np.testing.assert_allclose(jvp(lambda x: np.interp(x, GRID, HEIGHTS), (x,), (np.ones(9),))[1], expected, rtol=1e-14)
    heights = jacobian(lambda fp: np.interp(x, GRID, fp))(HEIGHTS)
    np.testing.assert_allclose(heights[3], [0, 1, 0, 0])
    np.testing.assert_allclose(heights[4], [0, 0.5, 0.5, 0])
    assert np.isnan(heights[-1]).any()
    knots = grad(lambda xp: np.sum(np.interp(np.array([-5.0, 0.35, 9.0]), xp, HEIGHTS)))(GRID)
    np.testing.assert_allclose(knots, [0, -slopes[1] / 2, -slopes[1] / 2, 0], rtol=1e-14)
    assert grad(lambda x: np.interp(x, [1.0], [3.0]))(0.5) == 0
    doubled = grad(lambda xp: np.interp(0.5, xp, np.array([0.0, 1.0, 5.0, 6.0])))(np.array([0.0, 1.0, 1.0, 2.0]))
    np.testing.assert_allclose(doubled, [-0.5, -0.5, 0, 0])


def test_interpolation_compiled_looks_the_cell_up_anew():
    c = calculus.compile(grad(lambda x: np.sum(np.interp(x, GRID, HEIGHTS) ** 2)))
    for x in (np.array([0.3, -0.4]), np.array([1.5, 0.2]), np.array([-9.0, 1.0])):
        np.testing.assert_allclose(c(x), grad(lambda x: np.sum(np.interp(x, GRID, HEIGHTS) ** 2))(x), rtol=1e-14)


def test_interpolation_has_no_series_at_a_knot():
    with pytest.raises(ValueError, match=r"np.interp has a kink exactly at the centre.*Move the centre"):
        taylor(lambda t: np.interp(t, GRID, HEIGHTS), 0.1, 2)
    slope = 3.0 / 0.5
    np.testing.assert_allclose(taylor(lambda t: np.interp(t, GRID, HEIGHTS), 0.3, 2).coefficients, [-1 + 0.2 * slope, slope, 0])
    with pytest.raises(ValueError, match=r"same length|not of the same"):
        grad(lambda x: np.interp(x, GRID, HEIGHTS[:2]))(0.5)


# ---- least squares ----
def test_least_squares_is_that_of_the_normal_equations():
    def normal(a, b):
        return np.linalg.solve(a.T @ a, a.T @ b)

    for by in (np.linalg.lstsq, np.linalg.pinv):
        found = jacobian(lambda a, by=by: by(a, V, rcond=None)[0] if by is np.linalg.lstsq else by(a) @ V)(TALL)
        np.testing.assert_allclose(found, jacobian(lambda a: normal(a, V))(TALL), rtol=1e-11, atol=1e-12)


def test_least_squares_of_stacks():
    a, b = np.stack([TALL, TALL[::-1] ** 2]), TALL[:, :2]
    for right in (V, b, np.stack([b, -b])):
        check_grads(lambda a, b: linalg.lstsq(a, b)[0] ** 2, a, right, rtol=1e-10)
        check_grads(lambda a, b: linalg.lstsq(a, b)[1], a, right)
    check_grads(lambda a, b: linalg.lstsq(a, b)[0] ** 2, np.swapaxes(a, 1, 2), b[:3], rtol=1e-10)
    found = vjp(linalg.lstsq, a, b)[0]
    assert isinstance(found, linalg.LstsqResult)
    for x, y in zip(found, linalg.lstsq(a, b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-20)
    with pytest.raises(TracingError, match="diagnostics=True"):
        grad(lambda a: linalg.lstsq(a, V, diagnostics=True)[0].x[0])(TALL)
    with pytest.raises(np.linalg.LinAlgError, match=r"mlcore.linalg.lstsq of a 5 x 3 matrix of rank 0"):
        grad(lambda a: linalg.lstsq(a, V)[0][0])(0 * TALL)
    tiny = TALL * np.array([1.0, 1e-200, 1e100])  # its columns are as independent as before
    scaled = grad(lambda b: np.sum(linalg.lstsq(tiny, b)[0] * [1.0, 1e-200, 1e100]))(V)
    np.testing.assert_allclose(scaled, grad(lambda b: np.sum(linalg.lstsq(TALL, b)[0]))(V), rtol=1e-12)


def test_least_squares_below_full_rank():
    a = np.stack([TALL[:, 0], TALL[:, 1], TALL[:, 0] + TALL[:, 1]], 1)
    for run in (grad, lambda f: lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(np.linalg.LinAlgError, match=r"test_rules_numpy.py, line.* 5 x 3 matrix of rank 2 .*np.linalg.pinv"):
            run(lambda a: np.sum(np.linalg.lstsq(a, V, rcond=None)[0]))(a)
    with pytest.raises(np.linalg.LinAlgError, match="of rank 1"):
        grad(lambda y: np.sum(np.polyfit(np.ones(5), y, 1)))(V)
    c = calculus.compile(lambda a: np.linalg.lstsq(a, V, rcond=None))
    for again in (a, 2 * a):
        for found, expected in zip(c(again), np.linalg.lstsq(again, V, rcond=None), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    x = np.linalg.lstsq(TALL, V, rcond=None)
    found = vjp(lambda a: np.linalg.lstsq(a, V, rcond=None)[1:3], TALL)[0]
    np.testing.assert_allclose(found[0], x[1], rtol=1e-12)
    assert found[1] == x[2] == 3


def test_pseudo_inverse_among_matrices_of_equal_rank():
    """pinv(u v^T) = v u^T / (|u| |v|)^2, along which the rank stays 1; a direction across it counts as 0."""
    u, v = V, TALL[0]

    def exact(u, v):
        return np.outer(v, u) / (u @ u * (v @ v))

    def through(u, v):
        return np.linalg.pinv(np.outer(u, v), 1e-10)

    for i in (0, 1):
        np.testing.assert_allclose(jacobian(through, argnums=i)(u, v), jacobian(exact, argnums=i)(u, v), rtol=1e-12, atol=1e-13)
    across = np.outer([V[1], -V[0], 0, 0, 0], [v[1], -v[0], 0])  # orthogonal to rows and columns
    tangent = jvp(lambda a: np.linalg.pinv(a, 1e-10), (np.outer(u, v),), (across,))[1]
    np.testing.assert_allclose(tangent, 0, atol=1e-14)


def test_eigenvalues_that_are_not_real():
    with pytest.raises(TracingError, match=r"np.linalg.eig gives complex numbers here; .*np.linalg.eigh"):
        grad(lambda a: np.sum(np.linalg.eigvals(a)))(np.array([[0.0, -1.0], [1.0, 0.0]]))
    symmetric = S + S.T
    np.testing.assert_allclose(
        grad(lambda a: np.sum(np.linalg.eigvals(a) ** 3))(symmetric), grad(lambda a: np.trace(a @ a @ a))(symmetric), rtol=1e-10
    )


@pytest.mark.skipif(not NEW, reason="NumPy 1 has other types")
def test_types_are_numpys():
    functions = [np.unwrap, np.gradient, np.polyder, np.polyint, np.vander, np.nanmean, np.nanstd, np.cov, np.median, np.i0]
    functions += [lambda a: np.quantile(a, 0.3), lambda a: np.nanpercentile(a, [30, 40]), lambda a: np.average(a), np.ediff1d]
    functions += [lambda a, m=m: np.pad(a, 1, m) for m in ("mean", "linear_ramp")] + [lambda a: np.pad(a, 1, constant_values=2)]
    functions += [lambda a, f=f: f(a, 2 * a, 3) for f in (np.linspace, np.logspace, np.geomspace)]
    functions += [lambda a: np.insert(a, 1, 2.5), lambda a: np.bincount([0, 1, 1, 0, 2], a), lambda a: np.polyval(a, a)]
    functions += [lambda a: np.ldexp(a, 3), lambda a: np.frexp(a)[0], lambda a: np.modf(a)[0], lambda a: np.ediff1d(a, 1.0, 2)]
    functions += [lambda a: np.piecewise(a, [a > 1], [np.sin, 2.5]), lambda a: np.interp(a, [0, 1.0], [1, 2.0]), np.tanh]
    for f in functions:
        value, pullback = vjp(f, P.astype(np.float32))
        assert value.dtype == np.asarray(f(P.astype(np.float32))).dtype, f
        assert pullback(np.ones_like(value))[0].dtype == np.float32


# ---- what used to be lost ----
def test_arguments_that_were_lost_without_a_word():
    assert grad(lambda x: np.sum(np.full_like(V, 1.0) * np.full_like(x, x[0])))(V)[0] == 5
    np.testing.assert_array_equal(grad(lambda h: np.sum(np.heaviside(np.array([-1.0, 0.0, 0.0]), h)))(np.ones(3)), [0, 1, 1])
    np.testing.assert_array_equal(grad(lambda x: np.take(x, [-1], mode="clip")[0])(V), [1, 0, 0, 0, 0])
    odd = {"mode": "reflect", "reflect_type": "odd"}
    np.testing.assert_array_equal(vjp(lambda x: np.pad(x, (2, 0), **odd), V)[0], np.pad(V, (2, 0), **odd))
    with pytest.raises(ValueError, match="equal division"):
        grad(lambda x: np.sum(np.split(x, 2)[0]))(V)


REFUSED = {
    "insert into integers": (lambda x: np.sum(np.insert(np.arange(3), 1, x[0])), TracingError, "array one of floats"),
    "quantile, method": (lambda x: np.nanquantile(x, 0.3, method="lower"), TracingError, "method='lower'"),
    "quantile, weights": (lambda x: np.quantile(x, 0.3, weights=np.ones(5)), TracingError, "weights=") if NEW else None,
    "quantile, q": (lambda x: np.quantile(np.arange(4.0) * x[0], x[1]), TracingError, "plain"),
    "quantile, range": (lambda x: np.quantile(x, 1.3), ValueError, "range"),
    "polyfit, cov": (lambda x: np.polyfit(x, x, 1, cov=True)[0][0], TracingError, "cov=True"),
    "out": (lambda x: np.sum(np.delete(x, 1) + np.compress([True] * 4, x, None, np.ones(4))), TracingError, "out="),
    "nansum, where": (lambda x: np.nansum(x, where=[True] * 5), TracingError, "where="),
    "pad, median": (lambda x: np.sum(np.pad(x, 1, "median")), TypeError, "mode='median'"),
    "choose": (lambda x: np.sum(np.choose([0, 2], [x[0], x[1]])), ValueError, "invalid entry"),
    "weights": (lambda x: np.sum(np.average(x, weights=np.array([1.0, -1, 0, 0, 0]))), ZeroDivisionError, "sum to zero"),
    "piecewise": (lambda x: np.sum(np.piecewise(x, [x > 0], [1, 2, 3])), ValueError, "1 or 2 functions"),
    "meshgrid": (lambda x: np.meshgrid(x, indexing="yx")[0].sum(), ValueError, "indexing"),
    "geomspace": (lambda x: np.sum(np.geomspace(x[0] * 0, 1.0)), ValueError, "zero"),
}


@pytest.mark.parametrize("name", [name for name, case in REFUSED.items() if case])
def test_refused(name):
    f, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        grad(f)(V)
