"""Every rule, in both modes and to the second order, against extrapolated differences."""

import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import check_grads
from mlcore.calculus._table import RULES

from .test_rules_numpy import CASES as MORE

BUILT_IN = frozenset(key for key in RULES if not getattr(key, "__module__", "").startswith("mlcore"))  # those: test_linalg.py
R = np.random.default_rng(7)
VECTOR = np.array([0.7, -1.3, 0.4, -0.9, 1.8])
POSITIVE = np.abs(R.normal(size=(3, 4))) + 0.5
SMALL = R.uniform(-0.8, 0.8, size=(2, 3))
MATRIX = R.normal(size=(3, 4))
SQUARE = R.normal(size=(4, 4)) + 3 * np.eye(4)
STACK = R.normal(size=(2, 3, 3)) + 3 * np.eye(3)
TENSOR = R.normal(size=(2, 3, 4))


def symmetric(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


def definite(a):
    return a @ np.swapaxes(a, -1, -2) + np.eye(a.shape[-1])


ANY = [
    np.negative,
    np.positive,
    np.square,
    np.exp,
    np.exp2,
    np.expm1,
    np.sin,
    np.cos,
    np.tan,
    np.arctan,
    np.sinh,
    np.cosh,
    np.tanh,
]
ANY += [np.arcsinh, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.absolute, np.fabs, np.sinc, np.nan_to_num]
OVER_ZERO = [np.sqrt, np.cbrt, np.log, np.log2, np.log10, np.reciprocal]
INSIDE = [np.arcsin, np.arccos, np.arctanh, np.log1p]
TWO = [np.add, np.subtract, np.multiply, np.divide, np.hypot, np.arctan2, np.logaddexp, np.logaddexp2, np.maximum, np.minimum]
TWO += [np.fmax, np.fmin, np.copysign, np.power, np.float_power, np.fmod, np.remainder]

CASES = {
    **{f.__name__: (f, MATRIX) for f in ANY},
    **{f.__name__: (f, POSITIVE) for f in OVER_ZERO},
    **{f.__name__: (f, SMALL) for f in INSIDE},
    "arccosh": (np.arccosh, POSITIVE + 1),
    **{f"{f.__name__} of two": (f, POSITIVE, POSITIVE[::-1] + 0.3) for f in TWO},
    **{f"{f.__name__} broadcast": (f, POSITIVE, POSITIVE[1:2, 1:][:, :1] + 0.3) for f in TWO},
    "power, constant exponent": (lambda x: x**3 + x**2 + x**1 + x**0, MATRIX),
    "power, constant base": (lambda x: 2.0**x, MATRIX),
    "parts of numbers": (lambda x: np.divmod(x, 0.7)[1] ** 2 + np.modf(x)[0] ** 3 * np.modf(x)[1], SMALL),
    "clip": (lambda x: np.clip(x, -0.51, 0.52), MATRIX),
    "operators": (lambda x, y: (x + 1) * (2 - y) / (3 + y * y) - (-x) ** 2 + abs(x) + 5 / (2 + x * x), VECTOR, VECTOR[::-1]),
    # shapes
    "reshape": (lambda x: np.reshape(x, (4, 3)) * np.arange(3), MATRIX),
    "methods": (lambda x: x.reshape(2, 6).T.sum(axis=0) * x.mean() + x.ravel().max() + x.transpose(1, 0)[0, 1], MATRIX),
    "transpose": (lambda x: np.transpose(x, (2, 0, 1)), TENSOR),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 2), TENSOR),
    "moveaxis": (lambda x: np.moveaxis(x, (0, 1), (2, 0)), TENSOR),
    "expand_dims, squeeze": (lambda x: np.squeeze(np.expand_dims(x, (0, 2)), 0), MATRIX),
    "flips": (lambda x: np.flip(x, 0) + np.fliplr(x) + np.flipud(x) + np.flip(x), MATRIX),
    "rot90": (lambda x: np.rot90(x, 3), MATRIX),
    "roll": (lambda x: np.roll(x, 2) + np.roll(x, (1, 2), axis=(0, 1)), MATRIX),
    "broadcast_to": (lambda x: np.broadcast_to(x, (3, 5)), VECTOR),
    "triangles": (lambda x: np.tril(x) + np.triu(x, 1) ** 2, SQUARE),
    "getitem": (lambda x: x[1:, ::2] * x[0, 1] + x[-1, [0, 0]] + x[x > 100].sum(), MATRIX),
    "getitem, repeated": (lambda x: x[np.array([0, 0, 2, 0])], VECTOR),
    "getitem, new axes": (lambda x: x[None, ..., 1] * x[:, 2, None], MATRIX),
    "iteration": (lambda x: sum(row[0] * row[1] for row in x), MATRIX),
    "take": (lambda x: np.take(x, [0, 2, 2], axis=1) + np.take(x, [5]), MATRIX),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0), MATRIX),
    "diagonal": (lambda x: np.diagonal(x, 1) * np.diag(x)[:3] + np.diagonal(x, -1, 1, 0), SQUARE),
    "diag of a vector": (lambda x: np.diag(x, -1) @ np.diag(x, 1), VECTOR),
    "concatenate": (lambda x, y: np.concatenate([x, np.ones((3, 1)), y], axis=1) ** 2, MATRIX, MATRIX[:, :2]),
    "concatenate, flat": (lambda x: np.concatenate([x, x[0]], axis=None), [MATRIX, VECTOR][0]),
    "stacks": (
        lambda x, y: np.stack([x, y, x], axis=1) * np.vstack([x[:3], y[:3], x[:3]]).T[:, None].T[0, 0],
        VECTOR,
        VECTOR**2,
    ),
    "hstack, column_stack, dstack": (
        lambda x: np.hstack([x, x]) @ np.column_stack([x, x, x, x]).reshape(-1)[:10] + np.dstack([x, x]).sum(),
        VECTOR,
    ),
    "append": (lambda x: np.append(x, x[:2]), VECTOR),
    "block": (lambda x: np.block([[x, np.zeros((3, 1))], [np.ones((1, 4)), x[:1, :1]]]), MATRIX),
    "tile, repeat": (lambda x: np.tile(x, (2, 2)) + np.repeat(np.repeat(x, 2, axis=0), [1, 2, 3, 2], axis=1), MATRIX),
    "pad": (lambda x: np.pad(x, ((1, 0), (2, 3))) + np.pad(x, ((1, 0), (2, 3)), "reflect"), MATRIX),
    "where": (lambda x, y: np.where(np.arange(4) > 1, x, y), MATRIX, VECTOR[:1]),
    "select": (lambda x: np.select([x > 0.5, x > -0.5], [x**2, x**3], -x), MATRIX),
    "split": (lambda x: sum(part.sum(axis=1) ** 2 for part in np.split(x, [1, 3], axis=1)), MATRIX),
    # reductions
    "sum": (
        lambda x: np.sum(x) + np.sum(x, 0) + np.sum(x, axis=(0, 1), keepdims=True) * np.sum(x, axis=-1, keepdims=True),
        MATRIX,
    ),
    "mean, var, std": (lambda x: np.mean(x, 0) * np.var(x, axis=0, ddof=1) + np.std(x) + np.average(x, axis=0), MATRIX),
    "average with weights": (lambda x, w: np.average(x, axis=1, weights=w), MATRIX, POSITIVE[0]),
    "prod": (lambda x: np.prod(x, axis=0) + np.prod(x, axis=1, keepdims=True) + np.prod(x), MATRIX),
    "prod with a zero": (lambda x: np.prod(x * np.array([1.0, 0.0, 2.0, 1.0]) + np.array([0, 1e-9, 0, 0]), axis=1), MATRIX),
    "max, min": (lambda x: np.max(x, axis=1) * np.min(x, axis=1) + np.ptp(x) + np.max(x), MATRIX),
    "cumsum": (lambda x: np.cumsum(x, axis=1) ** 2 + np.cumsum(x)[-1], MATRIX),
    "cumprod": (lambda x: np.cumprod(x, axis=0) + np.cumprod(x)[3], MATRIX),
    "diff": (lambda x: np.diff(x, 2) ** 2, MATRIX),
    "sort": (lambda x: np.sort(x, axis=0) * np.arange(12.0).reshape(3, 4), MATRIX),
    "median, quantile": (
        lambda x: np.median(x, axis=1) + np.quantile(x, 0.3) + np.percentile(x, 80, axis=1, keepdims=True)[:, 0],
        MATRIX,
    ),
    "reduce": (lambda x: np.add.reduce(x) + np.maximum.reduce(x, axis=0) + np.logaddexp.reduce(x, axis=0), MATRIX),
    # products
    "matmul": (lambda a, b: a @ b, MATRIX, MATRIX.T),
    "matmul, vectors": (lambda a, b: (a @ b) * (b @ a.T) + b @ b, MATRIX, VECTOR[:4]),
    "matmul, stacks": (lambda a, b: a @ b + (a @ b[0])[:, :1], TENSOR, R.normal(size=(1, 4, 3))),
    "matmul, a stack and a vector": (lambda a, b: a @ b, TENSOR, VECTOR[:4]),
    "matmul, a vector and a stack": (lambda a, b: a @ b, VECTOR[:3], TENSOR),
    "dot": (lambda a, b: np.dot(a, b) * np.dot(2.0, a[0, 0]) + np.vdot(a, a), MATRIX, MATRIX.T),
    "dot, tensors": (np.dot, TENSOR, R.normal(size=(2, 4, 2))),
    "inner, outer, kron": (lambda a, b: np.kron(np.outer(a, b), np.inner(a, a) * np.ones((2, 1))), VECTOR, VECTOR[:2]),
    "tensordot": (lambda a, b: np.tensordot(a, b, axes=([0, 2], [1, 0])), TENSOR, R.normal(size=(4, 2, 3))),
    "einsum": (lambda a, b: np.einsum("ijk,kl->il", a, b), TENSOR, R.normal(size=(4, 2))),
    "einsum, implicit": (lambda a, b: np.einsum("ij,jk", a, b), MATRIX, MATRIX.T),
    "einsum, dots": (lambda a, b: np.einsum("...ij,jk->...ik", a, b), TENSOR, R.normal(size=(4, 2))),
    "einsum, diagonal": (lambda a: np.einsum("ii->i", a) * np.einsum("ii", a) + np.einsum("ij->j", a), SQUARE),
    "einsum, stretched": (lambda a, b: np.einsum("ij,ij,kj->ik", a, b, b), MATRIX, MATRIX[:1]),
    "einsum, three": (lambda a, b, c: np.einsum("i,ij,j->", a, b, c), VECTOR[:3], MATRIX, VECTOR[:4]),
    "trace, cross": (lambda a: np.trace(a) * np.cross(a[0, :3], a[1, :3]), SQUARE),
    "orders": (
        lambda a: np.reshape(a, (2, 6), order="F")[0] * a.ravel(order="F")[1:7] * a.flatten("F")[3] * np.ravel(a, "C")[2:8],
        MATRIX,
    ),
    # linear algebra
    "solve": (np.linalg.solve, SQUARE, MATRIX.T),
    "solve, vector": (np.linalg.solve, SQUARE, VECTOR[:4]),
    "solve, stack": (lambda a, b: np.linalg.solve(a, b), STACK, R.normal(size=(1, 3, 2))),
    "solve, vectors": (np.linalg.solve, STACK, VECTOR[:3] if np.__version__ >= "2" else MATRIX[:2, :3]),
    "inv": (np.linalg.inv, STACK),
    "pinv": (np.linalg.pinv, MATRIX),
    "det": (np.linalg.det, STACK),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1], STACK),
    "cholesky": (lambda a: np.linalg.cholesky(definite(a)), STACK),
    "eigh": (lambda a: tuple(np.linalg.eigh(symmetric(a))), STACK),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(symmetric(a)), SQUARE),
    "svd": (lambda a: tuple(np.linalg.svd(a, full_matrices=False)), STACK),
    "svd, wide": (lambda a: tuple(np.linalg.svd(a, full_matrices=False)), MATRIX),
    "svd, tall": (lambda a: tuple(np.linalg.svd(a, full_matrices=False)), MATRIX.T),
    "singular values": (lambda a: np.linalg.svd(a, compute_uv=False), MATRIX),
    "qr": (lambda a: tuple(np.linalg.qr(a)), STACK),
    "qr, tall": (lambda a: tuple(np.linalg.qr(a)), MATRIX.T),
    "qr, wide": (lambda a: tuple(np.linalg.qr(a)), MATRIX),
    "qr, r": (lambda a: np.linalg.qr(a, mode="r"), SQUARE),
    "norms of vectors": (lambda x: sum(np.linalg.norm(x, p) for p in (None, 1, 2, 3, 1.5, np.inf, -np.inf, -1)), VECTOR),
    "norms of matrices": (
        lambda x: sum(np.linalg.norm(x, p) for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
        SQUARE,
    ),
    "norms along axes": (lambda x: np.linalg.norm(x, axis=1) + np.linalg.norm(x, axis=(0, 2), keepdims=True).sum(), TENSOR),
    "matrix_power": (
        lambda a: np.linalg.matrix_power(a, 5) + np.linalg.matrix_power(a, -2) + np.linalg.matrix_power(a, 0),
        SQUARE / 3,
    ),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, a]), MATRIX, MATRIX.T),
    "accumulate": (
        lambda a: np.add.accumulate(a) + np.multiply.accumulate(a, axis=1) + np.minimum.reduce(a) * np.multiply.reduce(a),
        MATRIX,
    ),
    "copies": (lambda a: np.copy(a) * a.copy() + np.real(a) ** 2 + np.conjugate(a) * a.astype(float) + a.flatten()[1], MATRIX),
    "parts": (lambda a: np.vsplit(a, 2)[1] @ np.hsplit(a, 2)[0] + np.array_split(a, 3)[0][:, :2] ** 2, SQUARE),
    "cond": (lambda a: np.linalg.cond(a) + np.linalg.cond(a, 1), SQUARE),
}
if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
    CASES["names of NumPy 2"] = (
        lambda a: (
            np.linalg.vecdot(a, np.linalg.matrix_transpose(a))
            + np.vecdot(a, np.matrix_transpose(a))
            + np.linalg.vector_norm(a, axis=1)
            + np.linalg.matrix_norm(a, ord="nuc")
            + np.linalg.diagonal(a) * np.linalg.trace(a)
            + np.linalg.svdvals(a)
            + np.linalg.matmul(a, a)[0]
            + np.linalg.tensordot(a, a, axes=1)[1]
            + np.linalg.outer(a[0], a[1])[2]
            + np.sum(np.linalg.cross(a[:3, :3], a[1:, 1:]))
        ),
        SQUARE,
    )


@pytest.mark.parametrize("name", CASES)
def test_rule(name):
    f, *x = CASES[name]
    check_grads(f, *x, order=2, rtol=1e-10)


def test_no_rule_is_left_out():
    """A function whose rule is a line of the table occurs in a case, of this file or of the other."""
    met = set()
    originals = {key: RULES[key] for key in BUILT_IN}

    def watched(key, rule):
        def call(*args, **keywords):
            met.add(key)
            return rule(*args, **keywords)

        return call

    constants = {key for key, rule in RULES.items() if type(rule).__name__ == "partial"}
    try:
        RULES.update({key: watched(key, rule) for key, rule in originals.items()})
        for f, *x in [*CASES.values(), *MORE.values()]:
            calculus.vjp(f, *x)
    finally:
        RULES.update(originals)
    left = set(originals) - met - constants
    assert not left, sorted(map(str, left))


def test_a_wrong_rule_is_caught():
    @calculus.rule(lambda x: np.asarray(x) ** 3)
    def cube(g, y, x):
        return g * 2 * x**2

    with pytest.raises(AssertionError, match=r"mode gives"):
        check_grads(cube, VECTOR)
