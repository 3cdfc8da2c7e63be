from collections.abc import Callable, Sequence
from typing import Any, Literal

from numpy import float64
from numpy.typing import NDArray

View = tuple[int, int, Sequence[int]]
Value = tuple[int, int, Sequence[int]]

class Program:
    def __init__(self) -> None: ...
    def add_argument(self, kind: int, shape: Sequence[int]) -> int: ...
    def add_result(self, kind: int, shape: Sequence[int]) -> int: ...
    def add_constant(self, bytes: bytes) -> int: ...
    def add_work(self, offset: int) -> int: ...
    def set_work_bytes(self, bytes: int) -> None: ...
    def add_loop(
        self, kind: int, shape: Sequence[int], views: Sequence[View], registers: int, code: Sequence[Sequence[int]]
    ) -> None: ...
    def add_reduction(
        self,
        kind: int,
        reduction: int,
        kept: Sequence[int],
        kept_strides: Sequence[int],
        reduced: Sequence[int],
        reduced_strides: Sequence[int],
        x: View,
        result: View,
    ) -> None: ...
    def add_copy(self, shape: Sequence[int], source: View, from_kind: int, to: View, to_kind: int) -> None: ...
    def add_zeros(self, kind: int, to: View, count: int) -> None: ...
    def add_gather(self, kind: int, source: View, places: Sequence[int], to: View) -> None: ...
    def add_add_at(self, kind: int, source: View, places: Sequence[int], to: View) -> None: ...
    def add_product(self, kind: int, stack: Sequence[int], m: int, n: int, k: int, a: View, b: View, c: View) -> None: ...
    def add_guard(self, kind: int, x: View, expected: bytes) -> None: ...
    def add_python(
        self, function: Callable[[list[Any]], list[Any]], read: Sequence[Value], written: Sequence[Value]
    ) -> None: ...
    @property
    def steps(self) -> int: ...
    def run(self, arguments: tuple[Any, ...]) -> Any: ...

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

def integrate_nd(
    f: Callable[[Any], Any],
    integrand: Any,
    maps: Callable[[NDArray[float64]], tuple[Any, Any]] | None,
    centre: NDArray[float64],
    half: NDArray[float64],
    method: str,
    rtol: float,
    atol: float,
    max_evaluations: int,
) -> tuple[
    NDArray[float64],
    float,
    int,
    Literal["converged", "max_evaluations", "roundoff", "not_finite"],
    Literal["gauss-kronrod", "genz-malik"],
]: ...
def map_infinite(t: NDArray[float64], end: float, sign: int) -> NDArray[float64]: ...
def cubature_rule(method: str, axes: int, on_axis: int) -> NDArray[float64]: ...
def apply_cubature_rule(
    method: str, axes: int, on_axis: int, y: NDArray[float64]
) -> tuple[float, float, float, NDArray[float64]]: ...
def check_cubature_rule(axes: int, y: NDArray[float64] | None, points: int) -> Any: ...
