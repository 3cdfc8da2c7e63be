"""The table the lab analyses, and the conditions it must meet.

Each refusal names the file, the column (and the line, where there is one) and what to do about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlcore.lab.errors import LabError

__all__ = ["Dataset", "check", "drop_constant"]

# Beyond these the squares in a covariance overflow or vanish in float64, whose range is about 2e-308 ... 2e308.
LARGEST, SMALLEST = 1e150, 1e-150


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of numbers, one row per observation.

    Attributes
    ----------
    name : str
        What to call it: the file's name, or "UCI digits".
    X : ndarray of shape (n_rows, n_columns), float64
        The numbers.
    columns : tuple of str
        One name per column.
    labels : tuple of str or None
        One label per row, as text; None when there are none.
    label_name : str or None
        The column the labels came from.
    lines : ndarray of shape (n_rows,) or None
        The line of the file each row stood on, for messages; None for `.npy`.
    """

    name: str
    X: NDArray[np.float64]
    columns: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    label_name: str | None = None
    lines: NDArray[np.int64] | None = None

    def row_name(self, row: int) -> str:
        """How a person finds row `row` (counted from 0) again: "line 7", or "row 6" where lines mean nothing."""
        return f"row {row + 1}" if self.lines is None else f"line {int(self.lines[row])}"


def drop_constant(dataset: Dataset) -> Dataset:
    """The same table without the columns whose values are all equal."""
    if dataset.X.shape[0] == 0:
        return dataset
    varies = ~_constant(dataset.X)
    if bool(varies.all()):
        return dataset
    names = tuple(name for name, keep in zip(dataset.columns, varies, strict=True) if keep)
    return replace(dataset, X=np.ascontiguousarray(dataset.X[:, varies]), columns=names)


def check(dataset: Dataset, path: Path) -> None:
    """Refuse a table that a principal component analysis cannot make sense of.

    Raises
    ------
    LabError
        For fewer than 3 rows or 2 columns, a NaN or infinity, values too large or too small to square, a constant column.
    """
    X = dataset.X
    rows, columns = X.shape
    if rows == 0:
        raise LabError(f"'{path}' holds no rows of data: it needs at least 3 rows and 2 numeric columns")
    if rows < 3:
        only = "one row" if rows == 1 else "two rows"
        raise LabError(
            f"'{path}' holds only {only} of data: any {'point' if rows == 1 else 'two points lie on a line and'} "
            f"{'has no spread' if rows == 1 else 'leave nothing to analyse'}; give at least 3 rows"
        )
    if columns < 2:
        have = "no numeric column" if columns == 0 else f"one numeric column ('{dataset.columns[0]}')"
        besides = f" besides the label '{dataset.label_name}'" if dataset.label_name else ""
        raise LabError(f"'{path}' has {have}{besides}: the analysis needs at least 2")

    finite = np.isfinite(X)
    if not bool(finite.all()):
        row, column = (int(i) for i in np.argwhere(~finite)[0])
        value, count = X[row, column], int(X.size - np.count_nonzero(finite))
        what = "is missing (NaN)" if np.isnan(value) else f"is infinite ({value})"
        more = "" if count == 1 else f", the first of {count} such values"
        raise LabError(
            f"'{path}', column '{dataset.columns[column]}', {dataset.row_name(row)}: the value {what}{more}: "
            "fill it in, or leave that row or column out of the file"
        )
    largest = np.abs(X).max(axis=0)
    if bool((largest > LARGEST).any()):
        column = int(np.argmax(largest))
        raise LabError(
            f"'{path}', column '{dataset.columns[column]}' holds values as large as {largest[column]:.3g}, whose "
            "squares exceed what float64 can hold: divide the column by its largest value"
        )
    constant = np.flatnonzero(_constant(X))
    if constant.size:
        raise LabError(_constant_message(dataset, path, [int(j) for j in constant]))
    spread = X.max(axis=0) - X.min(axis=0)
    if bool((spread < SMALLEST).any()):
        column = int(np.argmin(spread))
        raise LabError(
            f"'{path}', column '{dataset.columns[column]}' varies by only {spread[column]:.3g}, whose square is less than what "
            "float64 can hold: multiply the column by a large number, or leave it out of the file"
        )


def _constant(X: NDArray[np.float64]) -> NDArray[np.bool_]:
    # NaN compares unequal to itself, so a column with a NaN is not constant: it gets its own message.
    return np.asarray((X[:1] == X).all(axis=0))


def _constant_message(dataset: Dataset, path: Path, constant: list[int]) -> str:
    first = dataset.columns[constant[0]]
    value = f"{dataset.X[0, constant[0]]:g}"
    if len(constant) == 1:
        return (
            f"'{path}', column '{first}' is constant (every value is {value}), so it carries no variance: "
            "remove it from the file, or add --drop-constant to leave it out"
        )
    shown = ", ".join(f"'{dataset.columns[j]}'" for j in constant[:5])
    more = "" if len(constant) <= 5 else f" and {len(constant) - 5} more"
    return (
        f"'{path}', columns {shown}{more} are constant (every value of '{first}' is {value}), so they carry no "
        "variance: remove them from the file, or add --drop-constant to leave them out"
    )
