from typing import Any

from numpy import bool_
from numpy.typing import ArrayLike, NDArray

from mlcore._typing import Real

def eigh(A: ArrayLike, lower: bool = True) -> tuple[Any, Any]: ...
def gram_schmidt(A: ArrayLike, method: int, rtol: float) -> tuple[Any, Any, NDArray[bool_]]: ...
def orthogonalize_block(P: Real, W: Real, rtol: float) -> tuple[Any, Any, int]: ...
