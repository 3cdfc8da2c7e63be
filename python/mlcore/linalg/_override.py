"""Arguments that are not arrays and answer for themselves: values under differentiation.

A class says so by a method ``__mlcore_function__(self, function, args, keywords)``, which gets the function of this package
that was called and what it was called with. Such a class refuses to become an array by a TypeError; hence arrays, which never
raise one, pay nothing. Functions that take about a microsecond catch it themselves, the others carry the decorator.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def overridden(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """To be called in an except clause: the answer of the first argument that has one, or else the exception goes on."""
    for x in (*args, *keywords.values()):
        answer = getattr(type(x), "__mlcore_function__", None)
        if answer is not None:
            return answer(x, function, args, {name: value for name, value in keywords.items() if value is not None})
    raise


def overridable(function: Function) -> Function:
    """The same for all arguments of a function."""

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        try:
            return function(*args, **keywords)
        except TypeError:
            return overridden(call, *args, **keywords)

    return call  # type: ignore[return-value]
