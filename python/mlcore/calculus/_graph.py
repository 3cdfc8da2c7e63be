"""The computation graph of a function at a point: every value computed on the way, and the answer's derivative in each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from mlcore import _files
from mlcore.calculus._argnums import chosen_arguments, require_one_number
from mlcore.calculus._graph_names import argument_names, leaf_names
from mlcore.calculus._graph_nodes import GraphNode, Operand
from mlcore.calculus._graph_svg import drawn
from mlcore.calculus._graph_text import html, number, table
from mlcore.calculus._modes import answer_value, gradient_like
from mlcore.calculus._operators import cast
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._reverse import Line, Tape, Variable, pull_back
from mlcore.calculus._rules_index import put_item, take_item
from mlcore.calculus._rules_join import joined
from mlcore.calculus._rules_linalg import euclidean_norm
from mlcore.calculus._trace import Traced
from mlcore.calculus._tree import flatten, leaf_array

__all__ = ["ComputationGraph", "graph"]

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ComputationGraph:
    """What `graph` returns: the operations of one evaluation in their order, with values and adjoints.

    ``print`` shows it as a table, a notebook as a drawing above that table.

    Attributes
    ----------
    title : str
        What is computed: the function and the names of its arguments.
    nodes : tuple of GraphNode
        Inputs first, then the operations in the order in which they were done. The operands of each come before it.
    output : GraphNode
        The one that is the answer. Its adjoint is 1.
    """

    title: str
    nodes: tuple[GraphNode, ...]
    output: GraphNode

    @property
    def inputs(self) -> tuple[GraphNode, ...]:
        """The nodes without operands that belong to arguments; their adjoints are the gradient."""
        return tuple(node for node in self.nodes if node.operation == "input")

    def __repr__(self) -> str:
        return f"ComputationGraph({self.title}: {len(self.nodes)} nodes, value {number(self.output.value)})"

    def __str__(self) -> str:
        return table(self.nodes)

    def to_svg(self) -> str:
        """The drawing, as the text of an SVG file: values in blue, adjoints in orange, local derivatives on the edges."""
        return drawn(self.title, self.nodes, self.output)

    def save(self, path: str | Path) -> None:
        """Write the drawing (``.svg``) or the table (``.txt``) to a file, whole or not at all.

        Parameters
        ----------
        path : str or pathlib.Path
            The file. An older one is replaced.

        Raises
        ------
        ValueError
            If the name ends otherwise.
        OSError
            If the system refuses; an older file is then left as it was.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".svg", ".txt"):
            raise ValueError(f"path is {str(path)!r}; expected a name that ends in .svg (the drawing) or .txt (the table).")
        _files.write_text(path, self.to_svg() if kind == ".svg" else f"{self}\n")

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        return html(self.to_svg(), str(self))


def graph(
    f: Callable[..., Any],
    /,
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    max_nodes: int = 400,
    **keywords: Any,
) -> ComputationGraph:
    r"""The computation graph of a scalar function at a point: backpropagation made visible.

    Parameters
    ----------
    f : callable
        A function that returns one number, written with NumPy.
    *args : array_like, or tuple, list or dict of array_like
        Its arguments: the point.
    argnums : int or sequence of int, optional
        Which of them are inputs of the graph; the others are constants. By default all.
    max_nodes : int, default 400
        The largest graph that is built.
    **keywords
        Further arguments of `f`, constants. One that is called ``argnums`` or ``max_nodes`` is bound beforehand, e.g. by
        `functools.partial`.

    Returns
    -------
    ComputationGraph
        Its ``nodes`` hold, for each input and each operation, the value :math:`v_i` and the adjoint
        :math:`\bar v_i = \partial f / \partial v_i`, of the value's shape. ``print`` it, look at it in a notebook, or ``save``
        it.

    Raises
    ------
    mlcore.calculus.TracingError
        As for `grad`; and if `f` or an argument holds a value of another differentiation, as numbers are shown here.
    ValueError
        If the answer is not one number, there is no argument, or the graph has more than `max_nodes` nodes.
    IndexError
        If `argnums` names no argument.

    See Also
    --------
    grad : the gradient alone, as a function.

    Notes
    -----
    Values are computed downwards. Adjoints are computed upwards, each from those of all the operations that use it:

    .. math:: \bar v_j = \sum_{i \text{ uses } j} \frac{\partial v_i}{\partial v_j} \bar v_i ,

    so that a value used twice gets two terms, and one that is not used gets 0 [1]_. Operations are called by NumPy's names.
    Functions that NumPy composes of others appear as these: ``np.mean`` is a sum and a division. The derivatives
    :math:`\partial v_i / \partial v_j` are shown where both are numbers.

    References
    ----------
    .. [1] A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> shown = calculus.graph(lambda x, y: x * y + np.sin(x), 2.0, 3.0)
    >>> print(shown)
     x = input            value        2   adjoint 2.58385
     y = input            value        3   adjoint       2
    v1 = multiply(x, y)   value        6   adjoint       1   d/dx 3, d/dy 2
    v2 = sin(x)           value 0.909297   adjoint       1   d/dx -0.416147
    v3 = add(v1, v2)      value   6.9093   adjoint       1   d/dv1 1, d/dv2 1
    >>> shown.save("graph.svg")  # doctest: +SKIP

    The adjoint of x is 1 * 3 from v1 and 1 * cos(2) from v2.
    """
    if not args:
        raise ValueError("graph was given no argument of the function; expected the point, as in graph(f, x).")
    chosen_places = range(len(args)) if argnums is None else argnums
    of_chosen, chosen, _ = chosen_arguments(f, args, keywords, chosen_places)
    places = [chosen_places] if isinstance(chosen_places, int | np.integer) else chosen_places
    names = argument_names(f, len(args))
    leaves, rebuild = flatten(chosen)
    labels = [label for i, tree in zip(places, chosen, strict=True) for label in leaf_names(names[i], tree)]
    tape = Tape()
    variables = [tape.variable(leaf_array(x, f"the argument {label}")) for x, label in zip(leaves, labels, strict=True)]
    answer = tape.run(of_chosen, *rebuild(list(variables)))
    require_one_number(answer)
    value = answer_value(answer, tape)
    if isinstance(answer, Variable) and answer.owner is tape:
        last = answer.line
    else:  # the answer does not depend on the arguments
        last = len(tape.lines)
        tape.lines.append(Line(None, (), (), {}, value))
    if len(tape.lines) > max_nodes:
        raise ValueError(
            f"the graph has {len(tape.lines)} nodes; expected at most max_nodes={max_nodes}. Show a smaller piece of the "
            "function, write loops over elements with whole arrays, or raise max_nodes."
        )
    if any(isinstance(x, Traced) for line in tape.lines for x in (*_items(line.answer), *line.values)):
        raise TracingError(
            "graph met a value of another differentiation, and shows numbers. Call it outside of grad and the like, with "
            "plain arrays."
        )
    adjoints: dict[int, Any] = {}
    pull_back(tape, {last: np.ones((), np.result_type(value))[()]}, adjoints)
    called = getattr(f, "__name__", "f")
    title = f"{'f' if called == '<lambda>' else called}({', '.join(names)})"
    nodes = tuple(_nodes(tape, labels, adjoints))
    return ComputationGraph(title, nodes, nodes[last])


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
