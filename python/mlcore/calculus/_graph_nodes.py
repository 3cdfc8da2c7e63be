"""The values of a computation graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["GraphNode", "Operand"]


class Operand(NamedTuple):
    """What an operation was applied to."""

    node: int | None
    """The number of the node; None for a constant."""
    name: str | None
    """Its name; None for a constant."""
    value: Any
    local: float | None
    """The derivative of the operation's value in this operand, where both are numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphNode:
    """One value of a computation.

    Attributes
    ----------
    number : int
        Its place among the nodes, from 0.
    name : str
        Of an input its parameter and the path in it (``p['W']``), of an operation v1, v2, ... in the order of evaluation.
    operation : str
        NumPy's name of the function (``multiply``, ``sum``, ``getitem``); "input"; "item" for one of several answers of an
        operation; "constant" for an answer that depends on nothing.
    operands : tuple of Operand
        What it was applied to: ``node`` and ``name``, or None for a constant, ``value``, and ``local``, the local derivative.
    parameters : mapping
        Its further arguments, such as ``axis``.
    value : float, ndarray, or tuple of them
    adjoint : of the same shape
        The derivative of the answer with respect to the value.
    """

    number: int
    name: str
    operation: str
    operands: tuple[Operand, ...]
    parameters: Mapping[str, Any]
    value: Any
    adjoint: Any
