"""The table of rules: what is done when one of NumPy's functions meets a value under differentiation.

Each of the files `_rules_*.py` writes its functions into it, by the means of `_rules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from mlcore.calculus._refusals import TracingError, code_line, spelled

__all__ = ["RULES", "call"]

# What NumPy or mlcore.linalg calls -> what is done with its arguments: a Rule, or a function that is composed of others. A
# ufunc's method is the pair of both, as in (np.add, "reduce").
RULES: Final[dict[Any, Callable[..., Any]]] = {}


_WRITING: Final = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}


def call(name: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Do what the table says about `name`, one of NumPy's functions."""
    rule = RULES.get(name)
    if rule is None and (name in _WRITING or (isinstance(name, tuple) and name[1] == "at")):
        raise TracingError(
            f"{code_line()}{spelled(name)} writes into an existing array, and a derivative would be lost. Build the result "
            "from its parts with np.where, np.concatenate, np.stack or np.broadcast_to."
        )
    if rule is None:
        raise TracingError(
            f"{code_line()}{spelled(name)} has no rule of differentiation. Write it with functions that have one, or teach it "
            "with mlcore.calculus.rule."
        )
    return rule(*args, **keywords)
