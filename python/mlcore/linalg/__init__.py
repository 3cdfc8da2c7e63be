"""Linear algebra with NumPy's names and signatures, on kernels of our own."""

from mlcore.linalg._cholesky import cholesky
from mlcore.linalg._determinant import SlogdetResult, det, slogdet
from mlcore.linalg._eigh import EighResult, eigh
from mlcore.linalg._eigh_topk import EighTopkResult, eigh_topk
from mlcore.linalg._elementwise import add, axpy, scale, subtract
from mlcore.linalg._geometry import angle, cosine_similarity, project
from mlcore.linalg._gram_schmidt import GramSchmidtResult, gram_schmidt
from mlcore.linalg._lu import LUResult, lu
from mlcore.linalg._norms import matrix_norm, norm, vector_norm
from mlcore.linalg._power_iteration import PowerIterationResult, power_iteration
from mlcore.linalg._products import gram, matmul
from mlcore.linalg._qr import QRResult, qr
from mlcore.linalg._solve import inv, solve
from mlcore.linalg._structure import diagonal, matrix_transpose, trace
from mlcore.linalg._triangular import solve_triangular, triangular_multiply
from mlcore.linalg._vectors import cross, dot, matvec, outer, vecdot, vecmat

__all__ = [
    "EighResult",
    "EighTopkResult",
    "GramSchmidtResult",
    "LUResult",
    "PowerIterationResult",
    "QRResult",
    "SlogdetResult",
    "add",
    "angle",
    "axpy",
    "cholesky",
    "cosine_similarity",
    "cross",
    "det",
    "diagonal",
    "dot",
    "eigh",
    "eigh_topk",
    "gram",
    "gram_schmidt",
    "inv",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_transpose",
    "matvec",
    "norm",
    "outer",
    "power_iteration",
    "project",
    "qr",
    "scale",
    "slogdet",
    "solve",
    "solve_triangular",
    "subtract",
    "trace",
    "triangular_multiply",
    "vecdot",
    "vecmat",
    "vector_norm",
]
