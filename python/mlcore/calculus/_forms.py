"""What a recording holds for of a call's arguments: their structure, shapes and types. The numbers themselves are free."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._trace import plain_of

__all__ = ["Form", "argument", "difference", "form_of", "is_number"]

_TYPES = ("float64", "float32", "int64", "bool")


class Form(NamedTuple):
    """Calls of one form may be replays of one recording."""

    structure: str
    """With L for each leaf."""
    leaves: tuple[Any, ...]
    """Of each, the pair of its shape and type, or the object itself where it is no number."""

    @property
    def flat(self) -> bool:
        """Whether every argument is one number or array with a type of its own, so that the core can check them."""
        return not self.structure.strip("L") and all(type(x) is tuple and x[1] not in ("float", "int") for x in self.leaves)


def is_number(x: Any) -> bool:
    """Whether a leaf is a number or an array of numbers: an argument of the program."""
    return isinstance(x, np.ndarray | np.generic | float | int) and np.asarray(plain_of(x)).dtype.kind in "fiubc"


def argument(x: Any) -> Any:
    """A number or array as the function gets it when it is recorded; it must not change later."""
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("an argument of a compiled function is a masked array. Fill it first, e.g. x.filled(0).")
    if np.asarray(x).dtype.name not in _TYPES:
        raise TypeError(
            f"an argument of a compiled function has dtype {np.asarray(x).dtype}; expected float64, float32, int64 or bool. "
            "Convert it first, e.g. x.astype(numpy.float64)."
        )
    if isinstance(x, np.ndarray):
        return np.array(x) if x.ndim else x[()]
    return x


def form_of(args: Any, keywords: Any, leaves: list[Any]) -> Form:
    """The form of a call ``f(*args, **keywords)``, whose leaves these are."""
    parts = [_form_of_leaf(x) for x in leaves]
    if not any(type(p) is tuple and p[1] == "float32" for p in parts):
        # Python's numbers are as good as NumPy's. Beside float32 they are not: there the type of the answer depends on it.
        same = {"float": "float64", "int": "int64", "bool": "bool"}
        parts = [((), same.get(p[1], p[1])) if type(p) is tuple and p[0] == () else p for p in parts]
    return Form(_structure(args, keywords), tuple(parts))


def _form_of_leaf(x: Any) -> Any:
    if is_number(x):
        return ((), type(x).__name__) if type(x) in (bool, int, float) else (np.shape(x), np.asarray(x).dtype.name)
    if isinstance(x, np.ndarray):
        raise TypeError(
            f"an argument of a compiled function is an array of {x.dtype}; expected float64, float32, int64 or bool. Use "
            "it in the function without passing it: it is no number."
        )
    return x


def _structure(args: Any, keywords: Any) -> str:
    def spell(x: Any) -> str:
        if isinstance(x, tuple | list):
            return f"{type(x).__name__}({', '.join(map(spell, x))})"
        if isinstance(x, dict):
            return "{" + ", ".join(f"{k!r}: {spell(v)}" for k, v in x.items()) + "}"
        return "L"

    text = "".join(map(spell, args))
    return text + (f" and {spell(keywords)}" if keywords else "")


def difference(recorded: Form, given: Form) -> str:
    """For an error message."""
    remedy = "Compile the function once more for it, or with changes='record'."
    if recorded.structure != given.structure:
        return f"the arguments are {given.structure}, recorded were {recorded.structure}, L standing for one value. {remedy}"

    def spelled(x: Any) -> str:
        return f"{x[1]} of shape {x[0]}" if type(x) is tuple else repr(x)

    for i, (a, b) in enumerate(zip(recorded.leaves, given.leaves, strict=True)):
        if a != b:
            what = "argument" if not recorded.structure.strip("L") else "value"
            return f"{what} {i} is {spelled(b)}, recorded was {spelled(a)}. {remedy}"
    raise AssertionError("the forms are equal")
