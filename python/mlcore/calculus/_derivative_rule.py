"""What is known about one function in order to differentiate it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from mlcore.calculus._refusals import refuse
from mlcore.calculus._trace import Traced, apply, settled

__all__ = ["Rule"]


class Rule:
    """How one function is differentiated.

    Parameters
    ----------
    function : callable
        Takes the operands, and parameters by keyword.
    vjps : tuple of callables, or callable
        For each operand the pullback ``(g, answer, *operands, **parameters) -> gradient``, or the function that gives it for
        operand i, where there may be any number of operands.
    jvp : callable, optional
        ``(tangents, answer, *operands, **parameters) -> tangent of the answer``, the tangent of a constant operand being
        None. Without it the pullback is transposed.
    names : tuple of str
        What the function's positional arguments are called, operands first.
    parameters : tuple of str
        The keywords that the pullback knows.
    kind : {"", "linear", "bilinear", "written"}, default ""
        "linear" if the answer is linear in all operands together, "bilinear" for a product of two, "written" if a recording
        is to have the lines of what the function is written with.
    """

    __slots__ = ("function", "jvp", "kind", "names", "operands", "parameters", "vjps")

    def __init__(
        self,
        function: Callable[..., Any],
        vjps: tuple[Callable[..., Any], ...] | Callable[[int], Callable[..., Any]],
        jvp: Callable[..., Any] | None = None,
        *,
        names: tuple[str, ...] = (),
        parameters: tuple[str, ...] = (),
        kind: str = "",
    ) -> None:
        self.kind = kind
        self.function = function
        self.vjps = vjps
        self.jvp = jvp
        self.names = names
        self.operands = len(vjps) if isinstance(vjps, tuple) else sys.maxsize
        self.parameters = frozenset(parameters)

    def vjp(self, i: int) -> Callable[..., Any]:
        return self.vjps[i] if isinstance(self.vjps, tuple) else self.vjps(i)

    def __call__(self, /, *args: Any, **keywords: Any) -> Any:
        if len(args) == self.operands and not keywords:
            return apply(self, args, keywords)
        if self.names:
            keywords = {**dict(zip(self.names, args, strict=False)), **keywords}
            args = tuple(keywords.pop(name) for name in self.names[: self.operands])
            for name, x in keywords.items():
                if isinstance(x, Traced | tuple | list):
                    keywords[name] = _settled_counts(x)
        for name in [name for name in keywords if name not in self.parameters]:
            refuse(self.function, name, keywords.pop(name))
        return apply(self, args, keywords)


def _settled_counts(x: Any) -> Any:
    """Axes, shapes and shifts, made plain: a recording holds for those that it was made with."""
    if isinstance(x, Traced):
        return settled(x) if x.dtype.kind in "iub" else x
    if type(x) in (tuple, list) and any(isinstance(item, Traced | tuple | list) for item in x):
        return type(x)(map(_settled_counts, x))
    return x
