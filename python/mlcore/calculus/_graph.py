"""The computation graph of a function at a point: every value computed on the way, and the answer's derivative in each.

Here is what users see; nodes are made of the tape of reverse mode in `_graph_of_tape.py`, drawn in `_graph_svg.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import _files
from mlcore.calculus._argnums import Chosen, chosen_arguments, require_one_number
from mlcore.calculus._graph_names import argument_names, leaf_names
from mlcore.calculus._graph_nodes import GraphNode
from mlcore.calculus._graph_of_tape import nodes_of, without_integrands
from mlcore.calculus._graph_svg import drawn
from mlcore.calculus._graph_text import html, number, table
from mlcore.calculus._modes import answer_value
from mlcore.calculus._reverse import Line, Tape, Variable
from mlcore.calculus._tree import flatten, leaf_array

__all__ = ["ComputationGraph", "graph"]


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
    argnums = range(len(args)) if argnums is None else argnums
    chosen = chosen_arguments(f, args, keywords, argnums)
    places = [argnums] if isinstance(argnums, int | np.integer) else argnums
    names = argument_names(f, len(args))
    labels = [label for i, tree in zip(places, chosen.arguments, strict=True) for label in leaf_names(names[i], tree)]
    tape, last = _evaluated(chosen, labels)
    if len(tape.lines) > max_nodes:
        raise ValueError(
            f"the graph has {len(tape.lines)} nodes; expected at most max_nodes={max_nodes}. Show a smaller piece of the "
            "function, write loops over elements with whole arrays, or raise max_nodes."
        )
    nodes = nodes_of(tape, labels, last)
    called = getattr(f, "__name__", "f")
    return ComputationGraph(f"{'f' if called == '<lambda>' else called}({', '.join(names)})", nodes, nodes[last])


def _evaluated(chosen: Chosen, labels: list[str]) -> tuple[Tape, int]:
    """The tape of one evaluation, and the line of the answer."""
    leaves, rebuild = flatten(chosen.arguments)
    tape = Tape()
    variables = [tape.variable(leaf_array(x, f"the argument {label}")) for x, label in zip(leaves, labels, strict=True)]
    answer = tape.run(chosen.function, *rebuild(list(variables)))
    require_one_number(answer)
    value = answer_value(answer, tape)
    if isinstance(answer, Variable) and answer.owner is tape:
        return tape, without_integrands(tape, answer.line)
    tape.lines.append(Line(None, (), (), {}, value))  # it does not depend on the arguments
    return tape, len(tape.lines) - 1
