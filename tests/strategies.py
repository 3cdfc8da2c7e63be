"""Arrays of every layout, and the sizes at which kernels change their path."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mlcore._core import runtime


def _spread(x: np.ndarray, step: int) -> np.ndarray:
    """Equal to `x`, every axis with steps of `step` elements; what lies between is NaN."""
    memory = np.full([abs(step) * n + 3 for n in x.shape], np.nan, x.dtype)
    view = memory[tuple(slice(1, 1 + abs(step) * n, abs(step)) for n in x.shape)]
    if step < 0:
        view = view[(slice(None, None, -1),) * x.ndim]
    view[...] = x
    return view


def _offset(x: np.ndarray, first_byte: int) -> np.ndarray:
    """Equal to `x`, C order, beginning `first_byte` bytes after a cache line."""
    memory = np.zeros(x.nbytes + 128, np.uint8)
    start = -memory.ctypes.data % 64 + first_byte
    view = memory[start : start + x.nbytes].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def _read_only(x: np.ndarray) -> np.ndarray:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "every second": lambda x: _spread(x, 2),
    "every third": lambda x: _spread(x, 3),
    "backwards": lambda x: _spread(x, -1),
    "backwards, every second": lambda x: _spread(x, -2),
    "offset": lambda x: _offset(x, x.itemsize),
    "misaligned": lambda x: _offset(x, 1),
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "read-only": _read_only,
}
"""Name of a layout to a function that copies an array into it."""


def in_layout(x: np.ndarray, name: str) -> np.ndarray:
    """An array equal to `x` in the layout of that name."""
    result = LAYOUTS[name](x)
    assert result.shape == x.shape
    return result


layouts = st.sampled_from(sorted(LAYOUTS))
dtypes = st.sampled_from([np.dtype(np.float32), np.dtype(np.float64)])


@st.composite
def arrays(draw: Any, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Normal numbers of this type and shape, in any layout, all axes perhaps in another order in memory."""
    x = np.random.default_rng(draw(st.integers(0, 2**32))).normal(size=shape).astype(dtype)
    order = draw(st.permutations(range(x.ndim)))
    x = in_layout(x.transpose(order), draw(layouts)).transpose(np.argsort(order))
    assert x.shape == shape
    return x


def edges(*sizes: int) -> list[int]:
    """Each size, one less and one more."""
    return sorted({size + step for size in sizes for step in (-1, 0, 1) if size + step >= 0})


def lanes(dtype: np.dtype) -> int:
    """Numbers in a vector register of the build that is running."""
    return runtime.vector_bytes // dtype.itemsize


def gemm_blocking(dtype: np.dtype) -> SimpleNamespace:
    """The constants of ``cpp/blas/blocking.hpp`` in the build that is running."""
    MR = 8 if runtime.vector_registers == 32 else 4
    NR = 3 * lanes(dtype)
    if runtime.tiny_blocks:
        return SimpleNamespace(MR=MR, NR=NR, KC=12, MC=2 * MR, NC=2 * NR, small=6, split_k=36)
    return SimpleNamespace(MR=MR, NR=NR, KC=256, MC=128, NC=-(-3072 // NR) * NR, small=128, split_k=4096)
