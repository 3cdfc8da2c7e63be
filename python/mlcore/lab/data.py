"""Where the lab's table comes from: the digits that scikit-learn carries, or a file of the reader's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mlcore.lab.dataset import Dataset, check, drop_constant
from mlcore.lab.errors import LabError
from mlcore.lab.read_csv import read_csv
from mlcore.lab.read_npy import read_npy

__all__ = ["digits", "load"]

READERS: dict[str, Callable[..., Dataset]] = {".csv": read_csv, ".npy": read_npy}


def digits() -> Dataset:
    """The UCI handwritten digits (1797 x 64, labels 0 ... 9) that scikit-learn's wheel carries.

    Three of its 64 pixels are always 0. That is known and harmless here, so `check` is not applied.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Dataset(
        name="UCI digits",
        X=np.ascontiguousarray(bunch.data, dtype=np.float64),
        columns=tuple(str(name) for name in bunch.feature_names),
        labels=tuple(str(int(label)) for label in bunch.target),
        label_name="digit",
    )


def load(path: Path, *, label: str | None = None, without_constant: bool = False) -> Dataset:
    """Read and check a table from a `.csv` or `.npy` file.

    Parameters
    ----------
    path : Path
        The file.
    label : str, optional
        The column that holds labels, by name, or by its number counted from 1 where columns have no names.
        It is taken out of the numbers and may hold text.
    without_constant : bool, default False
        Leave constant columns out instead of refusing them.

    Returns
    -------
    Dataset

    Raises
    ------
    LabError
        For every file that cannot be analysed, with the reason and the remedy.
    """
    if path.is_dir():
        raise LabError(f"--data '{path}' is a directory: name one .csv or .npy file in it")
    if not path.exists():
        raise LabError(f"--data '{path}': no such file: check the spelling and the directory you are in")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        ending = f"the extension '{path.suffix}' is" if path.suffix else "a name without an extension is"
        raise LabError(
            f"--data '{path}': {ending} not one the lab reads: export the table as .csv, or save it with numpy.save as .npy"
        )
    try:
        dataset = reader(path, label=label)
    except OSError as error:
        raise LabError(f"--data '{path}' cannot be read: {error.strerror or error}: check its permissions") from error
    except MemoryError as error:
        raise LabError(f"--data '{path}' does not fit in memory: take a sample of its rows") from error
    if without_constant:
        dataset = drop_constant(dataset)
    check(dataset, path)
    return dataset
