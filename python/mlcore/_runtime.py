"""What runs underneath: the build of the core and the number of its threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlcore._core import runtime
from mlcore._core._select import installed_builds


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """The build of the core that is running; see `build_info`."""

    version: str
    isa: str
    compiler: str
    vector_bytes: int
    fma: bool
    threads: int
    installed: tuple[str, ...]
    tiny_blocks: bool


def build_info() -> BuildInfo:
    """Which build of the core is running.

    Returns
    -------
    BuildInfo
        ``version`` of mlcore; ``isa``, the instruction set; ``compiler``; ``vector_bytes``, the width of a register;
        ``fma``, whether multiply-add is one instruction; ``threads``, the current setting; ``installed``, all builds in
        this installation; ``tiny_blocks``, true for the test build with tiny block sizes.

    Examples
    --------
    >>> import mlcore
    >>> mlcore.build_info().isa in mlcore.build_info().installed
    True
    """
    return BuildInfo(
        version=runtime.version,
        isa=runtime.isa,
        compiler=runtime.compiler,
        vector_bytes=runtime.vector_bytes,
        fma=runtime.fma,
        threads=runtime.get_num_threads(),
        installed=tuple(installed_builds()),
        tiny_blocks=runtime.tiny_blocks,
    )


def get_num_threads() -> int:
    """Number of threads that kernels may use.

    Examples
    --------
    >>> import mlcore
    >>> mlcore.get_num_threads() >= 1
    True
    """
    return runtime.get_num_threads()


def set_num_threads(n: int) -> None:
    """Set the number of threads that kernels may use, for the whole process.

    The default is ``MLCORE_NUM_THREADS``, or else the number of CPUs this process may run on (affinity and container
    limits counted). Results do not depend on it, to the last bit.

    Parameters
    ----------
    n : int
        From 1 to 1024.

    Raises
    ------
    TypeError
        If `n` is not an integer.
    ValueError
        If `n` is out of range.

    Examples
    --------
    >>> import mlcore
    >>> mlcore.set_num_threads(mlcore.get_num_threads())
    """
    runtime.set_num_threads(n)


@contextmanager
def num_threads(n: int) -> Iterator[None]:
    """Context manager: `n` threads inside, the former number after.

    Parameters
    ----------
    n : int
        From 1 to 1024. The setting is the process's, as with `set_num_threads`.

    Examples
    --------
    >>> import mlcore
    >>> with mlcore.num_threads(1):
    ...     mlcore.get_num_threads()
    1
    """
    before = runtime.get_num_threads()
    runtime.set_num_threads(n)
    try:
        yield
    finally:
        runtime.set_num_threads(before)
