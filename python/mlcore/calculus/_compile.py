"""`compile`: a function recorded once and replayed by the core.

The way of a function, and where to read on: its operations are written down (`_recording.py`), become the nodes of a program
(`_translation.py`), which are put in order and given places (`_plan.py`); the core runs that (cpp/calculus/tape.hpp). Here is
which recording a call is a replay of (`_forms.py`, `_recorded_call.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from mlcore.calculus._forms import difference, form_of, is_number
from mlcore.calculus._recorded_call import RecordedCall, recorded_call
from mlcore.calculus._trace import Traced
from mlcore.calculus._tree import flatten

__all__ = ["Compiled", "RecordingError", "compile"]

_MOST_PROGRAMS = 64


class RecordingError(ValueError):
    """A compiled function was called with arguments that its recording does not cover."""


class Compiled:
    """What `compile` returns: a function that replays its recording."""

    def __init__(self, f: Callable[..., Any], changes: str) -> None:
        functools.update_wrapper(self, f, updated=())
        self._function = f
        self._changes = changes
        self._calls: list[RecordedCall] = []
        self._first: tuple[Any, Callable[[list[Any]], Any]] | None = None

    def __call__(self, /, *args: Any, **keywords: Any) -> Any:
        first = self._first
        if first is not None and not keywords:
            found = first[0](args)
            if type(found) is list:
                return first[1](found)
        return self._call(args, keywords)

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        keywords = dict(sorted(keywords.items()))
        leaves, rebuild = flatten((args, keywords))
        if any(isinstance(x, Traced) for x in leaves):  # inside a differentiation or another recording
            return self._function(*args, **keywords)
        form = form_of(args, keywords, leaves)
        numbers = tuple(x for x in leaves if is_number(x))
        failed: tuple[str, Any] | None = None
        for call in self._calls:
            if call.form == form:
                found = call.program.core.run(numbers)
                if type(found) is list:
                    return call.answer(found)
                if found is None:
                    raise AssertionError("arguments of the recorded form were refused")
                failed = failed or call.program.guards[found]
        if self._calls and self._changes == "raise":
            raise RecordingError(_changed_branch(failed) if failed else difference(self._calls[0].form, form))
        if len(self._calls) == _MOST_PROGRAMS:
            raise RecordingError(
                f"the function was recorded {_MOST_PROGRAMS} times, for as many shapes, types or ways through its branches; it "
                "changes too often to be compiled. Call it as it is, or write its branches with np.where."
            )
        call = recorded_call(self._function, form, leaves, rebuild)
        self._calls.append(call)
        if form.flat and self._first is None:
            self._first = call.program.core.run, call.answer
        found = call.program.core.run(numbers)
        if type(found) is not list:
            raise RecordingError(
                "the recording does not give the same branches when it is replayed: rounding decides them. Write np.where in "
                "place of if, or leave a margin."
            )
        return call.answer(found)

    def __repr__(self) -> str:
        name = getattr(self._function, "__name__", repr(self._function))
        if not self._calls:
            return f"<compiled {name}: not recorded yet>"
        parts = []
        for call in self._calls:
            p = call.program
            python = f", {len(p.python)} in Python ({', '.join(dict.fromkeys(p.python))})" if p.python else ", none in Python"
            parts.append(
                f"{p.operations} operations in {p.core.steps} steps, {p.loops} of them loops{python}; {len(p.guards)} guards; "
                f"{p.workspace} bytes of workspace"
            )
        return f"<compiled {name}: " + " | ".join(parts) + ">"


def compile(f: Callable[..., Any], *, changes: Literal["raise", "record"] = "raise") -> Compiled:
    r"""Record a function once, and replay it without Python: for derivatives of small arrays, many times faster.

    Parameters
    ----------
    f : callable
        A function of numbers and arrays, written with NumPy; also one made by `grad`, `value_and_grad`, `jacobian`, `hessian`
        or of `hvp` and `jvp`. Then the program recorded is that of the derivative.
    changes : {"raise", "record"}, default "raise"
        What a call does whose shapes, types or branches are not those recorded. "raise": an error that names the difference.
        "record": record anew and keep both programs, up to 64.

    Returns
    -------
    Compiled
        A function of the same arguments. The first call records. Its `repr` tells how many operations were recorded, in how
        many steps, and which of them still call Python.

    Raises
    ------
    RecordingError
        From the function returned, if a shape, a type or an argument that is no number is not the one recorded, or if a branch
        would go the other way: the message names the line.
    mlcore.calculus.TracingError
        From the first call, if `f` makes a plain float of a value, writes it into an array, or calls what answers with more
        than numbers or decides by them what to compute, such as `integrate` or `hessian_spectrum`.
    TypeError
        If an argument has a type other than float64, float32, int64, bool, or an operation answers with one; if `f` returns
        an object that is no number, array, text or None.
    ValueError
        If `changes` is neither of the two.

    See Also
    --------
    grad, value_and_grad, hessian, jacobian : what to compile.

    Notes
    -----
    `f` is called once, with values that write down every operation of NumPy on them [1]_. Equal operations are kept once,
    unused ones not at all. Elementwise operations of one shape share a loop, which goes through blocks that stay in the first-
    level cache; exp, log, sin, cos, tan, tanh, sinh, cosh, expm1 and log1p are computed for a register of numbers at once.
    Results agree with NumPy's to a few units in the last place for each operation, and are the same for every number of
    threads.

    *What is recorded.* Numbers and arrays among the arguments, which may lie in tuples, lists and dicts, are variables. All
    else is constant: global variables, arrays in closures, what a random generator gave, numbers that were printed. Side
    effects happen once. NumPy's warnings are given at the recording alone.

    *Branches.* Where a value decides (``if x > 0``, ``while``, an index, the order of a sort), the recording keeps what it was
    and the line; every replay compares. ``np.where`` needs none of that.

    *What is native.* Arithmetic, comparisons, choices, and the functions above; the other elementwise functions of NumPy one
    number at a time; sums, products and extremes along axes, ``mean``, ``var``; reshape, transpose, slices and indices that do
    not change, concatenate, stack; ``matmul`` and ``dot``. Others (``linalg``, ``einsum``, ``cumsum``, ``argsort``, taught
    rules, integers) are called in Python at every replay, and `repr` counts them.

    A compiled function may be called from several threads at once. Inside a differentiation or another recording it is `f`
    itself. Python's ints count as floats where a float was recorded. `integrate` and its kin call with arrays of many shapes:
    compile with ``changes="record"`` for them, or pass them ``vectorized=False``.

    References
    ----------
    .. [1] A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008, chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import compile, value_and_grad
    >>> c = compile(value_and_grad(lambda x: np.sum(x * np.sin(x))))
    >>> value, gradient = c(np.array([0.0, np.pi / 2]))
    >>> gradient.round(12)
    array([0., 1.])
    >>> try:
    ...     c(np.zeros(3))
    ... except ValueError as error:
    ...     print(str(error)[:77])
    argument 0 is float64 of shape (3,), recorded was float64 of shape (2,). Comp
    """
    if not callable(f):
        raise TypeError(f"f is a {type(f).__name__}; expected a function.")
    if changes not in ("raise", "record"):
        raise ValueError(f"changes is {changes!r}; expected 'raise' or 'record'.")
    return Compiled(f, changes)


def _changed_branch(failed: tuple[str, Any]) -> str:
    where, value = failed
    text = np.array2string(np.asarray(value), threshold=8).replace("\n", "")
    return (
        f"{where}the values of a branch, an index or an order are not those recorded, which were {text}. Write np.where in "
        "place of if, compile the function once more, or with changes='record'."
    )
