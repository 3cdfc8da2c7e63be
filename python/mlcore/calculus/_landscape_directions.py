"""Directions of a slice through a loss, and what a slice shows of a trajectory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore import linalg
from mlcore._validation import check_rng
from mlcore.calculus._flat import Flat
from mlcore.calculus._hessian_spectrum import hessian_spectrum

__all__ = ["find_directions", "projected"]

Found = tuple[list[NDArray[Any]], Literal["random", "hessian", "trajectory", "given"], NDArray[Any] | None]


def find_directions(
    loss: Callable[[Any], Any],
    flat: Flat,
    wanted: Any,
    dimensions: int,
    scaling: tuple[Literal["filter", "layer"] | None, int, Literal["fixed", "scaled"]],
    steps: NDArray[Any] | None,
    rng: Any,
) -> Found:
    """The directions as vectors, their kind, and the Hessian's eigenvalues along them."""
    if isinstance(wanted, Iterable) and not isinstance(wanted, str):
        given = list(wanted)
        if len(given) not in (1, 2):
            raise ValueError(
                f"directions holds {len(given)}; expected one or two, each of the structure of the parameters. A single one d "
                "is passed as [d]."
            )
        return _independent([flat.vector_of(d, f"directions[{i}]") for i, d in enumerate(given)]), "given", None
    if flat.size < dimensions:
        raise ValueError("dimensions is 2, but the parameters are one number; pass dimensions=1.")
    if wanted == "random":
        drawn = check_rng(rng).normal(size=(flat.size, dimensions))
        return _independent([_normalized(q, flat, *scaling) for q in linalg.qr(drawn).Q.T]), "random", None
    if wanted == "hessian":
        found = hessian_spectrum(loss, flat.tree(flat.vector), k=dimensions, rng=check_rng(rng))
        return list(found.eigenvectors.T), "hessian", found.eigenvalues
    if wanted == "trajectory":
        if steps is None:
            raise ValueError("directions is 'trajectory', but there is none; pass trajectory=, a sequence of points.")
        rows = linalg.svd(steps, full_matrices=False)[2][:dimensions]
        if len(rows) < dimensions or linalg.matrix_rank(steps) < dimensions:
            raise ValueError(
                f"the trajectory has fewer than {dimensions} directions: its points lie on a line through the center, or are "
                "the center. Pass dimensions=1, or more points."
            )
        return list(rows), "trajectory", None
    raise ValueError(f"directions is {wanted!r}; expected 'random', 'hessian', 'trajectory', or one or two directions.")


def _normalized(
    direction: NDArray[Any], flat: Flat, normalize: str | None, filter_axis: int, biases: str
) -> NDArray[Any]:
    """A direction scaled by the parameters' own lengths."""
    if normalize is None:
        return direction.astype(flat.dtype)
    fixed = biases == "fixed" and any(x.ndim > 1 for x in flat.leaves)
    parts = []
    for part, x in zip(flat.ranges, flat.leaves, strict=True):
        d = direction[part].reshape(x.shape)
        if x.ndim > 1 and normalize == "filter":
            if not -x.ndim <= filter_axis < x.ndim:
                raise ValueError(f"filter_axis is {filter_axis}, but an array of the parameters has {x.ndim} axes.")
            axes = tuple(i for i in range(x.ndim) if i != filter_axis % x.ndim)
        else:
            axes = tuple(range(x.ndim))
        if x.ndim < 2 and fixed:
            d = np.zeros_like(d)
        else:
            d = d * _ratio(_length(x, axes), _length(d, axes))
        parts.append(d.reshape(-1))
    return np.concatenate(parts).astype(flat.dtype)


def _length(x: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Norms over some axes, safe from overflow."""
    big = np.max(np.abs(x), axis=axes, keepdims=True, initial=0)
    scaled = np.divide(x, big, out=np.zeros(x.shape), where=big > 0)
    return np.asarray(big * np.sqrt(np.sum(scaled**2, axis=axes, keepdims=True)))


def _ratio(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.divide(a, b, out=np.zeros(np.shape(a)), where=b > 0))


def _independent(rows: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """The directions, unless one is zero or both are parallel."""
    for row in rows:
        if not row.any():
            raise ValueError(
                "a direction is zero. If the parameters are all zero, there is no norm to scale a random one to: pass "
                "normalize=None."
            )
    if len(rows) == 2 and _triangle(rows)[1][1, 1] <= len(rows[0]) * np.finfo(rows[0].dtype).eps:
        raise ValueError("the two directions are parallel; pass dimensions=1, or two that span a plane.")
    return rows


def _triangle(rows: list[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Q and R of the directions scaled to norm 1, and their norms."""
    norms = np.array([float(linalg.norm(row)) for row in rows])
    Q, R = linalg.qr(np.stack(rows, axis=1) / norms, positive=True)
    return Q, R, norms


def projected(
    steps: NDArray[Any], rows: list[NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Coordinates of the nearest points in the slice, and the shares of squared distances that they explain.

    With D = Q R the least-squares coordinates are ``R^-1 Q^T step``, and ``|Q^T step|^2`` of ``|step|^2`` is explained.
    """
    Q, R, norms = _triangle(rows)
    inside = np.asarray(steps @ Q, np.float64)
    coordinates = linalg.solve_triangular(np.asarray(R, np.float64), inside.T).T / norms
    scale = float(np.abs(steps).max()) or 1.0
    parts = np.sum((inside / scale) ** 2, axis=1)
    wholes = np.sum((np.asarray(steps, np.float64) / scale) ** 2, axis=1)
    shares = np.divide(parts, wholes, out=np.ones(len(steps)), where=wholes > 0)
    total = float(wholes.sum())
    return coordinates, np.minimum(shares, 1.0), min(float(parts.sum()) / total, 1.0) if total else 1.0
