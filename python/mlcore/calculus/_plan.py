"""From a recording to a program of the core: its nodes, put in order, given places, written as steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mlcore._core import calculus as core
from mlcore.calculus._levels import Guards, loop_of, set_levels, used
from mlcore.calculus._nodes import I64, KINDS, Node
from mlcore.calculus._recording import Recording, Reference
from mlcore.calculus._steps import Steps
from mlcore.calculus._translation import Translation
from mlcore.calculus._workspace import offsets, read_until

__all__ = ["Program", "planned"]

_NO_STEPS = ("argument", "constant", "view", "item")
_TRUTH = 3  # the kind of an argument of truth values


class Program(NamedTuple):
    """What runs, and what it is made of."""

    core: Any
    guards: dict[int, tuple[str, Any]]
    """For the number of each step that is a guard, where it was recorded and its value."""
    dtypes: list[Any]
    """Of each result, where it is not the type it is held in."""
    operations: int
    loops: int
    python: list[str]
    """The functions that replay calls in Python."""
    workspace: int


def planned(recording: Recording, arguments: list[int], outputs: list[Any]) -> Program:
    """The program of a recording. `arguments` are lines; `outputs` are references, or constants."""
    translation = Translation(recording)
    given = [translation.of_line(i) for i in arguments]
    results = [translation.of_line(x.line) if isinstance(x, Reference) else translation.constant(x) for x in outputs]
    guards = [(translation.contiguous(translation.of_line(g.line)), g) for g in recording.guards]
    nodes = used(translation.nodes, [*results, *[x for x, _ in guards]])
    set_levels(nodes, guards)

    program = core.Program()
    slots = {id(x): program.add_argument(_TRUTH if x.dtype == np.bool_ else x.kind, x.shape) for x in given}
    copies = _add_results(program, slots, results)
    _add_constants(program, slots, nodes)
    workspace = _add_workspace(program, slots, nodes, results, guards)
    steps = Steps(program, slots)
    loops, places = _add_steps(steps, nodes, guards)
    for x, slot in copies:
        steps.copy(x, slot, x.kind)

    operations = [x for x in nodes if x.op not in _NO_STEPS]
    functions = [x.what.function for x in operations if x.op == "python"]
    python = [getattr(function, "__name__", str(function)) for function in functions]
    held = [x.dtype == KINDS[x.kind] and (x.kind != I64 or x.shape != ()) for x in results]  # one integer is an array
    dtypes = [None if as_it_is else x.dtype for x, as_it_is in zip(results, held, strict=True)]
    return Program(program, places, dtypes, len(operations), loops, python, workspace)


def _add_results(program: Any, slots: dict[int, int], results: list[Node]) -> list[tuple[Node, int]]:
    """A slot for each: of the node, or of a copy, where that has a place of its own. Gives the copies to be made at the end."""
    copies = []
    for x in results:
        slot = program.add_result(x.kind, x.shape)
        if x.op in ("argument", "constant", "view") or id(x) in slots:
            copies.append((x, slot))
        else:
            slots[id(x)] = slot
    return copies


def _add_constants(program: Any, slots: dict[int, int], nodes: list[Node]) -> None:
    for x in nodes:
        if x.op == "constant":
            slots[id(x)] = program.add_constant(np.ascontiguousarray(x.what, KINDS[x.kind]).tobytes())


def _add_workspace(program: Any, slots: dict[int, int], nodes: list[Node], results: list[Node], guards: Guards) -> int:
    """Places for all else that lies in memory; their size in bytes."""
    end = max([x.level for x in nodes], default=0) + 1
    stored = read_until(nodes, [*[(x, end) for x in results], *[(x, x.level) for x, _ in guards]])
    waiting = [(x, until) for x, until in stored if id(x) not in slots and x.op not in ("python", "constant", "argument")]
    found, size = offsets(waiting)
    for x, offset in found:
        slots[id(x)] = program.add_work(offset)
    program.set_work_bytes(size)
    return size


def _add_steps(steps: Steps, nodes: list[Node], guards: Guards) -> tuple[int, dict[int, tuple[str, Any]]]:
    """Level by level the operations, then the guards. Gives the number of loops, and what the steps that are guards compare."""
    groups: dict[int, dict[Any, list[Node]]] = {}
    for x in nodes:
        if x.op not in _NO_STEPS:
            groups.setdefault(x.level, {}).setdefault(loop_of(x) or id(x), []).append(x)
    guarded: dict[int, Guards] = {}
    for x, guard in guards:
        guarded.setdefault(x.level, []).append((x, guard))
    loops, places = 0, {}
    for level in sorted({*groups, *guarded}):
        for group in groups.get(level, {}).values():
            if loop_of(group[0]):
                steps.loop(group)
                loops += 1
            else:
                steps.add(group[0])
        for x, guard in guarded.get(level, []):
            places[steps.core.steps] = guard.where, guard.value
            steps.guard(x, guard.value)
    return loops, places
