"""Operations that the core has no step for: the function itself is called, in Python, at every replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._nodes import KINDS, Node
from mlcore.calculus._recording import Line, Reference

__all__ = ["PythonCall", "arrays_of", "replayed", "with_references"]


class PythonCall(NamedTuple):
    """What such a node holds."""

    function: Any
    replay: Callable[[list[Any]], list[Any]]
    answers: list[Node]
    before: int
    """How many lines were recorded before."""


def with_references(f: Callable[[Reference], Any], x: Any) -> Any:
    """Arguments in tuples, lists and dicts, with f of each reference in its place."""
    if isinstance(x, Reference):
        return f(x)
    if isinstance(x, tuple | list):
        items = [with_references(f, item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {name: with_references(f, item) for name, item in x.items()}
    return x


def arrays_of(answer: Any, *, several: bool) -> list[Any]:
    """What a function answered with."""
    return [np.asarray(x) for x in (answer if several else (answer,))]


def replayed(line: Line, dtypes: list[Any], kinds: list[int]) -> Callable[[list[Any]], list[Any]]:
    """A function of the arrays that the core holds, to arrays of the kinds that it is to hold.

    `line` is the operation, whose references count these arrays; `dtypes` are the types in which the function gets them.
    """
    function, args, keywords, recorded = line
    several = isinstance(recorded, tuple)
    expected = [(x.shape, x.dtype) for x in arrays_of(recorded, several=several)]
    name = getattr(function, "__name__", str(function))

    def replay(arrays: list[Any]) -> list[Any]:
        values = [a.astype(t)[()] if a.dtype != t else a[()] for a, t in zip(arrays, dtypes, strict=True)]

        def given(x: Reference) -> Any:
            return values[x.line]

        found = arrays_of(function(*with_references(given, args), **with_references(given, keywords)), several=several)
        for x, (shape, dtype) in zip(found, expected, strict=True):
            if x.shape != shape or x.dtype != dtype:
                raise ValueError(
                    f"{name} answered with {x.dtype} of shape {x.shape}, recorded was {dtype} of shape {shape}. Compile anew."
                )
        return [np.ascontiguousarray(x, KINDS[kind]) for x, kind in zip(found, kinds, strict=True)]

    return replay
