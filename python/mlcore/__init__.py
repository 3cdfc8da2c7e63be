"""mlcore: the mathematics of machine learning as a compiled library."""

from mlcore import linalg, stats
from mlcore._interop import register_with_threadpoolctl
from mlcore._runtime import BuildInfo, build_info, get_num_threads, num_threads, set_num_threads

__version__ = build_info().version
register_with_threadpoolctl()

__all__ = ["BuildInfo", "build_info", "get_num_threads", "linalg", "num_threads", "set_num_threads", "stats"]
