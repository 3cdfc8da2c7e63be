"""Linear algebra with NumPy's names and signatures, on kernels of our own."""

from mlcore.linalg._eigh import EighResult, eigh
from mlcore.linalg._gram_schmidt import GramSchmidtResult, gram_schmidt
from mlcore.linalg._products import gram, matmul

__all__ = ["EighResult", "GramSchmidtResult", "eigh", "gram", "gram_schmidt", "matmul"]
