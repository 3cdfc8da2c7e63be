"""Functions of several arguments, of which some are differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._trace import Traced, shape_of

__all__ = ["Argnums", "Chosen", "chosen_arguments", "require_one_number"]

Argnums = int | Sequence[int]


class Chosen(NamedTuple):
    """A function at a point, with the arguments to differentiate set apart."""

    function: Callable[..., Any]
    """The function of these arguments alone."""
    arguments: tuple[Any, ...]
    one: bool
    """Whether `argnums` was a number, so that the answer is for one argument in place of a tuple for several."""

    def form(self, gradients: Any) -> Any:
        """What belongs to the chosen arguments, as a user gets it."""
        return gradients[0] if self.one else tuple(gradients)


def chosen_arguments(f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], argnums: Argnums) -> Chosen:
    """Those which `argnums` names, of a call ``f(*args, **keywords)``."""
    one = isinstance(argnums, int | np.integer)
    try:
        places = [index(argnums)] if one else [index(i) for i in argnums]  # type: ignore[arg-type, union-attr]
    except TypeError:
        raise TypeError(f"argnums is {argnums!r}; expected the place of an argument, or a tuple of places.") from None
    for i in places:
        if not -len(args) <= i < len(args):
            raise IndexError(
                f"argnums is {argnums} for a function called with {len(args)} positional arguments. Pass by position what is "
                "to be differentiated."
            )
    if len(places) > 1 and len({i % len(args) for i in places}) < len(places):
        raise ValueError(f"argnums is {argnums}; expected each argument once.")

    def of_chosen(*chosen: Any) -> Any:
        changed = list(args)
        for i, x in zip(places, chosen, strict=True):
            changed[i] = x
        return f(*changed, **keywords)

    return Chosen(of_chosen, tuple(args[i] for i in places), one)


def require_one_number(value: Any) -> None:
    """The answer of a function that has a gradient."""
    if isinstance(value, tuple | list | dict) or shape_of(value) != ():
        array = isinstance(value, np.ndarray | Traced)
        what = f"shape {shape_of(value)}" if array else f"type {type(value).__name__}"
        raise ValueError(f"the function returned an answer of {what}; expected one number. Use jacobian or vjp.")
