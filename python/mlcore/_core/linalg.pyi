from typing import Any

from numpy.typing import ArrayLike

def eigh(A: ArrayLike, lower: bool = True) -> tuple[Any, Any]: ...
