"""Memory for values that are read outside the loop that computes them. What only its own loop reads needs none."""

from __future__ import annotations

from collections.abc import Iterable

from mlcore.calculus._levels import loop_of
from mlcore.calculus._nodes import KINDS, Node

__all__ = ["offsets", "read_until"]

_LINE = 64  # bytes: pieces begin where a line of the cache does


def read_until(nodes: list[Node], ends: Iterable[tuple[Node, int]]) -> list[tuple[Node, int]]:
    """The nodes whose values lie in memory, each with the last level that reads it. `ends` are read from outside."""
    stored: dict[int, Node] = {}
    last: dict[int, int] = {}

    def read(x: Node, level: int) -> None:
        root = x.root
        stored[id(root)] = root
        last[id(root)] = max(last.get(id(root), 0), level)

    for x in nodes:
        if x.op in ("reduce", "product", "gather", "put", "join", "cast", "item"):
            read(x, x.level)
        if x.op != "view":
            mine = loop_of(x)
            for a in x.args:
                if mine is None or loop_of(a) != mine or a.level != x.level:
                    read(a, x.level)
    for x, level in ends:
        read(x, level)
    return [(x, last[i]) for i, x in stored.items()]


def offsets(stored: list[tuple[Node, int]]) -> tuple[list[tuple[Node, int]], int]:
    """Where each begins in the workspace, and its size: the first piece that fits among those free at that level."""
    found: list[tuple[Node, int]] = []
    pieces: list[list[int]] = []  # [offset, bytes, level after which it is free]
    total = 0
    for x, until in sorted(stored, key=lambda pair: (pair[0].level, pair[0].number)):
        size = -(-max(x.size, 1) * KINDS[x.kind].itemsize // _LINE) * _LINE
        piece = next((p for p in pieces if p[1] >= size and p[2] < x.level), None)
        if piece is None:
            piece = [total, size, 0]
            total += size
            pieces.append(piece)
        piece[2] = until
        found.append((x, piece[0]))
    return found, total
