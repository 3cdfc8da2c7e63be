"""A computation graph drawn: an SVG with a box for each value and an arrow for each use of it.

Colours are attributes, which every program knows; the style sheet only replaces them where the reader prefers dark pages. There
are no identifiers, so that many drawings may stand on one page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np

from mlcore.calculus._graph_layout import Box, Layout, Route, layout
from mlcore.calculus._graph_nodes import GraphNode
from mlcore.calculus._graph_text import expression, number, summary

__all__ = ["drawn"]

# Okabe and Ito's blue and vermilion, which colour-blind readers can tell apart, for light pages and for dark ones.
_COLOURS: Final = {
    "paper": ("#ffffff", "#15181d"),
    "ink": ("#1a1a1a", "#eceff4"),
    "grey": ("#6b6b6b", "#9aa4b2"),
    "edge": ("#8c8c8c", "#76808f"),
    "box": ("#f6f6f6", "#22272f"),
    "input": ("#e3eff8", "#1d3346"),
    "value": ("#0067a5", "#6cc0f5"),
    "adjoint": ("#b84a00", "#f0a04b"),
}
_CODE: Final = "font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\""  # of the whole
_WORDS: Final = "font-family=\"'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif\""
_CHARACTER: Final = 7.3  # the width of one at 12 pixels, in all of those fonts of equal widths
_ROW: Final = 19.0
_PAD: Final = 10.0
_MARGIN: Final = 18.0
_TITLE: Final = 40.0
_LEGEND: Final = 78.0
_LEAST_WIDTH: Final = 430.0
_LONGEST: Final = 34


def drawn(title: str, nodes: Sequence[GraphNode], output: GraphNode) -> str:
    """The text of the SVG."""
    texts = [_rows(node) for node in nodes]
    sizes = [(_width(rows), _PAD + 3 * _ROW) for rows in texts]
    uses = [(x.node, node.number, x.local) for node in nodes for x in node.operands if x.node is not None]
    placed = layout(sizes, [(source, target, local is not None) for source, target, local in uses])
    width = max(placed.width + 2 * _MARGIN, _LEAST_WIDTH)
    height = placed.height + 2 * _MARGIN + _TITLE + _LEGEND
    heading = f"{title} = {number(output.value)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mlcore-graph" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" {_CODE}>',
        f"<title>{_text('Computation graph of ' + heading)}</title>",
        f"<desc>{_text(_description(nodes))}</desc>",
        _style(),
        f'<rect {_fill("paper")} width="{width:.0f}" height="{height:.0f}" rx="8"/>',
        f'<text x="{_MARGIN:.0f}" y="{_MARGIN + 14:.0f}" font-size="15" font-weight="bold" {_fill("ink")}>'
        f"{_text(heading)}</text>",
        f'<g transform="translate({_MARGIN:.0f} {_MARGIN + _TITLE:.0f})">',
        *[_edge(route) for route in placed.routes],
        *[_edge_label(route, local) for route, (_, _, local) in zip(placed.routes, uses, strict=True) if local is not None],
        *[_box(node, rows, box, node is output) for node, rows, box in zip(nodes, texts, placed.boxes, strict=True)],
        "</g>",
        _legend(placed),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _rows(node: GraphNode) -> tuple[str, str, str]:
    """What its box says."""
    head = node.name if node.operation == "input" else f"{node.name} = {expression(node, _LONGEST)}"
    value, adjoint = (summary(x, 3 if isinstance(x, np.ndarray) else 4, norm=False) for x in (node.value, node.adjoint))
    return head, value, adjoint


def _width(rows: tuple[str, str, str]) -> float:
    head, value, adjoint = rows
    return 2 * _PAD + _CHARACTER * max(len(head), 9 + max(len(value), len(adjoint)))


def _description(nodes: Sequence[GraphNode]) -> str:
    inputs = sum(node.operation == "input" for node in nodes)
    return (
        f"{len(nodes)} boxes from left to right, {inputs} of them inputs. Each shows an operation, its value, and its adjoint, "
        "the derivative of the result with respect to that value. Arrows show where a value is used; on an arrow between "
        "numbers stands the local derivative."
    )


def _style() -> str:
    rules = [f".mlcore-graph .{name}{{fill:{dark}}}.mlcore-graph .{name}-line{{stroke:{dark}}}"
             for name, (_, dark) in _COLOURS.items()]
    return "<style>@media (prefers-color-scheme:dark){" + "".join(rules) + "}</style>"


def _fill(name: str) -> str:
    return f'class="{name}" fill="{_COLOURS[name][0]}"'


def _box(node: GraphNode, rows: tuple[str, str, str], box: Box, is_output: bool) -> str:
    kind = "input" if node.operation == "input" else "box"
    line, thickness = ("ink", 2.2) if is_output else ("edge", 1.0)
    middle = box.y + box.height / 2
    left, right = box.x + _PAD, box.x + box.width - _PAD
    head, value, adjoint = rows
    whole = f"{node.name} = {expression(node, 200)}\nvalue {summary(node.value)}\nadjoint {summary(node.adjoint)}"
    parts = [
        f'<g class="node"><title>{_text(whole)}</title>',
        f'<rect class="{kind} {line}-line" fill="{_COLOURS[kind][0]}" stroke="{_COLOURS[line][0]}" stroke-width="{thickness}" '
        f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{16 if kind == "input" else 5}"/>',
        f'<text x="{box.x + box.width / 2:.1f}" y="{middle - _ROW + 4:.1f}" text-anchor="middle" font-size="12" '
        f'font-weight="bold" {_fill("ink")}>{_text(head)}</text>',
    ]
    for i, (word, text) in enumerate((("value", value), ("adjoint", adjoint))):
        y = middle + _ROW * i + 4
        parts.append(f'<text x="{left:.1f}" y="{y:.1f}" {_WORDS} font-size="10.5" {_fill(word)}>{word}</text>')
        parts.append(
            f'<text x="{right:.1f}" y="{y:.1f}" text-anchor="end" font-size="12" {_fill(word)}>{_text(text)}</text>'
        )
    return "".join([*parts, "</g>"])


def _edge(route: Route) -> str:
    """Curves between layers, straight lines across them, and an arrowhead."""
    (x, y), *rest = route.points
    pieces = [f"M{x:.1f} {y:.1f}"]
    for i, (end, height) in enumerate(rest):
        end = end - 7 if i == len(rest) - 1 else end
        if i % 2 or f"{height:.1f}" == f"{y:.1f}":  # across a layer, or level
            if pieces[-1].startswith("H"):
                pieces.pop()
            pieces.append(f"H{end:.1f}")
        else:
            bend = (end - x) / 2
            pieces.append(f"C{x + bend:.1f} {y:.1f} {end - bend:.1f} {height:.1f} {end:.1f} {height:.1f}")
        x, y = end, height
    tip = route.points[-1][0]
    return (
        f'<path class="edge-line" data-source="{route.source}" data-target="{route.target}" d="{"".join(pieces)}" fill="none" '
        f'stroke="{_COLOURS["edge"][0]}" stroke-width="1.4"/>'
        f'<path {_fill("edge")} d="M{tip:.1f} {y:.1f}l-9 -4v8z"/>'
    )


def _edge_label(route: Route, local: float) -> str:
    """The local derivative, just before the arrowhead, where no two edges meet."""
    x, y = route.points[-1]
    text = number(local, 4)
    width = 6.2 * len(text) + 4
    return (
        f'<rect {_fill("paper")} fill-opacity="0.85" x="{x - 12 - width:.1f}" y="{y - 7:.1f}" width="{width:.1f}" '
        f'height="14" rx="3"/>'
        f'<text x="{x - 14:.1f}" y="{y + 3.6:.1f}" text-anchor="end" font-size="10" {_fill("grey")}>{text}</text>'
    )


def _legend(placed: Layout) -> str:
    top = placed.height + 2 * _MARGIN + _TITLE
    rows = (
        ("value", "value: computed from left to right"),
        ("adjoint", "adjoint: derivative of the result in this value, from right to left"),
        ("grey", "on an arrow between numbers: local derivative"),
    )
    return "".join(
        f'<text x="{_MARGIN:.0f}" y="{top + 20 + 18 * i:.1f}" {_WORDS} font-size="11" {_fill(name)}>{_text(text)}</text>'
        for i, (name, text) in enumerate(rows)
    )


def _text(text: Any) -> str:
    """Escaped, without the characters that XML does not allow."""
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", str(text)))
