"""Tuples, lists and dicts of arrays, as one list of leaves and the way back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mlcore.calculus._trace import Traced, shape_of

__all__ = ["flatten", "flatten_like", "leaf_array", "ranges"]

Rebuild = Callable[[list[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves from left to right, and the function that puts such a list into the same shape."""
    if isinstance(tree, tuple | list):
        parts = [flatten(item) for item in tree]
        fields = hasattr(tree, "_fields")

        def rebuild(leaves: list[Any]) -> Any:
            items, first = [], 0
            for own, build in parts:
                items.append(build(leaves[first : first + len(own)]))
                first += len(own)
            return type(tree)(*items) if fields else type(tree)(items)

        return [leaf for own, _ in parts for leaf in own], rebuild
    if isinstance(tree, dict):
        keys = list(tree)
        leaves, build_values = flatten([tree[key] for key in keys])
        return leaves, lambda found: dict(zip(keys, build_values(found), strict=True))
    return [tree], lambda found: found[0]


def flatten_like(tree: Any, example: Any, name: str, like: str) -> list[Any]:
    """The leaves in the order of those of `example`: the two have one structure, the same keys and the same shapes."""
    if isinstance(example, dict):
        if not isinstance(tree, dict) or tree.keys() != example.keys():
            found = f"a dict of {list(tree)}" if isinstance(tree, dict) else f"a {type(tree).__name__}"
            raise ValueError(f"{name} holds {found}; expected a dict of {list(example)}, as in {like}.")
        pairs = [(tree[key], part) for key, part in example.items()]
    elif isinstance(example, tuple | list):
        if not isinstance(tree, tuple | list) or len(tree) != len(example):
            found = f"{len(tree)} items" if isinstance(tree, tuple | list) else f"a {type(tree).__name__}"
            raise ValueError(f"{name} holds {found}; expected {len(example)} items, as in {like}.")
        pairs = list(zip(tree, example, strict=True))
    elif isinstance(tree, tuple | list | dict) or shape_of(tree) != shape_of(example):
        found = f"a {type(tree).__name__}" if isinstance(tree, tuple | list | dict) else f"an array of shape {shape_of(tree)}"
        raise ValueError(f"{name} holds {found}; expected an array of shape {shape_of(example)}, as in {like}.")
    else:
        return [tree]
    return [leaf for part, like_part in pairs for leaf in flatten_like(part, like_part, name, like)]


def leaf_array(x: Any, name: str) -> Any:
    """A leaf that can be differentiated: floats as they are, integers as float64."""
    if isinstance(x, Traced):
        return x if x.dtype.kind == "f" else np.multiply(x, 1.0)
    if isinstance(x, np.ma.MaskedArray | np.matrix):
        raise TypeError(
            f"{name} holds a {type(x).__name__}, which calculates by rules of its own; expected an ndarray. Pass x.filled(0) "
            "or np.asarray(x)."
        )
    array = np.asarray(x)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(
            f"{name} holds {array.dtype} of type {type(x).__name__}; expected real numbers, arrays of them, or tuples, lists "
            "and dicts of such. Choose other arguments with argnums."
        )
    return array[()]


def ranges(sizes: Iterable[int]) -> list[slice]:
    """Where each of several arrays is, if the numbers of all stand one behind the other."""
    return [slice(a, b) for a, b in itertools.pairwise(itertools.accumulate(sizes, initial=0))]
