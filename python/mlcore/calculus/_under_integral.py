r"""Integrals inside a function that is being differentiated: Leibniz's rule.

.. math:: \frac{d}{dp} \int_{a(p)}^{b(p)} f(x, p) \, dx
          = \int_a^b \frac{\partial f}{\partial p}(x, p) \, dx + f(b, p) \, b'(p) - f(a, p) \, a'(p)

The integrand gets plain points and returns values under differentiation, since it knows p from outside. So each derivative is
an integral of its own, with its own partition and error, of a function that reads the derivative off those values:

- the tangent of forward mode, each coefficient of a power series,
- in reverse mode the derivative along one element of one value that f knows from outside. Which these are, the tape tells:
  they are operands of lines written during a call, and were there before. The lines of a call, read forwards, give the
  derivative for all points at once. The integral itself becomes one line with these values for operands.

Traces nest: what is read off may belong to an older trace, and then its integral is found in the same way.

Of a limit only the neighbourhood counts, and there f is its own power series. With the limit :math:`b + \delta` under
differentiation, :math:`\int_b^{b + \delta} f(x) \, dx = \delta \int_0^1 f(b + \delta u) \, du` is, to order n in
:math:`\delta`, the integral of a polynomial in u of degree n - 1, for which Gauss's rule with n / 2 points is exact.

Source: H. Flanders, "Differentiation under the integral sign", Amer. Math. Monthly 80, 1973.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import isinf, nextafter
from typing import Any, Final

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._forward import Dual, Forward, transposed
from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._reverse import Line, Tape, Variable
from mlcore.calculus._series import Power, Series, coefficients_of
from mlcore.calculus._trace import Trace, Traced, kept_too_long, plain_of, shape_of

__all__ = ["INTEGRAL", "ancestors", "moved", "traces_of", "under_integral"]

Solve = Callable[[Callable[[Any], Any]], Any]


class Plain:
    """A function that returns values under differentiation, made plain; it keeps in mind of which traces and lines they are."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f = f
        self.first: dict[Trace, int] = {}
        """Of each trace met, how many lines its tape had then."""
        self.lines: dict[Trace, set[int]] = {}
        """Those of them that f knows."""
        self.watched: dict[Trace, int] = {}
        """Of each tape, how many arrays it watched then."""

    def __call__(self, x: Any) -> Any:
        return plain_of(self.noted(x))

    def noted(self, x: Any) -> Any:
        y = self.f(x)
        new = [trace for trace in traces_of(y) if trace not in self.first]
        for trace in new:
            if trace.closed:
                kept_too_long()
            self.first[trace] = len(trace.lines) if isinstance(trace, Tape) else 0
            self.lines[trace] = set()
            self.watched[trace] = len(trace.watched) if isinstance(trace, Tape) else 0
        if new:
            y = self.f(x)  # what it knows from outside is older than all lines of this call
        if isinstance(y, Variable):
            self.lines[y.owner] |= ancestors(y.owner, y.line, self.first[y.owner])[1]  # type: ignore[arg-type]  # a tape
        return y


def traces_of(x: Any) -> list[Trace]:
    """Those that a value is under, the youngest first; an error if one is a recording."""
    found = []
    while isinstance(x, Traced):
        if x.recorded:
            raise TracingError(
                f"{code_line()}an integral of a value under recording, or up to one: how it is found depends on the values, "
                "and would be the same at every replay. Compile the integrand alone, or write a sum with fixed points and "
                "weights, those of np.polynomial.legendre.leggauss."
            )
        found.append(x.owner)
        x = x.value
    return found


def under_integral(solve: Solve, f: Callable[[Any], Any]) -> Any:
    """What `solve` gives for f, whose values are under differentiation; None if they are not."""
    if type(f) is Plain:
        return None
    seen = Plain(f)
    found = solve(seen)
    if not seen.first:
        return None
    while True:  # f knows a finite number of values
        trace = max(seen.first, key=lambda t: t.number)
        known = sorted(seen.lines[trace])
        value = np.asarray(found.value)[()]
        parts = []
        if len(seen.first) > 1:
            parts.append(solve(partial(_without, seen, trace)))
            value = parts[0].value
        answer = _derived(solve, seen, trace, known, value, parts)
        if trace is max(seen.first, key=lambda t: t.number) and len(seen.lines[trace]) == len(known):
            break  # else f knows more than it showed at the first points
    if isinstance(trace, Tape):
        spent = slice(seen.first[trace], len(trace.lines) - 1)
        trace.lines[spent] = [_SPENT] * (spent.stop - spent.start)
    bad = (part.status for part in (found, *parts) if part.status not in ("converged", "fixed"))
    count = found.n_evaluations + sum(part.n_evaluations for part in parts)
    return replace(found, value=answer, status=next(bad, found.status), n_evaluations=count)


def _derived(solve: Solve, seen: Plain, trace: Trace, known: list[int], value: Any, parts: list[Any]) -> Any:
    """The integral as a value of this trace."""

    def integral(h: Callable[..., Any], *which: Any) -> Any:
        parts.append(solve(partial(h, seen, trace, *which)))
        return parts[-1].value

    if isinstance(trace, Forward):
        return Dual(trace, value, integral(_tangent))
    if isinstance(trace, Series):
        return Power(trace, [value, *[integral(_coefficient, k) for k in range(1, trace.order + 1)]])
    assert isinstance(trace, Tape)
    jacobians = []
    for line in known:
        shape = shape_of(trace.lines[line].answer)
        columns = []
        for element in np.ndindex(shape):
            unit = np.zeros(shape)
            unit[element] = 1.0
            columns.append(integral(_along, line, unit[()]))
        jacobians.append(np.reshape(np.stack(columns, axis=-1), shape_of(value) + shape))
    del trace.watched[seen.watched[trace] :]  # points, and what else only lines inside have used
    return trace.record(INTEGRAL, tuple([Variable(trace, None, line) for line in known]), jacobians, {}, value)


def _without(seen: Plain, trace: Trace, x: Any) -> Any:
    return _inside(seen.noted(x), trace)


def _inside(y: Any, trace: Trace) -> Any:
    """A value without this trace and those that are younger."""
    while isinstance(y, Traced) and y.owner.number >= trace.number:
        y = y.value
    return y


def _tangent(seen: Plain, trace: Trace, x: Any) -> Any:
    y = seen.noted(x)
    return y.tangent if isinstance(y, Dual) and y.owner is trace else np.zeros(shape_of(y))[()]


def _coefficient(seen: Plain, trace: Series, k: int, x: Any) -> Any:
    y = seen.noted(x)
    c = coefficients_of(trace, y)
    return c[k] if len(c) > k else np.zeros(shape_of(y))[()]


def _along(seen: Plain, trace: Tape, line: int, unit: Any, x: Any) -> Any:
    """The derivative along `unit` of what is in that line."""
    y = seen.noted(x)
    found = _read_forwards(trace, y.line, seen.first[trace], {line: unit}) if _is_of(y, trace) else None
    return np.zeros(shape_of(y))[()] if found is None else found


def _is_of(y: Any, trace: Tape) -> bool:
    return isinstance(y, Variable) and y.owner is trace


# ---- the tape ----
def ancestors(tape: Tape, last: int, first: int = 0) -> tuple[list[int], set[int]]:
    """The lines from `first` on that line `last` depends on, in order, and those before `first`."""
    found, older, ahead = set(), set(), [last]
    while ahead:
        line = ahead.pop()
        if line < first:
            older.add(line)
        elif line not in found:
            if tape.lines[line] is _SPENT:
                _refused()
            found.add(line)
            ahead += [parent for parent in tape.lines[line].parents if parent >= 0]
    return sorted(found), older


def _read_forwards(tape: Tape, last: int, first: int, tangents: dict[int, Any]) -> Any:
    """The tangent of line `last`, None if it is zero, from those of lines before `first`."""
    for i in ancestors(tape, last, first)[0]:
        rule, parents, values, parameters, answer = tape.lines[i]
        given: list[Any] = [tangents.get(parent) for parent in parents]
        if all(t is None for t in given):
            continue
        if rule is None:  # an item of a tuple
            tangents[i] = given[0][values[0]]
        elif rule.jvp is not None:
            tangents[i] = rule.jvp(given, answer, *values, **parameters)
        else:
            tangents[i] = transposed(rule, given, answer, list(values), parameters)
    return tangents.get(last)


def _pulled(i: int, g: Any, answer: Any, *jacobians: Any) -> Any:
    return np.tensordot(g, jacobians[i], len(shape_of(answer)))


def integral(*operands: Any) -> Any:
    """The name of the rule in a graph."""
    raise TypeError("an integral is found by integrate, integrate_nd or monte_carlo")


def _refused(*_: Any, **__: Mapping[str, Any]) -> Any:
    raise TracingError(
        "a value computed inside of the function of an integral was kept, and used outside. Compute it outside, before the "
        "integral, and use it in both places."
    )


INTEGRAL: Final = Rule(integral, lambda i: partial(_pulled, i))
_SPENT: Final = Line(Rule(integral, lambda i: _refused, _refused), (0,), (), {}, None)


# ---- limits ----
def moved(f: Callable[[Any], Any], limit: Traced, other: float, vectorized: bool | None) -> Any:
    """What a limit under differentiation contributes to derivatives: the integral from its plain value to it, which is 0."""
    plain, traces = float(plain_of(limit)), traces_of(limit)
    if isinf(plain):
        return 0.0
    # Of the power series in all traces together.
    order = sum(trace.order if isinstance(trace, Series) else 1 for trace in traces)
    inner, delta = nextafter(plain, other), limit - plain  # on this side of a jump at the limit

    def at(x: Any) -> Any:
        return f(np.reshape(x, (1,)))[0] if vectorized else f(x)

    if order == 1:
        return delta * at(inner)
    nodes, weights = np.polynomial.legendre.leggauss((order + 1) // 2)
    return delta * sum(w / 2 * at(inner + delta * ((u + 1) / 2)) for u, w in zip(nodes, weights, strict=True))
