"""What the tests of all ladders share: names, sizes and layouts."""

import numpy as np

from mlcore._core import runtime

DTYPES = ["float32", "float64"]
LANES = runtime.vector_bytes // 4


def by_name(step):
    return step.name


def around(*sizes):
    return [size + change for size in sizes for change in (-1, 0, 1)]


def laid_out(A):
    """The same matrix in every layout that NumPy makes."""
    m, n = A.shape
    sliced = np.zeros((2 * m, 3 * n), A.dtype)
    sliced[::2, 1::3] = A
    read_only = A.copy()
    read_only.flags.writeable = False
    offset = np.zeros(m * n + 1, A.dtype)
    offset[1:] = A.ravel()
    return {
        "rows": A,
        "columns": np.asfortranarray(A),
        "sliced": sliced[::2, 1::3],
        "reversed": A[::-1, ::-1].copy()[::-1, ::-1],
        "read-only": read_only,
        "offset": offset[1:].reshape(m, n),
    }
