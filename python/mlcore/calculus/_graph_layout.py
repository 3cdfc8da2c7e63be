"""Where the boxes of a graph stand and how its edges run: a layered drawing, from left to right.

1. Each node's layer is the length of the longest path to it, so that every edge points to the right.
2. An edge that passes layers gets a place, a dummy, in each of them. All edges from one node share its dummies.
3. Nodes and dummies of each layer are put in the order of the mean place of their neighbours, layer after layer, to the right
   and to the left in turn. Of all orders met, the one with the fewest crossings is kept.
4. Each is moved to the mean height of its neighbours, as far as order and distances allow: the least squares solution, found
   by pooling those that would overlap.

Source: K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System Structures", IEEE Trans. SMC
11(2), 1981; the pooling: R. Barlow and others, "Statistical Inference under Order Restrictions", Wiley 1972.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Box", "Layout", "Route", "layout"]

_SWEEPS: Final = 13  # the last one goes to the right
_BETWEEN: Final = 24.0  # two boxes of one layer
_DUMMY: Final = 14.0  # the height of a passing edge
_PORTS: Final = 20.0  # two arrows into one box
_NARROW: Final = 48.0  # two layers, without labels on their edges
_WIDE: Final = 96.0  # and with

Edge = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class Box:
    """A node's rectangle: its left upper corner, and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """Where an edge goes: ends of pieces, which are curves between layers and, between those, straight across a layer."""

    source: int
    target: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes in the order of the nodes, the routes in that of the edges, and the size of all."""

    boxes: list[Box]
    routes: list[Route]
    width: float
    height: float


def layout(sizes: Sequence[tuple[float, float]], edges: Sequence[Edge]) -> Layout:
    """Place nodes of these sizes; an edge is (source, target, whether it has a label), with a source before its target."""
    count = len(sizes)
    arrows = [0] * count
    layer = [0] * count
    for source, target, _ in sorted(edges, key=lambda e: e[1]):
        arrows[target] += 1
        layer[target] = max(layer[target], layer[source] + 1)
    layer_of, chains, dummies = _with_dummies(layer, edges)
    before: list[list[int]] = [[] for _ in layer_of]
    after: list[list[int]] = [[] for _ in layer_of]
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            if b < count or a not in before[b]:  # a shared piece counts once
                before[b].append(a)
                after[a].append(b)
    layers: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for v, i in enumerate(layer_of):
        layers[i].append(v)
    _order(layers, before, after)
    heights = [max(h, _PORTS * (k + 0.5)) for (_, h), k in zip(sizes, arrows, strict=True)]
    y = _heights(layers, before, after, lambda v: heights[v] if v < count else _DUMMY, dummies)
    widths = [max((sizes[v][0] for v in vertices if v < count), default=0.0) for vertices in layers]
    gaps = [_NARROW] * len(layers)
    for _, target, label in edges:
        gaps[layer[target]] = max(gaps[layer[target]], _WIDE if label else _NARROW)
    left = [0.0] * len(layers)
    for i in range(1, len(layers)):
        left[i] = left[i - 1] + widths[i - 1] + gaps[i]
    top = min(y[v] - heights[v] / 2 if v < count else y[v] for v in range(len(y)))
    y = [value - top for value in y]
    boxes = [Box(left[layer[v]], y[v] - heights[v] / 2, widths[layer[v]], heights[v]) for v in range(count)]
    ports = _ports(chains, y, count)
    routes = []
    for (source, target, _), chain, port in zip(edges, chains, ports, strict=True):
        points = [(boxes[source].x + boxes[source].width, y[source])]
        for v in chain[1:-1]:
            points += [(left[layer_of[v]], y[v]), (left[layer_of[v]] + widths[layer_of[v]], y[v])]
        routes.append(Route(source, target, (*points, (boxes[target].x, y[target] + port))))
    bottom = max(y[v] + heights[v] / 2 if v < count else y[v] for v in range(len(y)))
    return Layout(boxes, routes, left[-1] + widths[-1], bottom)


def _with_dummies(layer: list[int], edges: Sequence[Edge]) -> tuple[list[int], list[list[int]], dict[int, list[int]]]:
    """The layer of each vertex, dummies following the nodes; for each edge the vertices it visits; the dummies of each node."""
    layer_of = list(layer)
    dummies: dict[int, list[int]] = {}
    chains = []
    for source, target, _ in edges:
        own = dummies.setdefault(source, [])
        passed = layer[target] - layer[source] - 1
        while len(own) < passed:
            own.append(len(layer_of))
            layer_of.append(layer[source] + len(own))
        chains.append([source, *own[:passed], target])
    return layer_of, chains, dummies


# ---- order ----
def _order(layers: list[list[int]], before: list[list[int]], after: list[list[int]]) -> None:
    """Reorder each layer in place."""
    best, fewest = [list(vertices) for vertices in layers], -1
    for sweep in range(_SWEEPS):
        to_the_right = sweep % 2 == 0
        neighbours = before if to_the_right else after
        inner = range(1, len(layers)) if to_the_right else range(len(layers) - 2, -1, -1)
        for i in inner:
            place = _places(layers[i - 1 if to_the_right else i + 1])
            own = _places(layers[i])
            layers[i].sort(key=lambda v: (_mean([place[u] for u in neighbours[v]], own[v]), own[v]))
        crossings = sum(_crossings(a, b, before) for a, b in itertools.pairwise(layers))
        if fewest < 0 or crossings < fewest:
            best, fewest = [list(vertices) for vertices in layers], crossings
        if fewest == 0:
            break
    layers[:] = best


def _places(vertices: list[int]) -> dict[int, float]:
    """From 0 to 1, so that layers of different lengths compare."""
    return {v: (i + 0.5) / len(vertices) for i, v in enumerate(vertices)}


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _crossings(left: list[int], right: list[int], before: list[list[int]]) -> int:
    """Pairs of edges between two layers that cross: inversions among their left ends."""
    place = {v: i for i, v in enumerate(left)}
    met: list[int] = []
    total = 0
    for v in right:
        ends = [place[u] for u in before[v]]
        total += sum(len(met) - bisect.bisect_right(met, end) for end in ends)
        for end in ends:
            bisect.insort(met, end)
    return total


# ---- heights ----
def _heights(
    layers: list[list[int]],
    before: list[list[int]],
    after: list[list[int]],
    height: Callable[[int], float],
    dummies: dict[int, list[int]],
) -> list[float]:
    """The height of each vertex's middle."""
    y = [0.0] * len(before)
    chain_of = {v: own for own in dummies.values() for v in own}
    for vertices in layers:
        tops = list(itertools.accumulate((height(v) + _BETWEEN for v in vertices), initial=0.0))
        for v, top in zip(vertices, tops, strict=False):
            y[v] = top + height(v) / 2 - tops[-1] / 2
    both = [a + b for a, b in zip(before, after, strict=True)]
    for sweep in range(_SWEEPS):
        straighten = sweep >= _SWEEPS // 2
        last = sweep == _SWEEPS - 1  # leaves level what has one operand
        around = both if straighten and not last else before if sweep % 2 == 0 else after
        if straighten:  # a passing edge wants to be level
            level = {v: _mean([y[u] for u in own], 0.0) for own in dummies.values() for v in own}
        for vertices in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [
                level[v] if straighten and v in chain_of else _mean([y[u] for u in around[v]], y[v]) for v in vertices
            ]
            weights = [8.0 if v in chain_of else 1.0 for v in vertices]
            sizes = [height(v) for v in vertices]
            distances = [(a + b) / 2 + _BETWEEN for a, b in itertools.pairwise(sizes)]
            for v, value in zip(vertices, _apart(wanted, weights, distances), strict=True):
                y[v] = value
    return y


def _apart(wanted: list[float], weights: list[float], distances: list[float]) -> list[float]:
    """The numbers nearest to those wanted, by weighted squares, with at least these distances from one to the next."""
    offsets = list(itertools.accumulate(distances, initial=0.0))
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for value, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, members = value - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, other_total, other_members = pools.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total, members = total + other_total, members + other_members
        pools.append((mean, total, members))
    means = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _ports(chains: list[list[int]], y: list[float], count: int) -> list[float]:
    """For each edge, how far below the middle of its target it arrives: in the order in which edges come, without crossings."""
    arriving: dict[int, list[int]] = {}
    for e, chain in enumerate(chains):
        arriving.setdefault(chain[-1], []).append(e)
    ports = [0.0] * len(chains)
    for edges in arriving.values():
        edges.sort(key=lambda e: (y[chains[e][-2]], e))
        for i, e in enumerate(edges):
            ports[e] = (i - (len(edges) - 1) / 2) * _PORTS
    return ports
