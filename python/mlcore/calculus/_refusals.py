"""The error of losing a derivative, and how it names the function and the line of the user's code.

A derivative that cannot be computed is never left out silently: what would lose it raises `TracingError`, whose message says
where, what, and what to write instead.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["TracingError", "code_line", "refuse", "spelled"]


class TracingError(TypeError):
    """Something was done to a value under differentiation whose derivative would be lost."""


def refuse(function: Any, name: str, value: Any) -> None:
    """An argument that no rule heeds: an error, unless it is as good as left out."""
    if value is None or value is np._NoValue or (name == "where" and value is True):
        return
    if name == "out":
        raise TracingError(
            f"{code_line()}the result of {spelled(function)} was to be written into an existing array, whose derivative would "
            "be lost. Leave out= away."
        )
    raise TracingError(
        f"{code_line()}the argument {name}={value!r} of {spelled(function)} has no rule of differentiation. Write it with "
        "functions that have one."
    )


def spelled(name: Any) -> str:
    """A function's name as a user would write it."""
    function, method = name if isinstance(name, tuple) else (name, None)
    module = (getattr(function, "__module__", None) or "numpy").partition("._")[0]
    own = getattr(function, "__name__", str(function))
    if isinstance(function, np.ufunc) and getattr(np, own, None) is not function:
        module = "the ufunc "  # another library's, which does not say whose
    return f"{module}{'' if module.endswith(' ') else '.'}{own}" + (f".{method}" if method else "")


def code_line() -> str:
    """Where in the user's code this happens: "FILE, line N, CODE: ", or nothing."""
    frame = sys._getframe(1)
    ours = __name__.split(".", 1)[0]
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        if module != ours and not module.startswith((ours + ".", "numpy", "scipy.")):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}, in {frame.f_code.co_name}: "
        frame = frame.f_back
    return ""
