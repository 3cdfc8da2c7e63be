"""In what order the operations of a program are done, and which of them share a loop.

With the level of a node, 0 for arguments and one more than its operands otherwise, but the same as that of an operand in the
same loop, a loop is all the elementwise nodes of one shape, type and level: none of them waits for another step in between.
Levels in ascending order are an order of the steps.

Guards come as soon as their values are there. Calls of Python, which may fail where a branch goes the other way, wait for all
guards that were recorded before them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlcore.calculus._nodes import Node
from mlcore.calculus._recording import Guard

__all__ = ["Guards", "loop_of", "set_levels", "used"]

Guards = list[tuple[Node, Guard]]
"""The values that are compared, and what was recorded of them, in the order of the recording."""


def used(nodes: list[Node], ends: Iterable[Node]) -> list[Node]:
    """The nodes that some of them need, in order."""
    found: set[int] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if id(node) not in found:
            found.add(id(node))
            waiting += node.args
            if node.op == "python":  # writes all of its answers, also those that nothing reads
                waiting += node.what.answers
    return [x for x in nodes if id(x) in found]


def loop_of(x: Node) -> Any:
    """What the operations of one loop have in common; None for what is a step of its own."""
    return (x.shape, x.kind) if x.op in ("loop", "copy") else None


def set_levels(nodes: list[Node], guards: Guards) -> None:
    passed = 0  # how many guards were recorded before the node
    guarded = 0  # the level of the last of them
    for x in nodes:
        x.level = _level(x)
        if x.op != "python":
            continue
        while passed < len(guards) and guards[passed][1].before <= x.what.before:
            value = guards[passed][0]
            guarded = max(guarded, value.level if value.number < x.number else value.args[0].level + 1)  # a copy
            passed += 1
        if passed:
            x.level = max(x.level, guarded + 1)


def _level(x: Node) -> int:
    if x.op in ("view", "item"):  # written when its operand is
        return x.args[0].level
    level = 0 if x.op in ("argument", "constant") else 1
    mine = loop_of(x)
    for a in x.args:
        same_loop = mine is not None and mine == loop_of(a)
        waits = a.root.op not in ("constant", "argument") and not same_loop
        level = max(level, a.level + 1 if waits else a.level)
    return level
