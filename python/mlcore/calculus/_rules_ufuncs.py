"""What the methods of NumPy's ufuncs make of functions that have rules: tables of two arguments, running extremes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus import _rules_elementwise  # noqa: F401  # whose functions are looked for below
from mlcore.calculus._rules import composed, on_values
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, shape_of, value_of


def _outer(ufunc: np.ufunc) -> Callable[..., Any]:
    def outer(a: Any, b: Any, /, **keywords: Any) -> Any:
        return ufunc(np.reshape(a, (*shape_of(a), *[1] * len(shape_of(b)))), b, **keywords)

    return outer


for _ufunc in [key for key in RULES if isinstance(key, np.ufunc)]:
    if _ufunc.signature is None and {"dd->d", "dd->?"} & set(_ufunc.types):
        RULES[_ufunc, "outer"] = _outer(_ufunc)


# ---- running extremes: of equals the last counts ----
def _running(ufunc: np.ufunc) -> None:
    @composed((ufunc, "accumulate"))
    def _accumulate(array: Any, axis: int = 0, dtype: None = None, out: None = None) -> Any:
        answer = on_values(ufunc.accumulate, array, axis)
        x = value_of(array)
        here = (x == answer) | np.isnan(x)
        n = shape_of(x)[axis]
        numbers = np.reshape(np.arange(n), [-1 if i == axis % len(shape_of(x)) else 1 for i in range(len(shape_of(x)))])
        return np.take_along_axis(array, on_values(np.maximum.accumulate, np.where(here, numbers, 0), axis), axis)


for _ufunc in (np.maximum, np.minimum):
    _running(_ufunc)


# ---- running sums and products by their names of NumPy 2.1 ----
def _cumulative(name: str, function: Any, first: float) -> None:
    @composed(getattr(np, name))
    def _along(
        x: Any, *, axis: int | None = None, dtype: None = None, out: None = None, include_initial: bool = False
    ) -> Any:
        x = x if isinstance(x, Traced) else np.asarray(x)
        if axis is None and len(shape_of(x)) > 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")  # NumPy's words
        answer = function(x, axis=axis or 0)
        if not include_initial:
            return answer
        shape = tuple(1 if i == (axis or 0) % len(shape_of(x)) else m for i, m in enumerate(shape_of(x)))
        return np.concatenate([np.full(shape, first), answer], axis or 0)


if hasattr(np, "cumulative_sum"):
    _cumulative("cumulative_sum", np.cumsum, 0.0)
    _cumulative("cumulative_prod", np.cumprod, 1.0)
