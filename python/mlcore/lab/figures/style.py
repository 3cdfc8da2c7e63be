"""How every figure looks, and how it becomes a part of the page.

Each figure is drawn small (a phone's width), so that its text stays readable where the page is narrow, and stands
beside another one where it is wide. Text stays text: the page's own typeface applies to it, and it can be searched.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["COLOUR", "GREY", "INK", "Figure", "axes", "colour_of", "drawing", "line_style", "to_svg"]

INK = "#1a1a1a"
GREY = "#6b6b6b"
# Okabe and Ito's palette, which colour-blind readers can tell apart; mlcore is always the blue one.
COLOUR = {
    "mlcore": "#0072B2",
    "NumPy": "#D55E00",
    "NumPy SVD": "#D55E00",
    "scikit-learn": "#009E73",
    "SciPy": "#CC79A7",
}
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6b6b6b", "#1a1a1a")

RC: dict[Any, Any] = {
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "figure.constrained_layout.use": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "mlcore",
    "text.color": INK,
    "text.parse_math": False,  # labels come from the reader's file: a dollar sign is a dollar sign
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A finished figure: what it is called, what to see in it, and the drawing."""

    name: str
    title: str
    caption: str
    svg: str


@contextmanager
def drawing(width: float = 4.7, height: float = 3.3) -> Iterator[Drawing]:
    """A drawing of this size in inches, within the style above."""
    with mpl.rc_context(RC), warnings.catch_warnings():
        # A label in a script that the measuring font lacks is still shown by the browser's font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        figure = Drawing(figsize=(width, height))
        FigureCanvasSVG(figure)
        yield figure


def axes(figure: Drawing, *, x: str, y: str, log: str = "") -> Axes:
    """The only axes of `figure`, with labels; `log` names the logarithmic ones ("", "x", "y" or "xy")."""
    ax = figure.add_subplot()
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    for letter, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
        if letter in log:
            getattr(ax, f"set_{letter}scale")("log")
            axis.set_major_locator(LogLocator(10, numticks=7))
            axis.set_major_formatter(FuncFormatter(_power_of_ten))
            axis.set_minor_formatter(NullFormatter())
    return ax


def _power_of_ten(value: float, position: int | None = None) -> str:
    """Plain digits from 0.01 to 10000, powers of ten with raised exponents elsewhere."""
    if 1e-2 <= value <= 1e4:
        return f"{value:g}"
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa}·10{raised}"


def colour_of(name: str, position: int = 0) -> str:
    """The colour of a library, or else the one for the position in a list."""
    return COLOUR.get(name, CYCLE[position % len(CYCLE)])


def line_style(threads: int, all_threads: Sequence[int]) -> str:
    """Solid for the largest number of threads, dashed for fewer."""
    return "-" if threads == max(all_threads) else "--"


def to_svg(figure: Drawing, name: str, description: str) -> str:
    """The drawing as an SVG element to put into a page.

    Identifiers are prefixed with `name`, for two figures on one page must not share any; everything that names an
    address (name spaces, metadata) is left out, for HTML needs none of it.
    """
    _label_narrow_ranges(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"', "", text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    head, _, rest = text.partition(">")
    head = re.sub(r'\s(?:width|height)="[^"]*"', "", head)
    width = figure.get_figwidth() * 96
    return f'{head} style="max-width:{width:.0f}px" role="img" aria-label="{_attribute(description)}">{rest.strip()}'


def _label_narrow_ranges(figure: Drawing) -> None:
    """Where a logarithmic axis spans little, label 2 and 5 as well: one power of ten alone says nothing."""
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            if isinstance(axis.get_major_locator(), LogLocator) and high < 50 * low:
                axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
