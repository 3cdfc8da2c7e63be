"""The table of rules: what is done when one of NumPy's functions meets a value under differentiation.

Each of the files `_rules_*.py` writes its functions into it, by the means of `_rules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlcore.calculus._refusals import TracingError, code_line, spelled

__all__ = ["RULES", "call"]

# What NumPy or mlcore.linalg calls -> what is done with its arguments: a Rule, or a function that is composed of others. A
# ufunc's method is the pair of both, as in (np.add, "reduce").
RULES: Final[dict[Any, Callable[..., Any]]] = {}


def call(name: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Do what the table says about `name`, one of NumPy's functions."""
    rule = RULES.get(name)
    if rule is None:
        raise TracingError(
            f"{code_line()}{spelled(name)} has no rule of differentiation. Write it with functions that have one, or teach it "
            "with mlcore.calculus.rule."
        )
    return rule(*args, **keywords)
