"""Python's own ``round``, ``divmod``, ``math.floor``, ``math.ceil`` and ``math.trunc``, and NumPy's namesakes in two parts.

``round`` and the quotient of ``divmod`` are constant wherever they have a derivative, as ``np.round`` and ``np.floor`` are: the
answer is plain. ``math.floor`` and its kin are held for an attempt to get at a plain number, as ``math.sin`` is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._rules import composed, on_values
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, plain_of, value_of


@composed(np.divmod)
def _divmod(x1: Any, x2: Any) -> Any:
    return np.floor_divide(value_of(x1), value_of(x2)), np.remainder(x1, x2)


@composed(np.modf)
def _modf(x: Any) -> Any:
    whole = np.trunc(value_of(x))
    infinite = np.isinf(whole)  # inf has the fraction 0
    fraction = np.copysign(np.where(infinite, 0.0, x) - np.where(infinite, 0.0, whole), value_of(x))
    return fraction, whole


@composed(np.ldexp)
def _ldexp(x1: Any, x2: Any) -> Any:
    exponent = value_of(x2) if isinstance(x2, Traced) else np.asarray(x2)
    half = exponent // 2  # 2**x2 may overflow where the answer does not
    one = np.result_type(plain_of(x1)).type(1)
    return x1 * on_values(np.ldexp, one, half) * on_values(np.ldexp, one, exponent - half)


@composed(np.frexp)
def _frexp(x: Any) -> Any:
    exponent = on_values(np.frexp, x)[1]
    return np.ldexp(x, -exponent), exponent


def _round(self: Any, digits: int | None = None) -> Any:
    answer = np.round(value_of(self), 0 if digits is None else digits)
    return int(answer) if digits is None and not isinstance(answer, Traced) and not answer.ndim else answer


def _refused(name: str) -> Any:
    def method(self: Any) -> Any:
        raise TracingError(
            f"{code_line()}math.{name} of a value under differentiation or recording was to become a plain number. Write "
            f"np.{name}, whose derivative is 0 between its jumps."
        )

    return method


for _name, _method in {
    "__round__": _round,
    "__divmod__": lambda self, other: RULES[np.divmod](self, other),
    "__rdivmod__": lambda self, other: RULES[np.divmod](other, self),
    **{f"__{name}__": _refused(name) for name in ("floor", "ceil", "trunc")},
}.items():
    setattr(Traced, _name, _method)
