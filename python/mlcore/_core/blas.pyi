from typing import Any

from numpy import float64
from numpy.typing import ArrayLike, NDArray

from mlcore._typing import Real

def matmul(x1: ArrayLike, x2: ArrayLike, out: Real | None = None) -> Any: ...
def gram(X: ArrayLike, weights: ArrayLike | None = None) -> Any: ...
def centered_gram(X: ArrayLike, weights: ArrayLike | None = None) -> tuple[NDArray[float64], Any]: ...
