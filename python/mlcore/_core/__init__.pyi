from mlcore._core import blas as blas
from mlcore._core import calculus as calculus
from mlcore._core import ladder as ladder
from mlcore._core import linalg as linalg
from mlcore._core import runtime as runtime
from mlcore._core import stats as stats
