"""The regions that an adaptive cubature starts with: boxes between cuts, which control points may ask to be made smaller."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcore._validation import as_float_array
from mlcore.calculus._control import LARGEST_D, control
from mlcore.calculus._genz_malik import GenzMalik
from mlcore.calculus._integrand import Integrand, apply, values
from mlcore.calculus._region import Range
from mlcore.calculus._regions import Regions
from mlcore.calculus._rule import Rule

__all__ = ["boxes", "first_regions"]

_MOST_STARTS: Final = 4096
_CONTROLLED: Final = 16  # regions that are looked at twice, at most
_DOUBT: Final = 2.0  # the error of a region in doubt, in tolerances, at most
_GRID: Final = 1 << 14  # points in the parts of regions in which there is more than the rule saw


def boxes(region: Range, points: ArrayLike | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Centres and half lengths of the boxes between the cuts."""
    if points is None:
        return (region.low / 2 + region.high / 2)[None], (region.high / 2 - region.low / 2)[None]
    at = as_float_array(points, "points")
    if at.ndim != 2 or at.shape[1] != region.d:
        raise ValueError(f"points has the shape {at.shape}; expected (m, {region.d}): a row for each point.")
    at = region.inverse(at)
    inside = (at > region.low) & (at < region.high)
    pairs = zip(region.low, region.high, strict=True)
    cuts = [np.unique(np.concatenate([pair, at[inside[:, i], i]])) for i, pair in enumerate(pairs)]
    count = int(np.prod([len(ends) - 1.0 for ends in cuts]))
    if count > _MOST_STARTS:
        raise ValueError(
            f"points cuts the range into {count} boxes; expected at most {_MOST_STARTS}. Give NaN where no cut is needed."
        )
    centre = np.array([*product(*((ends[:-1] / 2 + ends[1:] / 2) for ends in cuts))])
    half = np.array([*product(*((ends[1:] / 2 - ends[:-1] / 2) for ends in cuts))])
    return centre, half


def first_regions(
    integrand: Integrand, rule: Rule, centre: NDArray[Any], half: NDArray[Any], atol: float, rtol: float, most: int
) -> Regions:
    """The regions to start with: the given ones or, where control points see what the rule does not, parts of them."""
    d, n = rule.nodes.shape
    if not isinstance(rule, GenzMalik) or d > LARGEST_D or len(centre) > _CONTROLLED:
        return Regions(centre, half, apply(integrand, rule, centre, half))
    applied, hidden, doubt, tolerance, volume = None, 0.0, 0.0, 0.0, (2 * half).prod(1)
    for many in (False, True):
        checked = control(d, many)
        if integrand.calls + len(centre) * checked.both.shape[1] > most:
            break
        y = values(integrand, checked.both, centre, half)
        with np.errstate(all="ignore"):
            applied = rule(y[..., :n], volume)
            beyond, apart, exact = checked(y)
            hidden = float((beyond * volume[:, None]).sum(0).max())
            tolerance = max(atol, rtol * float(abs(applied.value.sum(0)).max()))
            # What is in doubt is cut once, but not more finely than its own estimate asks for.
            doubt = np.minimum((apart * volume[:, None]).max(1), _DOUBT * tolerance)
        if not exact:
            break
    if applied is None:
        return Regions(centre, half, apply(integrand, rule, centre, half))
    room = min(_GRID, (most - integrand.calls) // 2) // (n * len(centre))
    if room > 1 and hidden > tolerance:
        return Regions(*(parts := _grid(centre, half, room.bit_length() - 1)), apply(integrand, rule, *parts))
    return Regions(centre, half, applied._replace(error=np.maximum(applied.error, doubt)))


def _grid(centre: NDArray[Any], half: NDArray[Any], times: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Boxes halved as many times, each axis in turn."""
    for i in range(times):
        half = half.copy()
        half[:, i % half.shape[1]] /= 2
        step = half * (np.arange(half.shape[1]) == i % half.shape[1])
        centre, half = np.concatenate([centre - step, centre + step]), np.concatenate([half, half])
    return centre, half
