from numpy.typing import ArrayLike

from mlcore._validation import FloatArray

def mean_variance(X: ArrayLike, ddof: float, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]: ...
