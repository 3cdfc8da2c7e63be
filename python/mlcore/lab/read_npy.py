"""Read a table from NumPy's `.npy` format. Pickled objects are refused: loading one can run any code."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlcore.lab.dataset import Dataset
from mlcore.lab.errors import LabError

__all__ = ["read_npy"]


def read_npy(path: Path, *, label: str | None = None) -> Dataset:
    """Read a two-dimensional array of numbers.

    Parameters
    ----------
    path : Path
        A file written by `numpy.save`.
    label : str, optional
        The number, counted from 1, of the column that holds labels.

    Returns
    -------
    Dataset
        Its columns are named "1", "2", ...

    Raises
    ------
    LabError
        If the file is damaged, or holds anything but a table of real numbers.
    """
    try:
        # Not np.load, which would also open archives and pickles under this name.
        with path.open("rb") as file:
            table = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        if "allow_pickle" in str(error):
            raise LabError(f"'{path}' holds Python objects, not numbers: save a numeric array instead") from error
        raise LabError(
            f"'{path}' is not a readable .npy file (damaged, cut short, or another format under that name): "
            "write it again with numpy.save"
        ) from error
    if table.dtype.names is not None:
        raise LabError(f"'{path}' holds records with fields {table.dtype.names}: save a plain two-dimensional array")
    if table.ndim != 2:
        raise LabError(
            f"'{path}' holds an array of shape {table.shape}: the lab needs a table, shape (rows, columns); "
            "reshape it before saving"
        )
    if table.dtype.kind not in "fiub":
        kinds = {"c": "complex numbers", "U": "text", "S": "text", "M": "dates", "m": "time spans"}
        what = kinds.get(table.dtype.kind, f"values of type {table.dtype}")
        raise LabError(f"'{path}' holds {what}: the lab needs real numbers (float or integer)")

    names = tuple(str(j + 1) for j in range(table.shape[1]))
    labels = None
    if label is not None:
        if label not in names:
            raise LabError(
                f"'{path}' has no column '{label}': columns of a .npy file have no names, "
                f"so give --label a number from 1 to {len(names)}"
            )
        j = names.index(label)
        labels = tuple(f"{value:g}" if table.dtype.kind == "f" else str(value) for value in table[:, j])
        table = np.delete(table, j, axis=1)
        names = names[:j] + names[j + 1 :]
    return Dataset(
        name=path.name,
        X=np.ascontiguousarray(table, dtype=np.float64),
        columns=names,
        labels=labels,
        label_name=None if label is None else f"column {label}",
    )
