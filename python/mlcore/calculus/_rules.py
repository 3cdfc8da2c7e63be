"""How rules are made: a function for each kind, which the tables `_rules_*.py` call for each of NumPy's functions.

Whoever wants to add one finds the kind here, in the order from the most special to the most general: `elementwise`, `linear`,
`bilinear`, `general`; `composed` for what can be written with functions that have rules; `constant` for answers without a
derivative. `rule` is the decorator for users.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._refusals import TracingError, code_line, refuse, spelled
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, apply, shape_of, value_of

__all__ = [
    "bilinear",
    "composed",
    "constant",
    "elementwise",
    "general",
    "linear",
    "names_of",
    "on_values",
    "rule",
    "unbroadcast",
    "written",
]

Pullback = Callable[..., Any]


def unbroadcast(g: Any, x: Any) -> Any:
    """g, of a shape to which x was broadcast, summed to the shape and type of x: the transpose of broadcasting."""
    shape, given = shape_of(x), shape_of(g)
    if given != shape:
        extra = len(given) - len(shape)
        if extra > 0:
            g = np.sum(g, axis=tuple(range(extra)))
        stretched = tuple(i for i, n in enumerate(shape) if n == 1 and shape_of(g)[i] != 1)
        if stretched:
            g = np.sum(g, axis=stretched, keepdims=True)
    return g


def elementwise(function: Any, *partials: Any) -> None:
    """A function of each element: for each operand, dy/dx as ``(y, *operands) -> array``, or as a number."""

    def vjp(i: int) -> Pullback:
        d = partials[i]
        if not callable(d):
            return lambda g, y, *x: unbroadcast(g if d == 1 else g * d, x[i])
        return lambda g, y, *x: unbroadcast(g * d(y, *x), x[i])

    def jvp(tangents: list[Any], y: Any, *x: Any) -> Any:
        total = None
        for t, d in zip(tangents, partials, strict=True):
            if t is None:
                continue
            term = t * d(y, *x) if callable(d) else t if d == 1 else t * d
            total = term if total is None else total + term
        shape = shape_of(y)
        return total if shape_of(total) == shape else np.broadcast_to(total, shape)  # type: ignore[arg-type]

    kind = "" if any(callable(d) for d in partials) else "linear"
    RULES[function] = Rule(function, tuple(vjp(i) for i in range(len(partials))), jvp, kind=kind)


def written(function: Any, *partials: Any, native: bool = False) -> Rule:
    """An elementwise function of this package's, written with NumPy's: a recording has the lines of what it is written with,
    unless the core has the function itself."""
    elementwise(function, *partials)
    made: Rule = RULES.pop(function)  # type: ignore[assignment]  # called by this name alone
    made.kind = "" if native else "written"
    return made


def linear(function: Any, transpose: Pullback, *, parameters: tuple[str, ...] = (), name: Any = None) -> None:
    """A linear function of its first argument; the transpose is ``(g, answer, x, **parameters) -> gradient``."""

    def jvp(tangents: list[Any], y: Any, x: Any, **keywords: Any) -> Any:
        return function(tangents[0], **keywords)

    RULES[name or function] = Rule(function, (transpose,), jvp, names=names_of(function), parameters=parameters, kind="linear")


def bilinear(function: Any, left: Pullback, right: Pullback, *, parameters: tuple[str, ...] = ()) -> None:
    """A product of its first two arguments, linear in each."""

    def jvp(tangents: list[Any], y: Any, a: Any, b: Any, **keywords: Any) -> Any:
        s, t = tangents
        first = None if s is None else function(s, b, **keywords)
        second = None if t is None else function(a, t, **keywords)
        return second if first is None else first if second is None else first + second

    RULES[function] = Rule(function, (left, right), jvp, names=names_of(function), parameters=parameters, kind="bilinear")


def general(function: Any, *vjps: Pullback, parameters: tuple[str, ...] = ()) -> None:
    """Any function: a pullback for each of its first arguments."""
    RULES[function] = Rule(function, vjps, names=names_of(function), parameters=parameters)


def composed(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function that is written with others which have rules: the decorated one takes the same arguments.

    Those that it does not take, or whose annotation is None, are refused by name unless they are None.
    """

    def add(definition: Callable[..., Any]) -> Callable[..., Any]:
        known = inspect.signature(definition).parameters
        ignored = [(i, name) for i, (name, p) in enumerate(known.items()) if p.annotation == "None"]
        heeded = {name for name, p in known.items() if p.annotation != "None"}
        everything = any(p.kind is p.VAR_KEYWORD for p in known.values())

        def of(function: Any) -> Callable[..., Any]:
            def call(*args: Any, **keywords: Any) -> Any:
                for i, name in ignored:
                    if i < len(args):
                        refuse(function, name, args[i])
                if not everything:
                    for name in [name for name in keywords if name not in heeded]:
                        refuse(function, name, keywords.pop(name))
                return definition(*args, **keywords)

            return call

        for function in functions:
            RULES[function] = of(function)
        return definition

    return add


def constant(*functions: Any) -> None:
    """Functions with integer or boolean answers, or whose derivative is zero wherever it exists: the answer is plain."""
    for function in functions:
        RULES[function] = functools.partial(on_values, function)


def on_values(function: Any, /, *args: Any, **keywords: Any) -> Any:
    """Call a function with the values inside all differentiations; a recording writes the call down."""
    args, keywords = tuple(_stripped(x) for x in args), {name: _stripped(x) for name, x in keywords.items()}
    recorded = _recorded((*args, *keywords.values()))
    return recorded.owner.call(function, args, keywords) if recorded is not None else function(*args, **keywords)


def _recorded(x: Any) -> Any:
    """A value under recording, anywhere in it."""
    if isinstance(x, tuple | list):
        return next((found for found in map(_recorded, x) if found is not None), None)
    return x if isinstance(x, Traced) else None


def _stripped(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return type(x)(_stripped(item) for item in x)
    return value_of(x)


def names_of(function: Any) -> tuple[str, ...]:
    """What a function's positional arguments are called; none of a ufunc's are called by name."""
    if isinstance(function, np.ufunc):
        return ()
    return tuple(name for name, p in inspect.signature(function).parameters.items() if p.kind is not p.KEYWORD_ONLY)


def rule(function: Callable[..., Any]) -> Callable[[Pullback], Callable[..., Any]]:
    r"""Teach the derivative of a function: a decorator for its pullback.

    Parameters
    ----------
    function : callable
        A ufunc, or a function of arrays that returns an array. Its positional arguments are the operands.

    Returns
    -------
    callable
        The decorator. What it decorates takes ``(g, answer, *operands, **parameters)``, where g has the shape of the answer,
        and returns :math:`J^T g` for each operand: one array, or a tuple of them, None for an operand without a derivative.
        It is written with NumPy's functions, so that it can be differentiated again. The decorated name becomes `function`,
        made differentiable; a ufunc, and a function of NumPy's, is so under its own name as well.

    See Also
    --------
    check_grads : proves a rule by differences.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> def softplus(x):
    ...     return np.logaddexp(0, np.asarray(x, float))
    >>> @calculus.rule(softplus)
    ... def softplus(g, y, x):
    ...     return g / (1 + np.exp(-x))
    >>> calculus.grad(softplus)(0.0)
    np.float64(0.5)
    """

    def decorate(pullback: Pullback) -> Callable[..., Any]:
        made = Rule(function, lambda i: functools.partial(_gradient_of, function, pullback, i))

        @functools.wraps(function)
        def differentiable(*args: Any, **keywords: Any) -> Any:
            for name, x in keywords.items():
                if isinstance(x, Traced) and not x.recorded:
                    raise TracingError(
                        f"{code_line()}the argument {name} of {spelled(function)} is under differentiation, and its rule knows "
                        "gradients of positional arguments alone. Pass it by position."
                    )
            if any(isinstance(x, Traced) for x in args):
                return apply(made, args, keywords)
            return function(*args, **keywords)

        RULES[function] = differentiable
        return differentiable

    return decorate


def _gradient_of(
    function: Any, pullback: Pullback, i: int, g: Any, answer: Any, /, *operands: Any, **parameters: Any
) -> Any:
    """With respect to operand i, by a user's pullback, which gives that of all."""
    found = pullback(g, answer, *operands, **parameters)
    if isinstance(found, tuple):
        found = found[i]
    shape = shape_of(operands[i])
    if found is None:
        return np.zeros(shape)
    if shape_of(found) != shape:
        raise ValueError(
            f"the rule of {spelled(function)} gives a gradient of shape {shape_of(found)} for operand {i}; "
            f"expected {shape}, that of the operand. Sum over the axes along which it was broadcast."
        )
    return found
