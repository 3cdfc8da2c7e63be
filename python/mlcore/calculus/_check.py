"""Derivatives proven by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore._validation import check_count
from mlcore.calculus._modes import jvp, vjp
from mlcore.calculus._tree import flatten, leaf_array

__all__ = ["check_grads"]

_LEVELS = 10


def check_grads(
    f: Callable[..., Any], *x: Any, order: int = 2, rtol: float = 1e-8, rng: int | np.random.Generator = 0
) -> float:
    r"""Compare the derivatives of a function, in both modes, with differences of its values.

    Parameters
    ----------
    f : callable
        A function of arrays, smooth around the point.
    *x : array_like, or tuple, list or dict of such
        Its arguments: the point.
    order : int, default 2
        Up to which order. From the second on, what is compared are derivatives of the directional derivative below.
    rtol : float, default 1e-8
        How much they may differ, relative to the larger of the derivative and the value.
    rng : int or numpy.random.Generator, default 0
        Draws the directions.

    Returns
    -------
    float
        The largest relative difference found.

    Raises
    ------
    TypeError, ValueError
        If `order` is no integer from 1 on, or `rtol` not above 0.
    AssertionError
        If they differ by more, or if differences are not as exact as `rtol`: the message says which.

    Notes
    -----
    For a random direction t and a random g, :math:`g^T J t` is computed by forward mode, by reverse mode, and from differences:
    the quotients :math:`(\phi(h) - \phi(-h)) / 2h` of :math:`\phi(h) = g^T f(x + h t)` for h = 1/16, 1/32, ... are
    extrapolated to h = 0, and the value with the smallest estimate of its error is taken [1]_. That gives 10 to 13 digits.

    References
    ----------
    .. [1] C. Ridders, "Accurate Computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4(2), 1982.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import check_grads
    >>> check_grads(lambda x: np.sum(np.exp(x) * x), np.array([0.1, 0.2])) < 1e-8
    True
    """
    order = check_count(order, "order", 1)
    if not rtol > 0:
        raise ValueError(f"rtol is {rtol!r}; expected a number above 0.")
    draw = np.random.default_rng(rng)
    leaves, rebuild = flatten(x)
    point = [np.asarray(leaf_array(leaf, "x"), np.float64) for leaf in leaves]
    direction = [draw.normal(size=p.shape)[()] for p in point]

    def along(h: float) -> tuple[Any, ...]:
        return tuple(rebuild([(p + h * d)[()] for p, d in zip(point, direction, strict=True)]))

    here, tangents = along(0.0), tuple(rebuild(direction))
    weights = [draw.normal(size=np.shape(y)) for y in flatten(f(*here))[0]]

    def phi(h: float) -> float:
        return _inner(weights, flatten(f(*along(h)))[0])

    expected, uncertain = _ridders(phi)
    answer, tangent = jvp(f, here, tangents)
    gradients = vjp(f, *here)[1](flatten(answer)[1]([w[()] for w in weights]))
    found = {"forward": _inner(weights, flatten(tangent)[0]), "reverse": _inner(flatten(gradients)[0], direction)}
    worst = _compare(found, expected, uncertain, max(abs(expected), abs(phi(0.0)), np.finfo(float).tiny), rtol)
    if order > 1:

        def slope(*point: Any) -> Any:
            return jvp(f, point, tangents)[1]

        worst = max(worst, check_grads(slope, *here, order=order - 1, rtol=rtol, rng=draw))
    return worst


def _inner(a: list[Any], b: list[Any]) -> float:
    return float(sum(np.sum(x * y) for x, y in zip(a, b, strict=True)))


def _compare(found: dict[str, float], expected: float, uncertain: float, scale: float, rtol: float) -> float:
    """The largest difference, relative to `scale`."""
    if not uncertain <= rtol * scale:
        raise AssertionError(
            f"differences of the function settle to {uncertain / scale:.1e} of its size, and rtol is {rtol:.1e}: it is not "
            "smooth near x, or not defined there. Move x, or raise rtol."
        )
    for mode, value in found.items():
        difference = abs(value - expected)
        if not difference <= rtol * scale:
            raise AssertionError(
                f"{mode} mode gives {value!r}, differences {expected!r}: {difference / scale:.1e} of their size apart, "
                f"{rtol:.1e} is allowed."
            )
    return max(abs(value - expected) for value in found.values()) / scale


def _ridders(phi: Callable[[float], float]) -> tuple[float, float]:
    """phi'(0) and an estimate of its error: central differences, extrapolated in h^2."""
    table: list[list[float]] = []
    best, error = np.nan, np.inf
    with np.errstate(all="ignore"):
        for i in range(_LEVELS):
            h = 2.0 ** -(i + 4)
            row = [(phi(h) - phi(-h)) / (2 * h)]
            for j in range(1, i + 1):
                row.append(row[j - 1] + (row[j - 1] - table[i - 1][j - 1]) / (4.0**j - 1))
                change = max(abs(row[j] - row[j - 1]), abs(row[j] - table[i - 1][j - 1]))
                if change < error:
                    best, error = row[j], change
            table.append(row)
    return best, error
