from typing import Any

from numpy import float32, float64
from numpy.typing import ArrayLike, NDArray

Real = NDArray[float32] | NDArray[float64]

def matmul(x1: ArrayLike, x2: ArrayLike, out: Real | None = None) -> Any: ...
def gram(X: ArrayLike, weights: ArrayLike | None = None) -> Any: ...
def centered_gram(X: ArrayLike, weights: ArrayLike | None = None) -> tuple[NDArray[float64], Any]: ...
