"""From the tape of reverse mode to the nodes of a computation graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from mlcore.calculus._graph_nodes import GraphNode, Operand
from mlcore.calculus._modes import gradient_like
from mlcore.calculus._operators import cast
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._reverse import Line, Tape, pull_back
from mlcore.calculus._rules_index import put_item, take_item
from mlcore.calculus._rules_join import joined
from mlcore.calculus._rules_norms import euclidean_norm
from mlcore.calculus._trace import Traced
from mlcore.calculus._under_integral import INTEGRAL, ancestors

__all__ = ["nodes_of", "without_integrands"]

# Functions of the rules that stand for something a user writes otherwise, and what NumPy called some before version 2.
_SPELLED: Final = {
    take_item: "getitem",
    put_item: "put",
    joined: "concatenate",
    euclidean_norm: "norm",
    cast: "astype",
    np.divide: "divide",
    np.max: "max",
    np.min: "min",
}


def nodes_of(tape: Tape, labels: list[str], last: int) -> tuple[GraphNode, ...]:
    """The graph of an evaluation: inputs, called by `labels`, and operations; line `last` is the answer."""
    if any(isinstance(x, Traced) for line in tape.lines for x in (*_items(line.answer), *line.values)):
        raise TracingError(
            "graph met a value of another differentiation, and shows numbers. Call it outside of grad and the like, with "
            "plain arrays."
        )
    adjoints: dict[int, Any] = {}
    one = np.ones((), np.result_type(tape.lines[last].answer))[()]
    pull_back(tape, {last: one}, adjoints)
    return tuple(_nodes(tape, labels, adjoints))


def without_integrands(tape: Tape, last: int) -> int:
    """Where there is an integral, leave out the lines of its points, on which nothing depends; the new number of `last`."""
    if not any(line.rule is INTEGRAL for line in tape.lines):
        return last
    inputs = {i for i, line in enumerate(tape.lines) if line.rule is None and not line.parents}
    kept = sorted(inputs.union(ancestors(tape, last)[0]))
    number = {-1: -1, **{old: new for new, old in enumerate(kept)}}
    lines = [tape.lines[i] for i in kept]
    tape.lines = [line._replace(parents=tuple([number[j] for j in line.parents])) for line in lines]
    return number[last]


def _nodes(tape: Tape, labels: list[str], adjoints: Mapping[int, Any]) -> Iterator[GraphNode]:
    """The lines of a tape as nodes. Operations are v1, v2, ..., or another letter where an argument is called so."""
    letter = next(c for c in "vwuzabcd_" if not any(label[:1] == c and label[1:2].isdigit() for label in labels))
    names = labels + [f"{letter}{i + 1}" for i in range(len(tape.lines) - len(labels))]
    for i, (rule, parents, values, parameters, answer) in enumerate(tape.lines):
        if isinstance(answer, tuple):
            parts = adjoints.get(i, [None] * len(answer))
            adjoint: Any = tuple(_frozen(gradient_like(g, x)) for g, x in zip(parts, answer, strict=True))
        else:
            adjoint = _frozen(gradient_like(adjoints.get(i), answer))
        operands: tuple[Operand, ...] = ()
        if rule is not None:
            operation = _spelled(rule.function)
            operands = tuple(
                Operand(None if j < 0 else j, None if j < 0 else names[j], _frozen(x), _local(tape.lines[i], k))
                for k, (j, x) in enumerate(zip(parents, values, strict=True))
            )
        elif parents:  # one of several answers
            operation, whole = "item", tape.lines[parents[0]].answer
            parameters = {"item": getattr(whole, "_fields", range(len(whole)))[values[0]]}
            operands = (Operand(parents[0], names[parents[0]], _frozen(whole), None),)
        else:
            operation = "input" if i < len(labels) else "constant"
        yield GraphNode(i, names[i], operation, operands, MappingProxyType(dict(parameters)), _frozen(answer), adjoint)


def _spelled(function: Any) -> str:
    """What a user calls it; of a function that is an object's method, the class."""
    if inspect.ismethod(function):
        return type(function.__self__).__name__
    name = getattr(function, "__name__", type(function).__name__)
    return _SPELLED.get(function, name.lstrip("_"))


def _local(line: Line, k: int) -> float | None:
    """The derivative of a line's answer in its operand k, where both are numbers."""
    if line.rule is None or line.parents[k] < 0 or isinstance(line.answer, tuple):
        return None
    if np.shape(line.answer) != () or np.shape(line.values[k]) != ():
        return None
    with np.errstate(all="ignore"):  # pulling back has warned already
        return float(line.rule.vjp(k)(np.ones(())[()], line.answer, *line.values, **line.parameters))


def _items(answer: Any) -> tuple[Any, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _frozen(x: Any) -> Any:
    """A copy that nobody writes to."""
    if isinstance(x, tuple):
        return tuple(_frozen(item) for item in x)
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return x[()]
    if isinstance(x, np.ndarray):
        x = x.copy()
        x.flags.writeable = False
    return x
