"""Polynomials written out: 1 + x - x^3/6 + O(x^5)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["polynomial_text"]

_SHOWN = 8  # elements of an array of polynomials
_EPS = float(np.finfo(float).eps)


def polynomial_text(coefficients: Any, center: float) -> str:
    """One line, or one for each element of an array."""
    shape = coefficients.shape[1:]
    if shape == ():
        return _line(coefficients, center)
    lines = [f"Taylor polynomials of order {len(coefficients) - 1} at x = {center:.6g}, of shape {shape}:"]
    for at in list(np.ndindex(shape))[:_SHOWN]:
        lines.append(f"  [{', '.join(map(str, at))}]  {_line(coefficients[(slice(None), *at)], center)}")
    left = int(np.prod(shape)) - _SHOWN
    return "\n".join([*lines, f"  ... and {left} more"] if left > 0 else lines)


def _line(coefficients: Any, center: float) -> str:
    name = "x" if center == 0 else f"(x - {center:.6g})" if center > 0 else f"(x + {-center:.6g})"
    text = ""
    for k, c in enumerate(coefficients.tolist()):
        if c == 0:
            continue
        sign = "-" if c < 0 else "+"
        text += (f" {sign} " if text else sign.strip("+")) + _term(abs(c), k, name)
    beyond = _power(name, len(coefficients))
    return f"{text or '0'} + O({beyond.removeprefix('(').removesuffix(')') if len(coefficients) == 1 else beyond})"


def _power(name: str, k: int) -> str:
    return f"{name}^{k}" if k > 1 else name


def _term(c: float, k: int, name: str) -> str:
    fraction = _fraction(c)
    if fraction is None:
        return f"{c:.6g}" + (f" {_power(name, k)}" if k else "")
    p, q = fraction.numerator, fraction.denominator
    top = str(p) if k == 0 else ("" if p == 1 else str(p)) + _power(name, k)
    return top if q == 1 else f"{top}/{q}"


def _fraction(c: float) -> Fraction | None:
    """The fraction of small numbers that c is, up to its rounding errors."""
    if not 1e-10 <= c <= 1e6:
        return None
    candidates = [Fraction(c).limit_denominator(10**4)]
    if c < 1:
        candidates.append(Fraction(1, round(1 / c)))
    for fraction in candidates:
        if abs(float(fraction) - c) <= 4 * _EPS * c:
            return fraction
    return None
