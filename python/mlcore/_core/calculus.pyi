from collections.abc import Callable
from typing import Any

from numpy import float64
from numpy.typing import NDArray

def gauss_kronrod_rule() -> tuple[NDArray[float64], NDArray[float64], NDArray[float64]]: ...

def integrate(
    f: Callable[[Any], Any],
    low: float,
    high: float,
    points: tuple[float, ...],
    rtol: float,
    atol: float,
    vectorized: bool | None,
    max_evaluations: int,
    result: type[Any],
) -> Any: ...
