"""Forward mode: every value carries its tangent.

For ``y = f(x_1, x_2, ...)`` with the tangents ``t_i`` of the operands, the tangent of y is the sum of ``(dy / dx_i) t_i``: the
derivative along one direction, computed beside the value.

A rule says how if it can do so simply (elementwise functions, linear ones, products). For the rest the pullback is transposed:
it is linear in g, and with ``c = sum_i <pullback_i(g), t_i>`` the gradient of c with respect to g is what is asked for.

Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 3; the transposition: J. Townsend,
"A New Trick for Calculating Jacobian Vector Products", 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._reverse import Tape, pull_back
from mlcore.calculus._trace import Trace, Traced

__all__ = ["Dual", "Forward", "transposed"]


class Dual(Traced):
    """A value and its tangent."""

    __slots__ = ("tangent",)

    def __init__(self, trace: Forward, value: Any, tangent: Any) -> None:
        self.owner = trace
        self.value = value
        self.tangent = tangent


class Forward(Trace):
    """The trace of forward mode."""

    __slots__ = ()

    def record(
        self, rule: Rule, operands: tuple[Any, ...], values: list[Any], parameters: Mapping[str, Any], answer: Any
    ) -> Any:
        tangents = [x.tangent if isinstance(x, Dual) and x.owner is self else None for x in operands]
        if rule.jvp is not None:
            tangent = rule.jvp(tangents, answer, *values, **parameters)
        else:
            tangent = transposed(rule, tangents, answer, values, parameters)
        if not isinstance(answer, tuple):
            return Dual(self, answer, tangent)
        items = [Dual(self, item, t) for item, t in zip(answer, tangent, strict=True)]
        return type(answer)(*items) if hasattr(answer, "_fields") else tuple(items)


def transposed(rule: Rule, tangents: list[Any], answer: Any, values: list[Any], parameters: Mapping[str, Any]) -> Any:
    """The derivative along the tangents, from the pullback; a tuple's is a list."""
    tape = Tape()
    several = isinstance(answer, tuple)
    g = [tape.variable(np.zeros_like(item)) for item in (answer if several else (answer,))]
    total: Any = 0.0
    for i, t in enumerate(tangents):
        if t is not None:
            total = total + np.sum(rule.vjp(i)(g if several else g[0], answer, *values, **parameters) * t)
    found = pull_back(tape, {total.line: 1.0}) if isinstance(total, Traced) and total.owner is tape else {}
    result = [found.get(x.line, np.zeros_like(x.value)) for x in g]
    return result if several else result[0]
