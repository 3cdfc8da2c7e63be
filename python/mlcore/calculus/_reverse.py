"""Reverse mode: a tape of what was done, read backwards.

Line i of the tape holds one operation: the rule, the lines its operands came from, their values, the answer. The gradient of a
scalar L with respect to all of them is found from the last line to the first::

    g_L = 1,      g_j  +=  (d answer_i / d operand_j)^T g_i      for each operand j of line i

which is the chain rule, each line's pullback giving the term. Gradients are computed with NumPy's functions, so they may be
traced themselves.

Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 3.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._trace import Trace, Traced

__all__ = ["Line", "Tape", "Variable", "pull_back"]

_MOST_COPIED = 1 << 18  # bytes


class Line(NamedTuple):
    """One operation on the tape."""

    rule: Rule | None
    """None for an input, and for one item of a tuple."""
    parents: tuple[int, ...]
    """For each operand its line, -1 for a constant."""
    values: Sequence[Any]
    parameters: Mapping[str, Any]
    answer: Any


class Variable(Traced):
    """A value that knows its line on the tape."""

    __slots__ = ("line",)

    def __init__(self, trace: Tape, value: Any, line: int) -> None:
        self.owner = trace
        self.value = value
        self.line = line


class Tape(Trace):
    """The trace of reverse mode."""

    __slots__ = ("lines", "watched")

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.watched: list[tuple[Any, tuple[bytes, int], str]] = []
        _keep_memory()

    def variable(self, value: Any) -> Variable:
        """An input."""
        return self._write(None, (), (), {}, value)

    def record(
        self, rule: Rule, operands: tuple[Any, ...], values: list[Any], parameters: Mapping[str, Any], answer: Any
    ) -> Any:
        parents = tuple([x.line if isinstance(x, Variable) and x.owner is self else -1 for x in operands])
        for i, parent in enumerate(parents):
            if parent < 0 and type(values[i]) is np.ndarray:
                values[i] = self._constant(values[i])
        if not isinstance(answer, tuple):
            return self._write(rule, parents, values, parameters, answer)
        whole = self._write(rule, parents, values, parameters, answer).line
        items = [self._write(None, (whole,), (i,), {}, item) for i, item in enumerate(answer)]
        return type(answer)(*items) if hasattr(answer, "_fields") else tuple(items)

    def _constant(self, x: Any) -> Any:
        """An array that the function may write into afterwards, as in ``c *= 0.5``: its pullback is to see what it was.

        A copy of a large one, of a whole data set, would cost as much as the operation; it is looked at again instead.
        """
        if x.nbytes <= _MOST_COPIED or x.dtype.kind not in "fiub" or x.itemsize > 8:
            return x.copy("K")
        self.watched.append((x, _fingerprint(x), code_line()))
        return x

    def require_unchanged(self) -> None:
        for x, fingerprint, where in self.watched:
            if _fingerprint(x) != fingerprint:
                raise TracingError(
                    f"{where}an array was written into after it was used here, and the derivative needs what it was. Write "
                    "c = c * 0.5 in place of c *= 0.5, or use a copy."
                )

    def _write(
        self, rule: Rule | None, parents: tuple[int, ...], values: Sequence[Any], parameters: Any, answer: Any
    ) -> Variable:
        self.lines.append(Line(rule, parents, values, parameters, answer))
        return Variable(self, answer, len(self.lines) - 1)


def _fingerprint(x: Any) -> tuple[bytes, int]:
    """A hundred of the elements or somewhat more, which tell a new order, and the sum of all bit patterns, modulo 2^32 or 2^64.

    No element can change without the sum. It takes half the time of a copy, or less.
    """
    bits = x.view(f"u{x.itemsize}")
    wide = bits.dtype if x.itemsize >= 4 else np.uint64
    return x.flat[:: x.size // 100].tobytes(), int(np.add.reduce(bits, axis=None, dtype=wide))


@functools.cache
def _keep_memory() -> None:
    """Once: let the C library keep freed memory.

    A tape holds an array for each operation, and all are freed together. glibc then gives their pages back to the system, and
    the next tape gets them again one fault at a time, which takes longer than the arithmetic. By its rule (mallopt(3), "dynamic
    mmap threshold") that ends for arrays up to the size of the largest one freed so far, of 32 MiB at most: here is one, which
    is never touched. Up to twice that much may then stay with the process.
    """
    np.empty(2**25 - 2**16, np.uint8)


def pull_back(tape: Tape, seeds: Mapping[int, Any], kept: dict[int, Any] | None = None) -> dict[int, Any]:
    """From gradients with respect to some lines, those with respect to the inputs that these depend on; `kept` gets all."""
    tape.require_unchanged()
    gradients = dict(seeds)
    inputs = {}
    for i in range(max(seeds, default=-1), -1, -1):
        g = gradients.pop(i, None)
        if g is None:
            continue
        if kept is not None:
            kept[i] = g
        rule, parents, values, parameters, answer = tape.lines[i]
        if rule is None:
            if not parents:
                inputs[i] = g
                continue
            whole = tape.lines[parents[0]].answer
            parts = gradients.setdefault(parents[0], [None] * len(whole))
            parts[values[0]] = g
            continue
        if isinstance(answer, tuple):
            g = [np.zeros_like(item) if part is None else part for part, item in zip(g, answer, strict=True)]
        for j, parent in enumerate(parents):
            if parent >= 0:
                term = rule.vjp(j)(g, answer, *values, **parameters)
                gradients[parent] = gradients[parent] + term if parent in gradients else term
    return inputs
