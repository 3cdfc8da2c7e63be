"""mlcore: the mathematics of machine learning as a compiled library."""

from mlcore import linalg
from mlcore._runtime import BuildInfo, build_info, get_num_threads, num_threads, set_num_threads

__version__ = build_info().version

__all__ = ["BuildInfo", "build_info", "get_num_threads", "linalg", "num_threads", "set_num_threads"]
