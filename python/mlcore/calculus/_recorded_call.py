"""One recording of a function: from its first call to a program of the core, and to answers of the same structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._forms import Form, argument, is_number
from mlcore.calculus._plan import Program, planned
from mlcore.calculus._recording import Recorded, Recording, Reference
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._trace import Traced
from mlcore.calculus._tree import flatten

__all__ = ["RecordedCall", "recorded_call"]

Rebuild = Callable[[list[Any]], Any]


class RecordedCall(NamedTuple):
    """What a compiled function keeps of a recording."""

    form: Form
    """Of the calls that it holds for."""
    program: Program
    answer: Rebuild
    """From the numbers that the program gives to what the function returns."""


def recorded_call(f: Callable[..., Any], form: Form, leaves: list[Any], rebuild: Rebuild) -> RecordedCall:
    """Call f once, with its arguments under recording. The leaves are those of the pair of arguments and keywords."""
    recording = Recording()
    given = [recording.argument(argument(x)) if is_number(x) else x for x in leaves]
    args, keywords = rebuild(given)
    answer = recording.run(f, *args, **keywords)
    outputs, rebuild_answer = flatten(answer)
    for y in outputs:
        _require_replayable(y, recording)
    arguments = [x.line for x in given if isinstance(x, Recorded)]
    wanted = [Reference(y.line) if isinstance(y, Recorded) else y for y in outputs if _is_numeric(y)]
    program = planned(recording, arguments, wanted)
    return RecordedCall(form, program, _finish(answer, outputs, rebuild_answer, program.dtypes))


def _is_numeric(y: Any) -> bool:
    return isinstance(y, Traced) or is_number(y)


def _require_replayable(y: Any, recording: Recording) -> None:
    if not (isinstance(y, str | bytes | None) or _is_numeric(y)):
        raise TypeError(
            f"the function returned a {type(y).__name__}, which would be the same at every replay; expected numbers, "
            "arrays, text or None, alone or in tuples, lists and dicts. Return the numbers that it is made of."
        )
    if isinstance(y, Traced) and y.owner is not recording:
        raise TracingError(
            "the function returned a value kept from a recording that is over. Compute it anew from the arguments."
        )


def _finish(answer: Any, outputs: list[Any], rebuild: Rebuild, dtypes: list[Any]) -> Rebuild:
    """From the numbers of a replay to an answer of the structure of this one; `dtypes` are those to convert them to."""
    numeric = [i for i, y in enumerate(outputs) if _is_numeric(y)]
    chosen = set(numeric)
    # The structure is made anew without its values, as one of them would keep the whole recording in memory.
    others, rebuild = flatten(rebuild([None if i in chosen else y for i, y in enumerate(outputs)]))
    if all(isinstance(y, Traced) for y in outputs) and all(t is None for t in dtypes):  # the usual cases, in a hurry
        if isinstance(answer, Traced):
            return lambda found: found[0]
        if type(answer) is tuple and all(isinstance(y, Traced) for y in answer):
            return tuple
        return rebuild

    def finish(found: list[Any]) -> Any:
        complete = list(others)
        for i, y, t in zip(numeric, found, dtypes, strict=True):
            complete[i] = y if t is None else np.asarray(y).astype(t)[()]
        return rebuild(complete)

    return finish
