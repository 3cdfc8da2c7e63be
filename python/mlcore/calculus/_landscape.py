"""Slices through a loss: its values on a line or a plane in the space of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import check_count
from mlcore.calculus._flat import Flat
from mlcore.calculus._landscape_directions import find_directions, projected

if TYPE_CHECKING:
    from mlcore.calculus._landscape_display import LossLandscapeDisplay

__all__ = ["LossLandscape", "loss_landscape"]

Kind = Literal["random", "hessian", "trajectory", "given"]


@dataclass(frozen=True, slots=True, eq=False)
class LossLandscape:
    """What `loss_landscape` returns: one axis for each direction."""

    kind: Kind
    """Where the directions come from."""
    coordinates: tuple[NDArray[np.float64], ...]
    """For each direction, an ndarray of shape (resolution,): the multiples of it, from low to high."""
    values: NDArray[np.float64]
    """ndarray of one axis or two: ``values[i, j]`` is the loss at ``center + coordinates[0][i] directions[0] +
    coordinates[1][j] directions[1]``. NaN and infinities are what the loss returned."""
    directions: tuple[Any, ...]
    """One or two, each of the structure and shapes of the parameters."""
    center: Any
    """The parameters at the coordinates 0."""
    center_value: float
    """The loss there."""
    eigenvalues: NDArray[Any] | None
    """Of the Hessian along its eigenvectors, or None for other directions."""
    trajectory: NDArray[np.float64] | None
    """ndarray of shape (points, directions): the coordinates of the projected trajectory, or None."""
    trajectory_values: NDArray[np.float64] | None
    """ndarray of shape (points,): the loss at the trajectory's own points, which lie off the slice."""
    trajectory_explained: NDArray[np.float64] | None
    """ndarray of shape (points,): the share of each point's squared distance from the center that lies in the slice."""
    explained: float | None
    """The share of the sum of all squared distances."""
    _flat: Flat = field(repr=False)

    def point(self, *coordinates: float) -> Any:
        """The parameters at these coordinates, one for each direction."""
        if len(coordinates) != len(self.directions):
            raise ValueError(f"{len(coordinates)} coordinates were given; expected {len(self.directions)}, one a direction.")
        rows = [self._flat.vector_of(d, "a direction") for d in self.directions]
        return self._flat.tree(_moved(self._flat.vector, coordinates, rows))

    def plot(self, **keywords: Any) -> LossLandscapeDisplay:
        """Draw it: `LossLandscapeDisplay.from_landscape`, with its arguments."""
        from mlcore.calculus._landscape_display import LossLandscapeDisplay

        return LossLandscapeDisplay.from_landscape(self, **keywords)


def loss_landscape(
    loss: Callable[[Any], Any],
    parameters: Any,
    *,
    directions: Literal["random", "hessian", "trajectory"] | Sequence[Any] = "random",
    dimensions: int = 2,
    normalize: Literal["filter", "layer"] | None = "filter",
    filter_axis: int = 0,
    biases: Literal["fixed", "scaled"] = "fixed",
    span: float | Sequence[Any] | None = None,
    resolution: int | Sequence[int] | None = None,
    trajectory: Sequence[Any] | None = None,
    rng: int | np.random.Generator | None = None,
) -> LossLandscape:
    r"""The values of a loss on a line or a plane through the parameters,
    :math:`L(\theta + \alpha \delta + \beta \eta)`.

    Parameters
    ----------
    loss : callable
        Takes the parameters and returns one number. It is called once for each point of the grid, in a plain loop; only
        "hessian" differentiates it.
    parameters : array_like, or tuple, list or dict of such
        :math:`\theta`, the center of the slice.
    directions : {"random", "hessian", "trajectory"} or sequence, default "random"
        "random" draws them from a Gaussian, orthogonal, then normalises them. "hessian" takes the eigenvectors of norm 1 whose
        eigenvalues have the largest modulus, by `hessian_spectrum`. "trajectory" takes the principal directions, of norm 1, of
        the trajectory's distances from the center. A sequence holds one or two directions of the structure and shapes of
        `parameters`, which are taken as they are.
    dimensions : {1, 2}, default 2
        How many directions to find; a sequence says so by itself.
    normalize : {"filter", "layer", None}, default "filter"
        Of random directions. "filter" scales each filter of a direction to the norm of the same filter of the parameters
        [1]_, "layer" each array to that of the array, None the whole direction to norm 1.
    filter_axis : int, default 0
        The axis that numbers the filters of an array: 0 for weights applied as ``W @ x``, where a filter is a row, -1 for
        ``x @ W``, where it is a column.
    biases : {"fixed", "scaled"}, default "fixed"
        What "filter" and "layer" do with arrays of less than two axes: "fixed" leaves them as they are, with a direction of
        zero, as the code of [1]_ does; "scaled" takes each for one filter. Parameters without an array of two axes are scaled.
    span : float, pair, or pair of pairs, optional
        The ends of the coordinates: s for -s to s, or (low, high), or one of these for each direction, ((low, high),
        (low, high)). By default -1 to 1, for "filter" once the norm of each filter, more where that shows all of the
        trajectory; for "trajectory", just all of it.
    resolution : int or pair of int, optional
        Points along each direction, 2 or more: 201 on a line, 41 by 41 on a plane. An odd number meets the center.
    trajectory : sequence, optional
        Points of the structure and shapes of `parameters`, such as those an optimiser went through. They are projected on the
        slice by least squares.
    rng : None, int or numpy.random.Generator, optional
        Draws random directions, and the start of "hessian".

    Returns
    -------
    LossLandscape
        With ``coordinates``, ``values``, ``directions``, ``center``, ``center_value``, ``eigenvalues``, ``trajectory``,
        ``trajectory_values``, ``trajectory_explained``, ``explained``; ``plot()`` draws it, ``point(a, b)`` gives the
        parameters at a place.

    Raises
    ------
    ValueError
        If the parameters are not finite, the loss returns more than one number, directions are zero, parallel, or of other
        shapes, or another argument is out of range.
    TypeError
        If the loss returns something else than a real number.
    mlcore.calculus.TracingError
        For "hessian", as for `grad`.

    Notes
    -----
    A loss that is NaN or infinite somewhere is shown as such there; what the loss raises is raised. Overflow and division by
    zero give no warning while the grid is computed.

    Networks whose neighbouring layers are scaled by c and 1/c compute the same, but look sharp or flat in a slice of fixed
    width; filters as yardsticks remove that [1]_. A slice shows little of a space of many dimensions: a convex one does
    not make the loss convex, and random directions see almost nothing of a trajectory, as ``explained`` tells.

    References
    ----------
    .. [1] H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> def rosenbrock(p):
    ...     return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    >>> found = calculus.loss_landscape(rosenbrock, [1.0, 1.0], directions=np.eye(2), span=2.0, resolution=5)
    >>> found.coordinates[0]
    array([-2., -1.,  0.,  1.,  2.])
    >>> found.values[1]
    array([101.,   1., 101., 401., 901.])
    >>> valley = calculus.loss_landscape(rosenbrock, [1.0, 1.0], directions="hessian", dimensions=1)
    >>> valley.eigenvalues.round(2)
    array([1001.6])
    """
    flat = Flat(parameters, "parameters")
    steps = None if trajectory is None else _steps(flat, trajectory)
    for name, value, choices in (
        ("normalize", normalize, ("filter", "layer", None)),
        ("biases", biases, ("fixed", "scaled")),
    ):
        if value not in choices:
            raise ValueError(f"{name} is {value!r}; expected one of {choices}.")
    dimensions = check_count(dimensions, "dimensions", 1, 2)
    kind: Kind
    rows, kind, eigenvalues = find_directions(
        loss, flat, directions, dimensions, (normalize, filter_axis, biases), steps, rng
    )
    places, shares, whole = (None, None, None) if steps is None else projected(steps, rows)
    axes = _axes(span, resolution, len(rows), kind, places)

    def value_at(vector: NDArray[Any]) -> float:
        return _number(loss(flat.tree(vector)))

    shape = tuple(len(axis) for axis in axes)
    values = np.empty(shape)
    with np.errstate(all="ignore"):
        for place in np.ndindex(shape):
            point = _moved(flat.vector, [axis[i] for axis, i in zip(axes, place, strict=True)], rows)
            values[place] = value_at(point)
        center_value = value_at(flat.vector)
        along = None if steps is None else np.array([value_at(flat.vector + step) for step in steps])
    return LossLandscape(
        kind, axes, values, tuple(flat.tree(row) for row in rows), flat.tree(flat.vector), center_value,
        eigenvalues, places, along, shares, whole, flat,
    )  # fmt: skip


def _moved(center: NDArray[Any], coordinates: Sequence[float], rows: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """``center + a first + b second``."""
    for c, row in zip(coordinates, rows, strict=True):
        center = center + c * row
    return center


def _number(y: Any) -> float:
    """What the loss returned, as a float."""
    array = np.asarray(y)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"the loss returned {y!r} of type {type(y).__name__}; expected a real number.")
    if array.ndim:
        raise ValueError(f"the loss returned an array of shape {array.shape}; expected one number, such as its mean.")
    return float(array)


def _steps(flat: Flat, trajectory: Sequence[Any]) -> NDArray[Any]:
    """The trajectory's points as vectors from the center."""
    points = list(trajectory)
    if not points:
        raise ValueError("trajectory is empty; expected one point at least, or None.")
    return np.stack([flat.vector_of(point, f"trajectory[{i}]") - flat.vector for i, point in enumerate(points)])


def _axes(
    span: Any, resolution: Any, dimensions: int, kind: Kind, places: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], ...]:
    """The coordinates along each direction."""
    if resolution is None:
        resolution = 201 if dimensions == 1 else 41
    counts = [resolution] * dimensions if np.ndim(resolution) == 0 else list(resolution)
    if len(counts) != dimensions:
        raise ValueError(f"resolution is {resolution!r}; expected an int, or {dimensions}, one for each direction.")
    counts = [check_count(count, "resolution", 2) for count in counts]
    if span is None:
        ends = [_covering(None if places is None else places[:, j], kind) for j in range(dimensions)]
    else:
        ends = _ends(span, dimensions)
    return tuple(np.linspace(low, high, count) for (low, high), count in zip(ends, counts, strict=True))


def _ends(span: Any, dimensions: int) -> list[tuple[float, float]]:
    """What `span` says of each direction."""
    span = span.tolist() if isinstance(span, np.ndarray) else span
    each = list(span) if isinstance(span, Iterable) and any(isinstance(s, Iterable) for s in span) else [span] * dimensions
    try:
        ends = [tuple(map(float, s)) if isinstance(s, Iterable) else (-float(s), float(s)) for s in each]
    except (TypeError, ValueError):
        ends = []
    if len(ends) != dimensions or not all(len(e) == 2 and e[0] < e[1] and e[1] - e[0] < np.inf for e in ends):
        raise ValueError(
            f"span is {span!r}; expected a positive number, (low, high) with low < high, or one of these for each of "
            f"{dimensions} directions."
        )
    return [(e[0], e[1]) for e in ends]


def _covering(places: NDArray[np.float64] | None, kind: Kind) -> tuple[float, float]:
    """Ends that show the trajectory, with a margin, and the center."""
    if places is None:
        return -1.0, 1.0
    low, high = min(0.0, float(places.min())), max(0.0, float(places.max()))
    margin = 0.15 * (high - low) or 1.0
    if kind == "trajectory":
        return low - margin, high + margin
    return (low - margin if low < -1 else -1.0), (high + margin if high > 1 else 1.0)
