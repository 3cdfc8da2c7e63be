"""`jvp` and `vjp`: one trace each, forward or reverse. Everything else is made of these two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._forward import Dual, Forward
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._reverse import Tape, Variable, pull_back
from mlcore.calculus._trace import Traced, plain_of
from mlcore.calculus._tree import flatten, flatten_like, leaf_array

__all__ = ["jvp", "taped", "vjp"]


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    r"""The value of a function, and its pullback :math:`g \mapsto J^T g`.

    Parameters
    ----------
    f : callable
        A function of arrays, written with NumPy.
    *primals : array_like, or tuple, list or dict of array_like
        Its arguments: the point.

    Returns
    -------
    value : as `f` returns it
    pullback : callable
        Takes g, of the structure and shapes of `value`, and returns a tuple with :math:`J^T g` for each argument, of its
        structure and shapes. It may be called again and again.

    Raises
    ------
    mlcore.calculus.TracingError
        If `f` does something whose derivative would be lost.

    See Also
    --------
    grad : of a scalar function.
    jvp : the other way round.

    Notes
    -----
    Reverse mode: `f` runs once and leaves a tape, each pullback reads it backwards. One costs a small multiple of a call of
    `f`, whatever the number of arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> value, pullback = calculus.vjp(lambda x: np.array([1.0, 2.0]) * np.sum(x**2), np.array([3.0, 1.0]))
    >>> value
    array([10., 20.])
    >>> pullback(np.array([1.0, 0.0]))
    (array([6., 2.]),)
    """
    leaves, rebuild = flatten(primals)
    answer, pullback = taped(f, *rebuild([_own(x) for x in leaves]))
    outputs, rebuild_answer = flatten(answer)
    return rebuild_answer([_own(y) for y in outputs]), pullback


def taped(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The same, where nobody writes into the arguments or into the value before the pullback is called for the last time."""
    leaves, rebuild = flatten(primals)
    leaves = [leaf_array(x, "an argument") for x in leaves]
    tape = Tape()
    variables = [tape.variable(x) for x in leaves]
    answer = tape.run(f, *rebuild(list(variables)))
    outputs, rebuild_answer = flatten(answer)
    lines = [y.line if isinstance(y, Variable) and y.owner is tape else None for y in outputs]
    values = [answer_value(y, tape) for y in outputs]
    example = rebuild_answer(values)

    def pullback(g: Any) -> tuple[Any, ...]:
        seeds: dict[int, Any] = {}
        gradients = flatten_like(g, example, "g", "the answer")
        for line, gradient in zip(lines, gradients, strict=True):
            gradient = leaf_array(gradient, "g")
            if line is not None:
                seeds[line] = seeds[line] + gradient if line in seeds else gradient
        found = pull_back(tape, seeds)
        result = rebuild([gradient_like(found.get(x.line), x.value) for x in variables])
        return result if isinstance(result, tuple) else tuple(result)

    return rebuild_answer(values), pullback


def jvp(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    r"""The value of a function, and its derivative :math:`J t` along a direction.

    Parameters
    ----------
    f : callable
        A function of arrays, written with NumPy.
    primals : tuple
        Its arguments: the point.
    tangents : tuple
        The direction t, of the structure and shapes of `primals`.

    Returns
    -------
    value : as `f` returns it
    tangent : of the structure and shapes of `value`

    Raises
    ------
    mlcore.calculus.TracingError
        If `f` does something whose derivative would be lost.
    TypeError, ValueError
        If `primals` or `tangents` is no tuple, or they differ in structure or shapes.

    See Also
    --------
    vjp : the other way round.
    directional_derivative : the same, as a function of the point.

    Notes
    -----
    Forward mode: every value carries its tangent. It costs a small multiple of a call of `f`, and no memory.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> calculus.jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    for name, x in (("primals", primals), ("tangents", tangents)):
        if not isinstance(x, tuple | list):
            raise TypeError(f"{name} is a {type(x).__name__}; expected a tuple of all arguments: jvp(f, (x,), (t,)).")
    leaves, rebuild = flatten(tuple(primals))
    directions = [leaf_array(t, "tangents") for t in flatten_like(tuple(tangents), tuple(primals), "tangents", "primals")]
    leaves = [leaf_array(x, "primals") for x in leaves]
    trace = Forward()
    duals = [Dual(trace, x, t) for x, t in zip(leaves, directions, strict=True)]
    answer = trace.run(f, *rebuild(list(duals)))
    outputs, rebuild_answer = flatten(answer)
    values = [answer_value(y, trace) for y in outputs]
    found = [
        gradient_like(y.tangent if isinstance(y, Dual) and y.owner is trace else None, v)
        for y, v in zip(outputs, values, strict=True)
    ]
    return rebuild_answer(values), rebuild_answer(found)


def answer_value(y: Any, trace: Any) -> Any:
    """What is inside an answer of this trace."""
    if isinstance(y, Traced) and y.owner is trace:
        y = y.value
    elif isinstance(y, Traced) and y.owner.closed:
        raise TracingError(
            "the function returned a value kept from a differentiation that is over. Compute it anew from the arguments."
        )
    if not isinstance(y, Traced) and np.asarray(y).dtype.kind not in "fiub":
        raise TypeError(f"the function returned {y!r} of type {type(y).__name__}; expected real numbers or arrays of them.")
    return y


def _own(x: Any) -> Any:
    return x.copy("K") if type(x) is np.ndarray else x


def gradient_like(g: Any, x: Any) -> Any:
    """A gradient in the shape and type of what it belongs to, in memory of its own; zeros if there is none."""
    plain = plain_of(x)
    kind = np.result_type(plain) if np.result_type(plain).kind == "f" else np.dtype(np.float64)
    if g is None:
        return np.zeros(np.shape(plain), kind)[()]
    if isinstance(g, Traced):
        return g if g.dtype == kind else g.astype(kind)
    return np.array(np.broadcast_to(g, np.shape(plain)), kind)[()]
