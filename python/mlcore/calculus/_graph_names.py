"""What the inputs of a graph are called: the function's parameters, and paths in them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["argument_names", "leaf_names"]


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls its positional arguments."""
    names: list[str] = []
    try:
        for name, parameter in inspect.signature(f).parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                names += [f"{name}[{i}]" for i in range(count - len(names))]
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                names.append(name)
    except (TypeError, ValueError):  # some functions written in C do not say
        names = []
    if len(names) < count:
        names = ["x"] if count == 1 else [f"x{i + 1}" for i in range(count)]
    return names[:count]


def leaf_names(name: str, tree: Any) -> list[str]:
    """Where in an argument each leaf is, from left to right as in `flatten`."""
    if isinstance(tree, tuple | list):
        fields = getattr(tree, "_fields", None)
        paths = [f"{name}.{field}" for field in fields] if fields else [f"{name}[{i}]" for i in range(len(tree))]
        return [label for path, item in zip(paths, tree, strict=True) for label in leaf_names(path, item)]
    if isinstance(tree, dict):
        return [label for key, item in tree.items() for label in leaf_names(f"{name}[{key!r}]", item)]
    return [name]
