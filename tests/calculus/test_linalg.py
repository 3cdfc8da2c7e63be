"""mlcore.linalg under differentiation: each of its functions has a derivative that is right, or refuses by name."""

import inspect

import numpy as np
import pytest

from mlcore import linalg
from mlcore.calculus import TracingError, check_grads, grad, hessian, jvp, value_and_grad, vjp
from mlcore.calculus import compile as compiled
from mlcore.calculus._tree import flatten

R = np.random.default_rng(11)
U, V = R.normal(size=4), R.normal(size=4)
WIDE, TALL = R.normal(size=(3, 4)), R.normal(size=(5, 3))
SQUARE = R.normal(size=(4, 4)) + 3 * np.eye(4)
STACK = R.normal(size=(2, 3, 3)) + 3 * np.eye(3)
RIGHT = R.normal(size=(4, 2))
VECTORS = R.normal(size=(2, 3))


def definite(a):
    return np.matmul(a, np.swapaxes(a, -1, -2)) + np.eye(a.shape[-1])


def symmetric(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


def of(name, *args, before=None, namesake=None, **keywords):
    """A case: mlcore's function of arrays, and NumPy's or a formula in place of it."""
    return name, args, keywords, before or (lambda *x: x[0] if len(x) == 1 else x), namesake


def numpy_of(name):
    return getattr(np.linalg, name, None) or getattr(np, name)


CASES = [
    of("add", WIDE, U, namesake=np.add),
    of("subtract", WIDE, U, namesake=np.subtract),
    of("scale", np.float64(1.5), U, namesake=np.multiply),
    of("axpy", np.float64(1.5), U, V, namesake=lambda s, x, y: s * x + y),
    of("dot", U, V, namesake=np.dot),
    of("dot", WIDE, SQUARE, namesake=np.dot),
    of("vecdot", WIDE, U, namesake=lambda x, y: np.sum(x * y, -1)),
    of("vecdot", RIGHT, RIGHT[:, ::-1], axis=0, namesake=lambda x, y, axis: np.sum(x * y, axis)),
    of("outer", U, TALL[:, 0], namesake=np.outer),
    of("cross", VECTORS, VECTORS[::-1] + 1, namesake=np.cross),
    of("cross", VECTORS.T, VECTORS[::-1].T + 1, axis=0, namesake=np.cross),
    of("matmul", STACK, STACK[0], namesake=np.matmul),
    of("matvec", WIDE, U, namesake=np.matmul),
    of("vecmat", U, SQUARE, namesake=np.matmul),
    of("tensordot", STACK, STACK.T, axes=2, namesake=np.tensordot),
    of("tensorinv", R.normal(size=(2, 3, 6)), namesake=lambda a: np.linalg.inv(a.reshape(6, 6)).reshape(6, 2, 3)),
    of("tensorsolve", R.normal(size=(2, 2, 4)), R.normal(size=(2, 2)),
       namesake=lambda a, b: np.linalg.solve(a.reshape(4, 4), b.ravel())),
    of("multi_dot", WIDE, SQUARE, U, before=lambda *x: (x,), namesake=np.linalg.multi_dot),
    of("lstsq", TALL, np.arange(1.0, 6.0), namesake=lambda a, b: np.linalg.lstsq(a, b, rcond=None)),
    of("lstsq", WIDE, RIGHT[:3], namesake=lambda a, b: np.linalg.lstsq(a, b, rcond=None)),
    of("matrix_power", SQUARE / 4, n=3, namesake=np.linalg.matrix_power),
    of("matrix_power", SQUARE, n=-2, namesake=np.linalg.matrix_power),
    of("gram", TALL, namesake=lambda x: x.T @ x),
    of("gram", TALL, np.array([1.0, 2.0, 0.5, 1.5, 1.0]), before=lambda x, w: (x, True, w),
       namesake=lambda x, _, w: (x - w @ x / w.sum()).T @ (w[:, None] * (x - w @ x / w.sum()))),
    of("diagonal", STACK, offset=1, namesake=lambda x, offset: np.diagonal(x, offset, -2, -1)),
    of("trace", STACK, namesake=lambda x: np.trace(x, axis1=-2, axis2=-1)),
    of("matrix_transpose", STACK, namesake=lambda x: np.swapaxes(x, -1, -2)),
    of("norm", U, namesake=np.linalg.norm),
    of("norm", WIDE, ord="nuc", namesake=np.linalg.norm),
    of("norm", STACK, axis=(0, 2), keepdims=True, namesake=np.linalg.norm),
    of("vector_norm", WIDE, axis=-1, ord=3, namesake=lambda x, axis, ord: np.linalg.norm(x, ord, axis)),
    of("matrix_norm", STACK, ord=2, namesake=lambda x, ord: np.linalg.norm(x, ord, (-2, -1))),
    of("solve", SQUARE, U, namesake=np.linalg.solve),
    of("solve", STACK, R.normal(size=(2, 3, 2)), namesake=np.linalg.solve),
    of("inv", STACK, namesake=np.linalg.inv),
    of("det", STACK, namesake=np.linalg.det),
    of("slogdet", STACK, namesake=np.linalg.slogdet),
    of("pinv", TALL, namesake=np.linalg.pinv),
    of("cond", SQUARE, namesake=np.linalg.cond),
    of("cond", SQUARE, p=1, namesake=np.linalg.cond),
    of("cholesky", STACK, before=definite, namesake=np.linalg.cholesky),
    of("cholesky", SQUARE, before=definite, upper=True, namesake=lambda a, upper: np.linalg.cholesky(a).T),
    of("eigh", STACK, before=lambda a: np.tril(a) + np.tril(a, -1).swapaxes(-1, -2), namesake=None),
    of("eigvalsh", STACK, before=symmetric, namesake=np.linalg.eigvalsh),
    of("svd", WIDE, full_matrices=False, canonical_sign=True),
    of("svd", TALL, compute_uv=False, namesake=np.linalg.svd),
    of("svdvals", TALL, namesake=lambda a: np.linalg.svd(a, compute_uv=False)),
    of("qr", TALL, positive=True),
    of("qr", WIDE),
    of("qr", TALL, mode="r", namesake=np.linalg.qr),
    of("polar", TALL),
    of("polar", WIDE, side="left"),
    of("angle", VECTORS, VECTORS[::-1] + 1),
    of("cosine_similarity", VECTORS, VECTORS[::-1] + 1),
    of("cosine_similarity", VECTORS, VECTORS[::-1] + 1, pairwise=True),
    of("project", VECTORS, VECTORS[::-1] + 1),
    of("project", VECTORS, VECTORS[::-1] + 1, axis=0),
]
CASES += [
    of(name, SQUARE, b, lower=lower, trans=trans, unit_diagonal=unit)
    for name in ("solve_triangular", "triangular_multiply")
    for b, lower, trans, unit in [
        (U, False, "N", False),
        (RIGHT, True, "T", False),
        (RIGHT, False, "C", True),
        (U, True, 0, True),
    ]
]

CONSTANT = {"matrix_rank": SQUARE}

REFUSED = {
    "eig": (SQUARE,),
    "eigvals": (SQUARE,),
    "eigh_topk": (SQUARE, 1),
    "factor": (SQUARE,),
    "gram_schmidt": (SQUARE,),
    "hessenberg": (SQUARE,),
    "lu": (SQUARE,),
    "null_space": (WIDE,),
    "orth": (TALL,),
    "power_iteration": (SQUARE,),
    "projector": (TALL,),
    "randomized_svd": (SQUARE, 1),
    "rotation_between": (VECTORS, VECTORS),
    "schur": (SQUARE,),
    "svd_topk": (SQUARE, 1),
}


def label(case):
    name, args, keywords, *_ = case
    return "-".join([name, *[str(np.shape(x)) for x in args], *[f"{key}={value}" for key, value in keywords.items()]])


def call(name, before, keywords):
    """The case as a function of its arrays."""
    if name == "gram":
        return lambda *x: linalg.gram(x[0], center=len(x) > 1, weights=x[1] if len(x) > 1 else None)

    def f(*x):
        args = before(*x)
        return getattr(linalg, name)(*(args if isinstance(args, tuple) else (args,)), **keywords)

    return f


@pytest.mark.parametrize("case", CASES, ids=label)
def test_derivatives_to_the_second_order_in_both_modes(case):
    name, args, keywords, before, _ = case
    f = call(name, before, keywords)
    plain, traced = f(*args), vjp(f, *args)[0]
    for x, y in zip(*(v if isinstance(v, tuple) else (v,) for v in (plain, traced)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)
    check_grads(f, *args, order=2, rtol=1e-8)


@pytest.mark.parametrize("case", [case for case in CASES if case[-1] is not None], ids=label)
def test_the_same_as_of_numpy(case):
    name, args, keywords, before, namesake = case

    def theirs(*x):
        chosen = before(*x)
        return namesake(*(chosen if isinstance(chosen, tuple) else (chosen,)), **keywords)

    value, pullback = vjp(call(name, before, keywords), *args)
    theirs_value, theirs_pullback = vjp(theirs, *args)
    if isinstance(value, tuple):
        value, theirs_value = tuple(value), tuple(theirs_value)
        g = tuple(R.normal(size=np.shape(y)) for y in value)
    else:
        g = R.normal(size=np.shape(value))
    for x, y in zip(pullback(g), theirs_pullback(g), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("differentiate", [vjp, lambda f, *x: jvp(f, x, x)], ids=["reverse", "forward"])
def test_the_others_refuse_by_name(name, differentiate):
    args = REFUSED[name]
    with pytest.raises(TracingError, match=rf"mlcore\.linalg\.{name} has no rule"):
        differentiate(lambda a: getattr(linalg, name)(a, *args[1:]), args[0])


def test_no_function_is_left_out():
    functions = {name for name in linalg.__all__ if inspect.isfunction(getattr(linalg, name))}
    assert functions == {case[0] for case in CASES} | set(REFUSED) | set(CONSTANT)
    for name, a in CONSTANT.items():
        assert np.all(grad(lambda a, name=name: np.sum(a) * getattr(linalg, name)(a))(a) == getattr(linalg, name)(a))


def test_arguments_without_a_rule_are_named():
    with pytest.raises(TracingError, match="diagnostics=True"):
        vjp(lambda a: linalg.solve(a, U, diagnostics=True), SQUARE)
    with pytest.raises(TracingError, match="out="):
        vjp(lambda a: linalg.outer(a, U, out=np.empty((4, 4))), U)
    with pytest.raises(TracingError, match="out="):
        vjp(lambda a: linalg.matmul(a, SQUARE, out=np.empty((4, 4))), SQUARE)
    with pytest.raises(TracingError, match="raw"):
        vjp(lambda a: linalg.qr(a, "raw"), SQUARE)
    with pytest.raises(TracingError, match="hermitian"):
        vjp(lambda a: linalg.svd(a, hermitian=True), SQUARE)


def test_the_error_tells_the_line_of_the_user():
    with pytest.raises(TracingError, match=rf"{__name__.rsplit('.', 1)[-1]}\.py, line \d+"):
        vjp(lambda a: linalg.schur(a), SQUARE)


def test_wrong_arguments_remain_errors():
    with pytest.raises(TypeError, match="complex"):
        linalg.det(np.eye(2) * 1j)
    with pytest.raises(TypeError, match=r"missing 1 required positional argument"):
        linalg.qr()
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda a: linalg.det(linalg.inv(a)))(np.zeros((2, 2)))


def test_types_stay():
    single = np.array(SQUARE, np.float32)
    value, pullback = vjp(linalg.det, single)
    assert value.dtype == pullback(value)[0].dtype == np.float32


def test_hessian_of_a_log_determinant():
    """The second derivative of log det A is -A^-1 E A^-1, and both cores agree."""
    inverse = np.linalg.inv(SQUARE)
    expected = -np.einsum("li,jk->ijkl", inverse, inverse)
    np.testing.assert_allclose(hessian(lambda a: linalg.slogdet(a).logabsdet)(SQUARE), expected, rtol=1e-10, atol=1e-12)


# ---- under compile ----
def assert_same(found, expected):
    assert type(found) is type(expected)
    for x, y in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_linear_algebra_and_its_gradients_are_replayed(case):
    name, args, keywords, before, _ = case
    f = call(name, before, keywords)

    def total(*x):
        y = f(*x)
        return sum(np.sum(np.cos(part)) for part in (y if isinstance(y, tuple) else (y,)))

    other = [np.asarray(x) * 1.03 + 0.01 for x in args]
    for g in (f, value_and_grad(total, argnums=tuple(range(len(args))))):
        c = compiled(g)
        c(*args)
        assert_same(c(*other), g(*other))


@pytest.mark.parametrize(
    "f",
    [lambda a: linalg.lu(a), lambda a: linalg.schur(a), lambda a: linalg.hessenberg(a), lambda a: linalg.orth(a),
     lambda a: linalg.lstsq(a, TALL[:4, 0]), lambda a: linalg.matrix_rank(a) * a, lambda a: linalg.lu(a)[1]],
)  # fmt: skip
def test_functions_without_a_derivative_are_called_in_python(f):
    c = compiled(f)
    c(SQUARE)
    assert_same(c(SQUARE * 1.1 + 0.2), f(SQUARE * 1.1 + 0.2))
    assert "1 in Python" in repr(c)


@pytest.mark.parametrize("name", ["factor", "gram_schmidt", "power_iteration"])
def test_answers_that_are_more_than_numbers_are_refused(name):
    with pytest.raises(TracingError, match=rf"test_linalg.py, line \d+.*mlcore\.linalg\.{name} answers with a"):
        compiled(lambda a: getattr(linalg, name)(a))(SQUARE)
