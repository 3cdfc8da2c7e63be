"""Linear algebra with NumPy's names and signatures, on kernels of our own."""

from mlcore.linalg._eigh import EighResult, eigh
from mlcore.linalg._products import gram, matmul

__all__ = ["EighResult", "eigh", "gram", "matmul"]
