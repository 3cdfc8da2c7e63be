"""What a cubature rule says of regions."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Applied", "Rule", "largest"]


class Applied(NamedTuple):
    """Of each region, what one application of a rule gives."""

    value: NDArray[Any]
    """(regions, values): the integrals."""
    error: NDArray[Any]
    """(regions,): a bound of the error of cutting off, of several values the largest."""
    rounding: NDArray[Any]
    """(regions,): a bound of the error of rounding."""
    roughness: NDArray[Any]
    """(regions, d): how badly the function is resolved along each axis. Only the proportions count."""


def largest(of_values: NDArray[Any]) -> NDArray[Any]:
    """Along axis 1, that of a function's values: most functions have one, whose maximum is itself."""
    return of_values[:, 0] if of_values.shape[1] == 1 else np.asarray(of_values.max(1))


class Rule(Protocol):
    """Points on [-1, 1]^d, and what is made of values there."""

    nodes: NDArray[Any]
    """(d, n)."""

    def __call__(self, y: NDArray[Any], volume: NDArray[Any]) -> Applied:
        """From values, shape (regions, values, n), and the regions' volumes."""
        ...
