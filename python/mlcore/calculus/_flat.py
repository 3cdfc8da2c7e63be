"""The arrays of a tuple, list or dict as one vector, and the way back: where linear algebra meets parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._refusals import TracingError
from mlcore.calculus._trace import Traced, value_of
from mlcore.calculus._tree import flatten, flatten_like, leaf_array, ranges

__all__ = ["Flat"]


class Flat:
    """A structure of arrays, and what belongs to it.

    Parameters
    ----------
    tree : array_like, or tuple, list or dict of such
        Gives the structure, the shapes and the types. A list of numbers is one vector.
    name : str
        How the caller calls it, for error messages.

    Attributes
    ----------
    leaves : list of ndarray
        The arrays.
    vector : ndarray of shape (size,)
        All their numbers, from left to right.
    ranges : list of slice
        Where in it each array is.
    """

    __slots__ = ("_rebuild", "dtype", "leaves", "name", "ranges", "size", "vector")

    def __init__(self, tree: Any, name: str) -> None:
        if isinstance(tree, list) and all(isinstance(x, int | float | np.generic) for x in tree):
            tree = np.asarray(tree)  # a list of numbers is a vector, as everywhere in NumPy
        found, self._rebuild = flatten(tree)
        if any(isinstance(value_of(x), Traced) for x in found):
            raise TracingError(
                f"{name} is under recording, by mlcore.calculus.compile, and here its numbers decide what is computed. Compile "
                "the function that is analysed, in place of the analysis."
            )
        self.name = name
        self.leaves = [np.asarray(leaf_array(value_of(x), name)) for x in found]
        self.ranges = ranges(x.size for x in self.leaves)
        self.size = sum(x.size for x in self.leaves)
        self.dtype = np.result_type(*self.leaves) if self.leaves else np.dtype(np.float64)
        if self.size == 0:
            raise ValueError(f"{name} holds no numbers; expected one at least.")
        for x in self.leaves:
            if not np.isfinite(x).all():
                raise ValueError(f"{name} contains NaN or infinity; expected finite numbers.")
        self.vector: NDArray[Any] = np.concatenate([x.reshape(-1) for x in self.leaves]).astype(self.dtype, copy=False)

    def tree(self, vector: Any) -> Any:
        """The structure, filled from a vector, which may be under differentiation."""
        parts = [np.reshape(vector[part], x.shape) for part, x in zip(self.ranges, self.leaves, strict=True)]
        if not isinstance(vector, Traced):
            parts = [part.astype(x.dtype)[()] for part, x in zip(parts, self.leaves, strict=True)]
        return self._rebuild(parts)

    def vector_of(self, tree: Any, name: str) -> NDArray[Any]:
        """The numbers of another one, of the same structure and shapes."""
        other = Flat(tree, name)
        leaves = flatten_like(other.tree(other.vector), self.tree(self.vector), name, self.name)
        return np.concatenate([np.ravel(x) for x in leaves]).astype(self.dtype)
