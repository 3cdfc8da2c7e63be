"""`compile`: a function recorded once and replayed by the core."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from mlcore.calculus._plan import Program, planned
from mlcore.calculus._recording import Recorded, Recording, Reference
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._trace import Traced, plain_of
from mlcore.calculus._tree import flatten

__all__ = ["Compiled", "RecordingError", "compile"]

_MOST_PROGRAMS = 64


class RecordingError(ValueError):
    """A compiled function was called with arguments that its recording does not cover."""


class _Form(NamedTuple):
    """What of the arguments was recorded: the rest are numbers."""

    structure: str
    leaves: tuple[Any, ...]
    """For each leaf shape and type, or the object itself where it is no number."""


class _Entry(NamedTuple):
    form: _Form
    program: Program
    answer: Callable[[list[Any]], Any]
    flat: bool
    """Whether every argument is one number or array, so that the core checks them."""


class Compiled:
    """What `compile` returns: a function that replays its recording."""

    def __init__(self, f: Callable[..., Any], changes: str) -> None:
        functools.update_wrapper(self, f, updated=())
        self._function = f
        self._changes = changes
        self._entries: list[_Entry] = []
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
        form = _form_of(args, keywords, leaves)
        numbers = tuple(x for x in leaves if _is_number(x))
        failed: tuple[str, Any] | None = None
        for entry in self._entries:
            if entry.form == form:
                found = entry.program.core.run(numbers)
                if type(found) is list:
                    return entry.answer(found)
                if found is None:
                    raise AssertionError("arguments of the recorded form were refused")
                failed = failed or entry.program.guards[found]
        if self._entries and self._changes == "raise":
            raise RecordingError(_changed_branch(failed) if failed else _changed_form(self._entries[0].form, form))
        if len(self._entries) == _MOST_PROGRAMS:
            raise RecordingError(
                f"the function was recorded {_MOST_PROGRAMS} times, for as many shapes, types or ways through its branches; it "
                "changes too often to be compiled. Call it as it is, or write its branches with np.where."
            )
        entry = self._record(form, leaves, rebuild)
        self._entries.append(entry)
        if entry.flat and self._first is None:
            self._first = entry.program.core.run, entry.answer
        found = entry.program.core.run(numbers)
        if type(found) is not list:
            raise RecordingError(
                "the recording does not give the same branches when it is replayed: rounding decides them. Write np.where in "
                "place of if, or leave a margin."
            )
        return entry.answer(found)

    def _record(self, form: _Form, leaves: list[Any], rebuild: Callable[[list[Any]], Any]) -> _Entry:
        recording = Recording()
        given = [recording.argument(_number(x)) if _is_number(x) else x for x in leaves]
        lines = [x.line for x in given if isinstance(x, Recorded)]
        args, keywords = rebuild(given)
        answer = recording.run(self._function, *args, **keywords)
        outputs, rebuild_answer = flatten(answer)
        numeric = [i for i, y in enumerate(outputs) if isinstance(y, Traced) or _is_number(y)]
        for y in outputs:
            if not (isinstance(y, Traced | str | bytes | None) or _is_number(y)):
                raise TypeError(
                    f"the function returned a {type(y).__name__}, which would be the same at every replay; expected numbers, "
                    "arrays, text or None, alone or in tuples, lists and dicts. Return the numbers that it is made of."
                )
        wanted = []
        for i in numeric:
            y = outputs[i]
            if isinstance(y, Traced) and y.owner is not recording:
                raise TracingError(
                    "the function returned a value kept from a recording that is over. Compute it anew from the arguments."
                )
            wanted.append(Reference(y.line) if isinstance(y, Recorded) else y)
        program = planned(recording, lines, wanted)
        chosen = set(numeric)  # the others are kept; of values, not even the recording they know
        kept, rebuild_answer = flatten(rebuild_answer([None if i in chosen else y for i, y in enumerate(outputs)]))
        dtypes = program.dtypes
        alone = len(outputs) == 1 and not isinstance(answer, tuple | list | dict) and bool(numeric)
        flat = not form.structure.strip("L") and len(lines) == len(leaves) and not any(_is_weak(x) for x in form.leaves)

        def finished(found: list[Any]) -> Any:
            return [y if t is None else np.asarray(y).astype(t)[()] for y, t in zip(found, dtypes, strict=True)]

        if not any(t is not None for t in dtypes) and all(isinstance(y, Traced) for y in outputs):
            if alone:
                return _Entry(form, program, lambda found: found[0], flat)
            if type(answer) is tuple and all(isinstance(y, Traced) for y in answer):
                return _Entry(form, program, tuple, flat)
            return _Entry(form, program, rebuild_answer, flat)

        def full(found: list[Any]) -> Any:
            complete = list(kept)
            for i, y in zip(numeric, finished(found), strict=True):
                complete[i] = y
            return rebuild_answer(complete)

        return _Entry(form, program, full, flat)

    def __repr__(self) -> str:
        name = getattr(self._function, "__name__", repr(self._function))
        if not self._entries:
            return f"<compiled {name}: not recorded yet>"
        parts = []
        for entry in self._entries:
            p = entry.program
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


def _is_number(x: Any) -> bool:
    return isinstance(x, np.ndarray | np.generic | float | int) and np.asarray(plain_of(x)).dtype.kind in "fiubc"


def _number(x: Any) -> Any:
    """An argument as the function gets it; it must not change later."""
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("an argument of a compiled function is a masked array. Fill it first, e.g. x.filled(0).")
    if np.asarray(x).dtype.name not in ("float64", "float32", "int64", "bool"):
        raise TypeError(
            f"an argument of a compiled function has dtype {np.asarray(x).dtype}; expected float64, float32, int64 or bool. "
            "Convert it first, e.g. x.astype(numpy.float64)."
        )
    return np.array(x) if isinstance(x, np.ndarray) and x.ndim else np.asarray(x)[()] if isinstance(x, np.ndarray) else x


def _form_of(args: Any, keywords: Any, leaves: list[Any]) -> _Form:
    parts = []
    for x in leaves:
        if isinstance(x, np.ndarray) and not _is_number(x):
            raise TypeError(
                f"an argument of a compiled function is an array of {x.dtype}; expected float64, float32, int64 or bool. Use "
                "it in the function without passing it: it is no number."
            )
        if not _is_number(x):
            parts.append(x)
        elif type(x) in (bool, int, float):
            parts.append(((), type(x).__name__))
        else:
            parts.append((np.shape(x), np.asarray(x).dtype.name))
    if any(p[1] in ("float32",) for p in parts if type(p) is tuple and len(p) == 2):
        return _Form(_structure(args, keywords), tuple(parts))  # there the type of a Python number depends on the others
    same = {"float": "float64", "int": "int64", "bool": "bool"}
    parts = [((), same.get(p[1], p[1])) if type(p) is tuple and len(p) == 2 and p[0] == () else p for p in parts]
    return _Form(_structure(args, keywords), tuple(parts))


def _structure(args: Any, keywords: Any) -> str:
    def spell(x: Any) -> str:
        if isinstance(x, tuple | list):
            return f"{type(x).__name__}({', '.join(map(spell, x))})"
        if isinstance(x, dict):
            return "{" + ", ".join(f"{k!r}: {spell(v)}" for k, v in x.items()) + "}"
        return "L"

    text = "".join(map(spell, args))
    return text + (f" and {spell(keywords)}" if keywords else "")


def _is_weak(part: Any) -> bool:
    return type(part) is tuple and len(part) == 2 and part[1] in ("float", "int")


def _changed_form(recorded: _Form, given: _Form) -> str:
    remedy = "Compile the function once more for it, or with changes='record'."
    if recorded.structure != given.structure:
        return f"the arguments are {given.structure}, recorded were {recorded.structure}, L standing for one value. {remedy}"

    def spelled(x: Any) -> str:
        return f"{x[1]} of shape {x[0]}" if type(x) is tuple and len(x) == 2 and type(x[0]) is tuple else repr(x)

    for i, (a, b) in enumerate(zip(recorded.leaves, given.leaves, strict=True)):
        if a != b:
            what = "argument" if not recorded.structure.strip("L") else "value"
            return f"{what} {i} is {spelled(b)}, recorded was {spelled(a)}. {remedy}"
    raise AssertionError("the forms are equal")


def _changed_branch(failed: tuple[str, Any]) -> str:
    where, value = failed
    text = np.array2string(np.asarray(value), threshold=8).replace("\n", "")
    return (
        f"{where}the values of a branch, an index or an order are not those recorded, which were {text}. Write np.where in "
        "place of if, compile the function once more, or with changes='record'."
    )
