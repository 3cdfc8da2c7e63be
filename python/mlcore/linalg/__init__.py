"""Linear algebra with NumPy's names and signatures, on kernels of our own.

What differs from `numpy.linalg`:

- Numbers are real, float32 or float64. Complex ones are a TypeError; integers and booleans become float64, in products and
  powers too.
- Results are plain arrays: a `numpy.matrix` or another subclass goes in and does not come out. Masked elements are an error.
- Overflow in the kernels gives infinity, as in NumPy, but no warning.
- `lstsq` returns a named tuple and takes stacks; what its default `rcond` means, and that of `pinv`, is said there.
- `qr` has none of the modes that NumPy deprecated. `outer`, `cross`, `vecdot` and `matmul` take `out`.
- Messages are longer; the exceptions are NumPy's or derived from the same.
"""

from numpy.linalg import LinAlgError

from mlcore.linalg._chains import matrix_power, multi_dot
from mlcore.linalg._cholesky import cholesky
from mlcore.linalg._determinant import SlogdetResult, det, slogdet
from mlcore.linalg._eig import EigResult, eig, eigvals
from mlcore.linalg._eigh import EighResult, eigh, eigvalsh
from mlcore.linalg._eigh_topk import EighTopkResult, eigh_topk
from mlcore.linalg._elementwise import add, axpy, scale, subtract
from mlcore.linalg._factor import CholeskyFactor, Factor, LUFactor, QRFactor, factor
from mlcore.linalg._geometry import angle, cosine_similarity, project
from mlcore.linalg._gram_schmidt import GramSchmidtResult, gram_schmidt
from mlcore.linalg._lstsq import LstsqDiagnostics, LstsqResult, lstsq
from mlcore.linalg._lu import LUResult, lu
from mlcore.linalg._norms import matrix_norm, norm, vector_norm
from mlcore.linalg._polar import PolarResult, polar, rotation_between
from mlcore.linalg._power_iteration import PowerIterationResult, power_iteration
from mlcore.linalg._products import gram, matmul
from mlcore.linalg._pseudo_inverse import pinv
from mlcore.linalg._qr import QRResult, qr
from mlcore.linalg._rank import cond, matrix_rank
from mlcore.linalg._schur import HessenbergResult, SchurResult, hessenberg, schur
from mlcore.linalg._solve import SolveDiagnostics, inv, solve
from mlcore.linalg._structure import diagonal, matrix_transpose, trace
from mlcore.linalg._subspaces import null_space, orth, projector
from mlcore.linalg._svd import SVDResult, svd, svdvals
from mlcore.linalg._svd_topk import RandomizedSVDResult, SVDTopkResult, randomized_svd, svd_topk
from mlcore.linalg._tensor import tensordot, tensorinv, tensorsolve
from mlcore.linalg._triangular import solve_triangular, triangular_multiply
from mlcore.linalg._vectors import cross, dot, matvec, outer, vecdot, vecmat

__all__ = [
    "CholeskyFactor",
    "EigResult",
    "EighResult",
    "EighTopkResult",
    "Factor",
    "GramSchmidtResult",
    "HessenbergResult",
    "LUFactor",
    "LUResult",
    "LinAlgError",
    "LstsqDiagnostics",
    "LstsqResult",
    "PolarResult",
    "PowerIterationResult",
    "QRFactor",
    "QRResult",
    "RandomizedSVDResult",
    "SVDResult",
    "SVDTopkResult",
    "SchurResult",
    "SlogdetResult",
    "SolveDiagnostics",
    "add",
    "angle",
    "axpy",
    "cholesky",
    "cond",
    "cosine_similarity",
    "cross",
    "det",
    "diagonal",
    "dot",
    "eig",
    "eigh",
    "eigh_topk",
    "eigvals",
    "eigvalsh",
    "factor",
    "gram",
    "gram_schmidt",
    "hessenberg",
    "inv",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "multi_dot",
    "norm",
    "null_space",
    "orth",
    "outer",
    "pinv",
    "polar",
    "power_iteration",
    "project",
    "projector",
    "qr",
    "randomized_svd",
    "rotation_between",
    "scale",
    "schur",
    "slogdet",
    "solve",
    "solve_triangular",
    "subtract",
    "svd",
    "svd_topk",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "triangular_multiply",
    "vecdot",
    "vecmat",
    "vector_norm",
]
