"""Names for the types in signatures."""

from numpy import float32, float64
from numpy.typing import NDArray

Real = NDArray[float32] | NDArray[float64]
